"""How a client gets its packets: interleaved over its RTSP connection, or over UDP."""

import asyncio
import itertools
import re
import struct
import time
from typing import Protocol

import numpy as np
import numpy.typing as npt

from streams.simulator.pack import FRAMING
from streams.simulator.rtp import RtpSender
from streams.simulator.source import AccessUnit

REPORT_EVERY_S = 5.0
MAX_WAITING = 4 * 1024 * 1024
"""Bytes that wait for a slow client; then it misses pictures up to a keyframe."""

_TCP = re.compile(r"RTP/AVP/TCP.*?interleaved=(\d+)-(\d+)")
_UDP = re.compile(r"RTP/AVP(?:/UDP)?;.*?client_port=(\d+)-(\d+)")


class Channel(Protocol):
    """The way to one client."""

    header: str
    """The `Transport` that SETUP answers."""

    def rtp(self, data: npt.NDArray[np.uint8], starts: tuple[int, ...]) -> None:
        """Sends a picture's RTP packets, laid out as in `Packed`."""

    def rtcp(self, packet: bytes) -> None:
        """Sends an RTCP packet."""

    @property
    def waiting(self) -> int:
        """Bytes not yet taken by the client."""

    def close(self) -> None:
        """Sends no more."""


class Interleaved:
    """RTP between the answers on the RTSP connection."""

    def __init__(self, writer: asyncio.StreamWriter, data: int, control: int) -> None:
        self.header = f"RTP/AVP/TCP;unicast;interleaved={data}-{control}"
        self._writer = writer
        self._data, self._control = data, control

    def rtp(self, data: npt.NDArray[np.uint8], starts: tuple[int, ...]) -> None:
        """Sends a picture's RTP packets with one write."""
        if self._data:
            data[np.array(starts) + 1] = self._data
        if not self._writer.is_closing():
            self._writer.write(data.data)

    def rtcp(self, packet: bytes) -> None:
        """Sends an RTCP packet."""
        if not self._writer.is_closing():
            self._writer.write(struct.pack("!cBH", b"$", self._control, len(packet)) + packet)

    @property
    def waiting(self) -> int:
        """Bytes not yet taken by the client."""
        return self._writer.transport.get_write_buffer_size()

    def close(self) -> None:
        """The connection itself is closed by its session."""


class Datagrams:
    """RTP and RTCP over a pair of UDP ports."""

    def __init__(
        self,
        rtp: asyncio.DatagramTransport,
        rtcp: asyncio.DatagramTransport,
        client_ports: tuple[int, int],
    ) -> None:
        ports = [socket.get_extra_info("sockname")[1] for socket in (rtp, rtcp)]
        self.header = (
            f"RTP/AVP;unicast;client_port={client_ports[0]}-{client_ports[1]}"
            f";server_port={ports[0]}-{ports[1]}"
        )
        self._rtp, self._rtcp = rtp, rtcp

    def rtp(self, data: npt.NDArray[np.uint8], starts: tuple[int, ...]) -> None:
        """Sends a picture's RTP packets, a datagram each."""
        for begin, end in itertools.pairwise((*starts, len(data))):
            self._rtp.sendto(data[begin + FRAMING : end].data)

    def rtcp(self, packet: bytes) -> None:
        """Sends an RTCP packet."""
        self._rtcp.sendto(packet)

    @property
    def waiting(self) -> int:
        """None: a datagram that the system does not take at once is as good as lost."""
        return 0

    def close(self) -> None:
        """Closes both ports."""
        self._rtp.close()
        self._rtcp.close()


class Player:
    """Sends a mount's pictures to one client, beginning with a keyframe."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._sender = RtpSender()
        self._synced = False
        self._reported_at = float("-inf")

    def send(self, unit: AccessUnit, age_s: float) -> None:
        """Sends a picture, unless the client is too slow for it."""
        if self._channel.waiting > MAX_WAITING:
            self._synced = False
        self._synced = self._synced or (unit.keyframe and self._channel.waiting <= MAX_WAITING // 2)
        if not self._synced:
            return
        self._channel.rtp(self._sender.stamp(unit), unit.packed.starts)
        if time.monotonic() - self._reported_at > REPORT_EVERY_S:
            self._reported_at = time.monotonic()
            self._channel.rtcp(self._sender.report(unit.pts, age_s))


async def open_channel(wanted: str, writer: asyncio.StreamWriter) -> Channel | None:
    """The channel that a client's `Transport` asks for; None if it cannot be had."""
    if found := _TCP.search(wanted):
        data, control = int(found[1]), int(found[2])
        return Interleaved(writer, data, control) if max(data, control) < 256 else None
    if "multicast" in wanted or "TCP" in wanted:
        return None
    found = _UDP.search(wanted)
    if not found or max(int(found[1]), int(found[2])) > 65_535:
        return None
    ports = int(found[1]), int(found[2])
    peer, here = writer.get_extra_info("peername")[0], writer.get_extra_info("sockname")[0]
    loop = asyncio.get_running_loop()
    made = []
    for port in ports:
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=(here, 0), remote_addr=(peer, port)
        )
        made.append(transport)
    return Datagrams(made[0], made[1], ports)

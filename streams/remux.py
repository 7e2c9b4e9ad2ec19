"""Writing encoded pictures into an MP4 file as they are."""

from __future__ import annotations  # PyAV's packets are generic for type checkers alone

import io
import itertools
from pathlib import Path

import av
from av.packet import Packet
from av.stream import Stream

from streams.encoded import Encoded

_TAGS = {"h264": "avc1", "hevc": "hvc1"}
"""What players, Safari above all, want to read in the file."""


def write_mp4(path: Path, codec: str, sets: bytes, packets: list[Encoded]) -> None:
    """Writes pictures, in decoding order, into a faststart MP4; time starts at 0.

    Args:
        path: the file; it appears whole or not at all.
        codec: `h264` or `hevc`.
        sets: the parameter sets with start codes.
        packets: at least one, the first a keyframe, each with a pts.
    """
    part = path.with_name(path.name + ".part")
    # A raw stream of nothing but the first picture: FFmpeg reads the parameters out of it.
    head = io.BytesIO(sets + packets[0].data)
    try:
        with (
            av.open(head, format=codec) as template,
            av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as out,
        ):
            stream = out.add_stream_from_template(template.streams.video[0])
            stream.codec_tag = _TAGS[codec]
            stream.time_base = packets[0].time_base
            for packet in _timed(packets):
                packet.stream = stream
                out.mux(packet)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _timed(packets: list[Encoded]) -> list[Packet[Stream]]:
    """Packets with rebased times: pts as they were, dts in order and never after their pts."""
    shown = sorted(packet.pts or 0 for packet in packets)
    delay = max(late - (packet.pts or 0) for late, packet in zip(shown, packets, strict=True))
    steps = [after - before for before, after in itertools.pairwise(shown)]
    usual = sorted(steps)[len(steps) // 2] if steps else 0
    timed = []
    for encoded, late, step in zip(packets, shown, [*steps, usual], strict=True):
        packet = Packet(encoded.data)
        packet.pts = (encoded.pts or 0) - shown[0] + delay
        packet.dts = late - shown[0]
        packet.duration = step
        packet.time_base = encoded.time_base
        packet.is_keyframe = encoded.keyframe
        timed.append(packet)
    return timed

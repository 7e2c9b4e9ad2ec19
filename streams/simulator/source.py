"""What a simulated camera sends: a clip's pictures, taken apart and put on an endless timeline."""

import base64
import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import av.error
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from streams.nal import VIDEO_CODECS, is_parameter_set, parameter_sets, split_nals
from streams.simulator.pack import Packed, pack
from streams.simulator.still import encode_still

CLOCK_RATE = 90_000
"""Ticks a second of RTP video clocks, and of every timestamp in here."""

LONGEST_STILL = 2 * CLOCK_RATE
"""On hold, a picture is sent at least this often."""


class MountError(ValueError):
    """A clip that cannot be served; the message says which, why, and what would help."""


@dataclass(frozen=True, slots=True)
class MountOptions:
    """One stream of the simulated camera.

    Attributes:
        path: a video file, H.264 or H.265.
        loop: begin again after the last picture, with timestamps running on.
        hold: stay on the last picture instead, with timestamps running on.
        start_s: how far into the clip its timeline begins, seconds, so that cameras that show one
            clip need not send their keyframes all at once.
    """

    path: Path
    loop: bool = True
    hold: bool = False
    start_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One encoded picture as packets, times in ticks of 1/90000 s."""

    packed: Packed
    dts: int
    pts: int
    keyframe: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A clip in memory, ready to be served.

    Attributes:
        codec: `h264` or `hevc`.
        sets: its parameter sets, without start codes.
        units: its pictures in decoding order; the first is a keyframe with dts 0.
        duration: ticks from its first picture to where the next round begins.
        stills: the last picture as keyframes of its own, or nothing where it is not held.
        still_every: ticks between two stills.
        loop: whether it begins again.
    """

    codec: str
    sets: tuple[bytes, ...]
    units: tuple[AccessUnit, ...]
    duration: int
    stills: tuple[AccessUnit, ...]
    still_every: int
    loop: bool

    def timeline(self) -> Iterator[AccessUnit]:
        """The pictures in sending order, on one timeline that never jumps."""
        yield from self.units
        if self.stills:
            for turn in itertools.count():
                still = self.stills[turn % len(self.stills)]
                yield _shifted(still, self.duration + turn * self.still_every)
        elif self.loop:
            for turn in itertools.count(1):
                for unit in self.units:
                    yield _shifted(unit, turn * self.duration)


def load(name: str, options: MountOptions) -> Source:
    """Reads a clip into memory.

    Raises:
        MountError: it is not there, is no video, or of a codec that cannot be served.
    """
    path = options.path
    if not path.is_file():
        raise MountError(f"/{name}: {path} is not there; name an H.264 or H.265 file")
    try:
        with av.open(str(path)) as container:
            return _read(name, options, container)
    except (av.error.FFmpegError, OSError) as error:
        reason = error.strerror or type(error).__name__
    raise MountError(f"/{name}: {path} is no video that can be read ({reason})")


def sprop(sets: tuple[bytes, ...]) -> list[str]:
    """Parameter sets in base64, as SDP wants them."""
    return [base64.b64encode(nal).decode() for nal in sets]


def _read(name: str, options: MountOptions, container: InputContainer) -> Source:
    if not container.streams.video:
        raise MountError(f"/{name}: {options.path} has no video track")
    stream = container.streams.video[0]
    codec = stream.codec_context.name
    if codec not in VIDEO_CODECS:
        raise MountError(
            f"/{name}: {options.path} is {codec}; only H.264 and H.265 are served: "
            "convert it with `ffmpeg -i IN -c:v libx264 -g 50 OUT.mp4`"
        )
    pictures = _pictures(stream, container)
    if not pictures:
        raise MountError(f"/{name}: {options.path} holds no keyframe")
    sets = _sets(codec, stream, pictures[0].nals)
    units = [AccessUnit(pack(codec, one.nals), one.dts, one.pts, one.keyframe) for one in pictures]
    step = _step(units)
    shift = min(unit.dts for unit in units)
    units = [_shifted(unit, -shift) for unit in units]
    keys = [unit.dts for unit in units if unit.keyframe]
    gops = [after - before for before, after in itertools.pairwise(keys)]
    every = min(int(statistics.median(gops)) if gops else CLOCK_RATE, LONGEST_STILL)
    stills = tuple(
        AccessUnit(pack(codec, nals), 0, units[0].pts, keyframe=True)
        for nals in (encode_still(options.path) if options.hold else ())
    )
    return Source(
        codec, sets, tuple(units), units[-1].dts + step, stills, max(every, step), options.loop
    )


class _Picture(NamedTuple):
    """One encoded picture: its NAL units without start codes, times in ticks of 1/90000 s."""

    nals: tuple[bytes, ...]
    dts: int
    pts: int
    keyframe: bool


def _pictures(stream: VideoStream, container: InputContainer) -> list[_Picture]:
    codec = stream.codec_context.name
    to_annexb = BitStreamFilterContext(f"{codec}_mp4toannexb", stream)
    time_base = Fraction(stream.time_base or Fraction(1, CLOCK_RATE))
    packets: list[Packet[VideoStream]] = []
    for packet in container.demux(stream):
        packets += to_annexb.filter(packet if packet.size else None)
    rate = stream.guessed_rate or stream.average_rate or Fraction(25)
    pictures: list[_Picture] = []
    for index, packet in enumerate(packets):
        if not pictures and not packet.is_keyframe:
            continue
        # A raw stream has no timestamps at all: then the pictures are evenly spaced.
        raw = round(index / rate / time_base)
        dts = packet.dts if packet.dts is not None else raw
        pts = packet.pts if packet.pts is not None else dts
        pictures.append(
            _Picture(
                tuple(split_nals(bytes(packet))),
                round(dts * time_base * CLOCK_RATE),
                round(pts * time_base * CLOCK_RATE),
                packet.is_keyframe,
            )
        )
    return pictures


def _sets(codec: str, stream: VideoStream, first: tuple[bytes, ...]) -> tuple[bytes, ...]:
    inband = tuple(nal for nal in first if is_parameter_set(codec, nal))
    return inband or parameter_sets(codec, stream.codec_context.extradata or b"")


def _step(units: list[AccessUnit]) -> int:
    steps = [after.dts - before.dts for before, after in itertools.pairwise(units)]
    return max(int(statistics.median(steps)), 1) if steps else CLOCK_RATE // 25


def _shifted(unit: AccessUnit, ticks: int) -> AccessUnit:
    return replace(unit, dts=unit.dts + ticks, pts=unit.pts + ticks)

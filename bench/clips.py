"""Clips that the benchmark's cameras show: the demo's street as 1080p25 cameras would send it.

Made once, kept in a cache folder outside the checkout (FIVE_CHIEF_BENCH_CACHE, else
~/.cache/five-chief-bench).
"""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from streams.nal import is_picture, joined, split_nals

DEMO = Path(__file__).parents[1] / "configs" / "demo"
STREETS = {"clean": ("clean.mp4", 12.0), "labelled": ("street.mp4", 60.0)}
"""What a camera shows, and from where on: a street in order, or one with all that is labelled."""
SECONDS, FPS = 10, 25
WIDTH, HEIGHT = 1920, 1080
BITRATE = 3_000_000
GOPS = (25, 50, 250)
SUB, SUB_GOP = (640, 360, 512_000), 50
"""Of a sub-stream: width, height and bits a second, as cameras are set when they are sold."""
CODECS = {
    "h264": ("libx264", {"preset": "veryfast", "bf": "0"}),
    "hevc": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:bframes=0"}),
}
VERSION = 3


def cache() -> Path:
    """Where clips and results are kept."""
    named = os.environ.get("FIVE_CHIEF_BENCH_CACHE")
    folder = Path(named) if named else Path.home() / ".cache" / "five-chief-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def clip(codec: str, gop: int, street: str = "clean") -> Path:
    """The clip of a codec and a distance of keyframes; made if it is not there."""
    path = cache() / f"{street}-v{VERSION}-{codec}-gop{gop}.mp4"
    if not path.exists():
        part = path.with_suffix(".part.mp4")
        _encode(part, codec, gop, street)
        part.replace(path)
    return path


def sub_clip() -> Path:
    """What a camera's second, smaller stream shows: the same street."""
    path = cache() / f"sub-v{VERSION}.mp4"
    if not path.exists():
        part = path.with_suffix(".part.mp4")
        _encode(part, "h264", SUB_GOP, "clean", SUB)
        part.replace(path)
    return path


def corrupt_clip() -> Path:
    """A clip of which every second keyframe's slices end in the middle."""
    path = cache() / f"corrupt-v{VERSION}.ts"
    if not path.exists():
        part = path.with_suffix(".part.ts")
        _damage(clip("h264", 25), part)
        part.replace(path)
    return path


def _noisy(street: str) -> Iterator[np.ndarray]:
    """1080p pictures as YUV 4:2:0, with a sensor's noise: without it they cost next to nothing."""
    rng = np.random.default_rng(5)
    grains = [rng.normal(0, 2.0, (HEIGHT, WIDTH)).round().astype(np.int16) for _ in range(7)]
    name, begin_s = STREETS[street]
    with av.open(str(DEMO / name)) as container:
        count = 0
        for frame in container.decode(video=0):
            if frame.time is None or frame.time < begin_s:
                continue
            planes = frame.reformat(WIDTH, HEIGHT, "yuv420p").to_ndarray()
            luma = planes[:HEIGHT]
            luma[:] = np.clip(luma + grains[count % len(grains)], 16, 235).astype(np.uint8)
            yield planes
            count += 1
            if count == SECONDS * FPS:
                return


def _encode(
    path: Path,
    codec: str,
    gop: int,
    street: str,
    form: tuple[int, int, int] = (WIDTH, HEIGHT, BITRATE),
) -> None:
    name, options = CODECS[codec]
    width, height, bitrate = form
    with av.open(str(path), "w") as out:
        stream = out.add_stream(name, rate=FPS, options={**options, "forced-idr": "1"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = bitrate
        context = stream.codec_context
        context.gop_size = gop
        if codec == "h264":
            context.options = {**context.options, "sc_threshold": "0"}
        for index, planes in enumerate(_noisy(street)):
            picture = VideoFrame.from_ndarray(planes, format="yuv420p").reformat(width, height)
            picture.pts, picture.time_base = index, Fraction(1, FPS)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))


def _damage(whole: Path, path: Path) -> None:
    with av.open(str(whole)) as source, av.open(str(path), "w", format="mpegts") as out:
        stream = source.streams.video[0]
        to_annexb = BitStreamFilterContext("h264_mp4toannexb", stream)
        copy = out.add_stream_from_template(stream)
        keys = 0
        for packet in source.demux(stream):
            for one in to_annexb.filter(packet if packet.size else None):
                keys += one.is_keyframe
                sent = one
                if one.is_keyframe and keys % 2 == 0:
                    nals = [
                        nal[: len(nal) // 2] if is_picture("h264", nal) else nal
                        for nal in split_nals(bytes(one))
                    ]
                    sent = av.Packet(joined(tuple(nals)))
                    sent.pts, sent.dts, sent.time_base = one.pts, one.dts, one.time_base
                    sent.is_keyframe = True
                sent.stream = copy
                out.mux(sent)


def all_clips() -> list[Path]:
    """Makes whatever is missing."""
    clips = [clip(codec, gop) for codec in CODECS for gop in GOPS]
    return [*clips, clip("h264", 50, "labelled"), sub_clip(), corrupt_clip()]


def main() -> None:
    """Makes whatever is missing, and says what is there."""
    for path in all_clips():
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            keys = sum(p.is_keyframe for p in container.demux(stream) if p.size)
            seconds = float((stream.duration or 0) * (stream.time_base or 0))
        rate = path.stat().st_size * 8 / seconds / 1e6
        print(f"{path}: {seconds:.0f} s, {rate:.1f} Mbit/s, {keys} keyframes")


if __name__ == "__main__":
    main()

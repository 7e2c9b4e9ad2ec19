"""Small real clips, and the simulated camera in a process of its own."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from streams.nal import is_picture, joined, split_nals
from streams.options import StreamOptions

ROOT = Path(__file__).parents[2]

QUICK = StreamOptions(
    open_timeout_s=1.0, read_timeout_s=1.0, backoff_first_s=0.1, backoff_max_s=0.3
)

_ENCODERS = {
    "h264": ("libx264", {"preset": "ultrafast", "bf": "2"}),
    "hevc": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:open-gop=0"}),
}


def picture(index: int, width: int, height: int) -> np.ndarray:
    """A picture that differs from its neighbours: a bright bar that moves, over a gradient."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, :, 1] = np.linspace(40, 200, width, dtype=np.uint8)
    left = (index * 7) % (width - 24)
    image[height // 4 : height // 2, left : left + 24] = 250
    return image


def encode(codec: str, frames: int, width: int, height: int, fps: int, gop: int, first: int = 0):
    """Encodes pictures with in-band parameter sets; times in 1/fps."""
    name, options = _ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, fps), Fraction(fps)
    encoder.gop_size = gop
    encoder.options = {**options, "forced-idr": "1"}
    packets = []
    for index in range(first, first + frames):
        frame = av.VideoFrame.from_ndarray(picture(index, width, height), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, fps)
        packets += encoder.encode(frame)
    return packets + encoder.encode(None)


def make_clip(
    path: Path, codec: str = "h264", seconds: float = 2.0, size=(320, 240), fps: int = 20, gop=10
) -> Path:
    name, options = _ENCODERS[codec]
    with av.open(str(path), "w") as out:
        stream = out.add_stream(name, rate=fps, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = gop
        for index in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(picture(index, *size), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def make_resizing_clip(path: Path) -> Path:
    """An MPEG transport stream whose picture changes from 320x240 to 160x128 in the middle."""
    with av.open(str(path), "w", format="mpegts") as out:
        stream = out.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for packet in [
            *encode("h264", 20, 320, 240, fps=20, gop=10),
            *encode("h264", 20, 160, 128, fps=20, gop=10, first=20),
        ]:
            packet.stream = stream
            packet.time_base = Fraction(1, 20)
            out.mux(packet)
    return path


def damaged(codec: str, data: bytes) -> bytes:
    """A picture that is damaged so that a decoder is sure to see it.

    H.264 slices end in their middle. In H.265 bytes of 0xff follow the first eight: whether FFmpeg
    sees damage further in depends on the picture, and on what lies behind it in memory.
    """

    def hurt(nal: bytes) -> bytes:
        if codec == "hevc":
            return nal[:8] + b"\xff" * (len(nal) - 8)
        return nal[: len(nal) // 2]

    return joined(tuple(hurt(n) if is_picture(codec, n) else n for n in split_nals(data)))


def make_damaged_clip(path: Path, codec: str) -> Path:
    """An MPEG transport stream in which every second keyframe is damaged."""
    with av.open(str(path), "w", format="mpegts") as out:
        stream = out.add_stream(_ENCODERS[codec][0], rate=20)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        keys = 0
        for whole in encode(codec, 40, 320, 240, fps=20, gop=10):
            packet = whole
            if whole.is_keyframe and (keys := keys + 1) % 2 == 0:
                packet = av.Packet(damaged(codec, bytes(whole)))
                packet.pts, packet.dts, packet.is_keyframe = whole.pts, whole.dts, True
            packet.stream = stream
            packet.time_base = Fraction(1, 20)
            out.mux(packet)
    return path


class Server:
    """The simulated camera in a process of its own, to be stopped and killed."""

    def __init__(self, clip: Path, port: int) -> None:
        code = (
            "import json, sys, threading; from pathlib import Path; "
            "from streams.simulator import MountOptions, Simulator; "
            "s = Simulator({'cam': MountOptions(Path(sys.argv[1]))}, port=int(sys.argv[2])); "
            "s.start(); print(json.dumps({'port': s.port}), flush=True); threading.Event().wait()"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(clip), str(port)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        )
        assert self.process.stdout is not None
        self.port = int(json.loads(self.process.stdout.readline())["port"])
        self.url = f"rtsp://127.0.0.1:{self.port}/cam"

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

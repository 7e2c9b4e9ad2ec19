"""What H.264's loop filter is worth to the models: `python -m bench.loop_filter [--data DIR]`.

Labelled pictures are sent as a camera would send them: 1080p25, constant bitrate, a sensor's noise,
in H.264. Each is then decoded as the standard has it and without the loop filter, and the same
model looks at both: at a keyframe, or at a picture that leans on a row of others, whose errors add
up. Gains are the second less the first, with 95 % of the bootstrap over the pictures. `decode` is
CPU time. The view stands still, as a fixed camera's does, so what moves within it is not tried.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from rich.console import Console
from rich.table import Table

from detector.model import Model, load_model
from streams.decoding import new_context
from streams.picture import to_image
from tuning.compare import compare
from tuning.curves import Floats, interval
from tuning.evaluate import LOWEST
from tuning.examples import corners, read_examples, read_picture
from tuning.judged import JudgedPicture
from tuning.matching import by_iou

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = {"litter": "val", "manhole": "val", "vending": "rendered"}
FPS, GOP, NOISE = 25, 25, 2.0
WIDTH, HEIGHT = 1920, 1080
"""A picture is brought to this size with its proportions kept."""


def encoded(image: np.ndarray, bitrate: int, onward: int) -> list[bytes]:
    """A keyframe and what leans on it, once the encoder's rate has settled.

    Args:
        image: uint8 (height, width, 3) BGR.
        bitrate: bits a second.
        onward: pictures after the keyframe.
    """
    rng = np.random.default_rng(5)
    share = min(WIDTH / image.shape[1], HEIGHT / image.shape[0])
    size = [round(side * share) // 2 * 2 for side in image.shape[1::-1]]
    large = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    grains = [rng.normal(0, NOISE, large.shape[:2]).astype(np.int8) for _ in range(5)]
    encoder = CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.bit_rate, encoder.gop_size = "yuv420p", bitrate, max(GOP, onward + 1)
    encoder.framerate, encoder.time_base = Fraction(FPS), Fraction(1, FPS)
    rate = {"maxrate": str(bitrate), "bufsize": str(bitrate)}
    plain = {"preset": "veryfast", "bf": "0", "sc_threshold": "0", "tune": "zerolatency"}
    encoder.options = rate | plain
    sent: list[bytes] = []
    for index in range(encoder.gop_size + onward + 1):
        luma = np.asarray(cv2.cvtColor(large, cv2.COLOR_BGR2YUV_I420), np.uint8)
        top = luma[: size[1]]
        top[:] = np.clip(top.astype(np.int16) + grains[index % len(grains)], 16, 235)
        frame = VideoFrame.from_ndarray(luma, format="yuv420p")
        frame.pts, frame.time_base = index, encoder.time_base
        sent += [bytes(packet) for packet in encoder.encode(frame)]
    sent += [bytes(packet) for packet in encoder.encode(None)]
    return sent[-onward - 1 :]


def decoded(sent: Sequence[bytes], *, filtered: bool) -> tuple[np.ndarray, float]:
    """The last picture, uint8 (height, width, 3) BGR, and the CPU-seconds that decoding took."""
    context = new_context("h264", strict=False)
    if not filtered:
        context.options = {"skip_loop_filter": "all"}
    begun = time.thread_time()
    frames = [one for data in sent for one in context.decode(av.Packet(data))]
    frames += context.decode(None)
    return to_image(frames[-1]), time.thread_time() - begun


def judge(
    model: Model, folder: Path, split: str, bitrate: int, onward: int
) -> Iterator[tuple[tuple[JudgedPicture, float], ...]]:
    """By picture, what is found with the filter and without, and the CPU-seconds of decoding."""
    for example in read_examples(folder, split, len(model.card.classes)):
        sent = encoded(read_picture(example.picture), bitrate, onward)
        pair = []
        for filtered in (True, False):
            image, seconds = decoded(sent, filtered=filtered)
            judged = JudgedPicture.of(
                path=example.picture,
                night=False,
                detections=model.detect([image], threshold=LOWEST)[0],
                labels=corners(example.labels[1], image),
                label_classes=example.labels[0],
                ignored=corners(example.ignored, image),
            )
            pair.append((judged, seconds))
        yield tuple(pair)


def best_scores(one: JudgedPicture) -> Floats:
    """For each label, the best score of its class that overlaps it by 0.3; 0 without."""
    fits = by_iou(0.3)(one.found, one.labels) > 0
    right = fits & (one.found_classes[:, None] == one.label_classes[None])
    if not right.size:
        return np.zeros(len(one.labels))
    best: Floats = np.where(right, one.scores[:, None], 0.0).max(axis=0)
    return best


def row(model: Model, folder: Path, split: str, bitrate: int, onward: int) -> list[str]:
    """One line of the table."""
    pairs = list(judge(model, folder, split, bitrate, onward))
    first, second = ([pair[side][0] for pair in pairs] for side in (0, 1))
    took = [1000 * float(np.median([pair[side][1] for pair in pairs])) for side in (0, 1)]
    precision = compare(first, second, len(model.card.classes))["map50"]
    sums = np.array([best_scores(one).sum() for one in second]) - np.array(
        [best_scores(one).sum() for one in first]
    )
    labels = np.array([len(one.labels) for one in first], dtype=np.float64)

    def gain(draw: Floats) -> float | None:
        return float(draw @ sums / (draw @ labels)) if draw @ labels else None

    low, high = interval(len(pairs), gain) or (0.0, 0.0)
    limit = model.card.threshold
    counts = [sum(int((one.scores >= limit).sum()) for one in side) for side in (first, second)]
    return [
        model.card.label,
        f"{bitrate / 1e6:g}",
        str(onward),
        f"{len(pairs)}/{labels.sum():.0f}",
        f"{precision.first} to {precision.second}",
        f"{precision.gain} {precision.interval}",
        f"{sums.sum() / labels.sum():+.4f} ({low:+.4f}, {high:+.4f})",
        f"{counts[0]} to {counts[1]}",
        f"{took[0]:.1f} to {took[1]:.1f}",
    ]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="holds litter, manhole, vending")
    parser.add_argument("--only", choices=list(SETS), action="append")
    parser.add_argument("--mbits", type=float, nargs="+", default=[1.0, 3.0, 6.0])
    parser.add_argument("--onward", type=int, default=0, help="pictures after the keyframe")
    parser.add_argument("--precision", default="bf16")
    args = parser.parse_args()
    columns = "model", "Mbit/s", "onward", "pictures/labels", "mAP50", "gain"
    table = Table(*columns, "a label's score", "above threshold", "decode, ms")
    for name in args.only or SETS:
        model = load_model(name, precision=args.precision, threads=1)
        for mbits in args.mbits:
            bitrate = round(mbits * 1e6)
            line = row(model, args.data / name, SETS[name], bitrate, args.onward)
            table.add_row(*line)
            Console(stderr=True).print(*line)
    Console(width=160).print(table)


if __name__ == "__main__":
    main()

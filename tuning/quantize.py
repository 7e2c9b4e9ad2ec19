"""The reduced-precision variant of a model: `five-chief quantize`.

NNCF puts the weights and activations of an ONNX model into 8 bits for OpenVINO, calibrated on
real pictures. The variant is kept only if it finds nearly as well as the model itself, measured
on the same pictures. Runs in the training environment (`make tuning`).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector.card import ModelCard, load_card, verify_weights
from detector.letterbox import letterbox, to_floats
from detector.model import load_model
from tuning.curves import Floats, Interval, average_precision, interval
from tuning.evaluate import judge
from tuning.examples import DataInvalid, read_examples, read_picture
from tuning.export import change_card
from tuning.judged import JudgedPicture
from tuning.matching import by_iou
from tuning.scores import rounded
from tuning.tally import ranked

PICTURES = 120
"""So many pictures show what range each activation takes."""
MOST_LOSS, MOST_LOSS_SURELY = 0.01, 0.02
"""What a reduced variant may lose of mAP50, and what the interval of the loss may reach."""
_HEAD = r".*/model\.\d+/(Concat|Sub|Add|Div|Mul|Slice|Reshape|Sigmoid)[^/]*"
"""The arithmetic after the last convolutions: it mixes pixels up to the input's width with scores
up to 1, and 8 bits can't hold both."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What the variant loses on pictures, each drawn for both alike.

    Attributes:
        map50: of the model itself, at IoU 0.5.
        map50_reduced: of the variant.
        loss: the difference; negative where the variant is the better.
        interval: 95 % of the bootstrap's differences.
        pictures: on how many.
    """

    map50: float | None
    map50_reduced: float | None
    loss: float | None
    interval: Interval | None
    pictures: int

    @property
    def is_small(self) -> bool:
        """Whether the variant may be shipped."""
        known = self.loss is not None and self.interval is not None
        return known and self.loss <= MOST_LOSS and self.interval[1] <= MOST_LOSS_SURELY  # type: ignore[operator,index]


def quantize(
    folder: Path,
    data: Path,
    split: str | None,
    measured: Sequence[tuple[Path, str | None]],
    *,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Loss:
    """Make the variant, measure it, and put it onto the card if it loses little.

    Args:
        folder: the model's.
        data: a folder in YOLO format.
        split: whose pictures calibrate, such as train.
        measured: folders, each with its split, on whose pictures together both are measured.
        seed: draws the pictures for calibration.
        progress: called after each measured picture with the number done and the number of all.

    Returns:
        What it loses. Where that is too much, nothing is left of it.

    Raises:
        DataInvalid: the data is missing, empty or malformed.
        DetectorError: the model cannot be used.
    """
    card = load_card(folder)
    weights = verify_weights(folder, card)
    examples = read_examples(data, split, len(card.classes))
    drawn = np.random.default_rng(seed).permutation(len(examples))[:PICTURES]
    pictures = (read_picture(examples[i].picture) for i in drawn)
    size = card.input.width, card.input.height
    inputs = [to_floats(letterbox(picture, *size)[0][None]) for picture in pictures]
    files = _write(weights, inputs)
    change_card(folder, {"int8": {file.name: _sha256(file) for file in files}})
    loss = _loss(folder, card, measured, progress)
    if not loss.is_small:
        change_card(folder, {"int8": {}})
        for file in files:
            file.unlink()
        return loss
    said = [where.name if part is None else f"{where.name}/{part}" for where, part in measured]
    change_card(folder, {"int8_loss": {"data": said, **asdict(loss)}})
    return loss


def _write(weights: Path, inputs: list[Any]) -> list[Path]:
    try:
        import nncf
        import openvino as ov
    except ImportError as error:
        raise DataInvalid(
            "NNCF is not installed; `make tuning`, then `.venv-tuning/bin/five-chief quantize …`"
        ) from error
    reduced = nncf.quantize(
        ov.Core().read_model(weights),
        nncf.Dataset(inputs),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(inputs),
        ignored_scope=nncf.IgnoredScope(patterns=[_HEAD], validate=False),
    )
    target = weights.with_suffix(".int8.xml")
    ov.save_model(reduced, target)
    return [target, target.with_suffix(".bin")]


def _loss(
    folder: Path,
    card: ModelCard,
    measured: Sequence[tuple[Path, str | None]],
    progress: Callable[[int, int], None] | None,
) -> Loss:
    classes = range(len(card.classes))
    seen: list[list[JudgedPicture]] = []
    for precision in ("f32", "int8"):
        model = load_model(folder, engine="openvino", precision=precision)
        seen.append(
            [one for data, split in measured for one in judge(model, data, split, progress)]
        )
    whole, reduced = (
        [ranked(pictures, number, by_iou(0.5)) for number in classes] for pictures in seen
    )

    def mean(rankings: list[Any], draw: Floats | None = None) -> float | None:
        values = [average_precision(one, draw) for one in rankings]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else None

    def lost(draw: Floats | None) -> float | None:
        before, after = mean(whole, draw), mean(reduced, draw)
        return None if before is None or after is None else before - after

    count = len(seen[0])
    return Loss(
        map50=rounded(mean(whole)),
        map50_reduced=rounded(mean(reduced)),
        loss=rounded(lost(None)),
        interval=interval(count, lost),
        pictures=count,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Pictures with boxes that people marked, in YOLO format.

A folder holds `images/`, `labels/` and, where there is one, `ignore/`, flat or with a folder a
split below each.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from detector.image import Image

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})

Boxes = npt.NDArray[np.float32]


class DataInvalid(Exception):
    """A folder that cannot be evaluated on; the message names the file, the line and the fix."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One picture with what people marked.

    Attributes:
        picture: its file.
        labels: class numbers, int, shape (N,), and boxes, shape (N, 4): centre x, centre y,
            width and height as shares of the picture's.
        ignored: boxes, shape (M, 4), likewise.
    """

    picture: Path
    labels: tuple[npt.NDArray[np.int64], Boxes]
    ignored: Boxes


def read_examples(data: Path, split: str | None, classes: int) -> list[Example]:
    """Read a folder in YOLO format, the pictures' pixels excepted.

    A picture without a label file is one without boxes.

    Args:
        data: the folder that holds `images/` and `labels/`.
        split: the name of a folder below these, or None.
        classes: how many classes the model has.

    Raises:
        DataInvalid: a folder is missing, there is no picture, or a line is malformed.
    """
    images, labels, ignore = (
        data / part / (split or "") for part in ("images", "labels", "ignore")
    )
    for folder in (images, labels):
        if not folder.is_dir():
            raise DataInvalid(
                f"{folder}: no such folder; the data wants images/ and labels/"
                + (f", each with {split}/ in it" if split else "")
            )
    pictures = sorted(path for path in images.iterdir() if path.suffix.lower() in SUFFIXES)
    if not pictures:
        below = sorted(path.name for path in images.iterdir() if path.is_dir())
        fix = f"choose a split: {', '.join(below)}" if below else "JPEG, PNG and WebP are read"
        raise DataInvalid(f"{images}: no pictures in it; {fix}")
    return [
        Example(
            picture=picture,
            labels=_read_boxes(labels / f"{picture.stem}.txt", classes),
            ignored=_read_boxes(ignore / f"{picture.stem}.txt", None)[1],
        )
        for picture in pictures
    ]


def corners(boxes: Boxes, image: Image) -> Boxes:
    """Centre boxes in shares to corner boxes in pixels."""
    size = np.array([image.shape[1], image.shape[0]] * 2, dtype=np.float32)
    half = boxes[:, 2:] / 2
    corners = np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)
    scaled: Boxes = corners * size
    return scaled


def read_picture(path: Path) -> Image:
    """Read a picture: uint8, shape (H, W, 3), BGR.

    Raises:
        DataInvalid: it is not there, is none, or is damaged.
    """
    # Through bytes: OpenCV's own reading fails on names outside ASCII on some systems.
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise DataInvalid(f"{path}: cannot be read: {error.strerror}") from error
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if image is None:
        raise DataInvalid(f"{path}: no picture that can be read; replace or remove it")
    return image.astype(np.uint8, copy=False)


def _read_boxes(path: Path, classes: int | None) -> tuple[npt.NDArray[np.int64], Boxes]:
    """A label file's class numbers and centre boxes; none where there is no file.

    Args:
        path: the file.
        classes: how many there are; None takes any number.
    """
    rows: list[tuple[float, ...]] = []
    if path.is_file():
        # What is no text fails at its line as no number.
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                rows.append(_read_line(f"{path}:{number}", line, classes))
    table = np.array(rows, dtype=np.float32).reshape(-1, 5)
    return table[:, 0].astype(np.int64), table[:, 1:]


def _read_line(where: str, line: str, classes: int | None) -> tuple[float, ...]:
    form = "want `class x y width height`, the last four as shares (0..1) of the picture's size"
    try:
        values = tuple(float(word) for word in line.split())
    except ValueError as error:
        raise DataInvalid(f"{where}: `{line.strip()}` is not all numbers; {form}") from error
    if len(values) != 5 or not all(0.0 <= value <= 1.0 for value in values[1:]):
        raise DataInvalid(f"{where}: `{line.strip()}` is no box; {form}")
    if values[0] < 0 or not values[0].is_integer():
        raise DataInvalid(f"{where}: class {values[0]:g} is no whole number from 0 on; {form}")
    if classes is not None and values[0] >= classes:
        raise DataInvalid(
            f"{where}: class {values[0]:g}, but the model has {classes} classes, numbered from 0; "
            "correct the label, or evaluate the model that it was made for"
        )
    return values

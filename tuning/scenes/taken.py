"""What scenario clips are made of: layers taken out of the demo clip; no renderer is needed.

The street without anybody is the median of its pictures over time; what appears in it is the
difference of two such medians; who passes is what differs from the median at that moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from streams.clip import clip_frames
from tuning.clip_config import START
from tuning.scenes.camera import Camera
from tuning.scenes.compose import Floats, Image, feathered
from tuning.scenes.scenario import scenario
from tuning.scenes.seeds import DEMO_SEEDS

STREET = Path("configs/demo/street.mp4")
BOXES = {
    "heap": (229, 315, 445, 416),
    "stall": (763, 106, 939, 343),
    "hole": (592, 485, 676, 539),
}
"""Where the demo's three violations are seen, pixels; see `configs/demo/street.truth.yaml`."""
_ROOM = {"heap": (30, 30, 40, 34), "stall": (70, 30, 66, 44), "hole": (22, 18, 22, 18)}
"""Around them: shadows, and the seller beside the stall."""
_SPANS = ((0.0, 5.9), (7.0, 29.0), (32.0, 49.5), (51.0, 74.5))
"""Seconds of the demo clip without anything, with the heap, with the stall, with the hole."""
_BEGIN = (6.0, 30.0, 50.0)
"""Seconds at which they appear there."""
RATE = 2
_ENOUGH = 13
"""So many pictures make a median in which nobody passes."""
_STRANGE = 0.055
"""Difference from the median, 0 to 1, from which a pixel is of somebody who passes."""
_SOFT = 6
"""So far reaches a passer's soft edge, pixels."""
_STAMPS = ((10, 8, 340, 50), (1130, 676, 1280, 716))
"""Where the demo's clock and name are printed."""


@dataclass(frozen=True, slots=True, eq=False)
class Passer:
    """Somebody, or a vehicle, at one moment.

    Attributes:
        image: pixels, BGR from 0 to 1, (h, w, 3).
        share: how much of each pixel is theirs, (h, w).
        left: of the cut-out in the picture, pixels.
        top: likewise.
    """

    image: Floats
    share: Floats
    left: int
    top: int

    @property
    def foot(self) -> int:
        """Their lowest row, pixels: who is lower is nearer."""
        return self.top + len(self.share)


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A part of the street with a thing in it: BGR from 0 to 1, and where it lies, pixels."""

    image: Floats
    left: int
    top: int


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A street, taken apart.

    Attributes:
        bare: the street without anybody, BGR from 0 to 1, (H, W, 3).
        things: what may stand in it.
        passing: who is there, `RATE` moments a second.
        camera: what looks at it.
    """

    bare: Floats
    things: Mapping[str, Patch]
    passing: tuple[tuple[Passer, ...], ...]
    camera: Camera

    def put(self, frame: Floats, thing: str) -> Floats:
        """The frame with a thing standing in its place."""
        patch = self.things[thing]
        return feathered(frame, patch.image, patch.left, patch.top)


def take_apart(clip: Path = STREET) -> Taken:
    """Takes the demo's busy street apart.

    Raises:
        CameraError: the clip cannot be read.
    """
    images: list[Image] = []
    for frame in clip_frames(clip, "street", START, keyframes_only=False):
        if (frame.captured_at - START).total_seconds() * RATE >= len(images):
            images.append(frame.image)
    plates = [_median(images[round(a * RATE) : round(b * RATE)]) for a, b in _SPANS]
    passing = []
    for number, image in enumerate(images):
        at = number / RATE
        appeared = sum(at >= begin for begin in _BEGIN)
        fades = any(0 <= at - begin < 0.5 for begin in _BEGIN)
        passing.append(() if fades else _passers(image, plates[appeared]))
    clean = [_unstamped(plate) for plate in plates]
    things = {thing: _patch(plate, thing) for thing, plate in zip(BOXES, clean[1:], strict=True)}
    return Taken(clean[0], things, tuple(passing), scenario(DEMO_SEEDS[0]).camera)


def _patch(plate: Floats, thing: str) -> Patch:
    x0, y0, x1, y1 = BOXES[thing]
    left, up, right, down = _ROOM[thing]
    x, y = max(0, x0 - left), max(0, y0 - up)
    return Patch(plate[y : y1 + down, x : x1 + right], x, y)


def _median(images: Sequence[Image]) -> Floats:
    few = images[:: max(1, len(images) // _ENOUGH)]
    out: Floats = np.median(np.stack(few), axis=0).astype(np.float32) / np.float32(255)
    return out


def _passers(image: Image, plate: Floats) -> tuple[Passer, ...]:
    now = image.astype(np.float32) / np.float32(255)
    change = cv2.GaussianBlur(np.abs(now - plate).max(axis=2), (0, 0), 1.5)
    mask: Image = (np.asarray(change) > _STRANGE).astype(np.uint8)
    for x0, y0, x1, y1 in _STAMPS:
        mask[y0:y1, x0:x1] = 0
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    _, pieces, boxes, _ = cv2.connectedComponentsWithStats(closed)
    found = []
    for number, (x, y, width, height, size) in enumerate(boxes.tolist()):
        if number == 0 or size <= 500:
            continue
        rows = slice(max(0, y - _SOFT), y + height + _SOFT)
        columns = slice(max(0, x - _SOFT), x + width + _SOFT)
        solid = (pieces[rows, columns] == number).astype(np.float32)
        share = np.asarray(cv2.GaussianBlur(solid, (0, 0), 1.5), np.float32)
        found.append(Passer(now[rows, columns].copy(), share, columns.start, rows.start))
    return tuple(found)


def _unstamped(plate: Floats) -> Floats:
    """The plate without clock and name, which are printed anew."""
    image = (plate * 255).astype(np.uint8)
    mask = np.zeros(image.shape[:2], np.uint8)
    for x0, y0, x1, y1 in _STAMPS:
        mask[y0:y1, x0:x1] = 255
    mended = cv2.inpaint(image, mask, 5, cv2.INPAINT_TELEA)
    out: Floats = mended.astype(np.float32) / np.float32(255)
    return out

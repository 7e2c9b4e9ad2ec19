"""A picture with what a model found in it and what people marked."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from detector.detections import Detections
from detector.image import Image
from tuning.examples import Boxes
from tuning.matching import short_sides

NIGHT_LUMA = 60.0
"""A picture whose median brightness (0..255) is below this is counted as taken by night."""


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPicture:
    """One picture, judged.

    Attributes:
        path: its file.
        night: whether it is dark.
        found: corner boxes in pixels, shape (N, 4), best score first.
        scores: shape (N,).
        found_classes: class numbers, int, shape (N,).
        labels: corner boxes in pixels, shape (M, 4).
        label_classes: class numbers, int, shape (M,).
        ignored: corner boxes of regions that count neither way, shape (K, 4).
        elsewhere: labels that belong to another group, shape (L, 4): what finds them counts
            neither way.
        elsewhere_classes: their class numbers, int, shape (L,).
        sizes: shorter sides, pixels: from and below, of what counts as false in this group.
    """

    path: Path
    night: bool
    found: Boxes
    scores: npt.NDArray[np.float64]
    found_classes: npt.NDArray[np.int64]
    labels: Boxes
    label_classes: npt.NDArray[np.int64]
    ignored: Boxes
    elsewhere: Boxes
    elsewhere_classes: npt.NDArray[np.int64]
    sizes: tuple[float, float] = (0.0, float("inf"))

    @classmethod
    def of(
        cls,
        path: Path,
        *,
        night: bool,
        detections: Detections,
        labels: Boxes,
        label_classes: npt.NDArray[np.int64],
        ignored: Boxes,
    ) -> Self:
        """From a model's detections, in any order."""
        scores = np.asarray(
            detections.confidence if detections.confidence is not None else [], dtype=np.float64
        )
        numbers = np.asarray(
            detections.class_id if detections.class_id is not None else [], dtype=np.int64
        )
        order = np.argsort(-scores, kind="stable")
        return cls(
            path=path,
            night=night,
            found=np.asarray(detections.xyxy, dtype=np.float32)[order],
            scores=scores[order],
            found_classes=numbers[order],
            labels=labels,
            label_classes=label_classes,
            ignored=ignored,
            elsewhere=np.zeros((0, 4), dtype=np.float32),
            elsewhere_classes=np.zeros(0, dtype=np.int64),
        )

    def without_labels(self) -> Self:
        """The same picture, in which nothing is to be found: what was marked is another model's."""
        return replace(
            self,
            labels=np.zeros((0, 4), dtype=np.float32),
            label_classes=np.zeros(0, dtype=np.int64),
            ignored=np.zeros((0, 4), dtype=np.float32),
        )

    def of_size(self, low: float, high: float) -> Self:
        """The same picture, where only labels of a size are to be found.

        As COCO does by area: what finds a label of another size, and what finds none and is of
        another size itself, counts neither way.

        Args:
            low: the shorter side from which a box belongs to the group, pixels.
            high: and below which.
        """
        sides = short_sides(self.labels)
        belongs = (sides >= low) & (sides < high)
        return replace(
            self,
            labels=self.labels[belongs],
            label_classes=self.label_classes[belongs],
            elsewhere=self.labels[~belongs],
            elsewhere_classes=self.label_classes[~belongs],
            sizes=(low, high),
        )


def is_night(image: Image) -> bool:
    """Whether a picture is dark.

    Args:
        image: uint8, shape (H, W, 3), BGR.
    """
    return float(np.median(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))) < NIGHT_LUMA

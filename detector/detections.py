"""What a model saw on one picture, as arrays."""

from dataclasses import dataclass, field
from typing import Any, Self

import cv2
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Boxes with scores and classes, row by row.

    Its attributes are named as those of supervision's class, whose metrics take it. That one is
    not used where cameras are watched: it would bring 58 MB of packages into the process.

    Attributes:
        xyxy: corners in pixels of the picture, float32, (N, 4).
        confidence: scores, 0..1, float32, (N,).
        class_id: numbers of the classes, int64, (N,).
        data: `class_name`: the classes' names, (N,).
    """

    xyxy: Numbers
    confidence: Numbers
    class_id: Rows
    data: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> Self:
        """Nothing."""
        scores = np.zeros(0, np.float32)
        names = {"class_name": np.zeros(0, np.str_)}
        return cls(np.zeros((0, 4), np.float32), scores, np.zeros(0, np.int64), names)

    def __len__(self) -> int:
        return len(self.xyxy)

    def rows(self, wanted: Rows) -> Self:
        """Some of them, by their numbers."""
        data = {key: values[wanted] for key, values in self.data.items()}
        kept = self.xyxy[wanted], self.confidence[wanted], self.class_id[wanted]
        return type(self)(*kept, data)


def without_doubles(
    boxes: Numbers, scores: Numbers, iou: float, classes: Rows | None = None
) -> Rows:
    """The rows that are left when of two boxes that overlap the better stays, in their order.

    OpenCV's, not supervision's: the same boxes, at a fortieth of the time for thousands of them,
    as there are where an evaluation asks for every score.

    Args:
        boxes: corners, (N, 4).
        scores: above 0, (N,).
        iou: overlap from which on two are doubles.
        classes: boxes of different ones are no doubles; None looks at overlap alone.
    """
    if len(boxes) == 0:
        return np.zeros(0, dtype=np.int64)
    corners_and_sizes = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    of = np.zeros(len(boxes), np.int64) if classes is None else classes
    kept = cv2.dnn.NMSBoxesBatched(
        corners_and_sizes.tolist(), scores.tolist(), of.tolist(), 0.0, iou
    )
    return np.sort(np.asarray(kept, dtype=np.int64))

"""Whether two pictures show the same view, so that before can be held against after."""

import cv2
import numpy as np

from streams.frame import Image

_WIDTH = 480
_ENOUGH = 15
"""So many points that move together tell how the view has moved."""
_SHIFT = 0.04
"""A view that moved by more than this share of the picture's width is another."""


def has_moved(before: Image, after: Image) -> bool:
    """Whether the camera was turned or zoomed between two pictures.

    Only what is sure is said: where too few points agree (night against day), it is False.

    Args:
        before: uint8, (height, width, 3), BGR.
        after: likewise; it may be of another size.
    """
    finder = cv2.ORB.create(1000)
    first, second = (_small(image) for image in (before, after))
    points_a, marks_a = finder.detectAndCompute(first, None)
    points_b, marks_b = finder.detectAndCompute(second, None)
    if len(points_a) < _ENOUGH or len(points_b) < _ENOUGH:
        return False
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(marks_a, marks_b)
    if len(matches) < _ENOUGH:
        return False
    source = np.array([points_a[m.queryIdx].pt for m in matches], np.float32)
    target = np.array([points_b[m.trainIdx].pt for m in matches], np.float32)
    motion, agree = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=3.0)
    if motion is None or int(agree.sum()) < _ENOUGH:
        return False
    height, width = first.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float64)
    moved = corners @ motion.T
    return bool(np.abs(moved - corners[:, :2]).max() > _SHIFT * width)


def _small(image: Image) -> Image:
    height = max(1, round(image.shape[0] * _WIDTH / image.shape[1]))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)

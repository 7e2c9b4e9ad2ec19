"""When two boxes are one place."""

from detector.violation import Box

NEAR = 0.5
"""Boxes are one place, too, if their centres are nearer than this share of the larger's size."""
SHIVER = 8.0
"""And always if they are nearer than this, pixels: so much a camera on its pole shakes."""


def area(box: Box) -> float:
    """Width times height, square pixels."""
    return (box[2] - box[0]) * (box[3] - box[1])


def distance(a: Box, b: Box) -> float:
    """Distance of two boxes' centres, pixels."""
    across = (a[0] + a[2] - b[0] - b[2]) / 2
    down = (a[1] + a[3] - b[1] - b[3]) / 2
    return float((across**2 + down**2) ** 0.5)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (area(a) + area(b) - shared)


def same_place(a: Box, b: Box, match_iou: float) -> bool:
    """Whether two boxes are one place: they overlap enough, or their centres are close.

    The second serves boxes of ten pixels, whose overlap a shiver of the camera destroys, and a
    part of a heap that is seen in place of the whole.
    """
    size: float = max(area(a), area(b)) ** 0.5
    return overlap(a, b) >= match_iou or distance(a, b) <= max(NEAR * size, SHIVER)


def blend(a: Box, b: Box, weight: float) -> Box:
    """A box between two: `a` at weight 0, `b` at weight 1."""
    x0, y0, x1, y1 = (p + weight * (q - p) for p, q in zip(a, b, strict=True))
    return x0, y0, x1, y1


def covered(box: Box, by: Box) -> float:
    """The share of a box's area that lies in another, 0..1."""
    width = min(box[2], by[2]) - max(box[0], by[0])
    height = min(box[3], by[3]) - max(box[1], by[1])
    return max(width, 0.0) * max(height, 0.0) / area(box)

"""Several small things that lie about near each other: one scattering, not many heaps."""

from collections.abc import Iterator, Sequence

import shapely

from detector.filing import ScatteredSection
from detector.size import Size
from detector.violation import Box


def groups(
    section: ScatteredSection, boxes: Sequence[Box], sizes: Sequence[Size]
) -> Iterator[list[int]]:
    """Pieces that lie so near each other, and are so many, that they are one.

    Two belong together if their feet are no farther apart than they reach on the average; so do
    those that a chain of such pairs joins.

    Args:
        section: how many, how small, how near.
        boxes: of all that was seen, pixels.
        sizes: theirs.

    Yields:
        Indexes of a group's boxes, in order.
    """
    small = [index for index, size in enumerate(sizes) if section.admits(size)]
    if len(small) < section.pieces:
        return
    feet = {i: shapely.Point((boxes[i][0] + boxes[i][2]) / 2, boxes[i][3]) for i in small}
    discs = [feet[i].buffer(section.reach(sizes[i]) / 2) for i in small]
    joined = shapely.get_parts(shapely.unary_union(discs))
    for part in joined:
        members = [index for index in small if part.covers(feet[index])]
        if len(members) >= section.pieces:
            yield members


def around(boxes: Sequence[Box]) -> Box:
    """The box around boxes."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )

"""How large a thing is, and how large it may be."""

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from detector.ground import Ground
from detector.violation import Box

Bound = Annotated[float, Field(ge=0.0)] | None


def _in_order(limits: tuple[Bound, Bound]) -> tuple[Bound, Bound]:
    least, most = limits
    if least is None and most is None:
        raise ValueError("limits are [least, most]; one of them may be null, not both")
    if least is not None and most is not None and least >= most:
        raise ValueError("limits are [least, most], and the least is less than the most")
    return limits


Limits = Annotated[tuple[Bound, Bound], AfterValidator(_in_order)]
"""Least and most, such as `[0.3, 4]`; null on one side leaves it open."""


@dataclass(frozen=True, slots=True)
class Size:
    """A box's size.

    Attributes:
        px: width and height, pixels.
        share: width and height as shares of the picture's.
        m: width and height in metres, as of a thing that stands upright at the box's foot; None
            where the ground is not calibrated, or the box does not stand on it.
    """

    px: tuple[float, float]
    share: tuple[float, float]
    m: tuple[float, float] | None

    @classmethod
    def of(cls, box: Box, width: int, height: int, ground: Ground | None) -> Self:
        """A box's size in a picture of `width` by `height` pixels."""
        px = (box[2] - box[0], box[3] - box[1])
        metres = None if ground is None else ground.size(box, width, height)
        return cls(px, (px[0] / width, px[1] / height), metres)


class SizeLimits(BaseModel):
    """How large something must be, and may be; what is outside counts for nothing new.

    Where the camera's ground is calibrated and limits in metres are given, these hold and the
    others do not.

    Attributes:
        width_m: metres.
        height_m: metres, as of a thing that stands upright.
        area_m2: width times height, square metres.
        width_px: pixels.
        height_px: pixels.
        width_share: of the picture's width.
        height_share: of the picture's height.
        area_share: of the picture's area.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    width_m: Limits | None = None
    height_m: Limits | None = None
    area_m2: Limits | None = None
    width_px: Limits | None = None
    height_px: Limits | None = None
    width_share: Limits | None = None
    height_share: Limits | None = None
    area_share: Limits | None = None

    def admit(self, size: Size) -> bool:
        """Whether a size is within the limits."""
        metric = ((self.width_m, 0), (self.height_m, 1), (self.area_m2, 2))
        if size.m is not None and any(limits is not None for limits, _ in metric):
            measures = [*size.m, size.m[0] * size.m[1]]
            return all(_within(limits, measures[index]) for limits, index in metric)
        return (
            _within(self.width_px, size.px[0])
            and _within(self.height_px, size.px[1])
            and _within(self.width_share, size.share[0])
            and _within(self.height_share, size.share[1])
            and _within(self.area_share, size.share[0] * size.share[1])
        )


def _within(limits: tuple[float | None, float | None] | None, value: float) -> bool:
    if limits is None:
        return True
    least, most = limits
    return (least is None or value >= least) and (most is None or value <= most)

"""What something is filed as: parts of a rule that tell labels apart, or differ by label."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from detector.schedule import Schedule
from detector.size import Size
from detector.violation import Light, Severity

Label = Annotated[str, Field(min_length=1, max_length=64)]
Positive = Annotated[float, Field(gt=0.0)]


class HeapSection(BaseModel):
    """When something is a heap: from an area on.

    Attributes:
        label: what a heap is called.
        area_m2: width times height, where the camera's ground is calibrated, square metres.
        area_share: the same as a share of the picture, where it is not; None: never there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Label
    area_m2: Positive
    area_share: Positive | None = None

    def admits(self, size: Size) -> bool:
        """Whether a size is a heap's."""
        if size.m is not None:
            return size.m[0] * size.m[1] >= self.area_m2
        return self.area_share is not None and size.share[0] * size.share[1] >= self.area_share


class ScatteredSection(BaseModel):
    """When several small things that lie about are one violation.

    Attributes:
        label: what they are called together.
        pieces: how many it takes.
        piece_m2: what is larger is no small piece, square metres.
        piece_share: the same as a share of the picture, where the ground is not calibrated.
        within_m: how far one lies from the next at most, metres.
        within_sizes: the same in widths of the pieces, where the ground is not calibrated.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Label
    pieces: Annotated[int, Field(ge=2)]
    piece_m2: Positive
    piece_share: Positive
    within_m: Positive
    within_sizes: Positive

    def admits(self, size: Size) -> bool:
        """Whether a size is a small piece's."""
        if size.m is not None:
            return size.m[0] * size.m[1] <= self.piece_m2
        return size.share[0] * size.share[1] <= self.piece_share

    def reach(self, size: Size) -> float:
        """How far from a piece of a size the next may lie, pixels."""
        if size.m is not None and size.m[0] > 0:
            return self.within_m * size.px[0] / size.m[0]
        return self.within_sizes * size.px[0]


class LabelSection(BaseModel):
    """What is different where something turns out to have this label.

    Attributes:
        dwell_s: how long it must have been there, seconds.
        severity: its grade.
        confirm_before_filing: whether a person must confirm it before it becomes a case.
        name_zh: what it is called, for the sentence that explains it.
        name_en: the same in English.
        lights: confirmed only in such a light (`day`, `night`, `infrared`), where it is known.
        when: confirmed only at these times.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dwell_s: Annotated[float, Field(ge=0.0, le=7 * 86_400)] | None = None
    severity: Severity | None = None
    confirm_before_filing: bool | None = None
    name_zh: str = ""
    name_en: str = ""
    lights: tuple[Light, ...] = ()
    when: tuple[Schedule, ...] = ()

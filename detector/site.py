"""What is known of a camera's view: areas that somebody has drawn in it, and its ground."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated, Literal, Self

import shapely
from pydantic import BaseModel, ConfigDict, Field, model_validator

from detector.ground import Ground
from detector.rules import Rule, margin
from detector.schedule import Schedule, holds_any
from detector.violation import Box
from detector.zone import Zone, depth, polygon_of

AreaKind = Literal["include", "exclude", "shopfront", "roadway", "component"]
THRESHOLD = 0.05
"""A box touches a shopfront if its lower edge does, give or take this share of its height."""
MARKED = 0.2
"""A thing is a marked component from this overlap on, as a share of the smaller of the two."""


class Area(BaseModel):
    """A polygon in a camera's picture that means something to rules.

    Attributes:
        kind: `include`: a rule that has such areas counts nothing outside them. `exclude`:
            nothing counts in it. `shopfront`: the ground before a shop, on which what is sold is
            the shop's. `roadway`: the carriageway. `component`: a surveyed part, such as a cover.
        polygon: corners as shares of width and height.
        name: for people, such as the shop's.
        code: the component's 16 digits (6 district, 2 + 2 class, 6 serial).
        rules: the ids or kinds of the rules that it is for; none: all.
        when: holds only at these times; none: always. An `exclude` with times is a place in which
            something is allowed at times, such as a market, or bins that are put out for
            collection: what stands there then is no violation, and what was one is not cleared.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: AreaKind
    polygon: Zone
    name: Annotated[str, Field(max_length=120)] = ""
    code: Annotated[str, Field(pattern=r"^\d{16}$")] | None = None
    rules: tuple[str, ...] = ()
    when: tuple[Schedule, ...] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "component") != (self.code is not None):
            raise ValueError(
                "a component's area needs its `code` of 16 digits, and no other area has one"
            )
        if self.when and self.kind not in ("include", "exclude"):
            raise ValueError(f"a {self.kind} is one at all times; leave `when` out")
        return self


@dataclass(frozen=True, slots=True)
class Site:
    """A camera's view.

    Attributes:
        areas: what is drawn in it.
        ground: its calibration, if there is one.
    """

    areas: tuple[Area, ...] = ()
    ground: Ground | None = None

    def of(self, rule: Rule, *kinds: str) -> Iterator[Area]:
        """The areas of some kinds that are for a rule."""
        for area in self.areas:
            meant = not area.rules or rule.id in area.rules or rule.kind in area.rules
            if meant and area.kind in kinds:
                yield area


NOWHERE = Site()
"""A view of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a box stands, for a rule.

    Attributes:
        margin: how far inside what counts, pixels; negative outside.
        paused: whether it is in a place, or at a time, in which the rule does not fire.
    """

    margin: float
    paused: bool


def standing(
    rule: Rule, site: Site, box: Box, size: tuple[int, int], at: datetime, local: tzinfo
) -> Standing:
    """Where a box stands: the middle of its lower edge is what counts.

    Args:
        rule: its zone, exclusions, pauses and kinds of areas hold.
        site: the camera's view.
        box: corners, pixels.
        size: the picture's width and height, pixels.
        at: capture time.
        local: the time zone of schedules.
    """
    spot = ((box[0] + box[2]) / 2, box[3])
    depths = [margin(rule, box, *size)]
    paused = holds_any(rule.pauses, at, local)
    for area in site.of(rule, "exclude"):
        inside = depth(area.polygon, spot, *size)
        if not area.when:
            depths.append(-inside)
        elif inside >= 0 and holds_any(area.when, at, local):
            paused = True
    for kinds in (("include",), rule.within):
        inner = [(depth(area.polygon, spot, *size), area) for area in site.of(rule, *kinds)]
        if inner:
            deepest, area = max(inner, key=lambda pair: pair[0])
            depths.append(deepest)
            paused = paused or bool(area.when and not holds_any(area.when, at, local))
    return Standing(min(depths), paused)


def area_of(rule: Rule, site: Site, box: Box, size: tuple[int, int]) -> Area | None:
    """The area that says most of what stands in it: a component, else a shopfront, roadway, zone.

    Args:
        rule: areas for other rules don't count.
        site: the camera's view.
        box: corners, pixels.
        size: the picture's width and height, pixels.
    """
    marked = [(_shared(area.polygon, box, size), area) for area in site.of(rule, "component")]
    share, component = max(marked, key=lambda pair: pair[0], default=(0.0, None))
    if share >= MARKED:
        return component
    for area in site.of(rule, "shopfront"):
        if touches_shopfront(area, box, size):
            return area
    spot = ((box[0] + box[2]) / 2, box[3])
    for kind in ("roadway", "include"):
        for area in site.of(rule, kind):
            if depth(area.polygon, spot, *size) >= 0:
                return area
    return None


def touches_shopfront(area: Area, box: Box, size: tuple[int, int]) -> bool:
    """Whether a box's lower edge is on the ground before a shop, even with one end."""
    slack = THRESHOLD * (box[3] - box[1])
    edge = shapely.box(box[0], box[3] - slack, box[2], box[3] + slack)
    return bool(polygon_of(area.polygon, *size).intersects(edge))


def _shared(zone: Zone, box: Box, size: tuple[int, int]) -> float:
    polygon, frame = polygon_of(zone, *size), shapely.box(*box)
    return float(polygon.intersection(frame).area / min(polygon.area, frame.area))

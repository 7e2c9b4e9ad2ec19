"""A rule: which sightings of a model count, where, and how long until they are a violation."""

import difflib
from itertools import combinations
from typing import Annotated, Any, Self

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from detector.card import ModelCard
from detector.errors import RuleInvalid
from detector.violation import Box, Point

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(ge=0.0, le=7 * 86_400)]
Count = Annotated[int, Field(ge=1, le=1000)]
Polygon = tuple[tuple[Share, Share], ...]

WHOLE_PICTURE: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))

DWELL_S = {"litter": 600.0, "vending": 300.0, "manhole": 10.0}
"""How long a kind must stay before it counts, where the rule doesn't say, seconds."""
OTHER_DWELL_S = 600.0


def _dwell(given: dict[str, Any]) -> float:
    return DWELL_S.get(given.get("kind", ""), OTHER_DWELL_S)


class Rule(BaseModel):
    """A rule for one camera.

    A sighting is in a zone when the middle of its box's lower edge is: that is where a thing
    stands on the ground, whatever its height.

    Attributes:
        id: unique among the camera's rules; reports carry it.
        kind: the catalogue's class of violation: `litter`, `vending` or `manhole`.
        model: the name of the model that looks.
        classes: the model's classes that count.
        zone: corners as shares (0..1) of the picture's width and height; the whole by default.
        exclude: such polygons, in which nothing counts.
        threshold: the score that opens and confirms a violation; None takes the card's.
        hold: the share of the threshold that keeps a confirmed one from being cleared.
        dwell_s: how long it must have been there, seconds; by default 600 for litter, 300 for
            vending, 10 for a manhole cover.
        min_looks: how many looks it takes at least.
        confirm_ratio: the share of the looks since first sight in which it must have been seen.
        clear_after_s: how long it must have been looked for in vain, seconds.
        clear_looks: how many looks in a row must have been in vain.
        sighting_every_s: how often a confirmed one is said to be still there, seconds.
        cadence_s: how often to look, seconds; None takes the card's.
        match_iou: overlap (intersection over union) from which two boxes are one place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=64)]
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    model: Annotated[str, Field(min_length=1)]
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    zone: Polygon = WHOLE_PICTURE
    exclude: tuple[Polygon, ...] = ()
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    hold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.6
    dwell_s: Seconds = Field(default_factory=_dwell)
    min_looks: Count = 3
    confirm_ratio: Annotated[float, Field(gt=0.0, le=1.0)] = 0.6
    clear_after_s: Seconds = 120.0
    clear_looks: Count = 3
    sighting_every_s: Annotated[float, Field(gt=0.0)] = 3600.0
    cadence_s: Annotated[float, Field(gt=0.0)] | None = None
    match_iou: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.3

    @field_validator("zone")
    @classmethod
    def _zone_is_simple(cls, value: Polygon) -> Polygon:
        _check_polygon(value)
        return value

    @field_validator("exclude")
    @classmethod
    def _excluded_are_simple(cls, value: tuple[Polygon, ...]) -> tuple[Polygon, ...]:
        for polygon in value:
            _check_polygon(polygon)
        return value

    @model_validator(mode="after")
    def _classes_differ(self) -> Self:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("`classes` names a class twice; name each once")
        return self

    def opens_at(self, card: ModelCard) -> float:
        """The score that opens and confirms a violation."""
        return card.threshold if self.threshold is None else self.threshold

    def holds_at(self, card: ModelCard) -> float:
        """The score that keeps a confirmed violation from being cleared."""
        return self.opens_at(card) * self.hold


def check_rule(rule: Rule, card: ModelCard) -> None:
    """Check a rule against the card of the model that it names.

    Raises:
        RuleInvalid: one of its classes is not the model's; the message names the nearest.
    """
    for name in rule.classes:
        if name not in card.classes:
            near = difflib.get_close_matches(name, card.classes, n=1)
            known = f"its classes are {', '.join(card.classes)}"
            fix = f"did you mean `{near[0]}`? {known}" if near else known
            raise RuleInvalid(f"rule {rule.id}: model {card.name} has no class `{name}`; {fix}")


def margin(rule: Rule, box: Box, width: int, height: int) -> float:
    """How far inside the rule's zone a box stands, pixels; negative outside, or in an exclusion.

    Args:
        rule: its zone and exclusions are taken.
        box: corners in pixels; the middle of its lower edge is what counts.
        width: the picture's, pixels.
        height: the picture's, pixels.
    """
    foot = ((box[0] + box[2]) / 2, box[3])
    inside = _distance(rule.zone, foot, width, height)
    outside = [-_distance(polygon, foot, width, height) for polygon in rule.exclude]
    return min([inside, *outside])


def _distance(polygon: Polygon, point: Point, width: int, height: int) -> float:
    corners = np.array(polygon, dtype=np.float32) * np.array([width, height], dtype=np.float32)
    return float(cv2.pointPolygonTest(corners, point, measureDist=True))


def _check_polygon(polygon: Polygon) -> None:
    """Refuse what encloses nothing, or crosses itself."""
    if len(polygon) < 3:
        raise ValueError(
            f"a zone needs at least 3 corners, this one has {len(polygon)}; "
            "write [[x, y], [x, y], [x, y], …] as shares of the picture"
        )
    if len(set(polygon)) < len(polygon):
        raise ValueError("a zone's corners must differ; leave the repeated one out")
    sides = [(a, b) for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True)]
    for (i, first), (j, second) in combinations(enumerate(sides), 2):
        neighbours = j - i == 1 or (i == 0 and j == len(sides) - 1)
        if not neighbours and _cross(first, second):
            raise ValueError(
                f"the zone crosses itself (sides {i + 1} and {j + 1}); "
                "write its corners in the order in which you walk around it"
            )
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in sides) / 2
    if abs(area) < 1e-6:
        raise ValueError("the zone encloses nothing; its corners lie on one line")


Side = tuple[Point, Point]


def _cross(first: Side, second: Side) -> bool:
    """Whether two sides touch or cross."""
    (a, b), (c, d) = first, second
    at_c, at_d, at_a, at_b = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if at_c * at_d < 0 and at_a * at_b < 0:
        return True
    ends = ((first, c, at_c), (first, d, at_d), (second, a, at_a), (second, b, at_b))
    return any(turn == 0 and _between(side, point) for side, point, turn in ends)


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(side: Side, point: Point) -> bool:
    (ax, ay), (bx, by) = side
    return min(ax, bx) <= point[0] <= max(ax, bx) and min(ay, by) <= point[1] <= max(ay, by)

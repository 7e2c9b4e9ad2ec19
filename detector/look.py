"""What a model saw on one picture, and what of it counts for a rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from statistics import median

from detector.boxes import same_place
from detector.detections import Detections, without_doubles
from detector.gathering import around, groups
from detector.rules import Rule
from detector.site import NOWHERE, Site, area_of, standing
from detector.size import Size
from detector.violation import Box, Light
from detector.zone import bounds

FOOTING = 0.25
"""A confirmed thing may stand this share of its height outside the zone, and still be there."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One detection: class name, score 0..1, box in pixels; or several pieces together."""

    label: str
    score: float
    box: Box
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class Look:
    """What a model saw on one picture of a camera.

    Attributes:
        camera_id: the camera.
        at: the picture's capture time, timezone-aware.
        model: `name@version` of the model.
        width: the picture's, pixels.
        height: the picture's, pixels.
        detections: down to the rule's holding score; the rule sorts out the rest.
        threshold: the score that opens and confirms, where the rule leaves it to the card.
        light: what the picture was taken by, where that is known.
        site: what is known of the camera's view.
        local: the time zone of schedules.
    """

    camera_id: str
    at: datetime
    model: str
    width: int
    height: int
    detections: tuple[Sighting, ...]
    threshold: float
    light: Light | None = None
    site: Site = NOWHERE
    local: tzinfo = UTC

    @property
    def frame(self) -> tuple[int, int]:
        """The picture's width and height, pixels."""
        return self.width, self.height

    def size_of(self, box: Box) -> Size:
        """How large a box is here."""
        return Size.of(box, self.width, self.height, self.site.ground)


@dataclass(frozen=True, slots=True)
class Sightings:
    """What of a look counts for a rule.

    Attributes:
        strong: what opens and confirms: single things and groups of scattered pieces, in the
            order in which they may open something.
        weak: what only keeps what is open: lower scores, a foot outside the zone, an odd size.
        pieces: the things that groups consist of: they keep single ones that were open before.
        paused: what would be strong, but for a schedule.
    """

    strong: tuple[Sighting, ...]
    weak: tuple[Sighting, ...]
    pieces: tuple[Sighting, ...]
    paused: tuple[Sighting, ...]


def sort_sightings(rule: Rule, look: Look) -> Sightings:
    """What of a look counts for a rule, and for what."""
    opens_at = rule.opens(look.threshold)
    strong: list[Sighting] = []
    weak: list[Sighting] = []
    paused: list[Sighting] = []
    # By score, then place: the order in which a model lists its boxes must not matter.
    for seen in sorted(look.detections, key=lambda s: (-s.score, s.box, s.label)):
        if seen.label not in rule.classes or seen.score < opens_at * rule.hold:
            continue
        where = standing(rule, look.site, seen.box, look.frame, look.at, look.local)
        named = replace(seen, label=_label(rule, seen, look))
        fits = rule.size.admit(look.size_of(seen.box))
        if where.margin >= 0 and seen.score >= opens_at and fits:
            (paused if where.paused else strong).append(named)
        elif where.margin >= -FOOTING * (seen.box[3] - seen.box[1]):
            weak.append(named)
    opening, pieces = _gathered(rule, look, strong)
    return Sightings(opening, tuple(weak), pieces, tuple(paused))


def backed_by_change(rule: Rule, look: Look, changed: Callable[[Box], bool]) -> Look:
    """A look in which weak sightings count where a marked component itself has changed.

    A fixed camera knows the cover that is marked in its view better than any general model does:
    what the detector half sees there, and the place's own reference shows too, is seen.

    Args:
        rule: its rule.
        look: what its model saw.
        changed: whether a place looks otherwise than it always did; see `SceneView`.
    """
    opens_at = rule.opens(look.threshold)
    marked = [
        bounds(area.polygon, look.width, look.height) for area in look.site.of(rule, "component")
    ]
    raised = []
    for seen in look.detections:
        weak = rule.hold * opens_at <= seen.score < opens_at and seen.label in rule.classes
        places = [box for box in marked if weak and same_place(box, seen.box, rule.match_iou)]
        backed = any(changed(box) for box in places)
        raised.append(replace(seen, score=opens_at) if backed else seen)
    return replace(look, detections=tuple(raised))


def _label(rule: Rule, seen: Sighting, look: Look) -> str:
    """What a sighting is called by where it stands and how large it is."""
    if rule.shop_label is not None:
        area = area_of(rule, look.site, seen.box, look.frame)
        if area is not None and area.kind == "shopfront":
            return rule.shop_label
    if rule.heap is not None and rule.heap.admits(look.size_of(seen.box)):
        return rule.heap.label
    return seen.label


def _gathered(
    rule: Rule, look: Look, strong: Sequence[Sighting]
) -> tuple[tuple[Sighting, ...], tuple[Sighting, ...]]:
    """Single things and groups; and the pieces of the groups.

    A heap comes before the pieces about it, and they together before one that is alone.
    """
    section = rule.scattered
    if section is None:
        return tuple(strong), ()
    boxes = [seen.box for seen in strong]
    sizes = [look.size_of(box) for box in boxes]
    found = list(groups(section, boxes, sizes))
    together = [
        Sighting(
            section.label,
            median(strong[index].score for index in group),
            around([boxes[index] for index in group]),
            len(group),
        )
        for group in found
    ]
    members = {index for group in found for index in group}
    small = [index for index, size in enumerate(sizes) if section.admits(size)]
    opening = (
        *(seen for index, seen in enumerate(strong) if index not in small),
        *sorted(together, key=lambda s: (-s.pieces, -s.score, s.box)),
        *(strong[index] for index in small if index not in members),
    )
    return opening, tuple(strong[index] for index in sorted(members))


ONE_THING = 0.7
"""Two boxes that overlap by so much (IoU) are one thing, which is of one class."""


def likeliest(found: Detections) -> Detections:
    """Detections, of which each thing keeps its likeliest class alone.

    A whole cover is also a little like a damaged one: what it is most like decides.

    Args:
        found: one model's.
    """
    if len(found) == 0:
        return found
    kept = without_doubles(found.xyxy, found.confidence, ONE_THING)
    return found.rows(kept)


def sightings(found: Detections) -> tuple[Sighting, ...]:
    """Detections as the rules take them.

    Args:
        found: with `confidence` and `data["class_name"]`, as `Model.detect` gives them.
    """
    if len(found) == 0:
        return ()
    labels = [str(label) for label in found.data["class_name"]]
    boxes = found.xyxy.astype(float).tolist()
    scores = found.confidence.astype(float).tolist()
    return tuple(
        Sighting(label, score, (x0, y0, x1, y1))
        for label, score, (x0, y0, x1, y1) in zip(labels, scores, boxes, strict=True)
        if x1 > x0 and y1 > y0  # what lay in the padding alone has no area once it is clipped
    )

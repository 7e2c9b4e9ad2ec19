"""A rule: which sightings of a model count, where, and how long until they are a violation."""

import difflib
import hashlib
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from detector.card import ModelCard
from detector.errors import RuleInvalid
from detector.filing import HeapSection, LabelSection, ScatteredSection
from detector.schedule import Schedule
from detector.size import SizeLimits
from detector.violation import Box, Severity
from detector.zone import WHOLE_PICTURE, Zone, depth

Seconds = Annotated[float, Field(ge=0.0, le=7 * 86_400)]
Count = Annotated[int, Field(ge=1, le=1000)]


def _are_hours(text: str) -> str:
    found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", text)
    if not found or max(int(found[1]), int(found[2])) > 24 or int(found[1]) == int(found[2]):
        raise ValueError("hours of the day are two different numbers from 0 to 24, such as 22-6")
    return text


Hours = Annotated[str, AfterValidator(_are_hours)]
"""Hours of the day, from the first up to the second, such as `22-6`."""

OTHER_DWELL_S = 600.0
"""How long something must stay before it counts, where neither rule nor catalogue says, seconds."""


class SecondLookSection(BaseModel):
    """How a candidate that is proved is looked at once more before it is confirmed.

    Attributes:
        again_s: how long to leave a candidate alone that did not pass, seconds.
        doubt: what to do where the second look cannot tell: `file` it all the same, `ask` a
            person to confirm it before it becomes a case, or `hold` it back and look again.
        detector: whether the rule's own detector looks again, closer.
        verifier: whether the verifier is asked, where there is one. What it says of whole clips
            has not been measured, so it is asked only where a rule says so.
        surroundings: whether what stands around it is looked at, where that model is there.
        vlm: whether the worker's vision-language model is asked, where one is set up.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    again_s: Seconds = 300.0
    doubt: Literal["file", "ask", "hold"] = "file"
    detector: bool = True
    verifier: bool = False
    surroundings: bool = True
    vlm: bool = False


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
        within: kinds of areas (`roadway`, …): where the camera has such areas, nothing counts
            outside them.
        size: how large it must be, and may be.
        dwell_s: how long it must have been there, seconds.
        min_looks: how many looks it takes at least (M), ...
        confirm_ratio: ... and in which share of the looks since first sight it must have been seen
            clearly (N of M). The median of its scores, of those that only hold included, must
            reach the threshold, too.
        still: how far it may move while it is a candidate, as a share of its own size.
        clear_after_s: how long it must have been looked for in vain, seconds.
        clear_looks: how many looks in a row must have been in vain.
        other_light: what a vain look counts in a light in which it has never been seen, 0..1.
        sighting_every_s: how often a confirmed one is said to be still there, seconds.
        cadence_s: how often to look, seconds; None takes the card's.
        cadence_by_hour: other cadences for hours of the day, local time, such as `22-6: 60`; the
            first hour counts, the last does not.
        match_iou: overlap (intersection over union) from which two boxes are one place.
        mute_s: for how long nothing is opened where a person has said that it is none and there is
            no picture to remember it by, seconds.
        remember_s: for how long a thing that a person has said is none is remembered by its
            picture, so that nothing like it is confirmed in its place, seconds.
        familiar: how much a place may look as it always did, 0..1; from here on nothing is
            confirmed there.
        past: whether a place's own past counts for that, or only what a person dismissed there.
            False for what is as bad if it has always been there: an open hole that nobody saw at
            first has become part of the place, and is one all the same.
        cooldown_s: for how long nothing is confirmed where something was cleared, seconds.
        pauses: times at which nothing is opened or confirmed.
        name_zh: what it is called, for the sentence that explains it.
        name_en: the same in English.
        severity: its grade: A urgent, B serious, C ordinary; None leaves it to the filing
            condition that it is filed under.
        confirm_before_filing: whether a person must confirm it before it becomes a case.
        shop_label: what it is called where it touches a shopfront; None leaves its label.
        heap: when it is a heap.
        scattered: when several things that lie about are one.
        labels: what is different for what it turns out to be, by label.
        attended: whether a person or goods must be with it, which the second look answers.
        second_look: how it is looked at once more before it is confirmed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=64)]
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    model: Annotated[str, Field(min_length=1)]
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    zone: Zone = WHOLE_PICTURE
    exclude: tuple[Zone, ...] = ()
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    hold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.6
    within: tuple[Literal["roadway", "shopfront", "component"], ...] = ()
    size: SizeLimits = SizeLimits()
    dwell_s: Seconds = OTHER_DWELL_S
    min_looks: Count = 3
    confirm_ratio: Annotated[float, Field(gt=0.0, le=1.0)] = 0.6
    still: Annotated[float, Field(gt=0.0)] = 0.5
    clear_after_s: Seconds = 120.0
    clear_looks: Count = 3
    other_light: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    sighting_every_s: Annotated[float, Field(gt=0.0)] = 3600.0
    cadence_s: Annotated[float, Field(gt=0.0)] | None = None
    cadence_by_hour: dict[Hours, Annotated[float, Field(gt=0.0)]] = {}
    match_iou: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.3
    mute_s: Seconds = 86_400.0
    cooldown_s: Seconds = 0.0
    pauses: tuple[Schedule, ...] = ()
    name_zh: str = ""
    name_en: str = ""
    severity: Severity | None = None
    confirm_before_filing: bool = False
    shop_label: Annotated[str, Field(min_length=1)] | None = None
    heap: HeapSection | None = None
    scattered: ScatteredSection | None = None
    labels: dict[str, LabelSection] = {}
    familiar: Annotated[float, Field(gt=0.0, le=1.0)] = 0.85
    past: bool = True
    remember_s: Annotated[float, Field(ge=0.0)] = 30 * 86_400.0
    attended: bool = False
    second_look: SecondLookSection = SecondLookSection()

    @model_validator(mode="after")
    def _classes_differ(self) -> Self:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("`classes` names a class twice; name each once")
        return self

    @property
    def version(self) -> str:
        """Of these settings: the first 12 hex digits of the SHA-256 of them all."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def dwell_of(self, label: str) -> float:
        """How long something of a label must have been there, seconds."""
        section = self.labels.get(label)
        return self.dwell_s if section is None or section.dwell_s is None else section.dwell_s

    def opens(self, otherwise: float) -> float:
        """The score that opens and confirms, where the model's card says `otherwise`."""
        return otherwise if self.threshold is None else self.threshold

    def opens_at(self, card: ModelCard) -> float:
        """The score that opens and confirms a violation."""
        return self.opens(card.threshold)

    def holds_at(self, card: ModelCard) -> float:
        """The score that keeps a confirmed violation from being cleared."""
        return self.opens_at(card) * self.hold

    def looks_every_s(self, card: ModelCard, hour: int) -> float:
        """How often to look, seconds.

        Args:
            card: of the rule's model; its cadence holds where the rule names none.
            hour: of the day, local time, 0 to 23.
        """
        for hours, cadence in self.cadence_by_hour.items():
            first, last = (int(part) for part in hours.split("-"))
            if (hour - first) % 24 < (last - first) % 24:
                return cadence
        return card.cadence_s if self.cadence_s is None else self.cadence_s


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
    inside = depth(rule.zone, foot, width, height)
    outside = [-depth(polygon, foot, width, height) for polygon in rule.exclude]
    return min([inside, *outside])

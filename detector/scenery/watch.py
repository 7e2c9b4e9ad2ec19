"""One camera's looks, held against what is known of its place: what becomes a `SceneView`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
import numpy.typing as npt

from detector.boxes import overlap
from detector.detections import Detections
from detector.image import Image
from detector.rules import Rule
from detector.scene import SceneView
from detector.scenery.descriptor import resemblance
from detector.scenery.dismissed import Dismissed, likest
from detector.scenery.likeness import Grey, comparable, likeness, shrink
from detector.scenery.scenery import Scenery
from detector.violation import Box, Light, Violation

Hides = Callable[[Image, Box], bool]
"""Whether a street detector sees something stand before a place, on a full picture."""

ALIKE = 0.65
"""From here on a place is taken to look as it did (`likeness`, from one look to the next)."""
SURROUNDED = 0.4
"""Below, its surroundings are not those that were there: something large stands before it."""
CHANGED = 0.8
"""Below this resemblance a place is another than it was, if all around it is as ever."""
LOST_FOR = timedelta(minutes=30)
"""What looks as ever but is not detected is held for so long: then the detector has its word."""
HIDDEN_FOR = timedelta(hours=24)
"""What stands before a place for longer has come to stay."""

ASKED_EVERY = timedelta(seconds=20)
"""So long an answer holds of what stands before a place: it costs some fifty milliseconds."""


class Reading(Protocol):
    """What camera health says of a picture."""

    @property
    def trust(self) -> bool: ...  # noqa: D102
    @property
    def reason(self) -> str | None: ...  # noqa: D102
    @property
    def light(self) -> Light | None: ...  # noqa: D102


Health = Callable[[Grey, npt.NDArray[np.uint8], datetime, int], Reading]
"""Camera health: takes a look's small picture, its colour differences, its time, and
the width of the full picture: a camera's two streams differ in it."""


@dataclass(slots=True)
class _Seen:
    """An open place: how it looked when the thing there was last detected, if that is known, and
    since when it is unsure whether it can be seen.
    """

    box: Box
    grey: Grey | None
    unsure_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a street detector said of a place."""

    box: Box
    at: datetime
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Now:
    """The picture at hand."""

    grey: Grey
    image: Callable[[], Image]
    at: datetime
    width: int
    light: Light
    trust: bool


class SceneWatch:
    """What one camera knows of its place.

    A class because it guards what was seen; `scenery` is what is worth storing.
    """

    def __init__(
        self,
        scenery: Scenery,
        dismissed: Callable[[], Sequence[Dismissed]] = tuple,
        health: Health | None = None,
        hides: Hides | None = None,
    ) -> None:
        """Set a camera's watch up.

        Args:
            scenery: its references.
            dismissed: gives what is remembered of dismissals.
            health: says of each look whether it can be relied on; None relies on all.
            hides: asked where small pictures leave it open whether a place can be seen.
        """
        self.scenery = scenery
        self._dismissed = dismissed
        self._health = health
        self._hides = hides
        self._seen: list[_Seen] = []
        self._asked: list[_Asked] = []
        self._now: _Now | None = None

    def look(
        self,
        grey: Grey,
        chroma: npt.NDArray[np.uint8],
        image: Callable[[], Image],
        at: datetime,
        width: int,
    ) -> SceneView:
        """Hold a picture against what is known.

        Args:
            grey: the small picture: brightness, its longer side at `likeness.SIDE`.
            chroma: the picture's colour differences at some points, uint8, (n, 2).
            image: gives the full picture, uint8, (H, W, 3), BGR; called only if something is to be
                decided.
            at: its capture time, timezone-aware.
            width: of the full picture, pixels.
        """
        reading = None if self._health is None else self._health(grey, chroma, at, width)
        trust = reading is None or reading.trust
        light: Light = (reading.light if reading is not None else None) or "day"
        self._now = now = _Now(grey, image, at, width, light, trust)
        return SceneView(
            trust=trust,
            reason=None if reading is None else reading.reason,
            light=None if reading is None else reading.light,
            visible=lambda box: self._visible(now, box),
            familiar=lambda rule, box: self._familiar(now, rule, box),
            changed=lambda box: self._changed(now, box),
        )

    def learn(
        self,
        found: Mapping[str, Detections],
        violations: Sequence[Violation],
        marked: Sequence[Box] = (),
    ) -> bool:
        """Take the latest look in, once it is judged.

        What is held as familiar, since it always was there or somebody dismissed it, is learnt
        as part of the place, though it is detected.

        Args:
            found: what models saw on it, by their names.
            violations: what is open after it.
            marked: components that are marked in the view, pixels: what stays changed there is no
                part of the place, however long nobody detects it.

        Returns:
            Whether the references have changed.
        """
        now, self._now = self._now, None
        if now is None or not now.trust:
            return False
        held = [one.box for one in violations if one.last_seen == now.at]
        others = [one.box for one in violations if one.last_seen != now.at]
        # Places that are open no more are forgotten; those not seen now keep how they looked.
        kept = [one for one in self._seen if any(_same(one.box, box) for box in others)]
        self._seen = [*(_Seen(box, now.grey) for box in held), *kept]
        detected = [box for each in found.values() for box in boxes_of(each)]
        familiar = [one.box for one in violations if one.suppressed == "familiar"]
        taken = [
            shrink(box, now.width, now.grey)
            for box in (*detected, *held, *others)
            if not any(_same(box, known) for known in familiar)
        ]
        pinned = [shrink(box, now.width, now.grey) for box in marked]
        return self.scenery.learn(now.grey, now.at, now.light, taken, pinned)

    def _familiar(self, now: _Now, rule: Rule, box: Box) -> float | None:
        small = shrink(box, now.width, now.grey)
        past = self._past(now, small) if rule.past else None
        always = None if past is None else resemblance(now.grey, past, small)
        dismissed = likest(self._dismissed(), rule.id, now.image, box, now.at)
        return max((one for one in (dismissed, always) if one is not None), default=None)

    def _changed(self, now: _Now, box: Box) -> bool:
        small = shrink(box, now.width, now.grey)
        past = self._past(now, small)
        if past is None or likeness(now.grey, past, small)[1] < ALIKE:
            return False
        return resemblance(now.grey, past, small) < CHANGED

    def _visible(self, now: _Now, box: Box) -> bool:
        seen = next((one for one in self._seen if _same(one.box, box)), None)
        limit = self._doubted_for(now, box, None if seen is None else seen.grey)
        if limit is None:
            if seen is not None:
                seen.unsure_since = None
            return True
        if seen is None:
            seen = _Seen(box, None)
            self._seen.append(seen)
        if seen.unsure_since is None:
            seen.unsure_since = now.at
        return now.at - seen.unsure_since >= limit

    def _doubted_for(self, now: _Now, box: Box, before: Grey | None) -> timedelta | None:
        """For how long it proves nothing that a place shows no detection; None where it does."""
        small = shrink(box, now.width, now.grey)
        if not comparable(small):
            return self._hidden_for(now, box, None)
        past = self._past(now, small)
        empty = None if past is None else likeness(now.grey, past, small)
        if before is None or before.shape != now.grey.shape:
            return self._hidden_for(now, box, None if empty is None else empty[1])
        place, ring = likeness(now.grey, before, small)
        if empty is not None and empty[0] >= ALIKE and empty[0] >= place:
            return None  # the empty place itself is seen
        return LOST_FOR if place >= ALIKE else self._hidden_for(now, box, ring)

    def _hidden_for(self, now: _Now, box: Box, ring: float | None) -> timedelta | None:
        """How long to wait for what stands before a place, by how like its surroundings are.

        What is before a place is large and hides its surroundings too. Where they are as they were,
        nothing is; where they are others, something is; in between, or where nothing is known of
        them, a detector is asked.
        """
        if ring is not None and (ring >= ALIKE or ring < SURROUNDED):
            return None if ring >= ALIKE else HIDDEN_FOR
        return HIDDEN_FOR if self._asked_hidden(now, box) else None

    def _asked_hidden(self, now: _Now, box: Box) -> bool:
        if self._hides is None:
            return False
        self._asked = [one for one in self._asked if abs(now.at - one.at) < ASKED_EVERY]
        known = next((one for one in self._asked if _same(one.box, box)), None)
        if known is None:
            known = _Asked(box, now.at, self._hides(now.image(), box))
            self._asked.append(known)
        return known.hidden

    def _past(self, now: _Now, small: Box) -> Grey | None:
        if not comparable(small):
            return None
        return self.scenery.past(now.grey, small, now.light, now.at)


def boxes_of(found: Detections) -> list[Box]:
    """Where anything was detected, corners in pixels."""
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in found.xyxy.astype(float).tolist()]


def _same(a: Box, b: Box) -> bool:
    return overlap(a, b) > 0.3

"""What a camera's view looks like when all is well: one reference picture for each light.

A reference is renewed as the day goes on. How the new one lies over the first is measured and
carried along, so that a mount that gives way slowly is found out as one that was knocked is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from detector.health.light import Grey
from detector.health.signs import Glance, glance
from detector.health.view import STILL, View, Way, after, align
from detector.violation import Light

_YOUNG_S, _OLD_S = 60.0, 3600.0


class Kept(BaseModel):
    """What is stored of a reference beside its picture.

    Attributes:
        first_at: when the first of its line was taken, UTC.
        taken_at: when this one was.
        way: how it lies over the first view; see `detector.health.view.Alignment`.
        anchor_way: how the anchor does.
        typical: how like it the view's pictures are, as a running mean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_at: datetime
    taken_at: datetime
    way: Way = STILL
    anchor_way: Way = STILL
    typical: float = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One light's reference.

    Attributes:
        kept: see there.
        glance: the picture, measured.
        anchor: an old picture of it, against which new ones are measured, lest errors add up.
    """

    kept: Kept
    glance: Glance
    anchor: View

    def stale(self, at: datetime) -> bool:
        """Whether a newer picture should take its place: after a minute at first, then an hour."""
        age = (self.kept.taken_at - self.kept.first_at).total_seconds()
        return (at - self.kept.taken_at).total_seconds() >= min(max(age, _YOUNG_S), _OLD_S)


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """All of a camera's, by light; immutable.

    Attributes:
        by_light: each light's.
        revision: counts up with each new picture.
    """

    by_light: Mapping[Light, Reference] = field(default_factory=dict)
    revision: int = 0

    def of(self, light: Light) -> Reference | None:
        """A light's reference, if there is one."""
        return self.by_light.get(light)

    def nearest(self) -> Reference | None:
        """The newest of any light."""
        return max(self.by_light.values(), key=lambda one: one.kept.taken_at, default=None)

    def taking(self, light: Light, now: Glance, at: datetime, way: Way = STILL) -> "References":
        """With a picture as a light's new reference; it lies over the first view by `way`."""
        old = self.of(light)
        if old is None or old.anchor.grey.shape != now.grey.shape:
            kept = Kept(first_at=at, taken_at=at, way=way, anchor_way=way)
            return self._put(light, Reference(kept, now, now.view), self.revision + 1)
        anchor, anchor_way = old.anchor, old.kept.anchor_way
        found = align(anchor, now.view)
        if found is None:  # the street has changed too much since
            anchor, anchor_way = now.view, way
        else:
            way = after(anchor_way, found.way)
        kept = old.kept.model_copy(update={"taken_at": at, "way": way, "anchor_way": anchor_way})
        return self._put(light, Reference(kept, now, anchor), self.revision + 1)

    def learning(self, light: Light, like: float) -> "References":
        """With one more picture's likeness in a reference's mean."""
        old = self.by_light[light]
        typical = old.kept.typical + 0.05 * (like - old.kept.typical)
        kept = old.kept.model_copy(update={"typical": typical})
        return self._put(light, replace(old, kept=kept), self.revision)

    def _put(self, light: Light, one: Reference, revision: int) -> "References":
        return References({**self.by_light, light: one}, revision)


def carried(reference: Reference, way: Way) -> Way:
    """How a picture lies over the first view, given how it lies over a reference."""
    return after(reference.kept.way, way)


def pictures(references: References) -> dict[str, Grey]:
    """The pictures to be stored, by name."""
    named: dict[str, Grey] = {}
    for light, one in references.by_light.items():
        named |= {light: one.glance.grey, f"{light}-anchor": one.anchor.grey}
    return named


def load(kept: Mapping[Light, Kept], stored: Mapping[str, Grey]) -> References:
    """References as they were stored; one whose picture is lost is taken anew."""
    return References(
        {
            light: Reference(one, glance(now), View.of(stored.get(f"{light}-anchor", now)))
            for light, one in kept.items()
            if (now := stored.get(light)) is not None
        }
    )

"""One camera's health, look by look."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from detector.health.faults import Alert, Fault, Watch, advance
from detector.health.light import Grey, light_of
from detector.health.reading import HealthReading, State
from detector.health.reference import Reference, References, carried, load
from detector.health.reference import pictures as pictures_of
from detector.health.signs import (
    Glance,
    glance,
    is_black,
    is_flat,
    is_frozen,
    is_like,
    is_overexposed,
    loss,
    streaks,
)
from detector.health.view import STILL, TOLERANCE, Way, align, motion
from detector.violation import Light

COVERED_GONE, COVERED_LIKE = 0.6, 0.45
BLURRED_SHARPNESS, BLURRED_DIM = 0.66, 0.4
LENS_DIM, LENS_STREAKS = 0.1, 0.3
"""Where signs trip; `five-chief health` measures what they find and what they take for a fault."""
_UNLIKE = 0.75
"""A view less like its reference than this share of what is usual is held against it in full."""
_STRANGE = 0.3
_ALIGN_EVERY_S = 600.0
_STRANGE_S = 300.0
"""A view that nothing connects with its reference is another one after so long: until then it may
be a lorry that stands before the camera."""
_LIGHT_S = 5.0

Signs = dict[Fault, bool | None]


class CameraHealth:
    """Watches one camera's pictures for faults. A class because it guards the state.

    Cheap signs are measured at each look; the view is aligned with its reference only where one of
    them trips, and now and then.
    """

    def __init__(
        self, state: str | None = None, pictures: Mapping[str, Grey] | None = None
    ) -> None:
        """Goes on from a stored state, or begins afresh: the first clear picture is the reference.

        Args:
            state: as `to_json` gave it.
            pictures: as `pictures` gave them.

        Raises:
            ValueError: the state is none of these.
        """
        self._state = State() if state is None else State.model_validate_json(state)
        self._references = load(self._state.references, pictures or {})
        self._last: Grey | None = None
        self._reading = HealthReading(True, None, self._state.light, self.alerts)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Faults that last, oldest first."""
        found = [
            Alert(fault=fault, since=watch.since)
            for fault, watch in self._state.watches.items()
            if watch.open and watch.since is not None
        ]
        return tuple(sorted(found, key=lambda one: one.since))

    @property
    def latest(self) -> HealthReading:
        """What the last look said."""
        return self._reading

    @property
    def pictures(self) -> dict[str, Grey]:
        """The reference pictures by name, uint8 (H, W): to be stored when `revision` changes."""
        return pictures_of(self._references)

    @property
    def revision(self) -> int:
        """Counts up with each new reference picture."""
        return self._references.revision

    def to_json(self) -> str:
        """The state, for `__init__`."""
        kept = {light: one.kept for light, one in self._references.by_light.items()}
        return self._state.model_copy(update={"references": kept}).model_dump_json()

    def confirm_view(self, at: datetime) -> tuple[Alert, ...]:
        """Somebody says that the view is right as it is: the next clear picture is the reference.

        Returns:
            The alert that ends with it, if the camera counted as moved.
        """
        ended = tuple(
            one.model_copy(update={"until": at}) for one in self.alerts if one.fault is Fault.MOVED
        )
        watches = {f: w for f, w in self._state.watches.items() if f is not Fault.MOVED}
        self._references = References(revision=self.revision + 1)
        self._put(watches=watches, strange_since=None, moved_by=None, aligned_at=None)
        return ended

    def look(self, grey: Grey, at: datetime, colour: float | None = None) -> HealthReading:
        """One more picture.

        A look that is not newer than the last changes nothing.

        Args:
            grey: see `detector.health.light.small_grey`.
            at: its capture time, timezone-aware.
            colour: see `detector.health.light.colour_of`; None where only grey is known: infrared
                cannot be told then.
        """
        if self._state.at is not None and at <= self._state.at:
            return self._reading
        now, before = glance(grey), self._state
        revision = self.revision
        light_changed = self._settle_light(now, at, colour)
        signs, doubt = self._signs(now, at)
        changed = self._advance(signs, at)
        self._last = grey
        self._put(at=at)
        reason = self._reason(signs, doubt)
        self._reading = HealthReading(
            trust=reason is None,
            reason=reason,
            light=self._state.light,
            alerts=self.alerts,
            changed=changed,
            light_changed=light_changed,
            moved_by=self._state.moved_by,
            remember=bool(changed) or light_changed or self.revision != revision
            or before.watches != self._state.watches,
        )  # fmt: skip
        return self._reading

    def _put(self, **what: object) -> None:
        self._state = self._state.model_copy(update=what)

    def _settle_light(self, now: Glance, at: datetime, colour: float | None) -> bool:
        """Takes on another light once two looks agree; True then."""
        if is_black(now) or is_overexposed(now) or is_flat(now):
            return False
        state, seen = self._state, light_of(now.mean, colour, self._state.light)
        if state.light is None:
            self._put(light=seen)
            return False
        if seen == state.light:
            self._put(next_light=None, next_since=None)
            return False
        if seen != state.next_light or state.next_since is None:
            self._put(next_light=seen, next_since=at)
            return False
        if (at - state.next_since).total_seconds() < _LIGHT_S:
            return False
        self._put(light=seen, next_light=None, next_since=None, strange_since=None)
        return True

    def _signs(self, now: Glance, at: datetime) -> tuple[Signs, str | None]:
        """Which faults this look shows, and a reason of its own not to trust it."""
        frozen = self._last is not None and is_frozen(now.grey, self._last)
        signs: Signs = dict.fromkeys(Fault)
        signs |= {Fault.FROZEN: frozen, Fault.BLACK: is_black(now)}
        signs[Fault.OVEREXPOSED] = is_overexposed(now)
        if signs[Fault.BLACK] or signs[Fault.OVEREXPOSED]:
            return signs, None
        if self._state.next_light is not None:
            return signs, "light_change"
        if self._state.light is None or is_flat(now):
            signs[Fault.COVERED] = is_flat(now)
            return signs, None
        reference = self._references.of(self._state.light)
        if reference is None or reference.glance.grey.shape != now.grey.shape:
            return self._meet(signs, now, at, self._state.light)
        return self._compare(signs, now, at, reference)

    def _meet(
        self, signs: Signs, now: Glance, at: datetime, light: Light
    ) -> tuple[Signs, str | None]:
        """A light, or a size of picture, that has no reference yet: this picture is to be it.

        Where another light's reference is there, the view must be found in it first, or stay the
        same for some time.
        """
        signs[Fault.COVERED] = False
        other = self._references.nearest()
        way = STILL
        if other is not None and other.glance.grey.shape == now.grey.shape:
            found = align(other.glance.grey, now.grey)
            if found is None:
                return signs, self._strange(signs, now, at, light)
            way = carried(other, found.way)
            signs[Fault.MOVED] = self._has_moved(way, now)
            if signs[Fault.MOVED]:
                return signs, None
        self._references = self._references.taking(light, now, at, way)
        self._put(strange_since=None, aligned_at=at)
        return signs, None

    def _strange(self, signs: Signs, now: Glance, at: datetime, light: Light) -> str:
        """Nothing connects this picture with any reference."""
        settled = self._last is not None and is_like(now, glance(self._last)) > 0.5
        since = self._state.strange_since if settled else None
        self._put(strange_since=since or at, moved_by=None)
        waited = (at - (since or at)).total_seconds()
        if self._references.of(light) is None and waited >= 60:
            self._references = self._references.taking(light, now, at)
        elif waited >= _STRANGE_S:
            signs[Fault.MOVED] = True
        return "unrecognised"

    def _compare(
        self, signs: Signs, now: Glance, at: datetime, reference: Reference
    ) -> tuple[Signs, str | None]:
        """The signs that need a reference."""
        like, lost = is_like(now, reference.glance), loss(now, reference.glance)
        astray = self._watch(Fault.MOVED).since is not None
        signs[Fault.COVERED] = lost.gone >= COVERED_GONE and like < COVERED_LIKE and not astray
        if signs[Fault.COVERED]:
            return signs, None
        dim = lost.sharpness < BLURRED_SHARPNESS and lost.dim >= BLURRED_DIM
        signs[Fault.BLURRED] = None if astray else dim
        if signs[Fault.BLURRED]:
            return signs, None
        doubt = None
        if astray or like < _UNLIKE * reference.kept.typical or self._due(at):
            doubt = self._align(signs, now, at, reference, like)
        if signs[Fault.MOVED] or doubt is not None:
            return signs, doubt
        raining = self._last is not None and streaks(now.grey, self._last) >= LENS_STREAKS
        signs[Fault.LENS] = raining or lost.dim >= LENS_DIM
        self._references = self._references.learning(self._light(), like)
        return signs, None

    def _align(
        self, signs: Signs, now: Glance, at: datetime, reference: Reference, like: float
    ) -> str | None:
        """Holds the view against its reference in full."""
        found = align(reference.glance.grey, now.grey)
        self._put(aligned_at=at)
        if found is None:
            return self._strange(signs, now, at, self._light()) if like < _STRANGE else None
        self._put(strange_since=None)
        way = carried(reference, found.way)
        signs[Fault.MOVED] = self._has_moved(way, now)
        quiet = all(watch.since is None for watch in self._state.watches.values())
        if not signs[Fault.MOVED] and quiet and reference.stale(at) and found.likeness > 0.5:
            self._references = self._references.taking(self._light(), now, at, way)
        return None

    def _has_moved(self, way: Way, now: Glance) -> bool:
        far = motion(way, now.grey.shape[0] / now.grey.shape[1])
        self._put(moved_by=round(far, 4))
        return far > TOLERANCE

    def _due(self, at: datetime) -> bool:
        last = self._state.aligned_at
        reference = self._references.of(self._light())
        waited = float("inf") if last is None else (at - last).total_seconds()
        young = reference is not None and reference.stale(at)
        return waited >= _ALIGN_EVERY_S or (young and waited >= 60)

    def _light(self) -> Light:
        return self._state.light or "day"

    def _watch(self, fault: Fault) -> Watch:
        return self._state.watches.get(fault, Watch())

    def _advance(self, signs: Signs, at: datetime) -> tuple[Alert, ...]:
        watches, changed = {}, []
        for fault, sign in signs.items():
            watch = self._watch(fault)
            began = fault is Fault.FROZEN and sign and watch.since is None
            if began and self._state.at is not None:  # the picture before was the first of them
                watch = Watch(since=self._state.at, bad=1)
            step = advance(fault, watch, sign, at)
            watches[fault] = step.watch
            changed += [] if step.changed is None else [step.changed]
        self._put(watches={f: w for f, w in watches.items() if w != Watch()})
        return tuple(changed)

    def _reason(self, signs: Signs, doubt: str | None) -> str | None:
        """Why this look proves nothing: what it shows itself, or what lasts from before."""
        at_once = (f for f in Fault if signs[f] and f not in (Fault.FROZEN, Fault.LENS))
        lasting = (one.fault for one in self.alerts)
        return next((str(f) for f in (*at_once, *lasting)), doubt)

    @classmethod
    def restored(cls, state: str, pictures: Mapping[str, Grey]) -> Self:
        """From what was stored; a state that cannot be read is begun afresh."""
        try:
            return cls(state, pictures)
        except ValueError:
            return cls()

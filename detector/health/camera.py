"""One camera's health, look by look."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from detector.health.faults import Alert, Fault, Signs, Watch, advance_all
from detector.health.lens import lasting, soiled, spots, streaks
from detector.health.light import Grey
from detector.health.reading import HealthReading, State, settled
from detector.health.reference import Reference, References, carried, load
from detector.health.reference import pictures as pictures_of
from detector.health.signs import (
    Glance,
    Tiles,
    glance,
    is_black,
    is_flat,
    is_frozen,
    is_like,
    is_overexposed,
    loss,
)
from detector.health.view import STILL, TOLERANCE, Way, align, motion
from detector.violation import Light

COVERED_GONE, COVERED_LIKE = 0.5, 0.55
BLURRED_SHARPNESS, BLURRED_DIM = 0.66, 0.4
LENS_SPOTS, LENS_STREAKS = 0.035, 0.3
"""Where signs trip; `five-chief health` measures what they find and what they take for a fault."""
_UNLIKE = 0.75
"""A view less like its reference than this share of what is usual is held against it in full."""
_STRANGE = 0.3
_ALIGN_EVERY_S = 600.0
_STRANGE_S = 300.0
"""A view that nothing connects with its reference is another one after so long: until then it may
be a lorry that stands before the camera."""


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
        self._often: Tiles | None = None
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
        light_changed = False
        if not (is_black(now) or is_overexposed(now) or is_flat(now)):
            self._state, light_changed = settled(self._state, now.mean, colour, at)
        signs, doubt = self._signs(now, at)
        watches, changed = advance_all(self._state.watches, signs, at, self._state.at)
        self._last = grey
        self._put(at=at, watches=watches)
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
            found = align(other.glance.view, now.view)
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
        soft = lost.sharpness < BLURRED_SHARPNESS and lost.dim >= BLURRED_DIM
        signs[Fault.BLURRED] = None if astray else soft
        if signs[Fault.BLURRED]:
            return signs, None
        dim = spots(now, reference.glance)
        clean = float(dim.mean()) < LENS_SPOTS
        doubt = None
        if astray or like < _UNLIKE * reference.kept.typical or self._due(at):
            doubt = self._align(signs, now, at, reference, like, clean=clean)
        if signs[Fault.MOVED] or doubt is not None:
            return signs, doubt
        self._often = lasting(self._often, dim)
        raining = self._last is not None and streaks(now.grey, self._last) >= LENS_STREAKS
        signs[Fault.LENS] = raining or soiled(self._often) >= LENS_SPOTS
        self._references = self._references.learning(self._light(), like)
        return signs, None

    def _align(
        self,
        signs: Signs,
        now: Glance,
        at: datetime,
        reference: Reference,
        like: float,
        *,
        clean: bool,
    ) -> str | None:
        """Holds the view against its reference in full; a clean picture may become the next."""
        found = align(reference.glance.view, now.view)
        self._put(aligned_at=at)
        if found is None:
            return self._strange(signs, now, at, self._light()) if like < _STRANGE else None
        self._put(strange_since=None)
        way = carried(reference, found.way)
        signs[Fault.MOVED] = self._has_moved(way, now)
        quiet = clean and all(watch.since is None for watch in self._state.watches.values())
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

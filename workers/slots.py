"""One camera's slots: what is due on it, and which picture does for that.

A model's cadence on a camera cuts time into slots. In each slot one analysis is *due*, of a picture
taken in that slot; it is *on time* if it is done before the slot ends, and *shed* if it is not.

Pure: the clock is an argument (seconds on any one clock), there is no thread and no lock.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workers.looks import Look, Tally

RETRY_S = 1.0
"""After a picture that could not be decoded, the wait before one between keyframes is tried."""

_IN_TIME = 0.9
"""A keyframe that comes in the last tenth of a slot comes too late for it."""
_LAST_CALL = 0.6
"""A slot that has had no keyframe for so long is not left to luck."""
_ON_ITS_WAY, _ON_ITS_WAY_S = 0.25, 0.5
"""A picture is in hand so long after its capture at most, as a share of the cadence and in seconds:
it is sent, read on a beat and put together."""
_KEY_OFF = 0.05
"""So far, as a share of the cadence, a keyframe may come from where it is wanted."""
_IN_STEP = 0.02
"""Keyframes keep step with slots if their distance is so nearly a whole number of these."""
_MOVE_EVERY_S = 3600.0
_LOSS_WEIGHT = 0.1
"""Of late: about the last ten slots."""

Cadence = Callable[[float], Mapping[str, float]]
"""For a moment, each model's cadence on one camera, seconds."""


@dataclass(slots=True)
class Slot:
    """A model on a camera: the slot that is open, and what came of those before."""

    due: float
    cadence: float
    done: int = 0
    shed: int = 0
    missed: int = 0
    loss: float = 0.0

    @property
    def end(self) -> float:
        """When it is over."""
        return self.due + self.cadence

    @property
    def on_its_way(self) -> float:
        """How long the picture of a moment may take to be in hand."""
        return min(_ON_ITS_WAY * self.cadence, _ON_ITS_WAY_S)

    @property
    def key_place(self) -> float:
        """Where, seconds after a slot's begin, a keyframe is best that serves the slots after too.

        Late, since those are decoded from it on; but in hand while it is in time for its own.
        """
        return (_IN_TIME - _KEY_OFF) * self.cadence - self.on_its_way


@dataclass(slots=True)
class CameraSlots:
    """A camera's open slots, by model, and what is known of its pictures.

    Attributes:
        cadence: asked whenever a slot begins.
        slots: the open ones.
        urgent: models that have something undecided, and from when on they look again.
        gop_s: the usual distance of its keyframes; None while not known.
        keyframe_at: the newest's capture.
        looked_at: capture of the newest picture that was looked at.
        failed_at: when last a picture could not be decoded.
        retry_at: before this nothing is decoded between keyframes.
        alive_due: from when on a picture is decoded, whoever is due.
        ready_from: models look at pictures from here on.
        asked_at: from when on somebody wants all models to look.
        moved_at: when its slots were last moved to suit its keyframes.
        busy: whether a look is under way.
    """

    cadence: Cadence
    slots: dict[str, Slot] = field(default_factory=dict)
    urgent: Mapping[str, float] = field(default_factory=dict)
    gop_s: float | None = None
    keyframe_at: float = -math.inf
    looked_at: float = -math.inf
    failed_at: float = -math.inf
    retry_at: float = -math.inf
    alive_due: float = -math.inf
    ready_from: float = math.inf
    asked_at: float = math.inf
    moved_at: float = -math.inf
    busy: bool = False

    @property
    def tallies(self) -> dict[str, Tally]:
        """What became of its analyses, by model."""
        return {name: Tally(one.done, one.shed, one.missed) for name, one in self.slots.items()}

    @property
    def onward(self) -> tuple[str, ...]:
        """Models whose cadence its keyframes alone do not keep."""
        gop = self.gop_s or 0.0
        return tuple(name for name, one in self.slots.items() if gop > one.cadence * _IN_TIME)

    def begin(self, now: float, share: float) -> None:
        """Opens the first slots.

        Args:
            now: the time now.
            share: of the longest cadence, after which they begin; 0 to 1.
        """
        cadences = self.cadence(now)
        phase = share * max(cadences.values(), default=0.0)
        for model, every in cadences.items():
            self.slots[model] = Slot(now + phase % every, every)

    def connected(self, ready_from: float) -> None:
        """It has a new connection; models look at pictures from `ready_from` on."""
        self.ready_from, self.keyframe_at, self.alive_due = ready_from, -math.inf, -math.inf
        self.gop_s, self.moved_at = None, -math.inf

    def lost(self, now: float) -> None:
        """It gives no more pictures: what falls due from now on is missed, not shed."""
        self.close(now)
        self.ready_from, self.keyframe_at, self.gop_s = math.inf, -math.inf, None

    def keyframe(self, at: float, gop_s: float | None) -> None:
        """A keyframe has come."""
        self.close(at)
        self.keyframe_at, self.gop_s = at, gop_s
        self._suit_keyframes(at)

    def look(self, name: str, now: float, alive_every: float) -> Look | None:
        """What is to be looked at now; None while there is nothing.

        Args:
            name: the camera's.
            now: the time now.
            alive_every: how long a look that only proves that it lives may wait, seconds.
        """
        key, models, deadline, since = self.keyframe_at, [], math.inf, -math.inf
        fresh = key > self.looked_at
        usable = fresh and key >= self.ready_from
        for model, slot in self.slots.items():
            wanted = key >= min(slot.due, self.asked_at, self.urgent.get(model, math.inf))
            if usable and wanted:
                models.append(model)
            elif self._too_long(slot, now):
                models.append(model)
                since = max(since, self._first(slot))
            else:
                continue
            deadline = min(deadline, slot.end)
        if not models and fresh and key >= self.alive_due:
            return Look(name, (), now + alive_every)
        onward = None if since == -math.inf else since
        return Look(name, tuple(models), deadline, onward) if models else None

    def seen(self, look: Look, at: float, now: float, alive_every: float) -> None:
        """A look is over, at a picture taken at `at`; see `failed` for one without any."""
        self.looked_at = max(self.looked_at, at)
        if look.onward is not None:
            self.retry_at = now + RETRY_S  # the same picture again, if nothing comes any more
        self.alive_due = at + alive_every
        if at >= self.asked_at:
            self.asked_at = math.inf
        for model in look.models:
            slot = self.slots.get(model)
            if slot is not None and slot.due <= at and now < slot.end:
                slot.done += 1
                slot.loss *= 1 - _LOSS_WEIGHT
                self._next(model, slot)
        self.close(now)

    def failed(self, now: float) -> None:
        """A look is over, and there was no picture that could be decoded."""
        self.looked_at, self.failed_at = self.keyframe_at, now
        self.retry_at = now + RETRY_S

    def next_due(self, now: float) -> float:
        """When there may be something to look at without a keyframe coming first."""
        if self.busy or self.keyframe_at == -math.inf:
            return math.inf
        quickest = min((slot.cadence for slot in self.slots.values()), default=math.inf)
        far = self.gop_s is not None and self.gop_s * 2 > quickest
        moments = (
            slot.due + (slot.on_its_way if far else _LAST_CALL * slot.cadence)
            for slot in self.slots.values()
        )
        return min((at for at in moments if at > now), default=math.inf)

    def close(self, now: float) -> None:
        """Moves on to the slots that are open now; those gone by are shed or missed."""
        for model, slot in self.slots.items():
            if slot.due > now + slot.cadence:  # the clock was set back
                slot.due = now
            while now >= slot.end:
                if self._had_picture(slot):
                    slot.shed += 1
                    slot.loss += _LOSS_WEIGHT * (1 - slot.loss)
                else:
                    slot.missed += 1
                self._next(model, slot)

    def _first(self, slot: Slot) -> float:
        """From when on a picture does for an open slot."""
        return max(slot.due, self.ready_from)

    def _too_long(self, slot: Slot, now: float) -> bool:
        """Whether the slot is open, and the next keyframe will come too late for it."""
        if self.keyframe_at == -math.inf:
            return False
        if now < max(self._first(slot) + slot.on_its_way, self.retry_at):
            return False
        expected = math.inf if self.gop_s is None else self.keyframe_at + self.gop_s
        in_time = slot.due + _IN_TIME * slot.cadence
        if in_time < expected < math.inf:
            return True
        # It ought to be in hand, or nobody knows when one comes. Too soon, the whole group would be
        # decoded, and right after it the keyframe that was on its way.
        overdue = expected == math.inf or now >= min(expected + slot.on_its_way, in_time)
        return overdue and now >= slot.due + _LAST_CALL * slot.cadence

    def _suit_keyframes(self, at: float) -> None:
        """Has keyframes that are too far apart come late in a slot; see `Slot.key_place`.

        Only where they keep step with the slots, or the next would come elsewhere. A slot becomes
        longer or shorter by less than the shortest cadence, once a connection and once an hour.
        """
        if self.busy or not self.onward or abs(at - self.moved_at) < _MOVE_EVERY_S:
            return
        quickest = min(self.slots.values(), key=lambda slot: slot.cadence)
        every, gop = quickest.cadence, self.gop_s or 0.0
        later = (at - quickest.key_place - quickest.due) % every
        in_step = abs(gop - round(gop / every) * every) <= _IN_STEP * every
        if not in_step or min(later, every - later) <= _KEY_OFF * every:
            return
        self.moved_at = at
        for slot in self.slots.values():
            latest = at if slot.due <= at else at + slot.cadence  # what is open stays so
            slot.due += later
            if slot.due > latest:
                slot.due -= every

    def _had_picture(self, slot: Slot) -> bool:
        """Whether the camera gave a picture for an open slot."""
        if self.failed_at >= slot.due or self.keyframe_at < self.ready_from:
            return False
        if self.ready_from > slot.due + _IN_TIME * slot.cadence:
            return False  # it has only just come back
        if self.keyframe_at >= slot.due:
            return True
        # Its keyframes are far apart, and the next one was not overdue: pictures were coming.
        return self.gop_s is not None and self.keyframe_at + 1.5 * self.gop_s > slot.end

    def _next(self, model: str, slot: Slot) -> None:
        slot.due += slot.cadence
        slot.cadence = self.cadence(slot.due).get(model, slot.cadence)

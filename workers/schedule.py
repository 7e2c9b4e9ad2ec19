"""Which camera is looked at next, and by which models: earliest deadline first.

A model's cadence on a camera cuts time into slots. In each slot one analysis is *due*, of a picture
taken in that slot; it is *on time* if it is done before the slot ends, and *shed* if it is not.

Pure: the clock is an argument (seconds on any one clock), there is no thread and no lock.
"""

import math
import zlib
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
_LOSS_WEIGHT, _LOSS_STEPS = 0.1, 20
"""Of late: about the last ten slots. Shares that differ by less than a step are the same."""

Cadence = Callable[[float], Mapping[str, float]]
"""For a moment, each model's cadence on one camera, seconds."""


@dataclass(slots=True)
class _Task:
    """A model on a camera: the slot that is open, and what came of those before."""

    due: float
    cadence: float
    done: int = 0
    shed: int = 0
    missed: int = 0
    loss: float = 0.0

    @property
    def end(self) -> float:
        return self.due + self.cadence

    @property
    def on_its_way(self) -> float:
        """How long the picture of a moment may take to be in hand."""
        return min(_ON_ITS_WAY * self.cadence, _ON_ITS_WAY_S)


@dataclass(slots=True)
class _Camera:
    cadence: Cadence
    tasks: dict[str, _Task] = field(default_factory=dict)
    urgent: Mapping[str, float] = field(default_factory=dict)
    gop_s: float | None = None
    keyframe_at: float = -math.inf
    looked_at: float = -math.inf
    failed_at: float = -math.inf
    retry_at: float = -math.inf
    alive_due: float = -math.inf
    ready_from: float = math.inf
    asked_at: float = math.inf
    busy: bool = False

    @property
    def quickest(self) -> float:
        return min((task.cadence for task in self.tasks.values()), default=math.inf)

    def first(self, task: _Task) -> float:
        """From when on a picture does for the open slot of a task."""
        return max(task.due, self.ready_from)


class Schedule:
    """The slots of all cameras. It has no lock of its own: its owner guards it."""

    def __init__(self, alive_every_s: float = 30.0) -> None:
        """Nothing to do yet.

        Args:
            alive_every_s: a camera's picture is decoded at least this often, to see that it lives.
        """
        self._alive_every = alive_every_s
        self._cameras: dict[str, _Camera] = {}

    def add(
        self, camera: str, cadence: Cadence, now: float, urgent: Mapping[str, float] | None = None
    ) -> None:
        """Takes a camera on.

        Its name decides when its first slots begin, so that a hundred cameras that start together
        do not fall due together; its own models' slots begin together as often as they can, so
        that one decoded picture does for several.

        Args:
            camera: its name.
            cadence: asked whenever a slot begins.
            now: the time now.
            urgent: models that have something undecided, and from when on they look again.
        """
        entry = self._cameras[camera] = _Camera(cadence, urgent=dict(urgent or {}))
        cadences = cadence(now)
        phase = _share(camera) * max(cadences.values(), default=0.0)
        for model, every in cadences.items():
            entry.tasks[model] = _Task(now + phase % every, every)

    def remove(self, camera: str) -> None:
        """Forgets a camera."""
        self._cameras.pop(camera, None)

    def connected(self, camera: str, ready_from: float) -> None:
        """A camera has a new connection; models look at pictures from `ready_from` on."""
        entry = self._cameras[camera]
        entry.ready_from, entry.keyframe_at, entry.alive_due = ready_from, -math.inf, -math.inf
        entry.gop_s = None

    def lost(self, camera: str, now: float) -> None:
        """A camera gives no more pictures: what falls due from now on is missed, not shed."""
        entry = self._cameras[camera]
        self._close_slots(entry, now)
        entry.ready_from, entry.keyframe_at, entry.gop_s = math.inf, -math.inf, None

    def keyframe(self, camera: str, at: float, gop_s: float | None) -> bool:
        """A keyframe has come. Whether there is something to do for it."""
        entry = self._cameras.get(camera)
        if entry is None:
            return False
        self._close_slots(entry, at)
        entry.keyframe_at, entry.gop_s = at, gop_s
        return not entry.busy and self._look(camera, entry, at) is not None

    def ask(self, camera: str, now: float) -> None:
        """The camera's next keyframe is to be looked at by all its models, due or not."""
        self._cameras[camera].asked_at = now

    def show(self, camera: str, now: float) -> None:
        """The camera's next keyframe is to be decoded, whether or not a model is due."""
        entry = self._cameras[camera]
        entry.alive_due = min(entry.alive_due, now)

    def take(self, now: float, most: int = 1) -> list[Look]:
        """The looks to be done next; each of another camera, which is busy until `done`.

        The earliest deadline goes first. Where slots were lost of late there is too much to do:
        then whoever lost the greater share goes before, so that all lose the same.
        """
        ready: list[tuple[int, float, Look]] = []
        for name, entry in self._cameras.items():
            if entry.busy:
                continue
            self._close_slots(entry, now)
            look = self._look(name, entry, now)
            if look is not None:
                # A look at whether a camera lives is short and rare: it waits for nobody.
                lost = max((entry.tasks[model].loss for model in look.models), default=1.0)
                ready.append((-round(lost * _LOSS_STEPS), look.deadline, look))
        ready.sort(key=lambda one: one[:2])
        looks = [look for _, _, look in ready[:most]]
        for look in looks:
            self._cameras[look.camera].busy = True
        return looks

    def done(
        self,
        look: Look,
        at: float | None,
        now: float,
        urgent: Mapping[str, float] | None = None,
    ) -> None:
        """A look is over.

        Args:
            look: as it was taken.
            at: capture time of the picture that was judged; None where none could be decoded.
            now: the time now.
            urgent: as `add` takes it; None leaves it as it is.
        """
        entry = self._cameras.get(look.camera)
        if entry is None:
            return
        entry.busy = False
        if at is None:
            entry.looked_at, entry.failed_at = entry.keyframe_at, now
            entry.retry_at = now + RETRY_S
            return
        entry.looked_at = max(entry.looked_at, at)
        if look.onward is not None:
            entry.retry_at = now + RETRY_S  # the same picture again, if nothing comes any more
        entry.alive_due = at + self._alive_every
        if urgent is not None:
            entry.urgent = dict(urgent)
        if at >= entry.asked_at:
            entry.asked_at = math.inf
        for model in look.models:
            task = entry.tasks.get(model)
            if task is not None and task.due <= at and now < task.end:
                task.done += 1
                task.loss *= 1 - _LOSS_WEIGHT
                self._next(entry, model, task)
        self._close_slots(entry, now)

    def next_due(self, now: float) -> float:
        """When `take` may have something to give without a keyframe coming first."""
        soonest = now + 1.0
        for entry in self._cameras.values():
            if entry.busy or entry.keyframe_at == -math.inf:
                continue
            far = entry.gop_s is not None and entry.gop_s * 2 > entry.quickest
            for task in entry.tasks.values():
                wait = task.on_its_way if far else _LAST_CALL * task.cadence
                at = task.due + wait
                if now < at < soonest:
                    soonest = at
        return soonest

    def tally(self, camera: str) -> dict[str, Tally]:
        """What became of a camera's analyses, by model."""
        tasks = self._cameras[camera].tasks
        return {name: Tally(t.done, t.shed, t.missed) for name, t in tasks.items()}

    def total(self) -> Tally:
        """What became of all."""
        parts = (one for camera in self._cameras for one in self.tally(camera).values())
        return sum(parts, Tally())

    def waiting(self, now: float) -> int:
        """How many cameras have something due and wait for a thread: at most all of them."""
        entries = self._cameras.items()
        return sum(not e.busy and self._look(name, e, now) is not None for name, e in entries)

    def onward(self, camera: str) -> tuple[str, ...]:
        """Models whose cadence this camera's keyframes alone do not keep."""
        entry = self._cameras[camera]
        gop = entry.gop_s or 0.0
        return tuple(name for name, t in entry.tasks.items() if gop > t.cadence * _IN_TIME)

    def _look(self, name: str, entry: _Camera, now: float) -> Look | None:
        key, models, deadline, since = entry.keyframe_at, [], math.inf, -math.inf
        fresh = key > entry.looked_at
        usable = fresh and key >= entry.ready_from
        for model, task in entry.tasks.items():
            wanted = key >= min(task.due, entry.asked_at, entry.urgent.get(model, math.inf))
            if usable and wanted:
                models.append(model)
            elif self._too_long(entry, task, now):
                models.append(model)
                since = max(since, entry.first(task))
            else:
                continue
            deadline = min(deadline, task.end)
        if not models and fresh and key >= entry.alive_due:
            return Look(name, (), now + self._alive_every)
        onward = None if since == -math.inf else since
        return Look(name, tuple(models), deadline, onward) if models else None

    def _too_long(self, entry: _Camera, task: _Task, now: float) -> bool:
        """Whether the slot is open, and the next keyframe will come too late for it."""
        if entry.keyframe_at == -math.inf:
            return False
        if now < max(entry.first(task) + task.on_its_way, entry.retry_at):
            return False
        expected = math.inf if entry.gop_s is None else entry.keyframe_at + entry.gop_s
        in_time = task.due + _IN_TIME * task.cadence
        if in_time < expected < math.inf:
            return True
        # It ought to be in hand, or nobody knows when one comes. Too soon, the whole group would be
        # decoded, and right after it the keyframe that was on its way.
        overdue = expected == math.inf or now >= min(expected + task.on_its_way, in_time)
        return overdue and now >= task.due + _LAST_CALL * task.cadence

    def _close_slots(self, entry: _Camera, now: float) -> None:
        """Moves on to the slot that is open now; those gone by are shed or missed."""
        for model, task in entry.tasks.items():
            if task.due > now + task.cadence:  # the clock was set back
                task.due = now
            while now >= task.end:
                if self._had_picture(entry, task):
                    task.shed += 1
                    task.loss += _LOSS_WEIGHT * (1 - task.loss)
                else:
                    task.missed += 1
                self._next(entry, model, task)

    def _had_picture(self, entry: _Camera, task: _Task) -> bool:
        """Whether the camera gave a picture for the open slot."""
        if entry.failed_at >= task.due or entry.keyframe_at < entry.ready_from:
            return False
        if entry.ready_from > task.due + _IN_TIME * task.cadence:
            return False  # it has only just come back
        if entry.keyframe_at >= task.due:
            return True
        # Its keyframes are far apart, and the next one was not overdue: pictures were coming.
        return entry.gop_s is not None and entry.keyframe_at + 1.5 * entry.gop_s > task.end

    def _next(self, entry: _Camera, model: str, task: _Task) -> None:
        task.due += task.cadence
        task.cadence = entry.cadence(task.due).get(model, task.cadence)


def _share(camera: str) -> float:
    """A share of 1 that depends on the name alone."""
    return zlib.crc32(camera.encode()) / 2**32

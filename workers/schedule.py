"""Which camera is looked at next, and by which models: earliest deadline first.

What is due on each camera is in its slots (`workers.slots`); here they are put in order.

Pure: the clock is an argument (seconds on any one clock), there is no thread and no lock.
"""

import zlib
from collections.abc import Mapping

from workers.looks import Look, Tally
from workers.slots import Cadence, CameraSlots

_LOSS_STEPS = 20
"""Shares of lost slots that differ by less than a step are the same."""


class Schedule:
    """The slots of all cameras. It has no lock of its own: its owner guards it."""

    def __init__(self, alive_every_s: float = 30.0) -> None:
        """Nothing to do yet.

        Args:
            alive_every_s: a camera's picture is decoded at least this often, to see that it lives.
        """
        self._alive_every = alive_every_s
        self._cameras: dict[str, CameraSlots] = {}

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
        entry = self._cameras[camera] = CameraSlots(cadence, urgent=dict(urgent or {}))
        entry.begin(now, _share(camera))

    def remove(self, camera: str) -> None:
        """Forgets a camera."""
        self._cameras.pop(camera, None)

    def connected(self, camera: str, ready_from: float) -> None:
        """A camera has a new connection; models look at pictures from `ready_from` on."""
        self._cameras[camera].connected(ready_from)

    def lost(self, camera: str, now: float) -> None:
        """A camera gives no more pictures: what falls due from now on is missed, not shed."""
        self._cameras[camera].lost(now)

    def keyframe(self, camera: str, at: float, gop_s: float | None) -> bool:
        """A keyframe has come. Whether there is something to do for it."""
        entry = self._cameras.get(camera)
        if entry is None:
            return False
        entry.keyframe(at, gop_s)
        return not entry.busy and entry.look(camera, at, self._alive_every) is not None

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
            entry.close(now)
            look = entry.look(name, now, self._alive_every)
            if look is not None:
                # A look at whether a camera lives is short and rare: it waits for nobody.
                lost = max((entry.slots[model].loss for model in look.models), default=1.0)
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
            entry.failed(now)
            return
        if urgent is not None:
            entry.urgent = dict(urgent)
        entry.seen(look, at, now, self._alive_every)

    def next_due(self, now: float) -> float:
        """When `take` may have something to give without a keyframe coming first."""
        return min([now + 1.0, *(entry.next_due(now) for entry in self._cameras.values())])

    def tally(self, camera: str) -> dict[str, Tally]:
        """What became of a camera's analyses, by model."""
        return self._cameras[camera].tallies

    def total(self) -> Tally:
        """What became of all."""
        parts = (one for entry in self._cameras.values() for one in entry.tallies.values())
        return sum(parts, Tally())

    def waiting(self, now: float) -> int:
        """How many cameras have something due and wait for a thread: at most all of them."""
        entries = self._cameras.items()
        return sum(not e.busy and e.look(n, now, self._alive_every) is not None for n, e in entries)

    def onward(self, camera: str) -> tuple[str, ...]:
        """Models whose cadence this camera's keyframes alone do not keep."""
        return self._cameras[camera].onward


def _share(camera: str) -> float:
    """A share of 1 that depends on the name alone."""
    return zlib.crc32(camera.encode()) / 2**32

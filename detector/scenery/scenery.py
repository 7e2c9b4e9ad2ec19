"""A camera's references, one a light and part of the day; learnt from looks, kept as bytes."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import get_args

import cv2
import numpy as np

from detector.errors import StateInvalid
from detector.scenery.likeness import Grey
from detector.scenery.reference import SETTLED, Reference, free_of
from detector.violation import Box, Light

HOURS = 4
"""So long a part of the day is, hours: shadows have another direction in the next."""
MOST = 8
"""So many references are kept at most; the one not learnt for longest goes first."""
EVERY = timedelta(minutes=5)
"""How often at most a look is learnt from: the place changes slowly, and it costs."""
_AT_ONCE = 10
"""A look stands for so many minutes at most: a gap in the stream proves nothing."""

Slot = tuple[Light, int]
"""A light, and a part of the day, counted from midnight."""


class Scenery:
    """How a camera's empty place looks, by light and part of the day.

    A class because it guards the references; `to_bytes` and `from_bytes` bring them over a restart.
    """

    def __init__(
        self, local: tzinfo, references: Mapping[Slot, tuple[Reference, datetime]] | None = None
    ) -> None:
        """Start with nothing, or with what was stored.

        Args:
            local: the time zone whose hours count.
            references: by slot, with the time of the latest look that each was learnt from.
        """
        self._local = local
        self._held = dict(references or {})

    @property
    def nbytes(self) -> int:
        """What it takes in memory, bytes; at most `MOST` references."""
        return sum(reference.nbytes for reference, _ in self._held.values())

    @property
    def learnt_at(self) -> datetime | None:
        """The capture time of the latest look that was learnt from."""
        return max((at for _, at in self._held.values()), default=None)

    def learn(
        self,
        grey: Grey,
        at: datetime,
        light: Light,
        taken: Sequence[Box],
        pinned: Sequence[Box] = (),
    ) -> bool:
        """Take in a look that is trusted, at most once in `EVERY`.

        Args:
            grey: the small picture.
            at: its capture time.
            light: what it was taken by.
            taken: where anything is detected or open, in its pixels: not learnt there.
            pinned: where what is known stays, whatever comes in its place, likewise.

        Returns:
            Whether it was learnt from.
        """
        last = self.learnt_at
        if last is not None and timedelta() <= at - last < EVERY:
            return False
        slot = self._slot(light, at)
        reference, before = self._held.get(slot, (None, None))
        if reference is None or reference.picture.shape != grey.shape:
            reference, before = self._begun(slot, grey), None
        gap = EVERY if before is None else at - before
        minutes = min(max(int(gap / timedelta(minutes=1)), 1), _AT_ONCE)
        reference.learn(
            grey, minutes, free_of(taken, grey.shape), ~free_of(pinned, grey.shape, 0.0)
        )
        self._held[slot] = reference, at
        while len(self._held) > MOST:
            del self._held[min(self._held, key=lambda one: self._held[one][1])]
        return True

    def past(self, grey: Grey, box: Box, light: Light, at: datetime) -> Grey | None:
        """The small picture of a past that knows a place.

        The present light and hour answer if they know the place; else what is nearest to them.

        Args:
            grey: the small picture of now.
            box: the place, in its pixels.
            light: what it was taken by.
            at: its capture time.

        Returns:
            The reference; None where the place has no past: the camera is new, or something was
            detected there from the first look on.
        """
        for slot in sorted(self._held, key=lambda one: _distance(one, self._slot(light, at))):
            reference, _ = self._held[slot]
            if reference.picture.shape == grey.shape and reference.knows(box):
                return reference.picture
        return None

    def to_bytes(self) -> bytes:
        """All of it but what has not stood long enough to count: a ZIP of PNG pictures."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for (light, part), (reference, at) in sorted(self._held.items()):
                both = np.vstack([reference.picture, reference.age])
                data = cv2.imencode(".png", both)[1].tobytes()
                name = f"{light} {part} {at.isoformat()}.png"
                archive.writestr(zipfile.ZipInfo(name), data)  # of no time: the same is the same
        return buffer.getvalue()

    @staticmethod
    def from_bytes(data: bytes, local: tzinfo) -> "Scenery":
        """Read what `to_bytes` wrote.

        Raises:
            StateInvalid: it is damaged.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                held = dict(_read(name, archive.read(name)) for name in archive.namelist())
        except (zipfile.BadZipFile, ValueError, KeyError) as error:
            raise StateInvalid(
                f"stored scenery cannot be read: {error}; remove it, and the place is learnt anew"
            ) from error
        return Scenery(local, held)

    def _begun(self, slot: Slot, grey: Grey) -> Reference:
        """A new reference goes on from the nearest one, or what came meanwhile would be in it."""
        for near in sorted(self._held, key=lambda one: _distance(one, slot)):
            held, _ = self._held[near]
            if held.picture.shape == grey.shape:
                return Reference(held.picture, np.minimum(held.age, np.uint8(SETTLED)))
        return Reference(grey)

    def _slot(self, light: Light, at: datetime) -> Slot:
        return light, at.astimezone(self._local).hour // HOURS


def _distance(slot: Slot, wanted: Slot) -> tuple[bool, int]:
    apart = abs(slot[1] - wanted[1])
    return slot[0] != wanted[0], min(apart, 24 // HOURS - apart)


def _read(name: str, data: bytes) -> tuple[Slot, tuple[Reference, datetime]]:
    light, part, at = name.removesuffix(".png").split(" ")
    both = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if light not in get_args(Light) or both is None or both.ndim != 2:
        raise ValueError(f"{name} is no reference")
    picture, age = np.split(np.asarray(both, np.uint8), 2)
    slot: Slot = (light, int(part))  # type: ignore[assignment]
    return slot, (Reference(picture, age), datetime.fromisoformat(at))

"""A finished group of pictures in as few objects as hold it."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Self, overload

from streams.encoded import Encoded

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Packed(Sequence[Encoded]):
    """Pictures whose bytes are one block and whose times are two arrays.

    A ring holds thousands of pictures of each camera. Each is five Python objects, and a block of a
    size of its own, which leaves room that fits no other: together a sixth of the bytes held.
    """

    __slots__ = ("_ats", "_bytes", "_ends", "_key", "_pts", "_time_base", "_unpack")

    def __init__(
        self,
        pictures: Sequence[Encoded],
        time_base: Fraction,
        unpack: Callable[[bytes], bytes] | None,
    ) -> None:
        self._time_base, self._unpack = time_base, unpack
        self._bytes = b"".join(one.raw for one in pictures)
        self._ends, self._pts, self._ats = array("Q", [0]), array("q"), array("q")
        self._key = bytearray()
        end = 0
        for one in pictures:
            end += len(one.raw)
            self._ends.append(end)
            self._pts.append(one.pts or 0)
            self._ats.append((one.wallclock - _EPOCH) // _TICK)
            self._key.append(one.keyframe)

    @classmethod
    def of(cls, pictures: Sequence[Encoded]) -> Self | None:
        """The same pictures, packed; None where they are too unlike, or one has no pts."""
        bases = {one.time_base for one in pictures}
        ways = {one.unpack for one in pictures}
        if len(bases) != 1 or len(ways) != 1 or any(one.pts is None for one in pictures):
            return None
        return cls(pictures, bases.pop(), ways.pop())

    def __len__(self) -> int:
        return len(self._pts)

    @overload
    def __getitem__(self, index: int) -> Encoded: ...
    @overload
    def __getitem__(self, index: slice) -> list[Encoded]: ...
    def __getitem__(self, index: int | slice) -> Encoded | list[Encoded]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        return Encoded(
            raw=self._bytes[self._ends[at] : self._ends[at + 1]],
            pts=self._pts[at],
            time_base=self._time_base,
            keyframe=bool(self._key[at]),
            wallclock=_EPOCH + self._ats[at] * _TICK,
            unpack=self._unpack,
        )

    def __iter__(self) -> Iterator[Encoded]:
        return (self[at] for at in range(len(self)))

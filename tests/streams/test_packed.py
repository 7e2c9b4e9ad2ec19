"""A packed group of pictures gives back what was put into it."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from streams.encoded import Encoded
from streams.packed import Packed

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def unpack(raw: bytes) -> bytes:
    return b"\0\0\0\1" + raw


pictures = st.builds(
    Encoded,
    raw=st.binary(max_size=40),
    pts=st.integers(-(2**40), 2**40),
    time_base=st.just(Fraction(1, 90_000)),
    keyframe=st.booleans(),
    wallclock=st.integers(-(10**9), 10**12).map(lambda us: T0 + timedelta(microseconds=us)),
    unpack=st.just(unpack),
)


@given(st.lists(pictures, min_size=1, max_size=12))
def test_what_is_taken_out_is_what_was_put_in(group: list[Encoded]) -> None:
    packed = Packed.of(group)
    assert packed is not None
    assert list(packed) == group
    assert packed[-1] == group[-1]
    assert packed[1:7:2] == group[1:7:2]
    assert len(packed) == len(group)


def test_pictures_that_are_unlike_or_have_no_time_are_left_as_they_are() -> None:
    one = Encoded(b"a", 0, Fraction(1, 90_000), True, T0)
    assert Packed.of([]) is None
    assert Packed.of([one, Encoded(b"b", None, Fraction(1, 90_000), False, T0)]) is None
    assert Packed.of([one, Encoded(b"b", 1, Fraction(1, 1000), False, T0)]) is None
    assert Packed.of([one, Encoded(b"b", 1, Fraction(1, 90_000), False, T0, unpack)]) is None

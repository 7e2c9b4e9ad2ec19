"""Capture times, states and options, without a stream."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.clock import ArrivalClock
from streams.errors import (
    AuthRefused,
    CorruptStream,
    NoVideo,
    Stalled,
    StreamEnded,
    Unreachable,
)
from streams.health import Health, StreamState, StreamStatus
from streams.options import StreamOptions

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


@given(st.lists(st.floats(0, 1.9), min_size=1, max_size=50))
def test_jitter_does_not_move_capture_times(delays: list[float]) -> None:
    clock = ArrivalClock()
    clock.captured_at(T0, 0.0)
    for index, delay in enumerate(delays, start=1):
        at = clock.captured_at(T0 + seconds(index + delay), float(index))
        assert at == T0 + seconds(index)


def test_a_packet_that_came_faster_than_all_before_sets_the_clock() -> None:
    clock = ArrivalClock()
    clock.captured_at(T0 + seconds(1.5), 0.0)
    assert clock.captured_at(T0 + seconds(1), 1.0) == T0 + seconds(1)
    assert clock.captured_at(T0 + seconds(2.3), 2.0) == T0 + seconds(2)


def test_a_jump_of_the_cameras_clock_falls_back_to_arrival() -> None:
    clock = ArrivalClock()
    clock.captured_at(T0, 1000.0)
    assert clock.captured_at(T0 + seconds(1), 3.0) == T0 + seconds(1)
    assert clock.captured_at(T0 + seconds(2), 9000.0) == T0 + seconds(2)


def test_keyframes_never_go_back_but_for_a_machine_whose_clock_was_set() -> None:
    clock = ArrivalClock(after=T0 + seconds(2))
    first = clock.keyframe_at(T0 + seconds(1), 0.0)
    assert first > T0 + seconds(2)
    assert clock.keyframe_at(T0 + seconds(1.1), 0.5) > first
    assert clock.keyframe_at(T0 - seconds(3600), 1.0) == T0 - seconds(3600)


def test_without_timestamps_arrival_is_all_there_is() -> None:
    assert ArrivalClock().captured_at(T0, None) == T0


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AuthRefused, StreamState.REFUSED),
        (NoVideo, StreamState.REFUSED),
        (Stalled, StreamState.STALLED),
        (StreamEnded, StreamState.STALLED),
        (Unreachable, StreamState.CONNECTING),
        (CorruptStream, StreamState.DEGRADED),
    ],
)
def test_each_error_leaves_a_state_with_its_reason(error, state: StreamState) -> None:
    told: list[StreamStatus] = []
    health = Health(lambda: T0, told.append)
    health.failed(error("c1", "rtsp://h/x", "said so"), T0 + seconds(1))
    assert told == [health.status]
    assert (health.status.state, health.status.reason) == (state, error.reason)
    assert health.status.next_try_at == T0 + seconds(1)
    health.trying()
    assert health.status.state is state
    assert health.status.next_try_at is None


def test_a_degraded_stream_is_live_again_after_ten_good_seconds() -> None:
    now = [T0]
    health = Health(lambda: now[0], None)
    health.live()
    health.corrupt(2, "corrupt pictures are skipped")
    assert (health.status.state, health.status.dropped) == (StreamState.DEGRADED, 2)
    now[0] += seconds(5)
    health.frame()
    assert health.status.state is StreamState.DEGRADED
    now[0] += seconds(6)
    health.frame()
    assert health.status.state is StreamState.LIVE
    assert health.status.since == now[0]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"transport": "quic"}, "use 'tcp' or 'udp'"),
        ({"open_timeout_s": 0}, "above 0"),
        ({"backoff_first_s": 5.0, "backoff_max_s": 1.0}, "at least backoff_first_s"),
    ],
)
def test_wrong_options_say_what_is_right(wrong: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        StreamOptions(**wrong)

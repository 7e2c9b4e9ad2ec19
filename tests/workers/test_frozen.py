"""A camera that goes on sending, but always the same picture: nothing is judged by it."""

import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from fleetkit import Watch, watching

from detector.health.faults import TIMINGS, Fault
from streams.health import StreamState
from streams.simulator import MountOptions, Simulator


def clip(path: Path) -> Path:
    """A bar that moves for four seconds, stands still for eight, and moves again for four."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10, options={"preset": "ultrafast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.gop_size = 5
        stream.codec_context.time_base = Fraction(1, 10)
        for index in range(160):
            image = np.full((180, 320, 3), (0, 220, 0), np.uint8)
            place = index if index < 40 else max(40, index - 80)
            image[:, place * 3 : place * 3 + 30] = 255
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def until(watch: Watch, state: StreamState, within_s: float = 40.0) -> None:
    limit = time.monotonic() + within_s
    while watch.stream.status.state is not state:
        assert time.monotonic() < limit, watch.stream.status
        time.sleep(0.05)


def test_a_frozen_picture_is_shown_as_degraded_and_not_looked_at_until_it_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TIMINGS, Fault.FROZEN, replace(TIMINGS[Fault.FROZEN], raise_s=2.0))
    with (
        Simulator({"cam": MountOptions(clip(tmp_path / "cam.mp4"))}) as simulator,
        watching(tmp_path, simulator.url("cam")) as watch,
    ):
        watch.until(sub=False, count=2)
        until(watch, StreamState.DEGRADED)
        status = watch.stream.status
        assert (status.reason, "has not changed since" in status.detail) == ("frozen", True)
        judged, decoded = len(watch.looks), watch.fleet.counts["decodes"]
        until(watch, StreamState.LIVE)
        still = [picture.image for _, picture, _ in watch.looks[judged:]]
        assert watch.fleet.counts["decodes"] > decoded  # it was watched all the while
        assert not any(np.array_equal(one, watch.looks[judged - 1][1].image) for one in still)
        watch.until(sub=False, count=1)
        assert watch.stream.status.connects == 1

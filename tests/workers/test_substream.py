"""A camera whose keyframes are far apart: its sub-stream is looked at between them, by rule."""

import itertools
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from fleetkit import watching

from streams.simulator import MountOptions, Simulator
from workers.substream import View, served

MAIN, SUB = (640, 360), (320, 240)
"""The sub-stream's picture is the main one's, squeezed into 4:3 as many cameras do."""


def view(width: int, height: int, group: float) -> View:
    return View(width, height, group)


def test_a_model_looks_at_the_sub_stream_if_that_is_cheaper_and_has_its_pixels() -> None:
    main, sub = view(1920, 1080, 250), view(704, 396, 50)
    inputs = {"vending": (640, 384), "litter": (1920, 1088), "covers": (512, 512)}
    assert served(main, sub, inputs) == ("vending", "covers")


def test_where_the_sub_stream_costs_as_much_the_main_stream_serves() -> None:
    assert served(view(1920, 1080, 50), view(1280, 720, 250), {"vending": (640, 384)}) == ()


def test_without_models_that_wait_too_long_nobody_looks_at_it() -> None:
    assert served(view(1920, 1080, 250), view(640, 360, 25), {}) == ()


def clip(path: Path, size: tuple[int, int], gop: int) -> Path:
    """Green pictures with a bar that moves from left to right, ten a second."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10, options={"preset": "ultrafast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.gop_size = gop
        stream.codec_context.time_base = Fraction(1, 10)
        for index in range(120):
            image = np.full((size[1], size[0], 3), (0, 220, 0), np.uint8)
            left = size[0] * index // 120
            image[:, left : left + size[0] // 20] = 255
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return clip(folder / "main.mp4", MAIN, gop=40), clip(folder / "sub.mp4", SUB, gop=10)


def test_boxes_and_evidence_are_the_main_streams(clips: tuple[Path, Path], tmp_path: Path) -> None:
    main, sub = (MountOptions(path) for path in clips)
    with (
        Simulator({"main": main, "sub": sub}) as simulator,
        watching(tmp_path, simulator.url("main"), simulator.url("sub")) as watch,
    ):
        pictures = watch.until(sub=True, count=3)
        stream = watch.fleet.sub("cam")
        assert stream is not None
        assert stream.source is not None
        assert (stream.source.size, len(stream.models)) == (SUB, 1)
        watch.until(sub=False, count=1)  # a keyframe of the main stream serves as ever
    assert {(one.width, one.height) for one in pictures} == {MAIN}
    assert {one.image.shape for one in pictures} == {(MAIN[1], MAIN[0], 3)}
    # Small pictures, by which its place is known again, are like the main stream's.
    greys = [one.grey() for _, one, _ in watch.looks]
    assert len({one.shape for one in greys}) == 1
    with av.open(str(clips[0])) as container:  # to the pixel, not the sub-stream blown up
        whole = [one.to_ndarray(format="bgr24") for one in container.decode(video=0)]
    assert all(any(np.array_equal(one.image, main) for main in whole) for one in pictures)
    boxes = [
        (at_sub, *map(tuple, one.xyxy.tolist()))
        for at_sub, _, observation in watch.looks
        for one in observation.detections.values()
    ]
    green = (400.0, 20.0, 560.0, 340.0)
    assert {at_sub for at_sub, *_ in boxes} == {True, False}
    assert all(green in found for _, *found in boxes), boxes


def test_when_the_sub_stream_fails_the_main_one_serves_until_it_is_back(
    clips: tuple[Path, Path], tmp_path: Path
) -> None:
    main, sub = (MountOptions(path) for path in clips)
    with Simulator({"main": main}) as simulator:
        second = Simulator({"sub": sub})
        second.start()
        port = second.port
        try:
            with watching(tmp_path, simulator.url("main"), second.url("sub")) as watch:
                watch.until(sub=True)
                second.stop()
                time.sleep(3.5)  # so long its last picture would do
                onward = watch.until(sub=False, count=4)
                assert watch.fleet.onward("cam")
                gaps = [
                    (b.captured_at - a.captured_at).total_seconds()
                    for a, b in itertools.pairwise(onward)
                ]
                assert max(gaps) < 3.5  # its keyframes are four seconds apart
                second = Simulator({"sub": sub}, port=port)
                second.start()
                watch.until(sub=True)
        finally:
            second.stop()

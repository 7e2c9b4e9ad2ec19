"""A camera whose keyframes are far apart: its sub-stream is looked at between them, by rule."""

import hashlib
import itertools
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import yaml

from api.schema import Place
from detector.model import load_model
from detector.pipeline import Observation, Pipeline
from detector.rules import Rule
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.shot import SubShot
from streams.simulator import MountOptions, Simulator
from workers.camera import CameraWorker
from workers.evidence import EvidenceFolder
from workers.fleet import Fleet
from workers.picture import Picture
from workers.store import Store
from workers.substream import View, served

MAIN, SUB = (640, 360), (320, 240)
"""The sub-stream's picture is the main one's, squeezed into 4:3 as many cameras do."""
TINY = Path(__file__).parents[1] / "detector" / "data" / "raw.onnx"
OPTIONS = StreamOptions(read_timeout_s=1.0, backoff_first_s=0.1, backoff_max_s=0.2)


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


@dataclass
class Watch:
    """A fleet of one camera, and the looks it judged."""

    fleet: Fleet
    store: Store
    looks: list[tuple[bool, Picture, Observation]] = field(default_factory=list)

    def see(self, picture: Picture, observation: Observation) -> None:
        _ = picture.image  # while the decoder is still at this camera, as evidence does
        self.looks.append((isinstance(picture, SubShot), picture, observation))

    def until(self, *, sub: bool, count: int = 3, within_s: float = 40.0) -> list[Picture]:
        """So many further looks at a stream."""
        begin, limit = len(self.looks), time.monotonic() + within_s
        while True:
            found = [picture for at_sub, picture, _ in self.looks[begin:] if at_sub is sub]
            if len(found) >= count:
                return found
            assert time.monotonic() < limit, (len(self.looks), self.fleet.sub("cam"))
            time.sleep(0.05)


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


@contextmanager
def watching(folder: Path, url: str, sub_url: str) -> Iterator[Watch]:
    model = folder / "tiny"
    model.mkdir()
    shutil.copy(TINY, model)
    card = {
        "name": "tiny",
        "version": "1",
        "kind": "litter",
        "weights": TINY.name,
        "sha256": hashlib.sha256(TINY.read_bytes()).hexdigest(),
        "architecture": "a mean and a matrix",
        "input": {"width": 32, "height": 32},
        "output": "raw",
        "classes": ["red", "green"],
        "threshold": 0.3,
        "cadence_s": 1,
        "licence": "AGPL-3.0",
    }
    (model / "card.yaml").write_text(yaml.safe_dump(card), "utf-8")
    loaded = {str(model): load_model(model)}
    rule = Rule(id="r", kind="litter", model=str(model), classes=("green",), cadence_s=1, dwell_s=0)
    fleet, store = Fleet(loaded), Store(folder)
    ring = PacketRing(30, 2**24)
    worker = CameraWorker(
        place=Place(camera_id="cam"),
        pipeline=Pipeline("cam", [rule], loaded),
        stream=fleet.stream("cam", url, OPTIONS, ring),
        ring=ring,
        store=store,
        evidence=EvidenceFolder(folder / "evidence"),
        pre_roll=timedelta(0),
    )
    watch = Watch(fleet, store)
    worker.observers = (watch.see,)
    fleet.add(worker, sub_url, OPTIONS)
    stop = threading.Event()
    threads = [threading.Thread(target=job, args=(stop,)) for _, job in fleet.jobs()]
    for thread in threads:
        thread.start()
    try:
        yield watch
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
        store.close()
    assert not any(thread.is_alive() for thread in threads)


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

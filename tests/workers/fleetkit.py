"""A fleet of one camera, run as a worker runs it, with a tiny real model."""

import hashlib
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path

import yaml

from api.schema import Place
from detector.model import load_model
from detector.pipeline import Observation, Pipeline
from detector.rules import Rule
from streams.options import StreamOptions
from streams.ring import PacketRing
from streams.rtsp import CameraStream
from streams.shot import SubShot
from workers.camera import CameraWorker
from workers.evidence import EvidenceFolder
from workers.fleet import Fleet
from workers.picture import Picture
from workers.scenery import CameraScenery
from workers.store import Store

TINY = Path(__file__).parents[1] / "detector" / "data" / "raw.onnx"
OPTIONS = StreamOptions(read_timeout_s=1.0, backoff_first_s=0.1, backoff_max_s=0.2)


@dataclass
class Watch:
    """A fleet of one camera, and the looks it judged."""

    fleet: Fleet
    stream: CameraStream
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


@contextmanager
def watching(folder: Path, url: str, sub_url: str | None = None) -> Iterator[Watch]:
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
        scenery=CameraScenery(folder / "scenery", UTC),
    )
    watch = Watch(fleet, worker.stream, store)
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

"""One look of a camera: its evidence, state and report together, or nothing of them."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.schema import Place, Report
from detector.model import Model, load_model
from detector.pipeline import Pipeline
from detector.rules import Rule
from streams.clip import clip_frames
from streams.frame import Frame
from streams.ring import PacketRing
from streams.rtsp import CameraStream
from workers.camera import CameraWorker
from workers.evidence import EvidenceFolder
from workers.scenery import CameraScenery
from workers.store import Store

STREET = Path(__file__).parents[2] / "configs" / "demo" / "street.mp4"
START = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
RULE = Rule(
    id="r", kind="litter", model="litter", classes=("litter",), dwell_s=0, min_looks=1, cadence_s=1
)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("litter")


@pytest.fixture(scope="module")
def scene() -> tuple[PacketRing, list[Frame]]:
    """The demo's street with all of its rubbish in sight: its packets, and two pictures."""
    ring = PacketRing(max_seconds=30, max_bytes=2**26)
    wanted = (START + timedelta(seconds=11), START + timedelta(seconds=15))
    frames = []
    for frame in clip_frames(
        STREET, "cam", START, wanted=lambda at: wanted[0] <= at <= wanted[1], ring=ring
    ):
        frames.append(frame)
        if len(frames) == 2:
            break
    return ring, frames


def a_worker(
    folder: Path, store: Store, model: Model, ring: PacketRing, rule: Rule = RULE
) -> CameraWorker:
    return CameraWorker(
        place=Place(camera_id="cam"),
        pipeline=Pipeline("cam", [rule], {"litter": model}),
        stream=CameraStream("cam", "rtsp://127.0.0.1:9/cam", lambda stream, group: None),
        ring=ring,
        store=store,
        evidence=EvidenceFolder(folder / "evidence"),
        pre_roll=timedelta(seconds=4),
        scenery=CameraScenery(folder / "scenery", UTC),
    )


def look(worker: CameraWorker, frame: Frame) -> None:
    names = worker.pipeline.due(frame.captured_at)
    worker.judge(frame, worker.pipeline.detect(frame.image, names))


def test_a_confirmed_violation_is_kept_with_picture_boxes_and_clip(
    tmp_path: Path, model: Model, scene: tuple[PacketRing, list[Frame]]
) -> None:
    ring, frames = scene
    store = Store(tmp_path)
    look(a_worker(tmp_path, store, model, ring), frames[0])
    message = store.due(0)
    assert message is not None
    report = Report.model_validate_json(message.body)
    assert [item.role.value for item in report.evidence] == ["annotated", "snapshot", "clip"]
    clip = EvidenceFolder(tmp_path / "evidence").find(report.evidence[2].sha256)
    again = list(clip_frames(clip, "clip", report.evidence[2].captured_at, keyframes_only=False))
    assert len(again) >= 100  # four seconds and more of 25 pictures
    assert report.evidence[2].captured_at <= report.first_seen - timedelta(seconds=3.9)
    store.close()


def test_the_picture_of_first_sight_is_kept_for_the_report(
    tmp_path: Path, model: Model, scene: tuple[PacketRing, list[Frame]]
) -> None:
    ring, frames = scene
    store = Store(tmp_path)
    patient = RULE.model_copy(update={"dwell_s": 1.0, "min_looks": 2})
    worker = a_worker(tmp_path, store, model, ring, patient)
    look(worker, frames[0])
    assert store.counts().waiting == 0
    assert len(store.cited_evidence()) == 1  # not to be swept while the candidate is open
    look(worker, frames[1])
    message = store.due(0)
    assert message is not None
    report = Report.model_validate_json(message.body)
    pictures = [item.captured_at for item in report.evidence if item.role.value == "snapshot"]
    assert pictures == [frames[1].captured_at, frames[0].captured_at]
    assert report.first_seen == frames[0].captured_at
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def test_a_full_disk_undoes_the_look_and_the_next_one_finds_it_again(
    small_disk: Path, model: Model, scene: tuple[PacketRing, list[Frame]]
) -> None:
    ring, frames = scene
    store = Store(small_disk)
    worker = a_worker(small_disk, store, model, ring)
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        fill(filler)
    try:
        look(worker, frames[0])
        assert store.state_of("cam") is None
        assert store.counts().waiting == 0
        filler.unlink()
        look(worker, frames[1])
        assert store.counts().waiting >= 1
        assert store.state_of("cam") is not None
    finally:
        store.close()


def test_the_like_of_what_was_dismissed_is_not_reported_there_again_until_it_changes(
    tmp_path: Path, model: Model, scene: tuple[PacketRing, list[Frame]]
) -> None:
    ring, frames = scene
    store = Store(tmp_path)
    worker = a_worker(tmp_path, store, model, ring)
    look(worker, frames[0])
    (violation,) = worker.pipeline.state.open
    worker.dismiss(violation.id, "r", violation.box, frames[0].captured_at)
    assert worker.pipeline.state.open == ()
    assert worker.pipeline.state.of("r").muted == ()  # the picture is better than the time
    look(worker, frames[1])
    assert store.counts().waiting == 1  # the first report, and no other
    assert [one.suppressed for one in worker.pipeline.state.open] == ["familiar"]

    again = a_worker(tmp_path, store, model, ring)  # a restart, and somebody takes it back
    CameraScenery(tmp_path / "scenery", UTC).dismissed.forget(violation.id)
    look(again, frames[1])
    assert store.counts().waiting == 2
    store.close()


def test_one_whose_picture_is_gone_is_dismissed_by_time(
    tmp_path: Path, model: Model, scene: tuple[PacketRing, list[Frame]]
) -> None:
    ring, frames = scene
    store = Store(tmp_path)
    worker = a_worker(tmp_path, store, model, ring)
    look(worker, frames[0])
    (violation,) = worker.pipeline.state.open
    for path in (tmp_path / "evidence").glob("??/*"):
        path.unlink()
    worker.dismiss(violation.id, "r", violation.box, frames[0].captured_at)
    assert len(worker.pipeline.state.of("r").muted) == 1
    look(worker, frames[1])
    assert store.counts().waiting == 1
    store.close()

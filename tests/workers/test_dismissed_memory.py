"""What a person dismissed is remembered by its picture, across restarts, until it changes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from detector.scenery.descriptor import crop
from detector.scenery.dismissed import Dismissed
from workers.scenery import CameraScenery, DismissedFolder

AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
BOX = (100.0, 80.0, 180.0, 150.0)


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 255, (360, 640, 3)).astype(np.uint8)


def a_thing(picture: np.ndarray, name: str = "v1", days: float = 30) -> Dismissed:
    until = AT + timedelta(days=days)
    return Dismissed(name, "r", "litter", BOX, AT, until, crop(picture, BOX))


def test_it_is_there_after_a_restart_to_the_bit(tmp_path: Path, picture: np.ndarray) -> None:
    DismissedFolder(tmp_path / "d").add(a_thing(picture))
    (again,) = DismissedFolder(tmp_path / "d")()
    assert np.array_equal(again.picture, a_thing(picture).picture)
    assert (again.id, again.rule, again.label, again.box) == ("v1", "r", "litter", BOX)
    assert (again.at, again.until) == (AT, AT + timedelta(days=30))


def test_what_is_forgotten_counts_no_more_at_once_and_can_be_taken_back(
    tmp_path: Path, picture: np.ndarray
) -> None:
    running = DismissedFolder(tmp_path / "d")
    running.add(a_thing(picture))
    assert len(running()) == 1
    beside = DismissedFolder(tmp_path / "d")  # the command, while the worker runs
    assert beside.forget("v1")
    assert running() == ()
    assert [one.counts for one in running.all()] == [False]
    assert beside.take_back("v1")
    assert len(running()) == 1
    assert not beside.forget("v2")


def test_what_has_expired_is_deleted_with_its_picture(tmp_path: Path, picture: np.ndarray) -> None:
    folder = DismissedFolder(tmp_path / "d")
    folder.add(a_thing(picture, "old", days=1))
    folder.add(a_thing(picture, "young", days=9))
    folder.sweep(AT + timedelta(days=2))
    assert [one.id for one in folder()] == ["young"]
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == ["young.json", "young.png"]


def test_one_that_is_damaged_does_not_hide_the_others(tmp_path: Path, picture: np.ndarray) -> None:
    folder = DismissedFolder(tmp_path / "d")
    folder.add(a_thing(picture, "a"))
    folder.add(a_thing(picture, "b"))
    (tmp_path / "d" / "a.png").write_bytes(b"no picture")
    (tmp_path / "d" / "c.json").write_text("{}")
    assert [one.id for one in DismissedFolder(tmp_path / "d")()] == ["b"]


def test_references_that_are_damaged_are_learnt_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "references.zip").write_bytes(b"half a file")
    assert CameraScenery(tmp_path, UTC).watch.scenery.learnt_at is None
    assert "learnt anew" in caplog.text


def test_references_are_kept_over_a_restart_and_a_full_disk_only_costs_them(
    tmp_path: Path, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = CameraScenery(tmp_path / "cam", UTC)
    grey = picture[:270, :480, 0].copy()
    points = np.full((8, 2), 128, np.uint8)

    def look(minute: int) -> None:
        at = AT + timedelta(minutes=minute)
        camera.watch.look(grey, points, lambda: picture, at, 640)
        camera.learn({}, [])

    look(0)
    stored = CameraScenery(tmp_path / "cam", UTC).watch.scenery
    assert stored.learnt_at == AT

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workers.scenery.write_whole", full)
    look(60)
    assert CameraScenery(tmp_path / "cam", UTC).watch.scenery.learnt_at == AT

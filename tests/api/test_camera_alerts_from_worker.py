"""A worker's camera is knocked aside: what the API hears of it, over restarts and outages."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from detector.health.light import small_grey
from detector.image import Image
from streams.clip import clip_frames
from streams.small import chroma_of
from tests.api.conftest import WORKER_KEY, Api
from tuning import lens_faults as made
from workers.camera_alerts import AlertBox, AlertSender
from workers.health import HealthWatch, confirm_view
from workers.line import Line

STREET = Path(__file__).parents[2] / "configs" / "demo" / "clean.mp4"


@pytest.fixture(scope="module")
def street() -> list[Image]:
    begin = datetime.now(UTC)
    frames = clip_frames(STREET, "clean", begin)
    return [cv2.resize(frame.image, (480, 270)) for frame, _ in zip(frames, range(4), strict=False)]


class Knocked:
    """A camera's health at work, a look in ten seconds, up to now."""

    def __init__(self, folder: Path, street: list[Image], camera: str) -> None:
        self.box = AlertBox(folder / "camera-alerts")
        self.folder = folder / "health"
        self.at = datetime.now(UTC) - timedelta(minutes=20)
        self._street, self._camera = street, camera
        self.restart()

    def restart(self) -> None:
        self.watch = HealthWatch(self.folder, "district-a", self._camera, self.box.put)

    def looks(self, count: int, through: made.Fault = made.nothing) -> None:
        for number in range(count):
            self.at += timedelta(seconds=10)
            image = through(self._street[number % 4], number)
            noise = np.random.default_rng(self.at.second + number).normal(0, 0.7, image.shape)
            noisy = np.clip(image + noise, 0, 255).astype(np.uint8)
            self.watch(small_grey(noisy), chroma_of(noisy), self.at, 480)


def told(api: Api, camera: str) -> list[dict[str, Any]]:
    answer = api.get("/v1/camera-alerts", params={"camera_id": camera})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def send(camera: Knocked, url: str) -> float:
    line = Line(url, WORKER_KEY)
    try:
        return AlertSender(camera.box, line).step()
    finally:
        line.close()


def test_an_alert_is_told_once_and_ended_once_whatever_fails_between(
    shared: Api, tmp_path: Path, street: list[Image]
) -> None:
    camera = Knocked(tmp_path, street, "gate-knocked")
    camera.looks(6)
    camera.looks(3, made.shifted(0.1))
    camera.restart()
    camera.looks(6, made.shifted(0.1))

    send(camera, "http://127.0.0.1:9")  # nobody answers: it is kept
    assert len(camera.box.waiting()) == 1
    send(camera, str(shared.base_url))
    (alert,) = told(shared, "gate-knocked")
    assert (alert["kind"], alert["until"], alert["text_zh"]) == ("moved", None, "摄像机视角改变")
    assert camera.box.waiting() == []

    camera.restart()
    camera.looks(8)
    send(camera, str(shared.base_url))
    (alert,) = told(shared, "gate-knocked")
    assert alert["until"] is not None


def test_who_confirms_the_new_view_ends_the_alert(
    shared: Api, tmp_path: Path, street: list[Image]
) -> None:
    camera, turned = Knocked(tmp_path, street, "gate-turned"), made.shifted(0.1)
    camera.looks(6)
    camera.looks(6, turned)
    assert [one.fault for one in camera.watch.alerts] == ["moved"]
    confirm_view(camera.folder)
    camera.looks(6, turned)
    assert camera.watch.alerts == ()
    send(camera, str(shared.base_url))
    (alert,) = told(shared, "gate-turned")
    assert alert["until"] is not None


def test_a_frozen_camera_is_told_of_by_the_name_that_the_page_knows(
    shared: Api, tmp_path: Path, street: list[Image]
) -> None:
    camera = Knocked(tmp_path, street, "gate-frozen")
    grey, chroma = small_grey(street[0]), chroma_of(street[0])
    for _ in range(10):
        camera.at += timedelta(seconds=10)
        camera.watch(grey, chroma, camera.at, 480)
    send(camera, str(shared.base_url))
    assert [one["kind"] for one in told(shared, "gate-frozen")] == ["frozen"]
    camera.looks(2)
    assert camera.watch.alerts == ()

"""What cameras remember of dismissals: told by a worker, seen by people, taken back by an order."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from detector.scenery.dismissed import Dismissed
from tests.api.conftest import WORKER_KEY, Api, picture, sha256
from tests.api.test_workers_line import Worker, camera
from workers.line import Line
from workers.memory import MemoryTeller
from workers.scenery import DISMISSED, SCENERY, DismissedFolder

JPEG = picture()
NOW = datetime.now(UTC)


def folder_of(state: Path, camera_id: str = "gate-3") -> DismissedFolder:
    return DismissedFolder(state / SCENERY / camera_id / DISMISSED)


def dismissed(violation_id: str, days: float = 30) -> Dismissed:
    return Dismissed(
        id=violation_id,
        rule="kerb",
        label="garbage_bag",
        box=(10.0, 8.0, 40.0, 30.0),
        at=NOW,
        until=NOW + timedelta(days=days),
        picture=np.zeros((32, 32, 3), np.uint8),
    )


@pytest.fixture
def teller(api: Api, tmp_path: Path) -> Iterator[MemoryTeller]:
    line = Line(api.url, WORKER_KEY, 10.0)
    yield MemoryTeller("w1", tmp_path, line)
    line.close()


def memory(api: Api, **query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get("/v1/memory", params=query).json()["items"]
    return items


def test_what_a_worker_remembers_is_listed_with_picture_case_and_expiry(
    api: Api, teller: MemoryTeller, tmp_path: Path
) -> None:
    case = api.file(JPEG)
    folder_of(tmp_path).add(dismissed(case["violation_id"]))
    folder_of(tmp_path, "yard").add(dismissed(str(uuid4()), days=-1))
    teller.step()
    (found,) = memory(api)  # what has expired is not shown
    assert found["picture"] == f"/v1/evidence/{sha256(JPEG)}"
    assert (found["case_number"], found["counts"], found["wanted"]) == (case["number"], True, None)
    assert datetime.fromisoformat(found["until"]) == NOW + timedelta(days=30)
    assert memory(api, camera_id="yard") == []


def test_it_is_told_again_once_it_has_changed_and_not_before(
    api: Api, teller: MemoryTeller, tmp_path: Path
) -> None:
    folder, one = folder_of(tmp_path), str(uuid4())
    folder.add(dismissed(one))
    teller.step()
    told = memory(api)[0]["told_at"]
    teller.step()
    assert memory(api)[0]["told_at"] == told
    assert folder.forget(one)  # as `five-chief memory --forget` does
    teller.step()
    assert memory(api)[0]["counts"] is False


def test_forgetting_is_an_order_and_is_done_once_the_worker_says_so(
    api: Api, teller: MemoryTeller, tmp_path: Path
) -> None:
    worker, one = Worker(api), str(uuid4())
    with worker.line({"camera_id": "gate-3", "version": None, "config": camera()}) as line:
        folder_of(tmp_path).add(dismissed(one))
        teller.step()
        with Api(api.url, api.settings, None) as desk:
            assert desk.post(f"/v1/memory/{one}/forget").status_code == 202
        (asked,) = memory(api)
        assert (asked["counts"], asked["wanted"], bool(asked["wanted_by"])) == (True, False, True)
        order = worker.take(line)["order"]
    assert (order["type"], order["violation_id"], order["counts"]) == ("remember", one, False)
    folder_of(tmp_path).forget(one)
    teller.step()
    (now,) = memory(api)
    assert (now["counts"], now["wanted"]) == (False, None)
    with Api(api.url, api.settings, None) as desk:
        assert desk.post(f"/v1/memory/{uuid4()}/take-back").status_code == 404


def test_while_the_api_is_away_it_waits_and_is_told_later(
    tmp_path: Path, api: Api, teller: MemoryTeller
) -> None:
    nowhere = Line("http://127.0.0.1:9", WORKER_KEY, 1.0)
    folder_of(tmp_path).add(dismissed(str(uuid4())))
    assert MemoryTeller("w1", tmp_path, nowhere).step() > 0
    nowhere.close()
    stop = threading.Event()
    thread = threading.Thread(target=teller.run, args=(stop,))
    thread.start()
    end = time.monotonic() + 10
    while not memory(api):
        assert time.monotonic() < end
        time.sleep(0.05)
    stop.set()
    thread.join(5)

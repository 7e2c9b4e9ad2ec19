"""From an RTSP stream to a case, and through the death of each part, exactly once."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from detector.state import CameraState
from streams.clip import probe
from tests.end_to_end.conftest import Stage, eventually

pytestmark = pytest.mark.xdist_group("end_to_end")

DIES_BEFORE_THE_TRANSACTION = """
import os, sys
from pathlib import Path
from workers.store import Store
save = Store.save
def dies(self, camera_id, state, drafts=(), first_sights=()):
    if drafts:
        os.kill(os.getpid(), 9)   # evidence is on disk, the transaction has not begun
    save(self, camera_id, state, drafts, first_sights)
Store.save = dies
sys.argv[0] = "five-chief"
from cli.main import run
run()
"""

DIES_BEFORE_THE_REPLY = """
import os, sys
import api.server
create = api.server.create_app
def dies(settings):
    app = create(settings)
    @app.middleware("http")
    async def receive_and_die(request, call_next):
        answer = await call_next(request)
        if request.url.path == "/v1/reports":
            os.kill(os.getpid(), 9)   # the case is in the database, the worker has not heard
        return answer
    return app
api.server.create_app = dies
sys.argv[0] = "five-chief"
from cli.main import run
run()
"""


def outbox(stage: Stage) -> dict[str, str]:
    """Each report in the worker's outbox: its violation's id, and its status."""
    path = stage.folder / "worker" / "worker.db"
    if not path.exists():
        return {}
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        rows = db.execute("SELECT violation_id, status FROM outbox WHERE number = 0").fetchall()
    except sqlite3.OperationalError:  # the schema is not there yet
        return {}
    finally:
        db.close()
    return dict(rows)


def all_sent(stage: Stage) -> bool:
    reports = outbox(stage)
    return bool(reports) and set(reports.values()) == {"sent"}


def each_once(stage: Stage) -> set[str]:
    """The violations, after a look that each reported one is one case, and no case is more."""
    violations = [case["violation_id"] for case in stage.cases()]
    assert len(set(violations)) == len(violations)
    assert set(violations) == set(outbox(stage))
    return set(violations)


def test_rubbish_in_a_stream_becomes_a_case_with_picture_and_clip(
    stage: Stage, littered: Path
) -> None:
    stage.camera(littered)
    stage.api()
    stage.config()
    worker = stage.worker()
    eventually(lambda: all_sent(stage), logs=stage)
    assert worker.stop() == 0
    assert each_once(stage)
    case = stage.cases()[0]
    assert (case["kind"], case["category"]["service_code"]) == ("litter", "E-0102")
    files = {item["role"]: item for item in case["evidence"]}
    assert set(files) == {"annotated", "snapshot", "clip"}
    for item in files.values():
        body = httpx.get(stage.api_url + item["url"], trust_env=False).content
        assert len(body) == item["size"]


def test_killed_between_evidence_and_transaction_the_worker_files_once(
    stage: Stage, littered: Path
) -> None:
    stage.camera(littered)
    stage.api()
    stage.config()
    first = stage.worker(["-c", DIES_BEFORE_THE_TRANSACTION])
    assert first.popen.wait(60) == -9
    assert stage.cases() == []
    assert list((stage.folder / "worker" / "evidence").glob("??/*"))
    second = stage.worker()
    eventually(lambda: all_sent(stage), logs=stage)
    assert second.stop() == 0
    assert each_once(stage)
    # The ring began anew with the second worker, which waits until a clip is worth its name.
    assert clip_seconds(stage, stage.cases()[0]) >= 3


def test_killed_between_evidence_and_send_the_worker_goes_on_with_the_same_violation(
    stage: Stage, littered: Path
) -> None:
    stage.camera(littered)
    api = stage.api()
    stage.config()
    api.kill()  # nobody is there to take the report
    first = stage.worker()
    eventually(lambda: outbox(stage), logs=stage)
    first.kill()
    before = outbox(stage)
    assert set(before.values()) == {"waiting"}
    stage.api()
    second = stage.worker()
    eventually(lambda: all_sent(stage), logs=stage)
    assert second.stop() == 0
    assert set(before) <= each_once(stage)


def test_killed_between_receiving_and_replying_the_api_has_one_case(
    stage: Stage, littered: Path
) -> None:
    stage.camera(littered)
    api = stage.api(["-c", DIES_BEFORE_THE_REPLY])
    stage.config()
    worker = stage.worker()
    assert api.popen.wait(60) == -9
    stage.api()
    eventually(lambda: all_sent(stage), logs=stage)
    assert worker.stop() == 0
    assert each_once(stage)


def test_the_same_scene_after_a_restart_is_the_same_violation(stage: Stage, littered: Path) -> None:
    stage.camera(littered)
    stage.api()
    stage.config()
    first = stage.worker()
    eventually(lambda: all_sent(stage), logs=stage)
    first.kill()
    before = each_once(stage)
    began = datetime.now(UTC)
    second = stage.worker()
    eventually(lambda: last_look(stage) > began + timedelta(seconds=6), logs=stage)
    assert second.stop() == 0
    still_open = {violation.id for violation in state(stage).open}
    assert before <= still_open
    assert before <= each_once(stage)


def test_a_camera_that_is_not_there_does_not_hold_up_the_others(
    stage: Stage, littered: Path
) -> None:
    stage.camera(littered)
    stage.api()
    stage.config(extra='  - {id: gone, url: "rtsp://user:secret@127.0.0.1:9/gone"}\n')
    worker = stage.worker()
    eventually(lambda: all_sent(stage), logs=stage)
    eventually(lambda: health(stage).get("gone") == "refused", logs=stage)
    assert health(stage)["street"] == "live"
    assert worker.stop() == 0
    said = worker.log.read_text("utf-8")
    assert "gone" in said
    assert "secret" not in said


def clip_seconds(stage: Stage, case: dict[str, Any]) -> float:
    (clip,) = (item for item in case["evidence"] if item["role"] == "clip")
    path = stage.folder / "clip.mp4"
    path.write_bytes(httpx.get(stage.api_url + clip["url"], trust_env=False).content)
    return probe(path).duration_s or 0.0


def health(stage: Stage) -> dict[str, str]:
    answer = httpx.get(f"{stage.api_url}/v1/watching", trust_env=False)
    return {camera["camera_id"]: camera["state"] for camera in answer.json()["cameras"]}


def state(stage: Stage) -> CameraState:
    """What the worker last saved of its camera."""
    db = sqlite3.connect(f"file:{stage.folder / 'worker' / 'worker.db'}?mode=ro", uri=True)
    try:
        return CameraState.from_json(db.execute("SELECT state FROM camera_state").fetchone()[0])
    finally:
        db.close()


def last_look(stage: Stage) -> datetime:
    looked = state(stage).of("litter").last_look
    assert looked is not None
    return looked

"""From an RTSP stream to a case, and through the death of each part, exactly once."""

import json
import sqlite3
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.conftest import KEY, Stage, eventually

pytestmark = pytest.mark.xdist_group("end_to_end")

DIES_BEFORE_THE_TRANSACTION = """
import os, sys
from pathlib import Path
from workers.store import Store
save = Store.save
def dies(self, camera_id, state, drafts=()):
    if drafts:
        os.kill(os.getpid(), 9)   # evidence is on disk, the transaction has not begun
    save(self, camera_id, state, drafts)
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


def outbox(stage: Stage, status: str) -> int:
    path = stage.folder / "worker" / "worker.db"
    if not path.exists():
        return 0
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        row = db.execute("SELECT count(*) FROM outbox WHERE status = ?", (status,)).fetchone()
    except sqlite3.OperationalError:  # the schema is not there yet
        return 0
    finally:
        db.close()
    return int(row[0])


def test_rubbish_in_a_stream_becomes_a_case_with_picture_and_clip(
    stage: Stage, littered: Path
) -> None:
    stage.camera(littered)
    stage.api()
    stage.config()
    worker = stage.worker()
    eventually(stage.cases, logs=stage)
    assert worker.stop() == 0
    (case,) = stage.cases()
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
    second = stage.worker()
    eventually(stage.cases, logs=stage)
    eventually(lambda: outbox(stage, "sent") == 1)
    assert second.stop() == 0
    assert len(stage.cases()) == 1


def test_killed_between_evidence_and_send_the_worker_goes_on_with_the_same_violation(
    stage: Stage, littered: Path
) -> None:
    stage.camera(littered)
    api = stage.api()
    stage.config()
    api.kill()  # nobody is there to take the report
    first = stage.worker()
    eventually(lambda: outbox(stage, "waiting") == 1, logs=stage)
    first.kill()
    stage.api()
    second = stage.worker()
    eventually(stage.cases, logs=stage)
    (case,) = stage.cases()
    second.kill()  # while the same scene goes on
    third = stage.worker()
    eventually(lambda: "live" in health(stage), logs=stage)
    assert third.stop() == 0
    assert [c["violation_id"] for c in stage.cases()] == [case["violation_id"]]


def test_killed_between_receiving_and_replying_the_api_has_one_case(
    stage: Stage, littered: Path
) -> None:
    stage.camera(littered)
    api = stage.api(["-c", DIES_BEFORE_THE_REPLY])
    stage.config()
    worker = stage.worker()
    assert api.popen.wait(60) == -9
    stage.api()
    eventually(lambda: outbox(stage, "sent") == 1, logs=stage)
    assert worker.stop() == 0
    assert len(stage.cases()) == 1


def health(stage: Stage) -> str:
    answer = httpx.get(
        f"{stage.api_url}/v1/watching",
        headers={"Authorization": f"Bearer {KEY}"},
        trust_env=False,
    )
    return json.dumps(answer.json())

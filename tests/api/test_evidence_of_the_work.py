"""Pictures of the work, of checks and of snapshots are sealed with their steps, as reports are."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api.store import chain
from api.store.engine import Store, open_store
from api.store.migrate import upgrade
from tests.api.conftest import Api, picture, sha256
from tests.api.test_evidence_chain import check, named
from tests.api.test_life import done
from tests.api.test_workers_line import Worker, camera

JPEG, WORK, LOOKED, SHOT = (picture(n) for n in range(4))


@pytest.fixture
def store(api: Api) -> Iterator[Store]:
    opened = open_store(api.settings)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def worked(api: Api) -> dict[str, Any]:
    """A case whose work was photographed, checked by its camera, and a snapshot of that camera."""
    case = api.file(JPEG, place={"camera_id": "gate-3"})
    worker = Worker(api)
    with worker.line({"camera_id": "gate-3", "version": None, "config": camera()}) as line:
        done(api, case, "register")
        done(api, case, "dispatch", department="环卫所")
        done(api, case, "sign")
        done(api, case, "assign", handler="张")
        sent = api.post(
            f"/v1/cases/{case['id']}/files?usage=handled&by=张",
            content=WORK,
            headers={"Content-Type": "image/jpeg"},
        )
        assert sent.status_code == 201, sent.text
        done(api, case, "finish", "张", opinion="已清运", pictures=[sha256(WORK)])
        look = worker.take(line)
        request = look["order"]["request"]
        file = {
            "sha256": sha256(LOOKED), "role": "snapshot", "media_type": "image/jpeg",
            "size": len(LOOKED), "captured_at": "2025-11-25T00:00:00Z",
        }  # fmt: skip
        said = {"type": "looked", "request": request, "verdict": "cleared", "evidence": [file]}
        assert worker.answer(look, LOOKED, **said).status_code == 204
        api.post("/v1/cameras/gate-3/snapshots", json={"by": "李"})
        wanted = worker.take(line)
        shot = file | {"sha256": sha256(SHOT), "size": len(SHOT)}
        said = {"type": "snapshot", "request": wanted["order"]["request"], "evidence": [shot]}
        assert worker.answer(wanted, SHOT, **said).status_code == 204
    return case


def links(api: Api, case: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get(f"/v1/cases/{case['id']}/manifests").json()["items"]
    return [item["manifest"] for item in items]


def test_each_step_with_its_pictures_is_a_link(api: Api, worked: dict[str, Any]) -> None:
    report, sent, finish, looked, verdict = links(api, worked)
    assert report["files"][0]["sha256"] == sha256(JPEG)
    assert (sent["kind"], sent["row"]["usage"], sent["row"]["sha256"]) == (
        "file", "handled", sha256(WORK),
    )  # fmt: skip
    assert (finish["kind"], finish["row"]["action"]) == ("step", "finish")
    assert finish["row"]["fields"]["pictures"] == [sha256(WORK)]
    assert (looked["row"]["usage"], looked["row"]["sha256"]) == ("checked", sha256(LOOKED))
    assert verdict["row"]["action"] == "pass"
    found = check(api.settings)
    assert found.findings == []
    assert found.links == 6  # the snapshot's too
    assert found.files == 4


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE case_files SET usage = 'checked' WHERE usage = 'handled'", "altered"),
        ("UPDATE case_history SET \"by\" = '王' WHERE action = 'finish'", "altered"),
        ("UPDATE case_history SET fields = '{}' WHERE action = 'pass'", "altered"),
        ("UPDATE snapshots SET asked_by = 'x'", "altered"),
        ("DELETE FROM case_files WHERE usage = 'handled'", "missing"),
        ("DELETE FROM evidence_chain WHERE kind = 'step'", "extra"),
    ],
)
def test_whatever_is_changed_afterwards_is_found(
    api: Api, worked: dict[str, Any], store: Store, statement: str, what: str
) -> None:
    with store.writing() as session:
        session.execute(text(statement))
    assert what in {kind for kind, _ in named(check(api.settings))}


def test_an_older_store_is_sealed_once_as_it_stands(
    api: Api, worked: dict[str, Any], store: Store
) -> None:
    """As a version left it that sealed reports alone, and not all of them."""
    with store.writing() as session:
        session.execute(text("DELETE FROM evidence_chain"))
        session.execute(
            text("DELETE FROM counters WHERE name IN ('evidence chain', 'sealed since')")
        )
    assert check(api.settings).findings != []
    upgrade(store)
    found = check(api.settings)
    assert (found.findings, found.links) == ([], 6)
    with store.writing() as session:
        session.execute(text("DELETE FROM evidence_chain WHERE kind = 'snapshot'"))
    upgrade(store)
    assert check(api.settings).findings != []  # only once: what is slipped in later stays so


def test_a_report_that_waited_and_was_sealed_as_a_case_is_taken_for_what_it_is(
    api: Api, store: Store
) -> None:
    """Earlier versions sealed what waited for a shop only when it became a case."""
    case = api.file(JPEG)
    now = datetime.now(UTC)
    with store.writing() as session:
        session.execute(
            text(
                "INSERT INTO rectifications (id, number, shop, service_code, opened_at, until, "
                "state) VALUES (1, 'ZG-1', 's', 'E-0504', :now, :now, 'filed')"
            ),
            {"now": now.isoformat(sep=" ")},
        )
        session.execute(
            text(
                "INSERT INTO rectification_reports (violation_id, rectification_id, source, "
                "last_seen) SELECT violation_id, 1, 'camera', :now FROM reports"
            ),
            {"now": now.isoformat(sep=" ")},
        )
    found = check(api.settings)
    assert found.findings == []
    with store.reading() as session:
        wanted = [(UUID(case["violation_id"]), 0)]
        (source,) = chain.sources(session, wanted).values()
    assert (source.case, source.filed and source.filed[0]) == ("ZG-1", case["number"])
    assert chain.rebuilt(source, chain.manifest_of(source)) == chain.manifest_of(source)
    sealed_late = replace(source, case=case["number"], catalogue=source.filed[1])  # type: ignore[index]
    assert chain.rebuilt(source, chain.manifest_of(sealed_late)) == chain.manifest_of(sealed_late)

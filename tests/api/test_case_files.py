"""Pictures of the work done and of the check: sent by who did it, kept by content."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.schema import EvidenceFile
from api.store.engine import open_store
from api.store.look_again import Seen, answer, take
from tests.api.conftest import Api, picture, sha256
from tests.api.test_life import do, done, handled, history

JPEG, AFTER = picture(), picture(7)


def send(api: Api, case: dict[str, Any], data: bytes, **query: Any) -> Any:
    kind = query.pop("kind", "image/jpeg")
    seen = query.pop("seen", "*")
    return api.post(
        f"/v1/cases/{case['id']}/files",
        content=data,
        params={"usage": "handled", "by": "张", **query},
        headers={"Content-Type": kind, "If-Match": seen},
    )


@pytest.fixture
def working(shared: Api) -> dict[str, Any]:
    case = shared.file(JPEG)
    done(shared, case, "register")
    done(shared, case, "dispatch", department="环卫所")
    done(shared, case, "sign")
    done(shared, case, "assign", handler="张")
    return case


def test_a_picture_of_the_work_goes_with_the_words_of_it(
    shared: Api, working: dict[str, Any]
) -> None:
    name = sha256(AFTER)
    refused = do(shared, working, "finish", "张", opinion="已清运", pictures=[name])
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "pictures")

    sent = send(shared, working, AFTER, sha256=name)
    assert sent.status_code == 201
    assert sent.headers["ETag"] == shared.get(f"/v1/cases/{working['id']}").headers["ETag"]
    shown = next(item for item in sent.json()["evidence"] if item["sha256"] == name)
    assert (shown["usage"], shown["role"]) == ("handled", "snapshot")
    assert shared.get(shown["url"]).content == AFTER
    assert done(shared, working, "finish", "张", opinion="已清运", pictures=[name])
    assert [step["fields"].get("pictures") for step in history(shared, working)][-2] == [name]
    # One that the report brought can be named too.
    first = working["evidence"][0]["sha256"]
    assert done(shared, working, "pass", "王", pictures=[first]) == "closed"


def test_the_same_picture_again_changes_nothing(shared: Api, working: dict[str, Any]) -> None:
    first = send(shared, working, AFTER)
    again = send(shared, working, AFTER)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (again.json(), again.headers["ETag"]) == (first.json(), first.headers["ETag"])


@pytest.mark.parametrize(
    ("data", "query", "status", "field"),
    [
        (b"", {}, 422, "sha256"),
        (b"no picture", {}, 422, "evidence.0.media_type"),
        (AFTER, {"kind": "image/png"}, 422, "evidence.0.media_type"),
        (AFTER, {"kind": "application/pdf"}, 415, None),
        (AFTER, {"sha256": "0" * 64}, 422, "sha256"),
        (AFTER, {"usage": "reported"}, 422, "usage"),
        (AFTER, {"captured_at": "2999-01-01T00:00:00Z"}, 422, "captured_at"),
    ],
)
def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    shared: Api,
    working: dict[str, Any],
    data: bytes,
    query: dict[str, Any],
    status: int,
    field: str | None,
) -> None:
    before = shared.get(f"/v1/cases/{working['id']}").json()
    answered = send(shared, working, data, **query)
    assert answered.status_code == status, answered.text
    assert [error["field"] for error in answered.json()["errors"]] == ([field] if field else [])
    assert shared.get(f"/v1/cases/{working['id']}").json() == before


def test_a_picture_for_a_case_that_changed_meanwhile_is_refused(
    shared: Api, working: dict[str, Any]
) -> None:
    seen = shared.get(f"/v1/cases/{working['id']}").headers["ETag"]
    sent = send(shared, working, AFTER, seen=seen)
    assert sent.status_code == 201
    assert sent.headers["Content-Location"] == f"/v1/evidence/{sha256(AFTER)}"
    assert send(shared, working, picture(8), seen=seen).status_code == 412
    assert send(shared, working, picture(8), seen=sent.headers["ETag"]).status_code == 201


def test_a_picture_for_no_case_is_refused(shared: Api) -> None:
    assert send(shared, {"id": 99_999}, AFTER).status_code == 404


def test_what_the_camera_saw_when_it_looked_again_is_among_the_evidence(shared: Api) -> None:
    case = handled(shared, place={"camera_id": "look-9"})
    now = datetime.now(UTC)
    file = EvidenceFile(
        sha256=sha256(AFTER), role="snapshot", media_type="image/jpeg", size=9, captured_at=now
    )
    store = open_store(shared.settings)
    (look,) = take(store, "w", {"look-9"}, now)
    answer(store, look.id, Seen.CLEARED, (file.sha256,), now, "看不到了", [file])
    store.engine.dispose()
    found = shared.get(f"/v1/cases/{case['id']}").json()
    assert [item["usage"] for item in found["evidence"]] == ["reported", "checked"]

"""Tickets and vendors' alarms become cases, or sights of one, by the same door as cameras do."""

import base64
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.schema.intake import IntakeReceipt, KnownBefore, TicketList
from tests.api.conftest import Api, picture, running
from tests.api.test_doors import SAMPLES, sample
from tests.api.test_life import done

JPEG = picture()
_north = count()


@pytest.fixture
def spot() -> dict[str, Any]:
    """A place that no other test uses."""
    return {"longitude": 119.0, "latitude": 36.0 + next(_north) / 100, "crs": "wgs84"}


def ticket(spot: dict[str, Any], **changes: Any) -> dict[str, Any]:
    said = sample("ticket_12345.json") | {"id": uuid4().hex, "place": {"address": "市场口"} | spot}
    return said | changes


def bring(api: Api, source: str, document: Any) -> httpx.Response:
    return api.post(f"/v1/intake/{source}", json=document)


def brought(api: Api, source: str, document: Any) -> dict[str, Any]:
    answer = bring(api, source, document)
    assert answer.status_code in (200, 201), answer.text
    IntakeReceipt.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    assert (answer.status_code == 201) == (found["outcome"] == "filed")
    return found


def case_of(api: Api, receipt: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(receipt["url"]).json()
    return found


def test_a_12345_ticket_becomes_a_case_that_waits_for_verification(
    shared: Api, spot: dict[str, Any]
) -> None:
    picture64 = base64.b64encode(JPEG).decode()
    receipt = brought(shared, "12345", ticket(spot, pictures=[picture64]))
    assert receipt["outcome"] == "filed"
    case = case_of(shared, receipt)
    assert case["status"] == "pending_verify"
    assert (case["source"], case["kind"], case["box"]) == ("12345", "litter", None)
    assert case["description"].startswith("市民反映")
    (file,) = case["evidence"]
    assert shared.get(file["url"]).content == JPEG
    # Verified by somebody who went there, it can be registered; not before.
    assert done(shared, case, "verify") == "pending_register"
    assert done(shared, case, "register") == "pending_dispatch"


def test_what_a_collector_or_a_box_saw_needs_no_verification(
    shared: Api, spot: dict[str, Any]
) -> None:
    assert brought(shared, "collector", ticket(spot))["status"] == "reported"
    alarm = sample("dahua_icc.json")
    alarm["info"]["alarmCode"] = uuid4().hex
    receipt = brought(shared, "dahua", alarm)
    assert (receipt["outcome"], receipt["status"]) == ("filed", "reported")
    assert case_of(shared, receipt)["place"]["camera_id"] == "1000012$1$0$0"


def test_a_ticket_about_what_a_camera_has_filed_is_attached_to_it(
    shared: Api, spot: dict[str, Any]
) -> None:
    found = shared.file(JPEG, place=spot | {"camera_id": "gate-1"})
    receipt = brought(shared, "12345", ticket(spot))
    assert (receipt["outcome"], receipt["case_id"]) == ("attached", found["id"])
    case = case_of(shared, receipt)
    assert (case["status"], case["sighting_count"]) == ("reported", 2)
    assert [witness["source"] for witness in case["witnesses"]] == ["camera", "12345"]
    (told,) = shared.get(f"/v1/cases/{case['id']}/tickets").json()["items"]
    assert told["known_before"] is True
    assert told["caller_phone"] == "13800000000"


def test_a_camera_that_sees_what_a_citizen_told_of_is_a_witness_with_its_box(
    shared: Api, spot: dict[str, Any]
) -> None:
    receipt = brought(shared, "wechat", ticket(spot))
    case = shared.file(JPEG, place=spot | {"camera_id": "gate-1"})
    assert case["id"] == receipt["case_id"]
    assert case["box"] is not None
    sighting = {"number": 1, "status": "cleared", "at": "2025-11-25T09:00:00+08:00"}
    (_, camera) = case["witnesses"]
    gone = shared.post(f"/v1/reports/{camera['violation_id']}/sightings", json=sighting)
    assert gone.json()["cleared_at"] is not None, "a caller does not watch the place"


def test_the_same_ticket_again_is_the_same_case_and_a_changed_one_is_refused(
    shared: Api, spot: dict[str, Any]
) -> None:
    said = ticket(spot)
    first = brought(shared, "12345", said)
    again = brought(shared, "12345", said)
    assert (again["outcome"], again["case_id"]) == ("repeated", first["case_id"])
    changed = bring(shared, "12345", said | {"description": "别的事"})
    assert changed.status_code == 409
    elsewhere = brought(shared, "hotline", said)
    assert elsewhere["outcome"] == "attached", "another source's id is another id"


def test_a_device_that_repeats_its_alarm_in_other_words_is_understood(shared: Api) -> None:
    alert = (SAMPLES / "hikvision.xml").read_text().replace("c7a5f0de-0001", uuid4().hex)
    headers = {"Content-Type": "application/xml"}
    first = shared.post("/v1/intake/hikvision", content=alert.encode(), headers=headers)
    assert first.status_code == 201, first.text
    later = alert.replace("08:03:10", "08:04:10").replace(">1</active", ">2</active")
    again = shared.post("/v1/intake/hikvision", content=later.encode(), headers=headers)
    assert (again.status_code, again.json()["outcome"]) == (200, "repeated")
    assert again.json()["case_id"] == first.json()["case_id"]


def test_pictures_come_as_files_beside_the_document(shared: Api) -> None:
    alert = (SAMPLES / "hikvision.xml").read_text().replace("c7a5f0de-0001", uuid4().hex)
    parts = [
        ("EventNotificationAlert", ("alert.xml", alert.encode(), "application/xml")),
        ("picture", ("1.jpg", JPEG, "image/jpeg")),
    ]
    answer = shared.post("/v1/intake/hikvision", files=parts)
    assert answer.status_code == 201, answer.text
    (file,) = case_of(shared, answer.json())["evidence"]
    assert file["media_type"] == "image/jpeg"


def test_an_alarm_that_is_over_or_false_files_nothing(api: Api) -> None:
    alert = sample("dahua_icc.json")
    alert["info"]["handleStat"] = 3
    receipt = brought(api, "dahua", alert)
    assert (receipt["outcome"], receipt["case_id"]) == ("ignored", None)
    assert "误报" in receipt["reason"]
    assert api.cases() == []


def test_a_huawei_missing_cover_is_urgent(shared: Api) -> None:
    alarm = sample("huawei_vias.json")
    alarm |= {"task_id": uuid4().hex, "image_base64": base64.b64encode(JPEG).decode()}
    case = case_of(shared, brought(shared, "huawei", alarm))
    assert (case["kind"], case["label"], case["urgent"]) == ("manhole", "missing", True)


def test_a_family_of_covers_is_kept_under_the_conditions_of_covers(
    shared: Api, spot: dict[str, Any]
) -> None:
    said = ticket(spot, type="部件", code="0102")
    case = case_of(shared, brought(shared, "12345", said))
    assert case["category"]["service_code"] == "C-0102"
    assert (case["condition"]["id"], case["ownership"]) == ("manhole.missing", "to_verify")
    rubble = ticket(spot | {"longitude": 119.1}, code="0103")
    assert case_of(shared, brought(shared, "12345", rubble))["category"]["code"] == "0103"


PARIS = {"longitude": 2.35, "latitude": 48.86, "crs": "wgs84"}


@pytest.mark.parametrize(
    ("source", "change", "status", "field"),
    [
        ("12345", {"code": "0301"}, 422, "code"),
        ("12345", {"place": {"longitude": 117.0, "latitude": 36.0}}, 422, "place.crs"),
        ("12345", {"place": {"longitude": 117.0}}, 422, "place"),
        ("12345", {"place": {"longitude": 1, "latitude": 1, "crs": "gcj02"}}, 422, "place.crs"),
        ("12345", {"place": PARIS}, 422, "place.longitude"),
        ("12345", {"pictures": ["QUJD"]}, 422, "pictures"),
        ("12345", {"pictures": ["/9j/2Q=="]}, 422, "evidence.0.media_type"),
        ("12345", {"at": "2099-01-01T00:00:00Z"}, 422, "at"),
        ("nobody", {}, 404, None),
        ("camera", {}, 404, None),
    ],
)
def test_what_cannot_be_filed_is_refused_and_nothing_is_kept(
    shared: Api, spot: dict[str, Any], source: str, change: Any, status: int, field: str | None
) -> None:
    before = (len(shared.cases()), len(shared.kept_files()))
    answer = bring(shared, source, ticket(spot, **change))
    assert answer.status_code == status, answer.text
    assert [each["field"] for each in answer.json()["errors"]] == ([field] if field else [])
    assert (len(shared.cases()), len(shared.kept_files())) == before


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"\xff", "application/json", 422),
    ],
)
def test_a_body_that_is_none_is_refused(
    shared: Api, content: bytes, kind: str, status: int
) -> None:
    answer = shared.post("/v1/intake/12345", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wechat_report_without_a_system_is_taken_for_gcj02_and_says_so(
    shared: Api, spot: dict[str, Any]
) -> None:
    del spot["crs"]
    place = case_of(shared, brought(shared, "wechat", ticket(spot)))["place"]
    assert (place["crs"], place["crs_assumed"]) == ("gcj02", True)
    assert place["longitude"] != spot["longitude"] == place["sent_longitude"]


def test_tickets_and_cameras_at_once_make_one_case(api: Api, spot: dict[str, Any]) -> None:
    said = ticket(spot)
    with running(api.settings) as url, Api(url, api.settings) as other, ThreadPoolExecutor(9) as do:

        def tell(index: int) -> int:
            if index % 3 == 0:
                place = spot | {"camera_id": f"gate-{index}"}
                return int(api.file(JPEG, place=place)["id"])
            document = said if index % 3 == 1 else ticket(spot)
            return int(brought((api, other)[index % 2], "12345", document)["case_id"])

        assert len(set(do.map(tell, range(9)))) == 1
    (case,) = api.cases()
    case = api.get(f"/v1/cases/{case['id']}").json()
    # Three cameras, one ticket three times, three other tickets.
    assert Counter(one["source"] for one in case["witnesses"]) == {"camera": 3, "12345": 4}


def close(api: Api, case: dict[str, Any]) -> None:
    if case["status"] == "pending_verify":
        done(api, case, "verify")
    done(api, case, "register")
    done(api, case, "dispatch", department="环卫所")
    done(api, case, "sign")
    done(api, case, "assign", handler="张")
    done(api, case, "finish", "张", opinion="已清运")
    done(api, case, "pass")


def test_callers_are_asked_on_three_levels_each_when_it_is_due(
    shared: Api, spot: dict[str, Any]
) -> None:
    said = ticket(spot)
    case = case_of(shared, brought(shared, "12345", said))
    address = f"/v1/cases/{case['id']}/callbacks"

    def ask(level: int, answer: str = "satisfied", **changes: Any) -> httpx.Response:
        body = {"source": "12345", "source_ref": said["id"], "level": level, "answer": answer}
        return shared.post(address, json=body | {"by": "王"} | changes)

    early = ask(1)
    assert early.status_code == 409
    assert "pending_verify" in early.json()["detail"]
    close(shared, case)
    assert "level 1 comes first" in ask(2).json()["detail"]
    assert ask(1, "unreached").status_code == 201
    assert ask(2).status_code == 409, "nobody answered on level 1 yet"
    assert ask(1, note="很快").status_code == 201
    assert "has answered" in ask(1).json()["detail"]
    assert ask(2, "dissatisfied").status_code == 201
    assert ask(3).status_code == 201
    assert ask(4).status_code == 409
    assert ask(1, source_ref="x").status_code == 404
    assert ask(1, "perhaps").status_code == 422
    answered = shared.get(f"/v1/cases/{case['id']}/tickets").json()
    TicketList.model_validate(answered)
    (told,) = answered["items"]
    assert [(one["level"], one["answer"], one["asked_by"]) for one in told["callbacks"]] == [
        (1, "unreached", "王"),
        (1, "satisfied", "王"),
        (2, "dissatisfied", "王"),
        (3, "satisfied", "王"),
    ]


@pytest.fixture
def counted(api: Api) -> Api:
    """Two cases found by cameras, one of them complained of twice; one told of by a citizen."""
    here, there, far = (
        {"longitude": 119.0 + i, "latitude": 36.0, "crs": "wgs84"} for i in (0, 1, 2)
    )
    api.file(JPEG, place=here | {"camera_id": "gate-1"})
    api.file(JPEG, place=there | {"camera_id": "gate-2"})
    for _ in range(2):
        brought(api, "12345", ticket(here))
    brought(api, "12345", ticket(far))
    brought(api, "collector", ticket(there))
    api.file(JPEG, place=far | {"camera_id": "gate-3"})
    brought(api, "12345", ticket(far))
    return api


def test_the_share_that_was_known_before_citizens_told_of_it(counted: Api) -> None:
    found = KnownBefore.model_validate_json(counted.get("/v1/statistics/known-before").content)
    assert (found.tickets, found.tickets_known_before) == (4, 2)
    assert found.share_of_tickets == 0.5
    assert (found.cases, found.cases_found_first, found.cases_without_complaint) == (3, 2, 1)
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    none = counted.get("/v1/statistics/known-before", params={"until": past}).json()
    assert (none["tickets"], none["share_of_tickets"]) == (0, None)


def test_an_older_file_of_a_ticket_is_json_still(shared: Api, spot: dict[str, Any]) -> None:
    body = json.dumps(ticket(spot), ensure_ascii=False).encode()
    parts = [("document", (None, body, "application/json")), ("p", ("1.jpg", JPEG))]
    answer = shared.post("/v1/intake/12345", files=parts)
    assert answer.status_code == 201, answer.text
    assert len(case_of(shared, answer.json())["evidence"]) == 1

"""Alarms of other makers about a shop wait for it to put it right, as our own reports do."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.catalogue import read_catalogue
from api.merging import read_merging
from api.settings import Settings
from api.store.engine import Store, open_store
from api.store.filing import Numbering, Terms
from api.store.rectifying import end_windows
from api.verify import Verified
from tests.api.conftest import Api, evidence_of, picture, report_of, running
from tests.api.test_evidence_chain import check
from tests.dispatch.test_geometry import LAT, east, north
from tests.dispatch.test_imports import row, send, table

SOURCES = Path("configs/sources.yaml").read_text("utf-8")
SAMPLE = json.loads(Path("tests/api/samples/dahua_icc.json").read_text("utf-8"))


@pytest.fixture
def street(settings: Settings, tmp_path: Path) -> Iterator[Api]:
    """A shop with a contract, and a Dahua camera before it."""
    own = (
        '    cameras: {"node-1": {camera_id: gate-1, crs: wgs84, '
        f"longitude: {east(3)}, latitude: {north(4)}}}}}\n"
    )
    file = tmp_path / "sources.yaml"
    file.write_text(SOURCES.replace("    codes: dahua\n", "    codes: dahua\n" + own, 1), "utf-8")
    chosen = replace(settings, sources=file)
    with running(chosen) as url, Api(url, chosen) as api:
        far_on = (datetime.now(UTC) + timedelta(days=300)).date().isoformat()
        answer = send(api, table(row("S-1", to=far_on)))
        assert answer.json()["added"] == 1, answer.text
        yield api


def alarm(kind: int = 882, **info: Any) -> dict[str, Any]:
    said = SAMPLE["info"] | {
        "alarmCode": uuid4().hex, "alarmType": kind, "nodeCode": "node-1",
    } | info  # fmt: skip
    return SAMPLE | {"info": said}


def tell(api: Api, said: dict[str, Any]) -> Any:
    return api.post("/v1/intake/dahua", json=said)


def end(api: Api, store: Store, terms: Terms) -> int:
    return end_windows(store, terms, datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
def store(street: Api) -> Iterator[Store]:
    opened = open_store(street.settings)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def terms(street: Api) -> Terms:
    numbering = Numbering(street.settings.district, street.settings.zone)
    return Terms(read_catalogue().version, numbering, read_merging())


def test_an_alarm_at_a_shop_waits_and_becomes_a_case_when_the_window_ends(
    street: Api, store: Store, terms: Terms
) -> None:
    said = alarm()
    answer = tell(street, said)
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert (receipt["outcome"], receipt["status"], receipt["case_id"]) == ("held", "waiting", None)
    assert street.get("/v1/cases").json()["items"] == []
    again = tell(street, said)
    assert (again.status_code, again.json()["outcome"]) == (200, "repeated")
    (waiting,) = street.get(receipt["url"]).json()["items"]
    assert waiting["number"] == receipt["number"]
    assert end(street, store, terms) == 1
    (case,) = street.cases()
    assert (case["source"], case["category"]["service_code"]) == ("dahua", "E-0504")
    assert case["description"].startswith("大华告警 882")
    assert case["place"]["camera_id"] == "gate-1"
    (ticket,) = street.get(f"/v1/cases/{case['id']}/tickets").json()["items"]
    assert ticket["source_ref"] == said["info"]["alarmCode"]
    repeated = tell(street, said).json()
    assert (repeated["outcome"], repeated["case_id"]) == ("repeated", case["id"])
    found: Verified = check(street.settings)
    assert found.findings == []


def test_an_alarm_joins_what_our_own_camera_reported_of_the_shop(
    street: Api, store: Store, terms: Terms
) -> None:
    jpeg = picture()
    place = {"camera_id": "ours", "longitude": east(3), "latitude": LAT, "crs": "wgs84"}
    report = report_of(evidence_of(jpeg), kind="vending", label="shop_overflow", place=place)
    first = street.submit(report, jpeg)
    assert first.status_code == 202
    assert tell(street, alarm()).json()["number"] == first.json()["number"]
    assert end(street, store, terms) == 1
    (case,) = street.cases()
    assert [witness["source"] for witness in case["witnesses"]] == ["camera", "dahua"]


def test_what_its_source_calls_over_or_false_never_becomes_a_case(
    street: Api, store: Store, terms: Terms
) -> None:
    said = alarm()
    assert tell(street, said).status_code == 202
    false = SAMPLE | {"info": said["info"] | {"handleStat": 3}}
    assert tell(street, false).json()["outcome"] == "ignored"
    (kept,) = street.get("/v1/rectifications").json()["items"]
    assert kept["state"] == "rectified"
    assert end(street, store, terms) == 0
    assert street.cases() == []


def test_other_alarms_and_peoples_tickets_are_cases_at_once(street: Api) -> None:
    assert tell(street, alarm(890)).json()["outcome"] == "filed"
    ticket = {
        "id": "JN1", "at": "2025-11-25T08:00:12+08:00", "type": "事件", "code": "0504",
        "place": {"longitude": east(3), "latitude": north(4), "crs": "wgs84"},
    }  # fmt: skip
    assert street.post("/v1/intake/12345", json=ticket).json()["outcome"] == "filed"

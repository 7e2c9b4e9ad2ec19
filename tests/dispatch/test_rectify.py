"""A shop is told first, and what it puts right in time never becomes a case."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, select

from api.evidence import EvidenceFolder
from api.merging import read_merging
from api.schema import Case, Rectification, Report, Sighting
from api.schema.dispatch import Shop
from api.store.acting import Outcome
from api.store.cases import (
    add_sighting,
    file_report,
    known_report,
    known_sighting,
)
from api.store.chain_tables import LinkRow
from api.store.errors import Conflict
from api.store.models import CaseRow
from api.store.notices import list_notices, notices_of_case
from api.store.rectify import record_of
from api.store.rectifying import end_windows, list_rectifications
from api.store.shops import put_shops
from api.verify import verify
from tests.api.conftest import (
    WORKER_KEY,
    Api,
    evidence_of,
    picture,
    report_of,
    sha256,
    sighting_of,
)
from tests.clocks.conftest import District, opened
from tests.clocks.test_reckon import moment
from tests.dispatch.test_geometry import LAT, east, north
from tests.dispatch.test_imports import row, send, table
from workers.line import Line
from workers.messages import Message

JPEG = picture()


def shop(code: str, x: float, **changes: Any) -> Shop:
    said = {
        "code": code, "name": f"小店{code}", "keeper": "王某", "phone": "13800000000",
        "longitude": east(x), "latitude": LAT, "valid_to": "2026-12-31",
    } | changes  # fmt: skip
    return Shop.model_validate(said)


class Street(District):
    """Reports of goods outside shops."""

    def tell(self, at: str, x: float = 0.0, **changes: Any) -> Outcome | Rectification:
        return file_report(self.store, self.report(x, **changes), self.terms, moment(at))

    def report(self, x: float = 0.0, **changes: Any) -> Report:
        place = {"camera_id": "c", "longitude": east(x), "latitude": north(2)}
        said = {"kind": "vending", "label": "shop_overflow", "place": place} | changes
        return Report.model_validate(report_of(evidence_of(JPEG), **said))

    def sight(self, which: UUID, number: int, status: str, at: str) -> Any:
        said = sighting_of(number, status) | {"at": moment(at).isoformat()}
        sighting = Sighting.model_validate(said)
        return add_sighting(self.store, which, sighting, moment(at))

    def cases(self) -> int:
        with self.store.reading() as session:
            return session.scalar(select(func.count()).select_from(CaseRow)) or 0

    def keepers_told(self) -> int:
        found = list_notices(self.store, None, None, 200).items
        return sum(notice.audience == "keeper" for notice in found)

    def grade(self, code: str, at: str) -> tuple[str, float]:
        with self.store.reading() as session:
            record = record_of(session, code, moment(at))
        return record.grade, record.points


@pytest.fixture(scope="module")
def opened_street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    for found in opened(tmp_path_factory.mktemp("street")):
        shops = [shop(f"S-{n}", 300.0 * n) for n in range(12)]
        shops.append(shop("S-old", 9_000, valid_to="2026-01-01"))
        shops.append(shop("S-mute", 9_300, phone=None))
        put_shops(found.store, shops, (), "李", moment("2026-11-25 08:00"))
        yield found


@pytest.fixture
def street(opened_street: District) -> Street:
    found = Street(opened_street.store, opened_street.terms)
    # Here it matters what is one thing and what is not.
    found.terms = replace(opened_street.terms, merging=read_merging())
    return found


def waits(found: Outcome | Rectification) -> Rectification:
    assert isinstance(found, Rectification), found
    return found


def test_the_keeper_is_told_once_and_what_is_gone_in_time_never_becomes_a_case(
    street: Street,
) -> None:
    before, told = street.cases(), street.keepers_told()
    report = street.report(0)
    first = waits(file_report(street.store, report, street.terms, moment("2026-11-25 10:00")))
    assert (first.state, first.shop, first.until) == (
        "waiting", "S-0", moment("2026-11-25 10:30"),
    )  # fmt: skip
    notice = list_notices(street.store, None, None, 1).items[0]
    assert (notice.audience, notice.phone, notice.title) == (
        "keeper", "13800000000", "【门前五包】请自行整改",
    )  # fmt: skip
    assert "店外经营" in notice.text
    assert "11月25日10:30" in notice.text
    again = waits(file_report(street.store, report, street.terms, moment("2026-11-25 10:01")))
    assert again == first == known_report(street.store, report)
    joined = waits(street.tell("2026-11-25 10:05"))
    assert joined.number == first.number
    assert len(joined.reports) == 2
    other = next(one for one in joined.reports if one != report.violation_id)
    street.sight(report.violation_id, 1, "still_there", "2026-11-25 10:06")
    assert street.sight(report.violation_id, 2, "cleared", "2026-11-25 10:10").state == "waiting"
    assert street.sight(other, 1, "cleared", "2026-11-25 10:12").state == "rectified"
    end_windows(street.store, street.terms, moment("2026-11-25 11:00"))
    assert (street.cases(), street.keepers_told()) == (before, told + 1)
    (kept,) = list_rectifications(street.store, None, "S-0", None, 10).items
    assert (kept.state, kept.ended_at, kept.case_id) == (
        "rectified", moment("2026-11-25 10:12"), None,
    )  # fmt: skip


def test_what_is_still_there_when_the_window_ends_becomes_one_case_with_all_that_was_seen(
    street: Street,
) -> None:
    report = street.report(300)
    file_report(street.store, report, street.terms, moment("2026-11-25 10:00"))
    street.sight(report.violation_id, 1, "still_there", "2026-11-25 10:20")
    second = street.report(301, place=street.report(301).place.model_dump() | {"camera_id": "d"})
    file_report(street.store, second, street.terms, moment("2026-11-25 10:25"))
    before = street.cases()
    assert end_windows(street.store, street.terms, moment("2026-11-25 10:29")) == 0
    assert end_windows(street.store, street.terms, moment("2026-11-25 10:30")) == 1
    assert end_windows(street.store, street.terms, moment("2026-11-25 10:31")) == 0
    assert street.cases() == before + 1
    (kept,) = list_rectifications(street.store, "filed", "S-1", None, 10).items
    found = known_report(street.store, report)
    assert isinstance(found, Outcome)
    case: Case = found.case
    assert (case.id, case.status.value, case.category.service_code) == (
        kept.case_id, "reported", "E-0504",
    )  # fmt: skip
    assert len(case.evidence) == 2
    same = known_report(street.store, second)
    assert isinstance(same, Outcome)
    assert same.case.id == case.id
    told = notices_of_case(street.store, case.id)
    assert told is not None
    assert [notice.audience for notice in told] == ["keeper"]
    after = street.sight(report.violation_id, 2, "cleared", "2026-11-25 10:40")
    assert isinstance(after, Outcome)


def test_a_shop_that_had_a_window_not_long_ago_gets_no_other(street: Street) -> None:
    report = street.report(600)
    file_report(street.store, report, street.terms, moment("2026-11-25 10:00"))
    street.sight(report.violation_id, 1, "cleared", "2026-11-25 10:10")
    assert isinstance(street.tell("2026-11-26 09:00", 600), Outcome)
    report = street.report(900)
    file_report(street.store, report, street.terms, moment("2026-11-25 10:00"))
    street.sight(report.violation_id, 1, "cleared", "2026-11-25 10:10")
    waits(street.tell("2026-11-26 10:01", 900))


def test_what_has_a_case_already_goes_to_the_case(street: Street) -> None:
    street.tell("2026-11-25 10:00", 1200)
    end_windows(street.store, street.terms, moment("2026-11-25 10:30"))
    before = street.cases()
    assert isinstance(street.tell("2026-11-27 12:00", 1200), Outcome)
    assert street.cases() == before


@pytest.mark.parametrize(
    ("x", "changes"),
    [
        (150.0, {}),  # no shop in reach
        (9_000.0, {}),  # the contract has ended
        (9_300.0, {}),  # nobody can be told
        (1500.0, {"label": "vendor"}),  # another category
        (1500.0, {"place": {"camera_id": "c"}}),  # nowhere
    ],
)
def test_what_no_shop_can_be_told_of_is_filed_at_once(
    street: Street, x: float, changes: dict[str, Any]
) -> None:
    assert isinstance(street.tell("2026-11-25 10:00", x, **changes), Outcome)


def test_other_content_under_the_same_id_is_refused_while_it_waits(street: Street) -> None:
    report = street.report(1800)
    file_report(street.store, report, street.terms, moment("2026-11-25 10:00"))
    other = report.model_copy(update={"score": 0.5})
    with pytest.raises(Conflict, match="already waits in ZG-"):
        file_report(street.store, other, street.terms, moment("2026-11-25 10:01"))
    sighting = Sighting.model_validate(sighting_of(1))
    now = moment("2026-11-25 10:02")
    first = add_sighting(street.store, report.violation_id, sighting, now)
    assert add_sighting(street.store, report.violation_id, sighting, now) == first
    assert known_sighting(street.store, report.violation_id, sighting) == first
    changed = Sighting.model_validate(sighting_of(1, score=0.2))
    with pytest.raises(Conflict, match="other content"):
        add_sighting(street.store, report.violation_id, changed, now)


def test_reports_of_one_shop_at_once_open_one_window(street: Street) -> None:
    told = street.keepers_told()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: waits(street.tell("2026-11-25 10:00", 2100)), range(8)))
    assert len({one.number for one in found}) == 1
    assert street.keepers_told() == told + 1


def test_a_shops_grade_follows_from_what_it_did(street: Street) -> None:
    assert street.grade("S-8", "2026-11-25 09:00") == ("green", 0)
    for day, put_right in (("01", True), ("03", False), ("05", False), ("07", False)):
        report = street.report(2400)
        begin = f"2026-11-{day} 10:00"
        file_report(street.store, report, street.terms, moment(begin))
        if put_right:
            street.sight(report.violation_id, 1, "cleared", f"2026-11-{day} 10:10")
        else:
            end_windows(street.store, street.terms, moment(f"2026-11-{day} 10:31"))
            (kept,) = list_rectifications(street.store, None, "S-8", None, 1).items
            assert kept.case_id is not None
            street.do(kept.case_id, "void", f"2026-11-{day} 11:00", reason="试验")
    assert street.grade("S-8", "2026-11-25 09:00") == ("red", 13)
    assert street.grade("S-8", "2027-02-02 09:00") == ("yellow", 8)
    assert street.grade("S-8", "2027-03-01 09:00") == ("green", 0)


def test_a_worker_is_told_that_it_waits_and_goes_on(api: Api) -> None:
    assert send(api, table(row("S-1"))).status_code == 200
    place = {"camera_id": "c", "longitude": east(3), "latitude": north(4)}
    said = report_of(evidence_of(JPEG), kind="vending", label="shop_overflow", place=place)
    answer = api.submit(said, JPEG)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert (body["stage"], body["state"], body["shop"]) == ("self_rectify", "waiting", "S-1")
    assert api.submit(said, JPEG).json() == body
    which = UUID(said["violation_id"])
    evidence = api.settings.data / sha256(JPEG)
    evidence.write_bytes(JPEG)
    line = Line(api.url, WORKER_KEY)
    heard = line.send(Message(1, str(which), 0, json.dumps(said), 0), [evidence])
    assert heard == Rectification.model_validate(body)
    line.close()
    address = f"/v1/reports/{which}/sightings"
    done: httpx.Response = api.post(address, json=sighting_of(1, "cleared"))
    assert (done.status_code, done.json()["state"]) == (202, "rectified")
    assert api.post(address, json=sighting_of(1, "cleared")).json() == done.json()
    assert api.get("/v1/cases").json()["items"] == []
    assert api.get("/v1/rectifications?state=rectified").json()["items"][0]["shop"] == "S-1"
    record = api.get("/v1/shops/S-1").json()["record"]
    assert (record["counts"]["rectified"], record["points"], record["grade"]) == (1, 1, "green")
    assert api.get("/v1/shop-records").json()["items"] == [{"shop": "S-1", "record": record}]
    assert api.get("/v1/shop-records?grade=red").json()["items"] == []
    unknown = api.post(f"/v1/reports/{uuid4()}/sightings", json=sighting_of(1))
    assert unknown.status_code == 404


def test_what_waits_is_sealed_at_once_and_stays_as_it_was_sealed(
    street: Street, tmp_path: Path
) -> None:
    report = street.report(300.0 * 11)
    which = report.violation_id

    def at(clock: str) -> datetime:
        return moment(f"2026-11-30 {clock}").astimezone(UTC)

    def follow(number: int, clock: str) -> None:
        said = sighting_of(number, "still_there") | {"at": at(clock).isoformat()}
        add_sighting(street.store, which, Sighting.model_validate(said), at(clock))

    def sealed() -> int:
        """How many links there are of it; each as it was sealed."""
        with street.store.reading() as session:
            query = select(LinkRow.number).where(LinkRow.violation_id == which)
            links = {f"link {number}" for number in session.scalars(query)}
        found = verify(street.store, EvidenceFolder(tmp_path, 0, 0), None, lambda *_: None)
        assert [
            each for each in found.findings if each.where in links or str(which) in each.where
        ] == []
        return len(links)

    waits(file_report(street.store, report, street.terms, at("10:00")))
    assert sealed() == 1
    follow(1, "10:10")
    assert sealed() == 2
    assert end_windows(street.store, street.terms, at("10:30")) >= 1
    assert sealed() == 2
    follow(2, "10:40")
    assert sealed() == 3

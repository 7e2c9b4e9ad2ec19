"""Timers of cases: they follow the case's life, in the transaction of each step."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.app import create_app
from api.catalogue import read_catalogue, seed
from api.errors import ClocksInvalid
from api.settings import Settings
from api.store.models import CaseRow
from api.store.timer_views import announce_overdue
from api.store.timers import next_deadline, overdue, was_overdue
from tests.api.conftest import WORKER_KEY, Api, picture
from tests.clocks.conftest import District, local
from tests.clocks.test_reckon import moment

CLOCKS = Path("configs/clocks.yaml").read_text("utf-8")
CATALOGUE = Path("configs/violations.yaml").read_text("utf-8")


def dispatched(district: District, at: str = "2026-11-25 10:00", **changes: object) -> int:
    """A case of litter, by default: 4 工作时 to handle it."""
    case = district.file("2026-11-25 09:30", **changes)
    district.do(case, "register", "2026-11-25 09:45")
    district.do(case, "dispatch", at, department="环卫所")
    return case


def test_each_stage_has_its_timer_and_the_handling_has_the_filing_conditions_limit(
    district: District,
) -> None:
    case = dispatched(district)
    timers = district.timers(case, "2026-11-25 11:00")
    assert set(timers) == {("register", 1), ("dispatch", 1), ("handle", 1)}
    assert timers["register", 1].state == "finished"
    assert timers["register", 1].spent_s == 15 * 60
    handle = timers["handle", 1]
    assert (handle.name_zh, handle.limit.label_zh, handle.state) == ("处置", "4工作时", "running")
    assert "renrendoc" in handle.limit.source
    assert local(handle.deadline) == "2026-11-25 16:00"
    assert (handle.spent_s, handle.left_s) == (3600, 3 * 3600)
    assert not handle.deadline_may_move


def test_guarding_an_open_hole_and_repairing_it_are_two_timers(district: District) -> None:
    case = dispatched(district, "2026-11-25 17:50", kind="manhole", label="missing")
    late = district.timers(case, "2026-11-25 18:30")
    assert (late["guard", 1].limit.label_zh, late["guard", 1].state) == ("30分钟", "timeout")
    assert (late["handle", 1].limit.label_zh, late["handle", 1].state) == ("6紧急工作时", "running")
    assert local(late["handle", 1].deadline) == "2026-11-25 23:50"


def test_rework_takes_up_the_handling_where_it_stood_and_checks_anew(district: District) -> None:
    case = dispatched(district)
    district.do(case, "sign", "2026-11-25 10:10", "环")
    district.do(case, "assign", "2026-11-25 10:20", "环", handler="张")
    district.do(case, "finish", "2026-11-25 11:00", "环", opinion="好了")
    assert district.timer(case, "handle", "2026-11-26 11:00").spent_s == 3600
    district.do(case, "fail", "2026-11-25 15:00", "查", opinion="还在")
    assert local(district.timer(case, "handle", "2026-11-25 15:00").deadline) == "2026-11-25 18:00"
    district.do(case, "finish", "2026-11-25 17:00", "环", opinion="又好了")
    timers = district.timers(case, "2026-11-25 17:30")
    assert timers["handle", 1].spent_s == 3 * 3600
    assert ("handle", 2) not in timers
    assert timers["check", 2].spent_s == 1800
    assert timers["check", 1].state == "finished"
    assert district.do(case, "pass", "2026-11-25 17:40", "查", opinion="没了") == "closed"
    states = {each.state for each in district.timers(case, "2027-01-01 00:00").values()}
    assert states == {"finished"}


def test_dispatching_again_starts_the_handling_anew(district: District) -> None:
    case = dispatched(district)
    district.do(case, "ask_rollback", "2026-11-25 10:30", "环", reason="不归我们")
    district.do(case, "grant_rollback", "2026-11-25 11:00")
    assert district.timer(case, "dispatch", "2026-11-25 11:15", 2).spent_s == 15 * 60
    district.do(case, "dispatch", "2026-11-25 11:30", department="园林")
    timers = district.timers(case, "2026-11-25 11:30")
    assert timers["handle", 1].state == "finished"
    assert local(timers["handle", 2].deadline) == "2026-11-25 17:30"


def test_a_granted_postponement_extends_and_a_refused_one_does_not(district: District) -> None:
    case = dispatched(district)
    longer = {"amount": 1, "unit": "work_day"}
    district.do(case, "ask_postpone", "2026-11-25 10:30", "环", reason="雨", limit=longer)
    assert local(district.timer(case, "handle", "2026-11-25 11:00").deadline) == "2026-11-25 16:00"
    district.do(case, "refuse_postpone", "2026-11-25 11:00", reason="不行")
    assert district.timer(case, "handle", "2026-11-25 11:00").extended_s == 0
    district.do(case, "ask_postpone", "2026-11-25 11:00", "环", reason="大雨", limit=longer)
    district.do(case, "grant_postpone", "2026-11-25 11:30")
    handle = district.timer(case, "handle", "2026-11-25 11:30")
    assert (local(handle.deadline), handle.extended_s) == ("2026-11-26 16:00", 8 * 3600)


def test_shelving_pauses_and_resuming_goes_on(district: District) -> None:
    case = dispatched(district)
    district.do(case, "ask_suspend", "2026-11-25 10:30", "环", reason="冬季", ground="seasonal")
    district.do(case, "grant_suspend", "2026-11-25 11:00")
    handle = district.timer(case, "handle", "2026-12-25 11:00")
    assert (handle.state, handle.deadline, handle.spent_s) == ("paused", None, 3600)
    district.do(case, "resume", "2026-11-30 17:00")
    assert local(district.timer(case, "handle", "2026-12-01 08:00").deadline) == "2026-12-01 10:00"


def test_a_changed_limit_touches_only_cases_dispatched_after_it(
    own_district: District, tmp_path: Path
) -> None:
    before = dispatched(own_district)
    waiting = own_district.file("2026-11-25 09:30")
    own_district.do(waiting, "register", "2026-11-25 09:45")
    changed = tmp_path / "violations.yaml"
    text = CATALOGUE.replace(read_catalogue().version, "2026.12").replace(
        "handle: {amount: 4, unit: work_hour}", "handle: {amount: 1, unit: urgent_hour}", 1
    )
    changed.write_text(text, "utf-8")
    seed(own_district.store, read_catalogue(changed))
    own_district.do(waiting, "dispatch", "2026-11-25 10:00", department="环卫所")
    labels = [
        own_district.timer(case, "handle", "2026-11-25 10:30").limit.label_zh
        for case in (before, waiting)
    ]
    assert labels == ["4工作时", "1紧急工作时"]


def test_overdue_is_asked_of_the_store_and_told_once(own_district: District) -> None:
    case, other = dispatched(own_district), dispatched(own_district, "2026-11-25 15:00")

    def late(at: str, asked: Any = overdue, stage: str | None = None) -> list[int]:
        with own_district.store.reading() as session:
            return list(session.scalars(select(CaseRow.id).where(asked(moment(at), stage))))

    assert late("2026-11-25 16:00") == []
    assert late("2026-11-25 16:01") == [case]
    assert announce_overdue(own_district.store, moment("2026-11-25 16:00")) == 0
    assert announce_overdue(own_district.store, moment("2026-11-25 16:01")) == 1
    assert announce_overdue(own_district.store, moment("2026-11-25 16:02")) == 0
    assert own_district.events("case.overdue") == 1
    own_district.do(case, "sign", "2026-11-25 16:05", "环")
    own_district.do(case, "assign", "2026-11-25 16:06", "环", handler="张")
    own_district.do(case, "finish", "2026-11-25 16:10", "环", opinion="好了")
    assert own_district.timer(case, "handle", "2026-11-25 16:10").state == "timeout"
    assert late("2026-11-25 16:20") == []
    assert late("2026-11-25 16:20", was_overdue, "handle") == [case]
    assert late("2026-11-25 16:20", was_overdue, "dispatch") == [other]
    with own_district.store.reading() as session:
        query = select(next_deadline()).where(CaseRow.id == other)
        assert local(session.scalar(query)) == "2026-11-26 09:00"


def test_an_extension_after_the_deadline_gives_the_event_another_chance(
    own_district: District,
) -> None:
    case = dispatched(own_district)
    announce_overdue(own_district.store, moment("2026-11-25 17:00"))
    longer = {"amount": 2, "unit": "work_hour"}
    own_district.do(case, "ask_postpone", "2026-11-25 17:00", "环", reason="雨", limit=longer)
    own_district.do(case, "grant_postpone", "2026-11-25 17:10")
    assert own_district.timer(case, "handle", "2026-11-25 17:10").state == "running"
    assert announce_overdue(own_district.store, moment("2026-11-25 17:30")) == 0
    assert announce_overdue(own_district.store, moment("2026-11-26 09:00")) == 1


def test_new_days_off_move_the_deadlines_of_what_runs(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", (WORKER_KEY,))
    services = create_app(settings).state.services
    before = District(services.store, services.terms)
    case = dispatched(before, "2026-11-25 17:00")
    assert local(before.timer(case, "handle", "2026-11-25 17:00").deadline) == "2026-11-26 11:00"
    file = tmp_path / "clocks.yaml"
    text = CLOCKS.replace("days: []", 'days: [{date: "2026-11-26", works: false}]')
    file.write_text(text, "utf-8")
    changed = Settings(tmp_path / "data", (WORKER_KEY,), clocks=file)
    with pytest.raises(ClocksInvalid, match="new version"):
        create_app(changed)
    file.write_text(text.replace('"2026.11.1"', '"2026.11.2"'), "utf-8")
    store = create_app(changed).state.services.store
    with store.reading() as session:
        assert local(session.scalar(select(next_deadline()).where(CaseRow.id == case))) == (
            "2026-11-27 11:00"
        )


def test_timers_over_http_and_a_guard_that_is_set_up(shared: Api) -> None:
    case = shared.file(picture(), kind="manhole", label="missing")
    address = f"/v1/cases/{case['id']}"
    shared.post(f"{address}/actions/register", json={"by": "李"})
    shared.post(f"{address}/actions/dispatch", json={"by": "李", "department": "市政"})
    body = shared.get(f"{address}/timers").json()
    assert datetime.fromisoformat(body["now"]).tzinfo == UTC
    open_ones = {t["stage"]: t for t in body["items"] if t["ended_at"] is None}
    assert {name: t["limit"]["label_en"] for name, t in open_ones.items()} == {
        "guard": "30 min",
        "handle": "6 urgent hours",
    }
    done = shared.post(f"{address}/timers/guard/finish")
    guard = next(t for t in done.json()["items"] if t["stage"] == "guard")
    assert (guard["state"], guard["ended_by"]) == ("finished", "worker")
    assert shared.post(f"{address}/timers/guard/finish").status_code == 409
    assert shared.post(f"{address}/timers/Guard/finish").status_code == 422
    assert shared.get("/v1/cases/999999/timers").status_code == 404
    assert shared.post("/v1/cases/999999/timers/guard/finish").status_code == 404


def test_the_calendar_and_what_a_limit_comes_to_can_be_asked_for(shared: Api) -> None:
    clocks = shared.get("/v1/clocks", params={"year": 2026}).json()
    assert clocks["working_hours"] == ["08:00-12:00", "14:00-18:00"]
    days = {day["date"]: day["works"] for day in clocks["special_days"]}
    assert (days["2026-10-10"], days["2026-10-01"], clocks["published"]) == (True, False, True)
    assert "2026-10-03" not in days, "a Saturday off is as Saturdays are"
    assert shared.get("/v1/clocks", params={"year": 2090}).json()["published"] is False
    asked = {"start": "2026-11-27T17:00:00+08:00", "amount": 2, "unit": "work_hour"}
    until = {"until": "2026-11-27T18:00:00+08:00"}
    found = shared.get("/v1/clocks/reckon", params=asked | until).json()
    assert found["deadline"] == "2026-11-30T01:00:00Z"
    assert (found["limit"]["label_zh"], found["spent_s"], found["left_s"]) == (
        "2工作时", 3600, 3600,
    )  # fmt: skip
    wrong = shared.get("/v1/clocks/reckon", params=asked | {"amount": 9999, "unit": "natural_day"})
    assert wrong.status_code == 422
    far = shared.get("/v1/clocks/reckon", params=asked | {"start": "9999-12-31T23:59:59Z"})
    assert far.status_code == 422

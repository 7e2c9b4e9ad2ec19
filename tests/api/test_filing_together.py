"""Reports that are filed together: each fares as it would alone, and all are written at once."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from api.app import create_app
from api.manifest import GENESIS
from api.schema import Report
from api.services import Services
from api.settings import Settings
from api.store import births, cases, filing
from api.store.acting import Outcome
from api.store.cases import file_report, known_report
from api.store.chain_tables import LinkRow
from api.store.errors import Conflict
from api.store.life_tables import CaseHistoryRow
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, EventRow, ReportRow
from api.store.told import Filing, Terms
from tests.api.conftest import evidence_of, picture, report_of

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
JPEG = picture(1)


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    app: FastAPI = create_app(settings)
    yield app.state.services
    app.state.services.store.engine.dispose()


def report(east_m: float = 0.0, **changes: Any) -> Report:
    place = {"camera_id": "cam-1", "longitude": 117.5 + east_m / 90_000, "latitude": 36.7}
    said = {"kind": "litter", "label": "garbage_bag", "place": place} | changes
    return Report.model_validate(report_of(evidence_of(JPEG), **said))


def together(services: Services, reports: Sequence[Report]) -> list[Any]:
    """File them as the group does: one call for all, in one transaction."""
    waiting: list[tuple[Filing, Terms]] = []

    class Gathers:
        groups = None
        engine = services.store.engine

        def write_among(self, _work: object, item: tuple[Filing, Terms]) -> object:
            waiting.append(item)
            return None

    for one in reports:
        cases.start_filing(Gathers(), one, services.terms, NOW)  # type: ignore[arg-type]
    with services.store.writing() as session:
        return list(cases._file_reports(session, waiting))


def counted(services: Services, table: Any) -> int:
    with services.store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def chain_is_whole(session: Session) -> bool:
    links = session.scalars(select(LinkRow).order_by(LinkRow.number)).all()
    before = [GENESIS, *(link.hash for link in links)]
    numbers = [link.number for link in links]
    return numbers == list(range(1, len(links) + 1)) and all(
        link.previous == previous for link, previous in zip(links, before, strict=False)
    )


def test_many_become_cases_with_numbers_events_and_seals_in_their_order(
    services: Services,
) -> None:
    outcomes = together(services, [report(1000 * n) for n in range(12)])
    day = NOW.astimezone(services.settings.zone).strftime("%Y%m%d")
    district = services.settings.district
    numbers = [outcome.case.number for outcome in outcomes]
    assert numbers == [f"{district}-{day}-{n:05d}" for n in range(1, 13)]
    with services.store.reading() as session:
        assert list(session.scalars(select(EventRow.id).order_by(EventRow.id))) == [*range(1, 13)]
        assert chain_is_whole(session)
    for table in (CaseRow, ReportRow, WitnessRow, CaseHistoryRow, LinkRow):
        assert counted(services, table) == 12


def test_what_is_answered_at_once_is_what_is_read_later(services: Services) -> None:
    reports = [report(), report(5000, kind="manhole", label="cover_missing")]
    outcomes = together(services, reports)
    for sent, outcome in zip(reports, outcomes, strict=True):
        later = known_report(services.store, sent)
        assert isinstance(later, Outcome)
        assert later.case == outcome.case
        assert later.version == outcome.version


def test_a_sight_of_a_case_that_is_made_in_the_same_go_is_attached_to_it(
    services: Services,
) -> None:
    first, far, second = together(services, [report(), report(9000), report(10)])
    assert (second.case.id, second.case.number) == (first.case.id, first.case.number)
    assert far.case.id != first.case.id
    assert [witness.number for witness in second.case.witnesses] == [1, 2]
    assert (counted(services, CaseRow), counted(services, WitnessRow)) == (2, 3)
    with services.store.reading() as session:
        of_first = select(EventRow.type).where(EventRow.case_id == first.case.id)
        assert list(session.scalars(of_first.order_by(EventRow.id))) == [
            "case.filed",
            filing.SIGHTED,
        ]
        assert chain_is_whole(session)


def test_the_same_report_twice_in_one_go_is_one_case(services: Services) -> None:
    sent = report()
    first, again = together(services, [sent, sent])
    assert first.case.number == again.case.number
    assert (first.new, again.new) == (True, False)
    assert counted(services, CaseRow) == 1


def test_a_conflict_is_its_owners_alone(services: Services) -> None:
    known = report()
    file_report(services.store, known, services.terms, NOW)
    other = known.model_copy(update={"score": 0.1})
    before, conflict, repeat, after = together(services, [report(2000), other, known, report(4000)])
    assert isinstance(conflict, Conflict)
    assert repeat.new is False
    assert before.new
    assert after.new
    assert counted(services, CaseRow) == 3


def test_on_sqlite_one_that_cannot_be_written_leaves_those_beside_it_alone(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad: UUID = uuid4()
    whole = births._rows

    def breaks(born: births.Born) -> Any:
        if born.draft.told.violation_id == bad:
            raise RuntimeError("no row can be made of it")
        return whole(born)

    monkeypatch.setattr(births, "_rows", breaks)
    groups = services.store.groups
    assert groups is not None
    sent = [report(3000 * n) for n in range(4)]
    sent[2] = sent[2].model_copy(update={"violation_id": bad})
    with groups._lock:  # nobody is served before all wait
        running, groups._running = groups._running, True
    futures = [cases.start_filing(services.store, one, services.terms, NOW) for one in sent]
    groups._running = running
    last = cases.start_filing(services.store, report(50_000), services.terms, NOW)
    good = [future.result(20) for place, future in enumerate([*futures, last]) if place != 2]
    with pytest.raises(RuntimeError, match="no row"):
        futures[2].result(20)
    serials = sorted(one.case.number[-5:] for one in good if isinstance(one, Outcome))
    assert serials == ["00001", "00002", "00003", "00004"]
    with services.store.reading() as session:
        assert chain_is_whole(session)


def test_reports_of_two_days_are_each_numbered_by_their_own(services: Services) -> None:
    days = [NOW, NOW + timedelta(days=1)]
    items = []

    class Gathers:
        groups = None

        def write_among(self, _work: object, item: tuple[Filing, Terms]) -> object:
            items.append(item)
            return None

    for n in range(4):
        gathers: Any = Gathers()
        cases.start_filing(gathers, report(3000 * n), services.terms, days[n % 2])
    with services.store.writing() as session:
        numbers = [one.case.number for one in cases._file_reports(session, items)]  # type: ignore[union-attr]
    assert [number[-14:] for number in numbers] == [
        "20261125-00001",
        "20261126-00001",
        "20261125-00002",
        "20261126-00002",
    ]


def test_the_number_of_statements_does_not_grow_with_the_number_of_reports(
    services: Services,
) -> None:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    together(services, [report(1_000_000)])  # what is kept in memory is read once
    counts = []
    for size in (1, 16):
        event.listen(services.store.engine, "before_cursor_execute", note)
        together(services, [report(2000 * (n + 20 * size)) for n in range(size)])
        event.remove(services.store.engine, "before_cursor_execute", note)
        counts.append(len(seen))
        seen.clear()
    assert counts[0] == counts[1] <= 25

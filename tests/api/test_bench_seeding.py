"""Cases of the bench are as the product makes them: what holds for filed ones holds for them."""

import sqlite3
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import func, select

from api.life.machine import replay
from api.schema.life import Action, CaseStatus
from api.settings import Settings
from api.store.engine import open_store
from api.store.life_tables import CaseHistoryRow
from api.store.models import CaseRow, CounterRow, EventRow
from api.store.reading import get_case
from api.store.timer_tables import TimerRow
from bench.seeding import cached, copy

CASES = 4_000


@pytest.mark.slow
def test_seeded_cases_are_whole(tmp_path: Path) -> None:
    made = cached(CASES, tmp_path / "bench", Console(quiet=True))
    assert cached(CASES, tmp_path / "bench", Console(quiet=True)) == made
    copy(made, tmp_path / "data")
    with sqlite3.connect(tmp_path / "data" / "five-chief.sqlite3") as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
    store = open_store(Settings(tmp_path / "data", ()))
    with store.reading() as session:
        steps: dict[int, list[tuple[Action, CaseStatus | None, CaseStatus]]] = {}
        for row in session.scalars(select(CaseHistoryRow).order_by(CaseHistoryRow.id)):
            before = None if row.before is None else CaseStatus(row.before)
            steps.setdefault(row.case_id, []).append(
                (Action(row.action), before, CaseStatus(row.after))
            )
        deadlines = dict(
            session.execute(
                select(TimerRow.case_id, func.min(TimerRow.deadline)).group_by(TimerRow.case_id)
            ).all()
        )
        cases = session.execute(
            select(CaseRow.id, CaseRow.number, CaseRow.status, CaseRow.due_at)
        ).all()
        assert len(cases) >= CASES
        assert len({case.number for case in cases}) == len(cases)
        for case in cases:
            assert replay(steps[case.id]) == case.status
            assert case.due_at == deadlines.get(case.id)
        assert len({case.status for case in cases}) >= 10
        told = session.scalar(select(CounterRow.value).where(CounterRow.name == "events"))
        assert told == session.scalar(select(func.max(EventRow.id)))
        assert told == session.scalar(select(func.count()).select_from(EventRow))
    for case_id in range(1, CASES, CASES // 50):
        assert get_case(store, case_id) is not None
    store.engine.dispose()

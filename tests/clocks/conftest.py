"""A store that the app has opened, and a case whose steps are made at times of our choosing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.life.actors import Actor, Who
from api.life.fields import Fields
from api.life.machine import BY_ACTION
from api.schema import Action, Report
from api.schema.timers import TimerView
from api.settings import Settings
from api.store.acting import act
from api.store.cases import file_report
from api.store.engine import Store
from api.store.filing import Terms
from api.store.reading import events_after
from api.store.timer_views import timers_of
from tests.api.conftest import WORKER_KEY, evidence_of, new_store, picture, report_of, shared
from tests.clocks.test_reckon import SHANGHAI, moment

__all__ = ["new_store", "shared"]

JPEG = picture()


class District:
    """A store and its cases."""

    def __init__(self, store: Store, terms: Terms) -> None:
        self.store = store
        # Cases of one place stay apart here: what is told of a place twice is not the matter.
        self.terms = replace(terms, merging=None)

    def file(self, at: str, **changes: Any) -> int:
        report = Report.model_validate(report_of(evidence_of(JPEG), **changes))
        outcome = file_report(self.store, report, self.terms, moment(at))
        return outcome.case.id

    def do(self, case: int, action: str, at: str, by: str = "李", **fields: Any) -> str:
        rule = BY_ACTION[Action(action)]
        who = frozenset({Who.CLERK, Who.ADMIN, Who.CHIEF})
        what: Fields = rule.takes.model_validate(fields)
        made = act(self.store, case, rule.action, Actor(by, who), what, None, moment(at))
        return made.case.status.value

    def timers(self, case: int, at: str) -> dict[tuple[str, int], TimerView]:
        found = timers_of(self.store, case, moment(at))
        assert found is not None
        return {(each.stage, each.number): each for each in found.items}

    def timer(self, case: int, stage: str, at: str, number: int = 1) -> TimerView:
        return self.timers(case, at)[stage, number]

    def events(self, kind: str) -> int:
        return sum(alert.type == kind for alert in events_after(self.store, 0, 1000))


def local(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def opened(data: Path) -> Iterator[District]:
    services = create_app(Settings(data, (WORKER_KEY,))).state.services
    yield District(services.store, services.terms)
    services.store.engine.dispose()


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """One for all tests that look at their own cases alone."""
    yield from opened(tmp_path_factory.mktemp("district"))


@pytest.fixture
def own_district(tmp_path: Path) -> Iterator[District]:
    """One without any other test's cases."""
    yield from opened(tmp_path / "data")

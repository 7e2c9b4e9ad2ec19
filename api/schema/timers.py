"""Timers of a case, and the clocks behind them, as readers see them."""

import datetime as dt
from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict

from api.schema.base import Wire

_EXAMPLE: dict[str, Any] = {
    "now": "2026-11-25T07:30:00Z",
    "items": [
        {
            "stage": "handle",
            "name_zh": "处置",
            "name_en": "handling",
            "number": 1,
            "state": "running",
            "limit": {
                "amount": 4.0,
                "unit": "work_hour",
                "label_zh": "4工作时",
                "label_en": "4 working hours",
                "source": "local-default",
            },
            "started_at": "2026-11-25T02:00:00Z",
            "deadline": "2026-11-25T08:00:00Z",
            "deadline_may_move": False,
            "spent_s": 12600.0,
            "left_s": 1800.0,
            "extended_s": 0.0,
            "ended_at": None,
            "ended_by": None,
        }
    ],
}


class LimitView(Wire):
    """A limit, with its label as the field writes it, and where it comes from."""

    amount: float
    unit: Literal["urgent_hour", "work_hour", "work_day", "natural_day"]
    label_zh: str
    label_en: str
    source: str


class TimerView(Wire):
    """A timer of a stage.

    `number` counts how often the case was in the stage. `spent_s`, `left_s` (below zero once more
    is spent than allowed) and `extended_s` are seconds on the limit's own clock. `deadline` is
    null while the timer stands still. `deadline_may_move` says that it lies in a year whose
    holidays are not published yet.
    """

    stage: str
    name_zh: str
    name_en: str
    number: int
    state: Literal["running", "paused", "finished", "timeout"]
    limit: LimitView
    started_at: datetime
    deadline: datetime | None
    deadline_may_move: bool
    spent_s: float
    left_s: float
    extended_s: float
    ended_at: datetime | None
    ended_by: str | None


class TimerList(Wire):
    """All timers of a case, in the order in which they began, as they stand at `now`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    now: datetime
    items: tuple[TimerView, ...]


class CalendarDay(Wire):
    """A day that is not as its weekday: a day off in the week, or a weekend day that is worked.

    The names are the holiday's, as its country or the district calls it, empty where there is none.
    `own` says that the district settled it itself.
    """

    date: dt.date
    works: bool
    name_zh: str
    name_en: str
    own: bool


class StageView(Wire):
    """A stage that has a timer, and its limit where the filing condition sets none."""

    stage: str
    name_zh: str
    name_en: str
    limit: LimitView | None


class ClocksView(Wire):
    """The district's clocks. `published` says whether the year's holidays are known for good."""

    version: str
    source: str
    zone: str
    working_hours: tuple[str, ...]
    day_hours: int
    year: int
    published: bool
    special_days: tuple[CalendarDay, ...]
    stages: tuple[StageView, ...]


class Reckoned(Wire):
    """A deadline, and how much of the limit is spent and left, in seconds on its own clock."""

    start: datetime
    limit: LimitView
    deadline: datetime
    deadline_may_move: bool
    spent_s: float
    left_s: float

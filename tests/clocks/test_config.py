"""clocks.yaml: what is shipped, and how mistakes are told."""

import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.clocks import clocks_of, read_clocks
from api.errors import ClocksInvalid

ZONE = ZoneInfo("Asia/Shanghai")
SHIPPED = Path("configs/clocks.yaml").read_text("utf-8")


def test_the_shipped_file_has_the_fields_hours_and_a_timer_for_each_stage() -> None:
    clocks = read_clocks(None, ZONE)
    assert [f"{a:%H:%M}-{b:%H:%M}" for a, b in clocks.calendar.windows] == [
        "08:00-12:00",
        "14:00-18:00",
    ]
    assert clocks.calendar.day_hours == 8
    assert {"register", "dispatch", "handle", "guard", "check", "close"} <= set(clocks.stages)
    assert clocks.stages["guard"].limit is None, "an open hole's filing condition sets it"


def test_clocks_that_were_kept_as_json_are_the_same_clocks() -> None:
    clocks = read_clocks(None, ZONE)
    assert clocks_of(json.loads(json.dumps(clocks.body))) == clocks


def test_a_district_adds_days(tmp_path: Path) -> None:
    file = tmp_path / "clocks.yaml"
    own = 'days: [{date: "2027-01-04", works: false}, {date: 2027-01-09, works: true, name: 调休}]'
    file.write_text(SHIPPED.replace("days: []", own), "utf-8")
    calendar = read_clocks(file, ZONE).calendar
    assert not calendar.works_on(date(2027, 1, 4))
    assert calendar.works_on(date(2027, 1, 9))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"08:00-12:00"', '"8-12"', 'write "08:00-12:00"'),
        ('"08:00-12:00"', '"12:00-08:00"', "ends before it begins"),
        ('"14:00-18:00"', '"11:00-18:00"', "working_hours[1]: begins before the span above ends"),
        ("country: CN", "country: XX", "country: 'XX' has no calendar"),
        ("amount: 2, unit: work_hour", "amount: 2, unit: hour", "unit"),
        ("amount: 2, unit: work_hour", "amount: 0, unit: work_hour", "greater than 0"),
        ("amount: 2, unit: work_hour", "amount: 9999, unit: natural_day", "ten years"),
        (
            "days: []",
            "days: [{date: 2027-01-01, works: true}, {date: 2027-01-01, works: false}]",
            "2027-01-01 stands twice",
        ),
        ("[pending_verify]", "[pending_verified]", "stages.verify.runs_in"),
        ("resumes_on: [rework]", "resumes_on: [redo]", "stages.handle.resumes_on"),
        ("day_hours: 8", "day_hour: 8", "day_hour"),
    ],
)
def test_a_mistake_is_told_by_file_line_and_key(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    file = tmp_path / "clocks.yaml"
    assert old in SHIPPED
    file.write_text(SHIPPED.replace(old, new, 1), "utf-8")
    with pytest.raises(ClocksInvalid) as caught:
        read_clocks(file, ZONE)
    assert told in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClocksInvalid, match="no such file"):
        read_clocks(tmp_path / "none.yaml", ZONE)

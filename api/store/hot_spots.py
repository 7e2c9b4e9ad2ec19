"""Places where a class comes again and again.

Greedy circles: a case belongs to the first circle of its class whose middle is within 50 m, else it
makes one. The rule of a deployed system (3 cases in a circle) with its own stricter one for hot
spots, 10 cases on 5 days, both given by whoever asks.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from api.schema import CaseStatus
from api.schema.figures import HotSpot, HotSpots
from api.store.engine import Store
from api.store.figures import Names, class_names
from api.store.merge_tables import AddressRow
from api.store.models import CaseRow

RADIUS_M = 50.0
_DEGREE_M = 111_195.0
_MOST_CASES = 100_000
_MOST_SPOTS = 200


@dataclass(slots=True)
class _Circle:
    longitude: float
    latitude: float
    cases: int = 0
    days: set[date] = field(default_factory=set)
    last_at: datetime | None = None
    address_id: int | None = None


def hot_spots(
    store: Store,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    least_cases: int,
    least_days: int,
) -> HotSpots:
    """The hot spots of a time, the worst first; of more than 100,000 cases the newest count."""
    query = (
        select(
            CaseRow.service_code,
            CaseRow.longitude,
            CaseRow.latitude,
            CaseRow.received_at,
            CaseRow.address_id,
        )
        .where(CaseRow.received_at >= since, CaseRow.received_at < until)
        .where(CaseRow.status != CaseStatus.VOIDED.value, CaseRow.longitude.is_not(None))
        .order_by(CaseRow.received_at.desc())
        .limit(_MOST_CASES)
    )
    circles: dict[tuple[str, int, int], list[_Circle]] = defaultdict(list)
    with store.reading() as session:
        for code, longitude, latitude, at, address_id in session.execute(query):
            if longitude is None or latitude is None:
                continue
            circle = _circle_of(circles, code, longitude, latitude)
            circle.cases += 1
            circle.days.add(at.astimezone(zone).date())
            if circle.last_at is None:
                circle.last_at, circle.address_id = at, address_id
        found = [
            (key[0], circle)
            for key, cell in circles.items()
            for circle in cell
            if circle.cases >= least_cases and len(circle.days) >= least_days
        ]
        found.sort(key=lambda one: -one[1].cases)
        names = class_names(session)
        wanted = {circle.address_id for _, circle in found[:_MOST_SPOTS]} - {None}
        addresses = select(AddressRow.id, AddressRow.text).where(AddressRow.id.in_(wanted))
        texts = dict(iter(session.execute(addresses)))
    items = tuple(_view(code, c, names, texts) for code, c in found[:_MOST_SPOTS])
    return HotSpots(
        since=since,
        until=until,
        rule_zh=f"同类案卷 {RADIUS_M:g} 米内 {least_cases} 件以上、分布于 {least_days} 天以上",
        rule_en=f"{least_cases} cases of a class within {RADIUS_M:g} m, on {least_days} days",
        items=items,
    )


def _circle_of(
    circles: dict[tuple[str, int, int], list[_Circle]], code: str, longitude: float, latitude: float
) -> _Circle:
    scale = _DEGREE_M * math.cos(math.radians(latitude))
    across, up = longitude * scale, latitude * _DEGREE_M
    column, row = int(across // RADIUS_M), int(up // RADIUS_M)
    for beside in (column - 1, column, column + 1):
        for above in (row - 1, row, row + 1):
            for circle in circles.get((code, beside, above), ()):
                far = math.hypot(
                    (circle.longitude - longitude) * scale,
                    (circle.latitude - latitude) * _DEGREE_M,
                )
                if far <= RADIUS_M:
                    return circle
    made = _Circle(longitude, latitude)
    circles[code, column, row].append(made)
    return made


def _view(code: str, circle: _Circle, names: Names, texts: Mapping[int, str]) -> HotSpot:
    zh, en = names.get(code, (code, code))
    assert circle.last_at is not None  # noqa: S101 (a circle has a case)
    return HotSpot(
        service_code=code,
        name_zh=zh,
        name_en=en,
        longitude=circle.longitude,
        latitude=circle.latitude,
        cases=circle.cases,
        days=len(circle.days),
        last_at=circle.last_at,
        address=texts.get(circle.address_id or 0, ""),
    )

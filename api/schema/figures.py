"""What came in a time, counted; and what the map shows."""

from datetime import datetime

from api.schema.base import Wire


class Count(Wire):
    """How many cases have something in common. `name_zh`, `name_en` where it has a name."""

    key: str
    name_zh: str
    name_en: str
    cases: int


class Rate(Wire):
    """A share, with what it is of: the formula goes with the number."""

    name_zh: str
    name_en: str
    part: int
    whole: int
    share: float | None
    formula_zh: str
    formula_en: str


class Figures(Wire):
    """What came between `since` and `until`; `overdue` and `open` are as they stand now.

    `by_hour` has the 24 hours of the day in `timezone`, `by_day` each day of the time.
    """

    since: datetime
    until: datetime
    timezone: str
    received: int
    registered: int
    closed: int
    voided: int
    open: int
    overdue: int
    rates: tuple[Rate, ...]
    by_class: tuple[Count, ...]
    by_street: tuple[Count, ...]
    by_chief: tuple[Count, ...]
    by_camera: tuple[Count, ...]
    by_hour: tuple[Count, ...]
    by_day: tuple[Count, ...]


class HotSpot(Wire):
    """A place where a class comes again and again: `days` are those on which it did."""

    service_code: str
    name_zh: str
    name_en: str
    longitude: float
    latitude: float
    cases: int
    days: int
    last_at: datetime
    address: str


class HotSpots(Wire):
    """The hot spots of a time, the worst first; how they are found goes with them."""

    since: datetime
    until: datetime
    rule_zh: str
    rule_en: str
    items: tuple[HotSpot, ...]


class MapBase(Wire):
    """What lies under the map: map tiles, and what is to be read of them; null is none."""

    tiles: str | None = None
    credit: str = ""

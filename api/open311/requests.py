"""Cases as service requests, and the question which of them are wanted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.life.words import STATE_NAMES
from api.open311.wire import moment
from api.schema import Case, CaseStatus, EvidenceRole, EvidenceView

LONGEST = timedelta(days=90)
"""The widest range of dates (GeoReport v2)."""
MOST = 1000
"""The most requests in an answer (GeoReport v2)."""
CLOSED = frozenset({CaseStatus.CLOSED, CaseStatus.VOIDED})
"""The states that are `closed`; every other is `open`."""


class Unreadable(ValueError):
    """A parameter that cannot be understood; the message says which and what would be."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests are wanted. `numbers` overrides all else; None asks nothing."""

    numbers: tuple[str, ...] | None
    codes: tuple[str, ...] | None
    closed: bool | None
    start: datetime
    end: datetime
    page: int = 1
    page_size: int = MOST


def read_wanted(given: dict[str, str], now: datetime, zone: ZoneInfo) -> Wanted:
    """From an address's parameters.

    Dates without a zone, which the specification does not allow and clients send, are taken for
    the district's own.

    Raises:
        Unreadable: a parameter makes no sense.
    """
    start, end = _date(given, "start_date", zone), _date(given, "end_date", zone)
    start, end = _range(start, end, now)
    if end < start:
        raise Unreadable("end_date is before start_date")
    if end - start > LONGEST:
        raise Unreadable("start_date and end_date may be 90 days apart at most")
    return Wanted(
        numbers=_words(given, "service_request_id"),
        codes=_words(given, "service_code"),
        closed=_closed(_words(given, "status")),
        start=start,
        end=end,
        page=_number(given, "page", 1, 1_000_000),
        page_size=_number(given, "page_size", MOST, MOST),
    )


def _range(
    start: datetime | None, end: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    if start is None and end is None:
        # A little ahead, for what is filed while the question is on its way.
        end = now + timedelta(minutes=1)
        return end - LONGEST, end
    try:
        if start is None and end is not None:
            return end - LONGEST, end
        if end is None and start is not None:
            return start, start + LONGEST
    except OverflowError as error:
        raise Unreadable("start_date or end_date is at the end of the calendar") from error
    assert start is not None  # noqa: S101 (the three other cases are above)
    assert end is not None  # noqa: S101
    return start, end


def _date(given: dict[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        # An unescaped + comes as a space.
        found = datetime.fromisoformat(text.replace(" ", "+", 1) if "T" in text else text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(zone)
    except (ValueError, OverflowError) as error:
        raise Unreadable(
            f"{name}: {text[:40]!r} is no date; write it as 2026-11-25T08:00:00+08:00"
        ) from error


def _words(given: dict[str, str], name: str) -> tuple[str, ...] | None:
    text = given.get(name)
    if text is None:
        return None
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if len(words) > MOST:
        raise Unreadable(f"{name}: {MOST} at most")
    return words or None


def _closed(words: tuple[str, ...] | None) -> bool | None:
    if words is None or set(words) == {"open", "closed"}:
        return None
    if set(words) not in ({"open"}, {"closed"}):
        raise Unreadable("status: say open or closed")
    return "closed" in words


def _number(given: dict[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most):
        raise Unreadable(f"{name}: say a number from 1 to {most}")
    return int(text)


def describe(
    case: Case, updated_at: datetime, due_at: datetime | None, media_url: str | None
) -> dict[str, Any]:
    """A case as a service request; its id is the case's number."""
    condition = case.condition
    return {
        "service_request_id": case.number,
        "status": "closed" if case.status in CLOSED else "open",
        "status_notes": _notes(case),
        "service_name": case.category.name_zh,
        "service_code": case.category.service_code,
        "description": _description(case),
        "agency_responsible": case.department or (condition.department if condition else None),
        "service_notice": None if condition is None else condition.closing_zh,
        "requested_datetime": moment(case.received_at),
        "updated_datetime": moment(updated_at),
        "expected_datetime": moment(due_at),
        "address": case.place.address or None,
        "address_id": None,
        "zipcode": None,
        "lat": case.place.latitude,
        "long": case.place.longitude,
        "media_url": media_url,
    }


def _notes(case: Case) -> str:
    state = STATE_NAMES[case.status][0]
    return f"{state}:{case.dismiss_reason}" if case.dismiss_reason else state


def _description(case: Case) -> str:
    if case.description:
        return case.description[:4000]
    if case.condition is None:
        return case.category.name_zh
    return f"{case.category.name_zh}:{case.condition.condition_zh}"


def picture_of(case: Case) -> EvidenceView | None:
    """The picture with its boxes, else the first one."""
    pictures = [file for file in case.evidence if file.role is not EvidenceRole.CLIP]
    marked = [file for file in pictures if file.role is EvidenceRole.ANNOTATED]
    return next(iter([*marked, *pictures]), None)

"""A shop with a 门前五包 contract is told first, and has a window of its own to put it right.

Until it ends, what was reported is kept without a case: further reports of the same shop join it
and nobody is told again. What every camera sees gone within the window never becomes a case; the
rest becomes one when the window ends. All this is on record for ever, and makes the shop's grade.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.clocks.reckon import deadline
from api.dispatch.duty import Person
from api.dispatch.reading import limit_of
from api.dispatch.rules import DispatchRules, Record, SelfRectify
from api.merging import Sight
from api.schema.dispatch import ShopRecord
from api.store import merging, notices
from api.store.chain import seal_kept
from api.store.dispatch_tables import ShopRow
from api.store.engine import take_number
from api.store.filing import Terms, Told, keep_report
from api.store.kinds import kinds_of
from api.store.notices import Addressee
from api.store.rectify_tables import RectificationReportRow, RectificationRow
from api.store.rules import NoRules, clocks_in, dispatch_in
from api.store.shops import shop_at

WAITING, RECTIFIED, FILED = "waiting", "rectified", "filed"


@dataclass(frozen=True, slots=True)
class _Applies:
    """What makes a report one for the shop first."""

    rules: DispatchRules
    window: SelfRectify
    code: str
    standard: str | None
    point: tuple[float, float]


def hold(session: Session, told: Told, terms: Terms, now: datetime) -> RectificationRow | None:
    """Let a new report wait for the shop to put it right; None where it is to be filed at once.

    That is: where its category has no window, where there is no shop in reach with a contract and
    somebody to tell, where an open case has it already, and where the shop had a window not long
    ago. For reports of cameras alone, who will say when it is gone.
    """
    applies = _applies(session, told, terms)
    if applies is None:
        return None
    merging.lock(session)  # two reports of one shop at once must find one window
    day = clocks_in(session).calendar.local_day(now)
    code = shop_at(session, *applies.point, applies.rules.shops.within_m, day)
    shop = None if code is None else session.get(ShopRow, code)
    if (
        shop is None
        or not (shop.phone or shop.email)
        or _has_case(session, told, applies, terms, now)
    ):
        return None
    row = _waiting(session, shop.code, applies.code)
    if row is None:
        if _had_one(session, shop.code, applies, now):
            return None
        row = _open(session, shop, told, applies, terms, now)
    keep_report(session, told, now)
    session.add(
        RectificationReportRow(
            violation_id=told.violation_id,
            rectification_id=row.id,
            source=told.source,
            last_seen=told.seen_at,
        )
    )
    session.flush()
    seal_kept(session, told.violation_id, 0, now)
    return row


def _applies(session: Session, told: Told, terms: Terms) -> _Applies | None:
    place = told.place
    if place.longitude is None or place.latitude is None:
        return None
    try:
        rules = dispatch_in(session)
    except NoRules:
        return None
    if not rules.self_rectify:
        return None
    version = terms.catalogue_version
    kind = kinds_of(session, version).get(told.kind)
    standard = told.standard or (None if kind is None else kind.default(told.label, told.zone))
    code = merging.code_of(session, version, told.kind, standard)
    window = rules.window_of(code)
    if window is None:
        return None
    return _Applies(rules, window, code, standard, (place.longitude, place.latitude))


def _has_case(session: Session, told: Told, applies: _Applies, terms: Terms, now: datetime) -> bool:
    if terms.merging is None:
        return False
    place = told.place
    sight = Sight(applies.code, applies.point, False, place.component_id, place.camera_id, told.box)
    return merging.find(session, sight, terms.merging, now).open is not None


def _waiting(session: Session, shop: str, code: str) -> RectificationRow | None:
    return session.scalar(
        select(RectificationRow).where(
            RectificationRow.shop == shop,
            RectificationRow.service_code == code,
            RectificationRow.state == WAITING,
        )
    )


def _had_one(session: Session, shop: str, applies: _Applies, now: datetime) -> bool:
    once_in = applies.window.once_in_hours
    if not once_in:
        return False
    query = select(func.count()).where(
        RectificationRow.shop == shop,
        RectificationRow.service_code == applies.code,
        RectificationRow.opened_at > now - timedelta(hours=once_in),
    )
    return bool(session.scalar(query))


def _open(
    session: Session, shop: ShopRow, told: Told, applies: _Applies, terms: Terms, now: datetime
) -> RectificationRow:
    clocks = clocks_in(session)
    zone, district = terms.numbering.zone, terms.numbering.district
    day = now.astimezone(zone).strftime("%Y%m%d")
    serial = take_number(session, f"rectification {district} {day}")
    row = RectificationRow(
        number=f"ZG-{district}-{day}-{serial:05d}",
        shop=shop.code,
        service_code=applies.code,
        opened_at=now,
        until=deadline(now, limit_of(applies.window.window), clocks.calendar),
        state=WAITING,
    )
    session.add(row)
    session.flush()
    words = {
        "number": row.number,
        "category": merging.name_of(session, terms.catalogue_version, told.kind, applies.standard),
        "address": told.place.address or shop.address or shop.name,
        "place": shop.name,
        "shop": shop.name,
        "until": f"{row.until.astimezone(zone):%m月%d日%H:%M}",
    }
    to = Addressee(
        "keeper", Person(shop.keeper, shop.phone, shop.email), "店长", f"shop:{shop.code}"
    )
    key = f"rectification {row.number}"
    notices.put(session, applies.rules, key, "keeper", to, words, None, now)
    return row


def record_of(session: Session, shop: str, now: datetime) -> ShopRecord:
    """What followed from a shop's notices, and its grade."""
    return _record(dispatch_in(session).record, _counts(session, now, shop).get(shop, {}))


def records(
    session: Session, grade: str | None, now: datetime, limit: int
) -> list[tuple[str, ShopRecord]]:
    """The shops that were told of something lately, by code, those with most points first."""
    rules = dispatch_in(session).record
    found = [(shop, _record(rules, counts)) for shop, counts in _counts(session, now).items()]
    found.sort(key=lambda each: (-each[1].points, each[0]))
    return [each for each in found if grade is None or each[1].grade == grade][:limit]


def _counts(session: Session, now: datetime, shop: str | None = None) -> dict[str, dict[str, int]]:
    """How often what followed, by shop and state, within the days that count."""
    since = now - timedelta(days=dispatch_in(session).record.days)
    query = (
        select(RectificationRow.shop, RectificationRow.state, func.count())
        .where(RectificationRow.opened_at > since)
        .group_by(RectificationRow.shop, RectificationRow.state)
    )
    if shop is not None:
        query = query.where(RectificationRow.shop == shop)
    found: dict[str, dict[str, int]] = {}
    for name, state, count in session.execute(query):
        found.setdefault(name, {})[state] = count
    return found


def _record(rules: Record, counts: dict[str, int]) -> ShopRecord:
    worth = {str(name): points for name, points in rules.points.items()}
    points = sum(worth.get(state, 0.0) * count for state, count in counts.items())
    return ShopRecord(
        grade=rules.grade(points),
        points=points,
        days=rules.days,
        counts={name: counts.get(name, 0) for name in (WAITING, RECTIFIED, FILED)},
        formula=rules.formula,
    )

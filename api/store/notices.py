"""Notices in the store: put in the transaction of what they tell of, sent by a job, kept for ever.

A notice is taken for a try by moving its `next_at` on, so that no other process takes it too. A
process that dies in the middle leaves it to be tried again then, under the same id: receivers
that know ids see it once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.dispatch.duty import Person
from api.dispatch.rules import FIELDS, Audience, DispatchRules, Text
from api.outward.outcome import Outcome, Result
from api.schema.notices import NoticePage, NoticeView
from api.store.engine import Store
from api.store.models import CaseRow
from api.store.notice_tables import NoticeRow, NoticeTryRow
from api.store.rules import dispatch_in

_TRYING = timedelta(seconds=120)
"""Longer than any channel takes; a try that has not ended by then was broken off."""
_AGAIN = frozenset({Result.FAILED, Result.THROTTLED})


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is told, and as what."""

    audience: Audience
    person: Person
    role: str = ""
    assignment: str = ""
    why: str = ""


def put(
    session: Session,
    rules: DispatchRules,
    key: str,
    kind: Text,
    to: Addressee,
    words: Mapping[str, str],
    case_id: int | None,
    now: datetime,
) -> None:
    """Put a notice into the outbox, one for each channel that its audience is told through."""
    template = rules.texts[kind]
    said = dict.fromkeys(FIELDS, "") | {"name": to.person.name, "role": to.role, **words}
    for channel in rules.tell.get(to.audience, ()):
        session.add(
            NoticeRow(
                key=f"{key} {channel}",
                case_id=case_id,
                audience=to.audience,
                text_kind=kind,
                role=to.role,
                assignment=to.assignment,
                name=to.person.name,
                phone=to.person.phone,
                email=to.person.email,
                why=to.why,
                channel=channel,
                title=template.title.format(**said)[:300],
                text=template.text.format(**said)[:2000],
                created_at=now,
                state="waiting",
                tries=0,
                next_at=now,
                detail="",
            )
        )


def due(store: Store, now: datetime, most: int) -> list[int]:
    """The ids of notices to try now, oldest first."""
    query = (
        select(NoticeRow.id)
        .where(NoticeRow.state == "waiting", NoticeRow.next_at <= now)
        .order_by(NoticeRow.next_at, NoticeRow.id)
        .limit(most)
    )
    with store.reading() as session:
        return list(session.scalars(query))


def take(store: Store, notice_id: int, now: datetime) -> NoticeRow | None:
    """Take a notice for a try; None when somebody else has it, or it is settled."""
    with store.writing() as session:
        taken = session.scalar(
            update(NoticeRow)
            .where(
                NoticeRow.id == notice_id, NoticeRow.state == "waiting", NoticeRow.next_at <= now
            )
            .values(tries=NoticeRow.tries + 1, next_at=now + _TRYING)
            .returning(NoticeRow.tries)
        )
        if taken is None:
            return None
        session.add(
            NoticeTryRow(notice_id=notice_id, number=taken, at=now, result="begun", detail="")
        )
        row = session.get_one(NoticeRow, notice_id, populate_existing=True)
        session.flush()
        session.expunge(row)
        return row


def record(store: Store, notice_id: int, number: int, outcome: Outcome, now: datetime) -> None:
    """Keep what came of a try, and when the next one is, if any."""
    with store.writing() as session:
        row = session.get_one(NoticeRow, notice_id)
        session.execute(
            update(NoticeTryRow)
            .where(NoticeTryRow.notice_id == notice_id, NoticeTryRow.number == number)
            .values(result=outcome.result.value, status=outcome.status, detail=outcome.detail[:400])
        )
        row.detail = outcome.detail[:400]
        waits = dispatch_in(session).retry_after_s
        if outcome.result is Result.DELIVERED:
            row.state, row.settled_at = "sent", now
        elif outcome.result in _AGAIN and row.tries < len(waits):
            wait_s = max(waits[row.tries], outcome.wait_s or 0.0)
            row.next_at = now + timedelta(seconds=wait_s)
        else:
            row.state, row.settled_at = "failed", now


def send_again(store: Store, notice_id: int, now: datetime) -> NoticeView | None:
    """Let a notice that has failed be tried anew; None when there is no such notice.

    One that is waiting is tried at once; one that was sent stays as it is.
    """
    with store.writing() as session:
        row = session.get(NoticeRow, notice_id)
        if row is None:
            return None
        if row.state == "failed":
            row.state, row.settled_at, row.next_at = "waiting", None, now
        return _view(row)


def notices_of_case(store: Store, case_id: int) -> tuple[NoticeView, ...] | None:
    """All that anybody was told of a case, oldest first; None without a case."""
    query = select(NoticeRow).where(NoticeRow.case_id == case_id).order_by(NoticeRow.id)
    with store.reading() as session:
        if session.get(CaseRow, case_id) is None:
            return None
        return _views(session.scalars(query))


def list_notices(store: Store, state: str | None, before: int | None, limit: int) -> NoticePage:
    """A page of notices, newest first, from below the cursor `before`."""
    query = select(NoticeRow).order_by(NoticeRow.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(NoticeRow.state == state)
    if before is not None:
        query = query.where(NoticeRow.id < before)
    with store.reading() as session:
        rows = list(session.scalars(query))
        items = _views(rows[:limit])
    return NoticePage(items=items, next=items[-1].id if len(rows) > limit else None)


def _views(rows: Iterable[NoticeRow]) -> tuple[NoticeView, ...]:
    return tuple(_view(row) for row in rows)


def _view(row: NoticeRow) -> NoticeView:
    columns: dict[str, Any] = {
        name: getattr(row, name) for name in NoticeView.model_fields if name != "tried"
    }
    columns["tried"] = [
        {"number": t.number, "at": t.at, "result": t.result, "status": t.status, "detail": t.detail}
        for t in row.tried
    ]
    return NoticeView.model_validate(columns)

"""How chiefs come in by the link of a notice, and which cases are theirs.

A link is a random secret of which the store has the hash; it opens sessions for a day, as often as
it is pressed, for phones lose their cookies. Whoever holds it sees the cases of one assignment.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, nulls_last, or_, select, update
from sqlalchemy.orm import joinedload, lazyload

from api.passwords import hash_secret, new_secret
from api.schema import CasePage, CaseStatus
from api.store.audit import Actor, note
from api.store.beside import NOTHING
from api.store.dispatch_tables import ChiefAssignmentRow
from api.store.engine import Store
from api.store.life_tables import CaseFileRow
from api.store.merge_tables import WitnessRow
from api.store.models import CaseRow, EvidenceRow
from api.store.notice_tables import NoticeRow
from api.store.people_tables import ChiefLinkRow, ChiefSessionRow
from api.store.views import brief_view

LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(hours=12)
_OVER = (CaseStatus.CLOSED.value, CaseStatus.VOIDED.value)


class LinkWrong(Exception):
    """Nobody's, too old, or taken back."""


class UnknownAssignment(Exception):
    """No chief has such an assignment."""


@dataclass(frozen=True, slots=True)
class ChiefHere:
    """Whose session it is."""

    name: str
    assignment: str


def make_link(
    store: Store, assignment: str, name: str, actor: Actor, now: datetime, *, check: bool = False
) -> str:
    """A new link's secret, to be shown once.

    Args:
        check: whether the assignment must be there; a notice's is.

    Raises:
        UnknownAssignment: it is not.
    """
    secret = new_secret("chief")
    with store.writing() as session:
        if check and session.get(ChiefAssignmentRow, assignment) is None:
            raise UnknownAssignment(f"there is no assignment {assignment}")
        session.execute(delete(ChiefLinkRow).where(ChiefLinkRow.expires_at <= now))
        session.add(
            ChiefLinkRow(
                hash=hash_secret(secret),
                assignment=assignment,
                name=name[:80],
                expires_at=now + LINK_LASTS,
            )
        )
        note(session, now, actor, "chief-link.make", assignment, {"name": name})
    return secret


def enter(store: Store, token: str, address: str, now: datetime) -> str:
    """Open a session by a link; the cookie's value.

    Raises:
        LinkWrong: the link is nobody's, too old, or was taken back.
    """
    secret = new_secret("fcc")
    with store.writing() as session:
        link = session.get(ChiefLinkRow, hash_secret(token))
        if link is None or link.expires_at <= now or link.revoked_at is not None:
            raise LinkWrong("the link is wrong, too old, or was taken back: wait for the next one")
        session.execute(delete(ChiefSessionRow).where(ChiefSessionRow.expires_at <= now))
        session.add(
            ChiefSessionRow(
                hash=hash_secret(secret),
                assignment=link.assignment,
                name=link.name,
                expires_at=now + SESSION_LASTS,
            )
        )
        actor = Actor("chief", link.name or link.assignment, address)
        note(session, now, actor, "session.open", f"chief {link.assignment}")
    return secret


def find_chief(store: Store, cookie: str, now: datetime) -> ChiefHere | None:
    """Whose session a cookie is; None when it ended."""
    if not cookie.startswith("fcc"):
        return None
    with store.reading() as session:
        row = session.get(ChiefSessionRow, hash_secret(cookie))
        if row is None or row.expires_at <= now:
            return None
        return ChiefHere(row.name or row.assignment, row.assignment)


def leave(store: Store, cookie: str) -> None:
    """End a session."""
    with store.writing() as session:
        session.execute(delete(ChiefSessionRow).where(ChiefSessionRow.hash == hash_secret(cookie)))


def revoke_links(store: Store, assignment: str, actor: Actor, now: datetime) -> None:
    """Take back all links of an assignment, and end the sessions that they opened."""
    with store.writing() as session:
        session.execute(
            update(ChiefLinkRow)
            .where(ChiefLinkRow.assignment == assignment, ChiefLinkRow.revoked_at.is_(None))
            .values(revoked_at=now)
            .execution_options(synchronize_session=False)
        )
        session.execute(delete(ChiefSessionRow).where(ChiefSessionRow.assignment == assignment))
        note(session, now, actor, "chief-link.revoke", assignment)


def _told(assignments: Collection[str]) -> ColumnElement[bool]:
    """Whether a chief of these assignments was told of a case."""
    return exists().where(NoticeRow.case_id == CaseRow.id, NoticeRow.assignment.in_(assignments))


def is_theirs(store: Store, case_id: int, assignments: Collection[str]) -> bool:
    """Whether a case is one that a chief of these assignments was told of."""
    query = select(CaseRow.id).where(CaseRow.id == case_id, _told(assignments))
    with store.reading() as session:
        return session.scalar(query) is not None


def shows_theirs(store: Store, sha256: str, assignments: Collection[str]) -> bool:
    """Whether a file is of such a case."""
    reported = (
        select(WitnessRow.case_id)
        .join(EvidenceRow, EvidenceRow.violation_id == WitnessRow.violation_id)
        .where(EvidenceRow.sha256 == sha256)
    )
    sent = select(CaseFileRow.case_id).where(CaseFileRow.sha256 == sha256)
    query = select(CaseRow.id).where(
        or_(CaseRow.id.in_(reported), CaseRow.id.in_(sent)), _told(assignments)
    )
    with store.reading() as session:
        return session.scalar(query.limit(1)) is not None


def cases_of(store: Store, assignments: Collection[str], now: datetime, limit: int) -> CasePage:
    """The open cases of which a chief of these assignments was told, by the limit that is left."""
    mine = select(NoticeRow.case_id).where(
        NoticeRow.assignment.in_(assignments), NoticeRow.case_id.is_not(None)
    )
    query = (
        select(CaseRow)
        .where(CaseRow.id.in_(mine), CaseRow.status.not_in(_OVER))
        .order_by(nulls_last(CaseRow.due_at), CaseRow.id)
        .limit(limit)
        .options(
            lazyload(CaseRow.witnesses),
            lazyload(CaseRow.evidence),
            lazyload(CaseRow.sightings),
            joinedload(CaseRow.address),
        )
    )
    with store.reading() as session:
        rows = session.scalars(query).all()
        return CasePage(items=tuple(brief_view(row, now, NOTHING) for row in rows), next=None)

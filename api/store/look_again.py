"""The queue of looks that cameras are asked for: put on 处置完成, taken by workers, answered.

A worker takes a look for a while; one that does not answer in time loses it to the next that
asks. A look that was overtaken by a person's check is dropped, and an answer to it changes
nothing. Taking and answering are steps of the case's life, made by the camera.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from api.life.actors import Actor, Who
from api.life.fields import Check, Fields
from api.life.machine import TO_CHECK
from api.schema import EvidenceFile
from api.schema.life import Action, CaseStatus
from api.store.acting import Outcome, announce, case_of, outcome_of, step
from api.store.case_files import cite_files
from api.store.engine import Store, retry_on_clash
from api.store.errors import Conflict, UnknownCase
from api.store.life_tables import LookAgainRow
from api.store.models import CaseRow

__all__ = ["LookAgain", "Seen", "answer", "take"]


class Seen(StrEnum):
    """What a camera says when it was asked to look again."""

    CLEARED = "cleared"
    STILL_THERE = "still_there"
    CANNOT_TELL = "cannot_tell"


_STEPS = {
    Seen.CLEARED: Action.PASS,
    Seen.STILL_THERE: Action.FAIL,
    Seen.CANNOT_TELL: Action.HAND_CHECK,
}


@dataclass(frozen=True, slots=True)
class LookAgain:
    """A look that a worker has taken.

    Attributes:
        id: to answer it with.
        case_id: the case that is to be checked.
        violation_id: the violation, as the worker that reported it knows it.
        camera_id: which camera is to look.
        asked_at: since when the look is wanted.
        taken_until: when it goes to another if there is no answer.
    """

    id: int
    case_id: int
    violation_id: UUID
    camera_id: str
    asked_at: datetime
    taken_until: datetime


@retry_on_clash
def take(
    store: Store,
    worker: str,
    cameras: Collection[str],
    now: datetime,
    lease: timedelta = timedelta(minutes=5),
) -> list[LookAgain]:
    """Take the looks that wait for a worker's cameras, oldest first.

    What it has taken before and not answered is among them again, as long as its time runs.
    """
    with store.writing() as session:
        query = (
            select(LookAgainRow)
            .where(
                LookAgainRow.camera_id.in_(cameras),
                or_(
                    LookAgainRow.status == "waiting",
                    and_(
                        LookAgainRow.status == "taken",
                        or_(
                            LookAgainRow.taken_until <= now,
                            LookAgainRow.taken_by == worker,
                        ),
                    ),
                ),
            )
            .order_by(LookAgainRow.id)
            .with_for_update(skip_locked=True)
        )
        return [
            taken
            for look in session.scalars(query).all()
            if (taken := _take(session, look, worker, now, lease)) is not None
        ]


def _take(
    session: Session, look: LookAgainRow, worker: str, now: datetime, lease: timedelta
) -> LookAgain | None:
    row = case_of(session, CaseRow.id == look.case_id, lock=True)
    if CaseStatus(row.status) not in TO_CHECK:  # a person was faster, in this very moment
        return None
    if row.status == CaseStatus.PENDING_CHECK:
        made = step(session, row, Action.TAKE_CHECK, _camera(look), Fields(), now)
        announce(session, row, made)
    look.status, look.taken_by, look.taken_until = "taken", worker, now + lease
    return LookAgain(
        look.id, look.case_id, look.violation_id, look.camera_id, look.asked_at, now + lease
    )


@retry_on_clash
def answer(
    store: Store,
    look_id: int,
    seen: Seen,
    pictures: Collection[str],
    now: datetime,
    opinion: str = "",
    files: Sequence[EvidenceFile] = (),
) -> Outcome:
    """Say what the camera saw; the same answer again changes nothing.

    Whether it was taken in time, or by whom, does not matter: what was seen was seen.

    Args:
        pictures: SHA-256 of pictures of it, which are kept already.
        opinion: in words, for the history.
        files: the pictures among them that are new to the case, for it to cite.

    Raises:
        UnknownCase: no such look was asked for.
        Conflict: another answer stands.
    """
    with store.writing() as session:
        look = session.get(LookAgainRow, look_id, with_for_update=True)
        if look is None:
            raise UnknownCase(f"no look {look_id} was asked for")
        row = case_of(session, CaseRow.id == look.case_id, lock=True)
        if look.status == "answered" and look.answer != seen:
            raise Conflict(f"look {look_id} was answered already: {look.answer}")
        if look.status in ("answered", "dropped"):
            known = outcome_of(session, row)
            return Outcome(known.case, known.version, new=False)
        look.status, look.answer, look.answered_at = "answered", seen.value, now
        look.pictures = list(pictures)
        made = []
        if row.status == CaseStatus.PENDING_CHECK:
            made += step(session, row, Action.TAKE_CHECK, _camera(look), Fields(), now)
        cite_files(session, row, files, "checked", _camera(look), now)
        what = Check(opinion=opinion, pictures=tuple(pictures))
        made += step(session, row, _STEPS[seen], _camera(look), what, now)
        return announce(session, row, made)


def _camera(look: LookAgainRow) -> Actor:
    return Actor(look.camera_id, frozenset({Who.CAMERA}))

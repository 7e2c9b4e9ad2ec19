"""Cases that other systems have taken: their own numbers, and how they say that the cases stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema import Case, EvidenceFile
from api.schema.egova import EgovaAnswer, EgovaMessage
from api.schema.subscriptions import Adapter, SubscriptionState
from api.store.engine import Store, retry_on_clash
from api.store.errors import Conflict, UnknownCase
from api.store.models import CaseRow, EvidenceRow
from api.store.outward_tables import EgovaMessageRow, HandoverRow, SubscriptionRow
from api.store.subscriptions import Receiver, receiver_of
from api.store.views import case_view


@dataclass(frozen=True, slots=True)
class Look:
    """A case about which another system is to be asked now."""

    receiver: Receiver
    case_id: int
    number: str
    reference: str


def keep(
    session: Session,
    receiver: SubscriptionRow,
    case_id: int,
    reference: str | None,
    now: datetime,
) -> None:
    """Write down, in the transaction that settles its delivery, that a receiver took a case."""
    if session.get(HandoverRow, (receiver.id, case_id)) is not None:
        return
    asks = receiver.adapter == Adapter.GEOREPORT and bool(reference)
    session.add(
        HandoverRow(
            subscription_id=receiver.id,
            case_id=case_id,
            reference=reference or "",
            at=now,
            status="open",
            notes="",
            next_look_at=now if asks else None,
        )
    )


def reference_of(store: Store, subscription: UUID, case_id: int) -> str | None:
    """The receiver's own number of a case; None when it has not taken it, empty without one."""
    with store.reading() as session:
        row = session.get(HandoverRow, (subscription, case_id))
        return None if row is None else row.reference


def taken_by(store: Store, case_id: int) -> str | None:
    """The name of the receiver that took a case first, or None."""
    query = (
        select(SubscriptionRow.name)
        .join(HandoverRow, HandoverRow.subscription_id == SubscriptionRow.id)
        .where(HandoverRow.case_id == case_id)
        .order_by(HandoverRow.at)
        .limit(1)
    )
    with store.reading() as session:
        return session.scalar(query)


def looks_due(store: Store, now: datetime, most: int = 50) -> list[Look]:
    """About what to ask, the longest waiting first."""
    query = (
        select(HandoverRow, SubscriptionRow, CaseRow.number)
        .join(SubscriptionRow, SubscriptionRow.id == HandoverRow.subscription_id)
        .join(CaseRow, CaseRow.id == HandoverRow.case_id)
        .where(
            HandoverRow.next_look_at <= now,
            SubscriptionRow.state == SubscriptionState.ACTIVE.value,
        )
        .order_by(HandoverRow.next_look_at)
        .limit(most)
    )
    with store.reading() as session:
        return [
            Look(receiver_of(receiver), row.case_id, number, row.reference)
            for row, receiver, number in session.execute(query)
        ]


def looked(
    store: Store,
    look: Look,
    now: datetime,
    again_s: float | None,
    *,
    reference: str | None = None,
    status: str | None = None,
    notes: str | None = None,
) -> None:
    """Write down an answer; `again_s` None asks no more."""

    def work(session: Session) -> None:
        row = session.get(HandoverRow, (look.receiver.id, look.case_id), with_for_update=True)
        if row is None:
            return
        row.reference = reference or row.reference
        row.status = status or row.status
        row.notes = row.notes if notes is None else notes[:500]
        row.next_look_at = None if again_s is None else now + timedelta(seconds=again_s)

    store.write(work)


def case_of_number(store: Store, number: str) -> Case:
    """A case by its number.

    Raises:
        UnknownCase: there is none.
    """
    with store.reading() as session:
        row = session.scalar(select(CaseRow).where(CaseRow.number == number))
        if row is None:
            raise UnknownCase(f"there is no case {number}")
        return case_view(row)


@retry_on_clash
def cite_more(store: Store, case: Case, files: Sequence[EvidenceFile]) -> None:
    """Let a case cite files that are in the evidence folder, beside those that it cites."""
    with store.writing() as session:
        mine = select(EvidenceRow).where(
            EvidenceRow.violation_id == case.violation_id, EvidenceRow.sighting.is_(None)
        )
        rows = session.scalars(mine).all()
        known = {row.sha256 for row in rows}
        position = max((row.position for row in rows), default=-1) + 1
        new = [file for file in files if file.sha256 not in known]
        session.add_all(
            EvidenceRow(
                violation_id=case.violation_id,
                sighting=None,
                position=position + index,
                sha256=file.sha256,
                role=file.role.value,
                media_type=file.media_type,
                size=file.size,
                captured_at=file.captured_at,
            )
            for index, file in enumerate(new)
        )


def known_message(store: Store, message: EgovaMessage, digest: str) -> EgovaAnswer | None:
    """What a message was answered when it came before.

    Raises:
        Conflict: its uid came before with other content.
    """
    with store.reading() as session:
        row = session.get(EgovaMessageRow, (message.senderCode, message.uid))
        if row is None:
            return None
        if row.digest != digest:
            raise Conflict(f"uid {message.uid} came before with other content")
        return EgovaAnswer.model_validate(row.answer)


@retry_on_clash
def keep_message(
    store: Store, message: EgovaMessage, digest: str, answer: EgovaAnswer, now: datetime
) -> None:
    """Remember what was answered; the first answer stays."""
    with store.writing() as session:
        if session.get(EgovaMessageRow, (message.senderCode, message.uid)) is None:
            session.add(
                EgovaMessageRow(
                    sender=message.senderCode,
                    uid=message.uid,
                    digest=digest,
                    action=message.action.value,
                    answer=answer.model_dump(mode="json"),
                    received_at=now,
                )
            )

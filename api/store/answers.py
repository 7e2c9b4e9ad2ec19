"""What workers answer: each order's answer is taken once, in one transaction with what follows."""

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema.line import Answer, LookVerdict, NotKnown, Settled, SnapshotTaken
from api.schema.new_cameras import Discovered, Probed
from api.store import look_again, probes
from api.store.cameras import settle
from api.store.engine import Store, retry_on_clash
from api.store.errors import Conflict
from api.store.line_tables import OrderRow
from api.store.snapshots import snapshot_taken

log = logging.getLogger(__name__)


class UnknownOrder(Exception):
    """This worker was never given such an order."""


def _looked(store: Store, answer: Answer, said: LookVerdict, now: datetime) -> None:
    with store.reading() as session:
        row = session.get(OrderRow, answer.order)
        if row is None or row.worker != answer.worker or row.body.get("request") != said.request:
            raise UnknownOrder(f"worker {answer.worker} was given no such look, {answer.order}")
        before = row.body["before"]
    pictures = [*([] if before is None else [before]), *(file.sha256 for file in said.evidence)]
    try:
        seen = look_again.Seen(said.verdict)
        look_again.answer(store, said.request, seen, pictures, now, said.reason, said.evidence)
    except Conflict as error:  # it was late, and the answer to that stands
        log.warning("%s: %s", answer.worker, error)


@retry_on_clash
def take_answer(store: Store, answer: Answer, now: datetime) -> bool:
    """Write down what came of an order; False when that came before.

    Raises:
        UnknownOrder: this worker was never given it.
    """
    if isinstance(answer.result, NotKnown):
        answer = _in_words(store, answer)
    if isinstance(answer.result, LookVerdict):
        # First: a repeat of it changes nothing, so that being killed in between loses nothing.
        _looked(store, answer, answer.result, now)

    def work(session: Session) -> bool:
        row = session.scalar(select(OrderRow).where(OrderRow.id == answer.order).with_for_update())
        if row is None or row.worker != answer.worker:
            raise UnknownOrder(f"worker {answer.worker} was given no order {answer.order}")
        if row.answered_at is not None:
            return False
        row.answered_at = now
        _carry_out(session, row, answer, now)
        return True

    return store.write(work)


def _carry_out(session: Session, row: OrderRow, answer: Answer, now: datetime) -> None:
    match answer.result:
        case Settled() as said:
            settle(session, answer.worker, said, now)
        case SnapshotTaken() as taken:
            snapshot_taken(session, taken, now)
        case Probed() | Discovered() as found:
            probes.answered(session, row, found)
        case NotKnown() as unknown:
            log.warning("%s does not know the order %s", answer.worker, unknown.order_type)
        case LookVerdict():
            pass  # it came before: see `take_answer`


def _in_words(store: Store, answer: Answer) -> Answer:
    """What "not known" means for what was asked: nobody waits for an answer that never comes."""
    with store.reading() as session:
        row = session.get(OrderRow, answer.order)
        body = {} if row is None else row.body
    why = "the worker's release does not know such an order: bring it to this server's release"
    request = {"request": body.get("request"), "reason": why}
    result: dict[str, object] | None = {
        "configure": {
            "type": "settled",
            "camera_id": body.get("camera_id"),
            "version": body.get("version"),
            "applied": False,
            "reason": why,
        },
        "look_again": {"type": "looked", "verdict": "cannot_tell", **request},
        "snapshot": {"type": "snapshot", **request},
        "probe": {"type": "probed", "problem": "not_known", **request},
        "discover": {"type": "discovered", **request},
    }.get(body.get("type", ""))
    if result is None:
        return answer
    return Answer.model_validate({**answer.model_dump(), "result": result})

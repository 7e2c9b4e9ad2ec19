"""What workers answer: each order's answer is taken once, in one transaction with what follows."""

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema.line import Answer, LookVerdict, Settled, SnapshotTaken
from api.store import look_again
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
        match answer.result:
            case Settled() as said:
                settle(session, answer.worker, said, now)
            case SnapshotTaken() as taken:
                snapshot_taken(session, taken, now)
            case LookVerdict():
                pass  # see above
        return True

    return store.write(work)

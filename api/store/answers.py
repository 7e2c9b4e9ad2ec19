"""What workers answer: each order's answer is taken once, in one transaction with what follows."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schema.line import Answer, LookVerdict, Settled, SnapshotTaken
from api.store.cameras import settle
from api.store.engine import Store, retry_on_clash
from api.store.line_tables import OrderRow
from api.store.snapshots import snapshot_taken


class UnknownOrder(Exception):
    """This worker was never given such an order."""


@retry_on_clash
def take_answer(store: Store, answer: Answer, now: datetime) -> bool:
    """Write down what came of an order; False when that came before.

    Raises:
        UnknownOrder: this worker was never given it.
    """

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
                snapshot_taken(session, taken)
            case LookVerdict():
                pass
        return True

    return store.write(work)

"""What happens together with each step of a case's life, in its transaction.

A follower is told after the case's row and its history have the step. It returns the rows that it
adds, so that those of many cases that are filed at once are written together. It may change rows
that are there, and ask for the next step with `api.store.transition.then`; whatever it raises
undoes the step. At a case's birth nothing of the case is in the tables, nor can be asked for there.
"""

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from api.store import camera_orders, dispatching, due, look_queue, merging, timers
from api.store.inserting import New
from api.store.models import CaseRow
from api.store.transition import Transition

Follower = Callable[[Session, CaseRow, Transition], Sequence[New]]

# Dispatch writes deadlines into notices, so timers come before it.
FOLLOWERS: tuple[Follower, ...] = (
    look_queue.follow,
    camera_orders.follow,
    merging.follow_code,
    timers.follow,
    due.follow,
    dispatching.follow,
)

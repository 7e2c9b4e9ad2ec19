"""A step of a case's life as followers hear of it, and how they ask for the next one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.life.actors import Actor
from api.life.fields import Fields
from api.schema.life import Action, CaseStatus


@dataclass(frozen=True, slots=True)
class Transition:
    """A step that was just made, in the transaction that makes it.

    Attributes:
        case_id: the case's `id`.
        number: the step's place in the case's history, from 1.
        action: what was done.
        before: the state before; None at the case's birth.
        after: the state after; the same as before where the case stays.
        actor: who did it.
        at: when.
        fields: what came with it, as JSON has it.
        event: the type of the event that tells of it.
    """

    case_id: int
    number: int
    action: Action
    before: CaseStatus | None
    after: CaseStatus
    actor: Actor
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)
    event: str = ""


_LATER = "five-chief moves"


def then(session: Session, case_id: int, action: Action, fields: Fields | None = None) -> None:
    """Ask, as a follower, that the system does this next, in the same transaction.

    It is refused, and the transaction with it, if the table does not let the system do it then.
    """
    session.info.setdefault(_LATER, []).append((case_id, action, fields or Fields()))


def taken_later(session: Session, case_id: int) -> tuple[Action, Fields] | None:
    """The oldest move that a follower asked for and that is not made yet."""
    moves: list[tuple[int, Action, Fields]] = session.info.get(_LATER, [])
    for index, (wanted, action, fields) in enumerate(moves):
        if wanted == case_id:
            del moves[index]
            return action, fields
    return None


def is_asked(session: Session, case_id: int) -> bool:
    """Whether a follower asked for a move of this case that is not made yet."""
    return any(wanted == case_id for wanted, _, _ in session.info.get(_LATER, ()))

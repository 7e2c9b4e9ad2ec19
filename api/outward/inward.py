"""What another system says of a case that it has taken, done to the case here."""

from collections.abc import Sequence
from datetime import datetime

from api.doors.take_in import keep_pictures
from api.life.actors import SYSTEM, Actor, Who
from api.life.fields import Assign, Dispatch, Fields, Finish
from api.schema import Action, Case, CaseStatus
from api.services import Services
from api.store.acting import act
from api.store.handovers import case_of_number, cite_more, taken_by

_DONE = frozenset(
    {
        CaseStatus.HANDLE_FINISH,
        CaseStatus.PENDING_CHECK,
        CaseStatus.CHECKING,
        CaseStatus.CHECK_PASS,
        CaseStatus.PENDING_CLOSE,
        CaseStatus.CLOSED,
        CaseStatus.VOIDED,
    }
)


def integrator(name: str) -> Actor:
    """Another system as an actor."""
    return Actor(name, frozenset({Who.INTEGRATOR}))


def report_done(
    services: Services,
    number: str,
    by: str,
    opinion: str,
    pictures: Sequence[bytes],
    now: datetime,
) -> bool:
    """Another system says that it has dealt with a case (处置完成); never closes it.

    What it passed over (派遣, 签收, 指派) is done too. Safe to repeat: a case that is past it
    stays as it is.

    Returns:
        whether the case was moved.

    Raises:
        UnknownCase: there is no such case.
        NotAllowed: it cannot be done from where the case stands.
        Problem: a picture is none, or cannot be kept.
    """
    actor = integrator(by)
    case = case_of_number(services.store, number)
    if case.status in _DONE:
        return False
    files = keep_pictures(services, pictures, now)
    if files:
        cite_more(services.store, case, files)
    case = dispatched(services, case, now)
    steps: dict[CaseStatus, tuple[Action, Fields]] = {
        CaseStatus.DISPATCHED: (Action.SIGN, Fields()),
        CaseStatus.PENDING_HANDLE: (Action.ASSIGN, Assign(handler=by)),
    }
    while case.status in steps:
        action, fields = steps[case.status]
        case = act(services.store, case.id, action, actor, fields, None, now).case
    done = Finish(opinion=opinion, pictures=tuple(file.sha256 for file in files))
    act(services.store, case.id, Action.FINISH, actor, done, None, now)
    services.feed.nudge()
    return True


def dispatched(services: Services, case: Case, now: datetime) -> Case:
    """The case after 派遣, where another system has taken it and nobody here had dispatched it."""
    waits = case.status in (CaseStatus.PENDING_DISPATCH, CaseStatus.RETURNED)
    taker = taken_by(services.store, case.id) if waits else None
    if taker is None:
        return case
    department = case.condition.department if case.condition is not None else taker[:80]
    fields = Dispatch(department=department, note=taker)
    return act(services.store, case.id, Action.DISPATCH, SYSTEM, fields, None, now).case

"""What a step changes in the case's own rows, beside its state."""

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.schema.life import Action
from api.store.life_tables import ApprovalRow, TransferRow
from api.store.models import CaseRow
from api.store.standards import set_standard
from api.store.standings import open_approval, penalty_of
from api.store.transition import Transition

Effect = Callable[[Session, CaseRow, Transition], None]


def _register(session: Session, row: CaseRow, made: Transition) -> None:
    row.decided_at, row.decided_by = made.at, made.actor.name or None
    if "standard" in made.fields:
        set_standard(session, row, made.fields["standard"])


def _void(_session: Session, row: CaseRow, made: Transition) -> None:
    row.decided_at, row.decided_by = made.at, made.actor.name or None
    row.dismiss_reason = made.fields["reason"]
    row.dismiss_kind = made.fields.get("kind")
    row.closed_at = made.at


def _dispatch(_session: Session, row: CaseRow, made: Transition) -> None:
    row.department, row.handler = made.fields["department"], None


def _assign(_session: Session, row: CaseRow, made: Transition) -> None:
    row.handler = made.fields["handler"]


def _rework(_session: Session, row: CaseRow, _made: Transition) -> None:
    row.reworks += 1


def _close(_session: Session, row: CaseRow, made: Transition) -> None:
    row.closed_at = made.at


def _ask(session: Session, row: CaseRow, made: Transition) -> None:
    newest = select(func.max(ApprovalRow.number)).where(ApprovalRow.case_id == row.id)
    session.add(
        ApprovalRow(
            case_id=row.id,
            number=(session.scalar(newest) or 0) + 1,
            kind=made.action.value.removeprefix("ask_"),
            status="open",
            asked_by=made.actor.name,
            asked_at=made.at,
            fields=dict(made.fields),
            note="",
        )
    )


def _decide(status: str) -> Effect:
    def effect(session: Session, row: CaseRow, made: Transition) -> None:
        asked = open_approval(session, row.id)
        assert asked is not None  # noqa: S101 (the table asks for one)
        asked.status = status
        asked.decided_by, asked.decided_at = made.actor.name, made.at
        asked.note = made.fields.get("reason", made.fields.get("note", ""))
        if status == "granted":
            _GRANTED[asked.kind](row, asked, made)

    return effect


def _postponed(row: CaseRow, _asked: ApprovalRow, _made: Transition) -> None:
    row.postponed += 1


def _rolled_back(row: CaseRow, _asked: ApprovalRow, _made: Transition) -> None:
    row.department = row.handler = None


def _shelved(row: CaseRow, asked: ApprovalRow, made: Transition) -> None:
    row.shelved_at = made.at
    until = asked.fields.get("until")
    row.shelved_until = None if until is None else date.fromisoformat(until)


def _voided(row: CaseRow, asked: ApprovalRow, made: Transition) -> None:
    row.decided_at, row.decided_by = made.at, made.actor.name or None
    row.dismiss_reason = asked.fields["reason"]
    row.closed_at = made.at
    row.shelved_at = row.shelved_until = None


_GRANTED: Mapping[str, Callable[[CaseRow, ApprovalRow, Transition], None]] = {
    "postpone": _postponed,
    "rollback": _rolled_back,
    "suspend": _shelved,
    "void": _voided,
}


def _resume(_session: Session, row: CaseRow, _made: Transition) -> None:
    row.shelved_at = row.shelved_until = None


def _review(_session: Session, row: CaseRow, made: Transition) -> None:
    row.reviewed_by, row.reviewed_at = made.actor.name, made.at


def _transfer(direction: str) -> Effect:
    def effect(session: Session, row: CaseRow, made: Transition) -> None:
        count = select(func.count()).where(TransferRow.case_id == row.id)
        fields = made.fields
        session.add(
            TransferRow(
                case_id=row.id,
                direction=direction,
                receipt=f"{row.number}-T{(session.scalar(count) or 0) + 1}",
                agency=fields["agency"],
                reason=fields.get("reason", fields.get("note", "")),
                made_by=made.actor.name,
                made_at=made.at,
                document=fields.get("document") or fields.get("penalty_file"),
            )
        )
        if direction == "out":
            row.department, row.handler = fields["agency"], None

    return effect


def _number_penalty(session: Session, row: CaseRow, made: Transition) -> None:
    passed_on = penalty_of(session, row.id)
    assert passed_on is not None  # noqa: S101 (the table asks for one)
    passed_on.document = made.fields["penalty_file"]


def _sign(session: Session, row: CaseRow, made: Transition) -> None:
    """The other side's receipt for what was handed over to it, if it was."""
    query = (
        select(TransferRow)
        .where(TransferRow.case_id == row.id, TransferRow.direction == "out")
        .order_by(TransferRow.id.desc())
        .limit(1)
    )
    handed_over = session.scalar(query)
    if handed_over is not None and handed_over.signed_at is None:
        handed_over.signed_by, handed_over.signed_at = made.actor.name, made.at
        handed_over.document = made.fields.get("receipt")


def _set_standard(session: Session, row: CaseRow, made: Transition) -> None:
    set_standard(session, row, made.fields["standard"])


EFFECTS: Mapping[Action, Effect] = {
    Action.REGISTER: _register,
    Action.VOID: _void,
    Action.DISPATCH: _dispatch,
    Action.HAND_OVER: _transfer("out"),
    Action.TAKE_IN: _transfer("in"),
    Action.TO_PENALTY: _transfer("penalty"),
    Action.NUMBER_PENALTY: _number_penalty,
    Action.SIGN: _sign,
    Action.ASSIGN: _assign,
    Action.REWORK: _rework,
    Action.CLOSE: _close,
    Action.RESUME: _resume,
    Action.REVIEW: _review,
    Action.SET_STANDARD: _set_standard,
    Action.WITHDRAW: _decide("withdrawn"),
    Action.LAPSE: _decide("lapsed"),
    **{Action(f"ask_{kind}"): _ask for kind in _GRANTED},
    **{Action(f"grant_{kind}"): _decide("granted") for kind in _GRANTED},
    **{Action(f"refuse_{kind}"): _decide("refused") for kind in _GRANTED},
}

"""An operator's word on an alert: confirmed or dismissed, at once or after some seconds."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Response

from api.acting import actor_of
from api.auth import Caller, Doer, Principal, requires
from api.life.fields import Fields, Register, Void
from api.openapi import problems
from api.problems import Problem, invalid
from api.routes.life import do_action, refusing, unknown_case
from api.routes.versions import ETAG, CaseId, IfMatch, etag_of, versions_in
from api.schema import Action, Case, CaseStatus, Role, Verdict, VerdictRequest
from api.services import Parts, Services
from api.store.acting import Outcome
from api.store.dismissals import find_reason
from api.store.errors import UnknownCase
from api.store.reading import get_case
from api.store.settling import NothingHeld, Wanted, hold, take_back, waits_for_a_look

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["life"])

_WHO = (Role.OPERATOR, Role.CLERK, Role.ADMIN)


@router.post(
    "/verdict",
    summary="Confirm or dismiss a case",
    dependencies=[requires(*_WHO)],
    responses={200: {"headers": ETAG}, **problems(401, 403, 404, 409, 412, 422, 503)},
)
def post_verdict(
    case_id: CaseId,
    verdict: VerdictRequest,
    caller: Caller,
    parts: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> Case:
    """Short for two actions: `confirmed` registers the case (立案), `dismissed` voids it (作废).

    What a camera saw and a person must confirm first (待核实) is verified (核实) by the same word.
    A dismissal needs a reason, or the `kind` of one. The same verdict again changes nothing;
    another one is refused with 409. With `undo_s` it can be taken back for so many seconds; until
    then the case shows it as `settling`, and nobody else can settle it.
    """
    reason = _reason(parts, verdict)
    if verdict.undo_s:
        outcome = _hold(parts, case_id, verdict, reason, caller, if_match)
    else:
        outcome = _settle(parts, case_id, verdict, reason, caller, if_match)
    response.headers["ETag"] = etag_of(case_id, outcome.version)
    return outcome.case


@router.delete(
    "/verdict",
    summary="Take a verdict back",
    dependencies=[requires(*_WHO)],
    responses={200: {"headers": ETAG}, **problems(401, 403, 404, 409, 422, 503)},
)
def delete_verdict(case_id: CaseId, parts: Parts, doer: Doer, response: Response) -> Case:
    """Take back a verdict that was given with `undo_s` and has not taken effect; the audit says
    who did."""
    try:
        outcome = take_back(parts.store, case_id, doer, datetime.now(UTC))
    except UnknownCase as error:
        raise unknown_case(case_id) from error
    except NothingHeld as error:
        zh = "没有可撤销的处理，或已生效"
        raise Problem(409, "nothing-held", str(error), detail_zh=zh) from error
    parts.feed.nudge()
    response.headers["ETag"] = etag_of(case_id, outcome.version)
    return outcome.case


def _reason(parts: Services, verdict: VerdictRequest) -> str:
    """Of a dismissal, in words; empty for a confirmation."""
    if verdict.verdict is Verdict.CONFIRMED:
        if verdict.kind is not None:
            wrong = ("kind", "is for dismissals")
            raise invalid("a confirmation has no such reason", wrong, zh="确认无须填写误报类型")
        return ""
    given = verdict.reason.strip()
    if verdict.kind is None:
        if not given:
            wrong = ("reason", "is empty; say why it is none, or give its `kind`")
            raise invalid("a dismissal needs a reason", wrong, zh="作废须写明原因")
        return given
    known = find_reason(parts.store, verdict.kind)
    if known is None:
        wrong = ("kind", "is none of GET /v1/dismissal-reasons")
        raise invalid("there is no such kind of dismissal", wrong, zh="没有这种误报类型")
    return given or known.name_zh


def _hold(
    parts: Services,
    case_id: int,
    verdict: VerdictRequest,
    reason: str,
    caller: Principal,
    if_match: str | None,
) -> Outcome:
    actor, now = actor_of(caller, verdict.by), datetime.now(UTC)
    wanted = Wanted(verdict.verdict, reason, verdict.kind, actor, caller.name)
    due_at = now + timedelta(seconds=verdict.undo_s)
    with refusing(parts, case_id, actor):
        outcome = hold(parts.store, case_id, wanted, versions_in(case_id, if_match), now, due_at)
    parts.feed.nudge()
    return outcome


def _settle(
    parts: Services,
    case_id: int,
    verdict: VerdictRequest,
    reason: str,
    caller: Principal,
    if_match: str | None,
) -> Outcome:
    dismissed = verdict.verdict is Verdict.DISMISSED
    action = Action.VOID if dismissed else Action.REGISTER
    what: Fields = (
        Void(reason=reason, kind=verdict.kind, by=verdict.by)
        if dismissed
        else Register(by=verdict.by)
    )
    try:
        found = get_case(parts.store, case_id)
        look = found is not None and waits_for_a_look(found[0].status, found[0].source)
        if look and not dismissed:
            seen = do_action(parts, case_id, Action.VERIFY, caller, Fields(by=verdict.by), if_match)
            if_match = if_match and etag_of(case_id, seen.version)
        return do_action(parts, case_id, action, caller, what, if_match)
    except Problem:
        found = get_case(parts.store, case_id)
        if found is None or not _stands(found[0], verdict, reason):
            raise
        return Outcome(*found, new=False)


def _stands(case: Case, verdict: VerdictRequest, reason: str) -> bool:
    """Whether this very verdict is on the case already."""
    if verdict.verdict is Verdict.DISMISSED:
        return case.status is CaseStatus.VOIDED and case.dismiss_reason == reason
    return case.decided_at is not None and case.status is not CaseStatus.VOIDED

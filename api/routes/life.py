"""A case's life over HTTP: what may be done now, doing it, and what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import ValidationError

from api.acting import actor_of
from api.auth import READERS, Caller, Principal, requires
from api.life.actors import Actor
from api.life.fields import AskSuspend, Fields
from api.life.machine import BY_ACTION
from api.life.standing import Why
from api.openapi import any_action, problems
from api.problems import Problem, from_validation, invalid
from api.routes.versions import ETAG, CaseId, IfMatch, etag_of, versions_in
from api.schema import (
    Action,
    ActionOffers,
    ApprovalList,
    Case,
    CaseHistory,
    FieldError,
    Name,
    Role,
    Scope,
)
from api.schema.compliance import TransferList
from api.schema.life import Step
from api.services import Parts, Services
from api.store.acting import Outcome, act
from api.store.errors import (
    BeingSettled,
    NotAllowed,
    Outdated,
    UnknownCase,
    UnknownPictures,
    UnknownStandard,
)
from api.store.lives import approvals_of, history_of, offers_for, transfers_of

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["life"])

_ACTORS = (Role.OPERATOR, Role.CLERK, Role.CHIEF, Role.ADMIN, Scope.ACT)


@router.get(
    "/actions",
    summary="See what may be done to a case now",
    dependencies=[requires(*READERS)],
    responses={200: {"headers": ETAG}, **problems(401, 403, 404, 422, 503)},
)
def get_actions(
    case_id: CaseId,
    caller: Caller,
    parts: Parts,
    response: Response,
    by: Annotated[
        Name, Query(max_length=80, description="Who asks, where the key does not tell.")
    ] = "",
) -> ActionOffers:
    """What this caller may do to the case as it stands, each with the fields that it takes.

    `blocked` is what it could do besides, were not something missing for it; each thing is named.
    """
    offers = offers_for(parts.store, case_id, actor_of(caller, by))
    if offers is None:
        raise unknown_case(case_id)
    version, items, not_yet = offers
    response.headers["ETag"] = etag_of(case_id, version)
    return ActionOffers(etag=etag_of(case_id, version), items=items, blocked=not_yet)


@router.post(
    "/actions/{action}",
    summary="Do something to a case",
    dependencies=[requires(*_ACTORS)],
    responses={200: {"headers": ETAG}, **problems(401, 403, 404, 409, 412, 422, 503)},
    openapi_extra=any_action(),
)
def post_action(
    case_id: CaseId,
    action: Action,
    caller: Caller,
    parts: Parts,
    response: Response,
    fields: Annotated[
        dict[str, Any],
        Body(
            default_factory=dict,
            description="As `GET /v1/cases/{case_id}/actions` describes them for the action.",
        ),
    ],
    if_match: IfMatch = None,
) -> Case:
    """Move the case on, as the table of its life allows; the answer is the case after it.

    Send the ETag that you saw as `If-Match`: if the case was changed since, it is not touched.
    409 says that it cannot be done from where the case stands, or what is missing for it.
    """
    try:
        what = BY_ACTION[action].takes.model_validate(fields)
    except ValidationError as error:
        raise from_validation(action.value, error, BY_ACTION[action].name_zh) from error
    if isinstance(what, AskSuspend) and what.until is not None and what.until <= _today(parts):
        wrong = ("until", "lies before tomorrow")
        raise invalid("it would rest no day", wrong, zh="预计恢复日期须晚于今天")
    outcome = do_action(parts, case_id, action, caller, what, if_match)
    response.headers["ETag"] = etag_of(case_id, outcome.version)
    return outcome.case


def _today(parts: Services) -> date:
    return datetime.now(parts.settings.zone).date()


def do_action(
    parts: Services,
    case_id: int,
    action: Action,
    caller: Principal,
    what: Fields,
    if_match: str | None,
) -> Outcome:
    """Move a case on.

    Raises:
        Problem: it cannot be done, for a reason that is told in both languages.
    """
    actor = actor_of(caller, what.by)
    versions = versions_in(case_id, if_match)
    with refusing(parts, case_id, actor):
        outcome = act(parts.store, case_id, action, actor, what, versions, datetime.now(UTC))
    parts.feed.nudge()
    return outcome


@contextmanager
def refusing(parts: Services, case_id: int, actor: Actor) -> Iterator[None]:
    """Says to callers why something cannot be done to a case."""
    try:
        yield
    except UnknownCase as error:
        raise unknown_case(case_id) from error
    except Outdated as error:
        zh = "案卷已被他人更新，请重新查看后再办理"
        raise Problem(412, "outdated", str(error), detail_zh=zh) from error
    except BeingSettled as error:
        zh = f"{error.by or '他人'}正在处理此案卷，数秒后生效"
        raise Problem(409, "being-settled", str(error), detail_zh=zh) from error
    except UnknownStandard as error:
        wrong = ("standard", str(error))
        raise invalid("there is no such filing condition", wrong, zh="没有这个立案条件") from error
    except UnknownPictures as error:
        wrong = ("pictures", str(error))
        zh = "请先上传图片，再办理"
        raise invalid("send pictures first, to `files`", wrong, zh=zh) from error
    except NotAllowed as error:
        raise _refused(parts, case_id, actor, error) from error


def _refused(parts: Services, case_id: int, actor: Actor, error: NotAllowed) -> Problem:
    why = error.refusal
    offers = offers_for(parts.store, case_id, actor)
    items = () if offers is None else offers[1]
    allowed = [Step(action=o.action, name_zh=o.name_zh, name_en=o.name_en) for o in items]
    zh = "、".join(step.name_zh for step in allowed) or "无"
    en = ", ".join(step.action.value for step in allowed) or "nothing"
    status, slug = _REFUSED[why.why]
    return Problem(
        status,
        slug,
        f"{why.en}. Open to you now: {en}",
        [
            FieldError(field=lack.field, message=f"缺少{lack.zh} / is missing: {lack.en}")
            for lack in why.lacks
        ],
        detail_zh=f"{why.zh}。您现在可以办理：{zh}",
        allowed=allowed,
    )


_REFUSED = {
    Why.STATE: (409, "not-now"),
    Why.ACTOR: (403, "not-yours"),
    Why.LACKS: (409, "lead-only"),
}


def unknown_case(case_id: int) -> Problem:
    """404: there is no such case."""
    en = f"there is no case {case_id}"
    return Problem(404, "unknown-case", en, detail_zh=f"没有案卷 {case_id}")


@router.get(
    "/history",
    summary="Read a case's history",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_history(case_id: CaseId, parts: Parts) -> CaseHistory:
    """Each step of the case's life: who, when, from where to where, with what."""
    items = history_of(parts.store, case_id)
    if items is None:
        raise unknown_case(case_id)
    return CaseHistory(items=items)


@router.get(
    "/approvals",
    summary="Read what was asked for a case",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_approvals(case_id: CaseId, parts: Parts) -> ApprovalList:
    """延期, 回退, 挂账 and 作废: what was asked for by whom, and how it was decided."""
    items = approvals_of(parts.store, case_id)
    if items is None:
        raise unknown_case(case_id)
    return ApprovalList(items=items)


@router.get(
    "/transfers",
    summary="Read how a case was handed over",
    dependencies=[requires(*READERS)],
    responses=problems(401, 403, 404, 422, 503),
)
def get_transfers(case_id: CaseId, parts: Parts) -> TransferList:
    """Each time it was handed over, taken in or passed on to a penalty file, with the receipts."""
    items = transfers_of(parts.store, case_id)
    if items is None:
        raise unknown_case(case_id)
    return TransferList(items=items)

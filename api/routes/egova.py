"""What eGova platforms send us."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials
from starlette.concurrency import run_in_threadpool

from api.auth import Bearer, Requirement, Session, identify
from api.openapi import problems
from api.outward.egova_inward import answer
from api.schema import Role, Scope
from api.schema.egova import EgovaAnswer, EgovaMessage
from api.services import Parts

router = APIRouter(prefix="/v1/egova", tags=["subscriptions"])


@dataclass(frozen=True, slots=True)
class _TokenWanted(Requirement):
    """Lets platforms pass whose key, sent as `egova_openapi_token`, is good for it."""

    async def __call__(  # type: ignore[override]
        self,
        request: Request,
        parts: Parts,
        bearer: Bearer,
        session: Session,
        egova_openapi_token: Annotated[
            str | None, Query(max_length=256, description="The platform's key here.")
        ] = None,
    ) -> None:
        """Let the caller pass.

        Raises:
            Problem: 401 or 403.
        """
        if egova_openapi_token:
            bearer = HTTPAuthorizationCredentials(scheme="Bearer", credentials=egova_openapi_token)
        caller = await run_in_threadpool(identify, request, parts, bearer, session)
        await Requirement.__call__(self, caller)


@router.post(
    "/actions",
    summary="Take an eGova platform's action",
    dependencies=[Depends(_TokenWanted(frozenset({Role.CLERK, Role.ADMIN, Scope.ACT})))],
    responses=problems(401, 403, 413, 422, 503),
    openapi_extra={"security": [{"key": []}]},
)
def post_action(message: EgovaMessage, parts: Parts) -> EgovaAnswer:
    """What a platform that has taken a case says of it: 处置反馈, 签收, 申请, or a question.

    Answered with 200 whether it is done or not; `code` and `success` tell. The same uid is done
    once. A department's 处置反馈 never closes a case: a check does.
    """
    return answer(parts, message, datetime.now(UTC))

"""Operators' sessions, for the browser."""

from fastapi import APIRouter, Request, Response

from api.auth import COOKIE, PUBLIC, SESSION_S, make_session, same_key
from api.openapi import problems
from api.problems import Problem
from api.schema import Login
from api.services import Parts

router = APIRouter(prefix="/v1", tags=["session"], dependencies=[PUBLIC])


@router.post(
    "/login",
    status_code=204,
    summary="Open a session",
    responses=problems(401, 403, 422),
)
def post_login(login: Login, parts: Parts, request: Request, response: Response) -> None:
    """Trade the operator key for a cookie that scripts cannot read; good for twelve hours.

    Where no operator key is set, no session is needed, and none is opened.
    """
    key = parts.settings.operator_key
    if key is None:
        return
    if not same_key(login.key, [key]):
        raise Problem(401, "key-wrong", "this is not the operator key")
    response.set_cookie(
        COOKIE,
        make_session(key),
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


@router.post("/logout", status_code=204, summary="End the session", responses=problems(403))
def post_logout(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")

"""The API's description, to read."""

from typing import cast

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.auth import PUBLIC
from api.reference import STYLE, render

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])


@router.get("/docs", response_class=HTMLResponse)
def get_docs(request: Request) -> str:
    """The reference; holds no data and so needs no key."""
    return render(cast(FastAPI, request.app).openapi())


@router.get("/docs/style.css")
def get_style() -> Response:
    """How it looks; a file of its own, since the page forbids styles inside it."""
    return Response(STYLE, media_type="text/css")


@router.get("/openapi.json", response_class=RedirectResponse)
def get_openapi() -> str:
    """Where tools look for the description first."""
    return "/v1/openapi.json"

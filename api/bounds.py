"""What a chief who is tied to assignments may ask for: their own cases, and nothing beside."""

from collections.abc import Collection

from fastapi import Request

from api.problems import Problem
from api.services import Services
from api.store.chief_access import is_theirs, shows_theirs

_OPEN = frozenset(
    {
        "/v1/me",
        "/v1/mine",
        "/v1/password",
        "/v1/logout-everywhere",
        "/v1/dismissal-reasons",
        "/v1/map",
    }
)
_CASE = "/v1/cases/{case_id}"
_FILE = "/v1/evidence/{sha256}"
_LAYER = "/v1/map/{layer}"


def check_bounds(services: Services, request: Request, assignments: Collection[str]) -> None:
    """See that a request is for what a chief of these assignments may see.

    Raises:
        Problem: 403, it is not.
    """
    path: str = request.scope["route"].path
    if path in _OPEN:
        return
    values = request.path_params
    if path == _LAYER and values.get("layer") == "streets":
        return
    if path == _CASE or path.startswith(_CASE + "/"):
        case_id = str(values.get("case_id", ""))
        if case_id.isdecimal() and is_theirs(services.store, int(case_id), assignments):
            return
    elif path == _FILE and shows_theirs(services.store, values.get("sha256", ""), assignments):
        return
    zh = "您只能查看和办理自己负责的案卷"
    raise Problem(403, "not-yours", "you may see your own cases alone", detail_zh=zh)

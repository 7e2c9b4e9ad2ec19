"""Notices as readers see them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict

from api.schema.base import Wire
from api.schema.dispatch import InCharge

_EXAMPLE: dict[str, Any] = {
    "id": 12,
    "case_id": 9,
    "audience": "chief",
    "role": "路长",
    "name": "张三（虚构）",
    "phone": "13800000000",
    "email": None,
    "why": "duty",
    "channel": "sms",
    "title": "【路长】暴露垃圾待处置",
    "text": "张三（虚构）您好：经十路 3 号发现暴露垃圾（案件370114-20261125-00009）…",
    "created_at": "2026-11-25T02:00:00Z",
    "state": "sent",
    "settled_at": "2026-11-25T02:00:01Z",
    "next_at": "2026-11-25T02:02:00Z",
    "detail": "HTTP 200: ok",
    "tried": [
        {
            "number": 1,
            "at": "2026-11-25T02:00:00Z",
            "result": "delivered",
            "status": 200,
            "detail": "HTTP 200: ok",
        }
    ],
}


class NoticeTry(Wire):
    """A try of a notice; `begun` says that nobody knows what came of it."""

    number: int
    at: datetime
    result: Literal["begun", "delivered", "failed", "throttled", "gone", "refused", "not_wanted"]
    status: int | None
    detail: str


class NoticeView(Wire):
    """Who was told, when, through what, and whether it arrived.

    `why` is why this person: `duty`, `deputy`, or `off_duty` where nobody else was there.
    `sent` says that the receiver, such as the SMS gateway, has taken it.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    case_id: int | None
    audience: Literal["chief", "keeper", "department"]
    role: str
    name: str
    phone: str | None
    email: str | None
    why: Literal["duty", "deputy", "off_duty", ""]
    channel: str
    title: str
    text: str
    created_at: datetime
    state: Literal["waiting", "sent", "failed"]
    settled_at: datetime | None
    next_at: datetime
    detail: str
    tried: tuple[NoticeTry, ...]


class NoticeList(Wire):
    """All that anybody was told of a case, oldest first."""

    items: tuple[NoticeView, ...]


class NoticePage(Wire):
    """A page of notices, newest first; `next` is the cursor of the page after it, or None."""

    items: tuple[NoticeView, ...]
    next: int | None


class CaseRoute(Wire):
    """Who is to deal with a case: the department that is proposed, why, and the chiefs in order.

    `department_by` is `owner` where the component's owner comes before the filing condition's
    lead department. `told` is the role that was told last, `next_at` when the one after it is.
    """

    department: str | None
    department_by: Literal["owner", "condition", "none"]
    component: str | None
    shop: str | None
    chiefs: tuple[InCharge, ...]
    told: str | None
    next_at: datetime | None

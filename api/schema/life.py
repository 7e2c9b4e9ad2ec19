"""The words of a case's life: its states, what may be done, and what was done."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from api.schema.base import Wire


class CaseStatus(StrEnum):
    """Where a case stands, in the terms of deployed systems that implement GB/T 30428."""

    REPORTED = "reported"
    """已上报: filed, waiting for an operator."""
    PENDING_VERIFY = "pending_verify"
    """待核实: what others told of must be seen first."""
    PENDING_REGISTER = "pending_register"
    """待立案: seen to be so, waiting to be registered."""
    ACCEPTED = "accepted"
    """已立案: registered under a filing condition."""
    PENDING_DISPATCH = "pending_dispatch"
    """待派遣: waiting for a department."""
    DISPATCHED = "dispatched"
    """已派遣: a department has it and has not signed for it."""
    PENDING_HANDLE = "pending_handle"
    """待指派: signed for, waiting for hands."""
    HANDLING = "handling"
    """处置中: somebody works on it."""
    HANDLE_FINISH = "handle_finish"
    """处置完成: the department says that it is done."""
    PENDING_CHECK = "pending_check"
    """待核查: waiting for somebody independent to look."""
    CHECKING = "checking"
    """核查中: somebody looks."""
    CHECK_PASS = "check_pass"  # noqa: S105 (a state, no secret)
    """核查通过: it is really gone."""
    CHECK_NOT_PASS = "check_not_pass"  # noqa: S105 (a state, no secret)
    """核查不通过: it is still there."""
    PENDING_CLOSE = "pending_close"
    """待结案: waiting for the last word."""
    CLOSED = "closed"
    """已结案."""
    RETURNED = "returned"
    """部门回退: the department gave it back, and that was granted."""
    VOIDED = "voided"
    """作废: there was nothing to it."""


class Action(StrEnum):
    """What is done to a case; `api.life.machine` says from where, by whom, and where to."""

    FILE = "file"
    ASK_VERIFY = "ask_verify"
    TAKE_IN = "take_in"
    VERIFY = "verify"
    REGISTER = "register"
    TO_DISPATCH = "to_dispatch"
    DISPATCH = "dispatch"
    HAND_OVER = "hand_over"
    SIGN = "sign"
    ASSIGN = "assign"
    FINISH = "finish"
    ASK_CHECK = "ask_check"
    TAKE_CHECK = "take_check"
    HAND_CHECK = "hand_check"
    PASS = "pass"  # noqa: S105 (an action, no secret)
    FAIL = "fail"
    TO_CLOSE = "to_close"
    REWORK = "rework"
    CLOSE = "close"
    VOID = "void"
    ASK_POSTPONE = "ask_postpone"
    GRANT_POSTPONE = "grant_postpone"
    REFUSE_POSTPONE = "refuse_postpone"
    ASK_ROLLBACK = "ask_rollback"
    GRANT_ROLLBACK = "grant_rollback"
    REFUSE_ROLLBACK = "refuse_rollback"
    ASK_SUSPEND = "ask_suspend"
    GRANT_SUSPEND = "grant_suspend"
    REFUSE_SUSPEND = "refuse_suspend"
    ASK_VOID = "ask_void"
    GRANT_VOID = "grant_void"
    REFUSE_VOID = "refuse_void"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    RESUME = "resume"
    SUPERVISE = "supervise"
    PRESS = "press"
    SET_STANDARD = "set_standard"
    REVIEW = "review"
    TO_PENALTY = "to_penalty"
    NUMBER_PENALTY = "number_penalty"


class Step(Wire):
    """Something that may be done, by its name."""

    action: Action
    name_zh: str
    name_en: str


class HistoryEntry(Wire):
    """One step of a case's life; together they give the state that it is in."""

    number: int
    action: Action
    name_zh: str
    name_en: str
    before: CaseStatus | None
    after: CaseStatus
    by: str
    by_kind: str
    at: datetime
    fields: dict[str, Any]


class CaseHistory(Wire):
    """A case's whole life, oldest step first."""

    items: tuple[HistoryEntry, ...]


class ActionOffer(Wire):
    """Something that this caller may do to the case now; `fields` is the JSON Schema of what
    it takes."""

    action: Action
    name_zh: str
    name_en: str
    after: CaseStatus
    fields: dict[str, Any]


class Missing(Wire):
    """Something that must be there first: of a camera, or, without one, of the case itself."""

    field: str
    camera_id: str | None
    text_zh: str
    text_en: str


class BlockedAction(Wire):
    """Something that this caller could do to the case, were nothing missing for it."""

    action: Action
    name_zh: str
    name_en: str
    missing: tuple[Missing, ...]


class ActionOffers(Wire):
    """What may be done to a case now, and the ETag to do it with; and what may be done as soon as
    what is missing for it is there."""

    etag: str
    items: tuple[ActionOffer, ...]
    blocked: tuple[BlockedAction, ...] = ()


class ApprovalView(Wire):
    """Something asked for a case by one and decided by another."""

    number: int
    kind: str
    status: str
    asked_by: str
    asked_at: datetime
    fields: dict[str, Any]
    decided_by: str | None
    decided_at: datetime | None
    note: str


class ApprovalList(Wire):
    """All that was ever asked for a case, oldest first."""

    items: tuple[ApprovalView, ...]

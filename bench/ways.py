"""The ways that cases go, and what goes them: data for `bench.lives`."""

from dataclasses import dataclass
from typing import Any

from api.life.actors import Actor, Who
from api.schema.life import Action

CLERK = Actor("李", frozenset({Who.OPERATOR, Who.CLERK}))
OTHER_CLERK = Actor("赵", frozenset({Who.CLERK}))
DEPARTMENT = Actor("环卫", frozenset({Who.CHIEF}))

Step = tuple[Action, Actor, dict[str, Any]]
_HANDS: tuple[Step, ...] = (
    (Action.SIGN, DEPARTMENT, {}),
    (Action.ASSIGN, DEPARTMENT, {"handler": "王"}),
)
_REGISTER: Step = (Action.REGISTER, CLERK, {})
_DISPATCH: Step = (Action.DISPATCH, CLERK, {"department": "环卫"})
_FINISH: Step = (Action.FINISH, DEPARTMENT, {"opinion": "已清理"})
_PASS: Step = (Action.PASS, CLERK, {"opinion": "已核查"})
_SHELVE = {"reason": "冬季停工", "ground": "seasonal"}
_LONGER = {"reason": "雨天", "limit": {"amount": 1, "unit": "work_day"}}

WAYS: dict[str, tuple[Step, ...]] = {
    "plain": (_REGISTER, _DISPATCH, *_HANDS, _FINISH, _PASS),
    "rework": (
        _REGISTER, _DISPATCH, *_HANDS, _FINISH, (Action.TAKE_CHECK, CLERK, {}),
        (Action.FAIL, CLERK, {"opinion": "仍在"}), _FINISH, _PASS,
    ),
    "approvals": (
        _REGISTER, _DISPATCH, (Action.ASK_ROLLBACK, DEPARTMENT, {"reason": "非我辖区"}),
        (Action.GRANT_ROLLBACK, CLERK, {}), _DISPATCH, *_HANDS,
        (Action.ASK_POSTPONE, DEPARTMENT, _LONGER), (Action.GRANT_POSTPONE, OTHER_CLERK, {}),
        (Action.ASK_SUSPEND, DEPARTMENT, _SHELVE), (Action.GRANT_SUSPEND, OTHER_CLERK, {}),
        (Action.RESUME, CLERK, {}), _FINISH, _PASS,
    ),
    "void": ((Action.VOID, CLERK, {"reason": "影子"}),),
}  # fmt: skip
"""What is done to a case after it was filed, and in which order."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is led: what it is, who told of it first, and the ways, in time and late."""

    kind: str
    label: str
    service_code: str
    source: str = "camera"
    ways: tuple[str, ...] = ("plain", "void")
    late: tuple[str, ...] = ("plain",)


ALL_WAYS = tuple(WAYS)
SUBJECTS = (
    Subject("litter", "garbage_bag", "E-0102", ways=ALL_WAYS, late=ALL_WAYS[:3]),
    Subject("litter", "rubble", "E-0103"),
    Subject("vending", "stall", "E-0501", ways=ALL_WAYS),
    Subject("manhole", "missing", "C-0114"),
    Subject("litter", "garbage_bag", "E-0102", "12345"),
    Subject("vending", "stall", "E-0501", "dahua"),
)

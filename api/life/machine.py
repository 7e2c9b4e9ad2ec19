"""The one table of what may be done to a case: from where, by whom, with what, to where.

States and flow: systems that implement GB/T 30428.8 and CJ/T 315 (信息收集, 案卷建立, 任务派遣,
任务处理, 处理反馈, 核实结案), as their open sources and handbooks show them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from api.life import fields
from api.life.actors import Who
from api.schema.life import Action as A  # noqa: N817 (a table is read across)
from api.schema.life import CaseStatus as S

TERMINAL = frozenset({S.CLOSED, S.VOIDED})
UNREGISTERED = frozenset({S.REPORTED, S.PENDING_VERIFY, S.PENDING_REGISTER})
REGISTERED = frozenset(S) - UNREGISTERED - TERMINAL
AT_DEPARTMENT = frozenset({S.DISPATCHED, S.PENDING_HANDLE, S.HANDLING})
UNDISPATCHED = frozenset({S.PENDING_DISPATCH, S.RETURNED})
TO_CHECK = frozenset({S.PENDING_CHECK, S.CHECKING})

CLERKS = frozenset({Who.CLERK, Who.ADMIN})
DESK = CLERKS | {Who.OPERATOR}
DEPARTMENT = frozenset({Who.CHIEF, Who.INTEGRATOR}) | CLERKS
SYSTEM = frozenset({Who.SYSTEM})


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table.

    Attributes:
        action: what is done.
        before: the states from which it is done; empty for a case's birth.
        after: the state that it leads to; None when the case stays where it is.
        who: the capacities of which the actor needs one.
        event: how the event log and subscribers call it.
        takes: the fields that come with it.
        by_itself: the system does it at once when the case gets into `before`.
        independent: whoever did the work must not do this.
        shelved: may be done while the case is shelved (挂账).
    """

    action: A
    name_zh: str
    name_en: str
    before: frozenset[S]
    after: S | None
    who: frozenset[Who]
    event: str
    takes: type[fields.Fields] = fields.Fields
    by_itself: bool = False
    independent: bool = False
    shelved: bool = False

    def leads_to(self, state: S) -> S:
        """Where it leads from `state`."""
        return self.after or state


def _states(*states: S) -> frozenset[S]:
    return frozenset(states)


def _approval(
    ask: A,
    grant: A,
    refuse: A,
    names: tuple[str, str],
    before: frozenset[S],
    after: S | None,
    takes: type[fields.Fields],
) -> tuple[Rule, Rule, Rule]:
    """Asked for by the department or the desk, decided by a clerk who did not ask."""
    zh, en = names
    word = ask.value.removeprefix("ask_")
    return (
        Rule(
            ask, f"{zh}申请", f"ask to {en}", before, None, DEPARTMENT | DESK,
            f"case.{word}_asked", takes, shelved=True,
        ),
        Rule(
            grant, f"准予{zh}", f"grant: {en}", before, after, CLERKS,
            f"case.{word}_granted", shelved=True,
        ),
        Rule(
            refuse, f"不准{zh}", f"refuse: {en}", before, None, CLERKS,
            f"case.{word}_refused", fields.Reasoned, shelved=True,
        ),
    )  # fmt: skip


# fmt: off
RULES: tuple[Rule, ...] = (
    Rule(A.FILE, "上报", "file", _states(), S.REPORTED,
         CLERKS | {Who.WORKER, Who.INTEGRATOR, Who.SYSTEM}, "case.filed"),
    Rule(A.ASK_VERIFY, "转核实", "ask for verification", _states(S.REPORTED), S.PENDING_VERIFY,
         DESK | SYSTEM, "case.verify_asked"),
    Rule(A.TAKE_IN, "接收移送", "take in", _states(S.REPORTED), S.PENDING_VERIFY,
         CLERKS | {Who.INTEGRATOR, Who.SYSTEM}, "case.taken_in", fields.TakeIn),
    Rule(A.VERIFY, "核实属实", "verify", _states(S.PENDING_VERIFY), S.PENDING_REGISTER,
         DESK | {Who.CHIEF, Who.CAMERA}, "case.verified"),
    Rule(A.REGISTER, "立案", "register", _states(S.REPORTED, S.PENDING_REGISTER), S.ACCEPTED,
         DESK, "case.registered", fields.Register),
    Rule(A.VOID, "作废", "void", UNREGISTERED, S.VOIDED, DESK, "case.voided", fields.Void),
    Rule(A.TO_DISPATCH, "转派遣", "pass on for dispatch", _states(S.ACCEPTED), S.PENDING_DISPATCH,
         SYSTEM, "case.dispatch_asked", by_itself=True),
    Rule(A.DISPATCH, "派遣", "dispatch", UNDISPATCHED, S.DISPATCHED,
         CLERKS | SYSTEM, "case.dispatched", fields.Dispatch),
    Rule(A.HAND_OVER, "移交", "hand over", UNDISPATCHED, S.DISPATCHED,
         CLERKS, "case.handed_over", fields.HandOver),
    Rule(A.SIGN, "签收", "sign for", _states(S.DISPATCHED), S.PENDING_HANDLE,
         DEPARTMENT | SYSTEM, "case.signed", fields.Sign),
    Rule(A.ASSIGN, "指派", "assign", _states(S.PENDING_HANDLE, S.HANDLING), S.HANDLING,
         DEPARTMENT | SYSTEM, "case.assigned", fields.Assign),
    Rule(A.FINISH, "处置完成", "report as done", _states(S.HANDLING), S.HANDLE_FINISH,
         DEPARTMENT, "case.finished", fields.Finish),
    Rule(A.ASK_CHECK, "转核查", "ask for a check", _states(S.HANDLE_FINISH), S.PENDING_CHECK,
         SYSTEM, "case.check_asked", by_itself=True),
    Rule(A.TAKE_CHECK, "开始核查", "start the check", _states(S.PENDING_CHECK), S.CHECKING,
         DESK | {Who.CAMERA}, "case.check_taken", independent=True),
    Rule(A.HAND_CHECK, "转人工核查", "leave the check to people", _states(S.CHECKING),
         S.PENDING_CHECK, DESK | {Who.CAMERA}, "case.check_left", fields.Check),
    Rule(A.PASS, "核查通过", "pass the check", TO_CHECK, S.CHECK_PASS,
         DESK | {Who.CAMERA}, "case.check_passed", fields.Check, independent=True),
    Rule(A.FAIL, "核查不通过", "fail the check", TO_CHECK, S.CHECK_NOT_PASS,
         DESK | {Who.CAMERA}, "case.check_failed", fields.Check, independent=True),
    Rule(A.REWORK, "返工", "rework", _states(S.CHECK_NOT_PASS), S.HANDLING,
         SYSTEM, "case.rework", by_itself=True),
    Rule(A.TO_CLOSE, "转结案", "pass on for closing", _states(S.CHECK_PASS), S.PENDING_CLOSE,
         SYSTEM, "case.close_asked", by_itself=True),
    Rule(A.CLOSE, "结案", "close", _states(S.PENDING_CLOSE), S.CLOSED,
         CLERKS | SYSTEM, "case.closed", by_itself=True),
    *_approval(A.ASK_POSTPONE, A.GRANT_POSTPONE, A.REFUSE_POSTPONE, ("延期", "postpone"),
               AT_DEPARTMENT, None, fields.AskPostpone),
    *_approval(A.ASK_ROLLBACK, A.GRANT_ROLLBACK, A.REFUSE_ROLLBACK, ("回退", "send back"),
               AT_DEPARTMENT, S.RETURNED, fields.Reasoned),
    *_approval(A.ASK_SUSPEND, A.GRANT_SUSPEND, A.REFUSE_SUSPEND, ("挂账", "shelve"),
               AT_DEPARTMENT | UNDISPATCHED, None, fields.AskSuspend),
    *_approval(A.ASK_VOID, A.GRANT_VOID, A.REFUSE_VOID, ("作废", "void"),
               REGISTERED, S.VOIDED, fields.Reasoned),
    Rule(A.WITHDRAW, "撤回申请", "withdraw what was asked", REGISTERED, None,
         DEPARTMENT | DESK, "case.withdrawn", shelved=True),
    Rule(A.LAPSE, "申请失效", "what was asked lapses", frozenset(S), None,
         SYSTEM, "case.lapsed", shelved=True),
    Rule(A.RESUME, "恢复办理", "resume", AT_DEPARTMENT | UNDISPATCHED, None,
         CLERKS | SYSTEM, "case.resumed", shelved=True),
    Rule(A.SUPERVISE, "督办", "supervise", REGISTERED, None,
         CLERKS, "case.supervised", fields.Reasoned, shelved=True),
    Rule(A.PRESS, "催办", "press", REGISTERED, None,
         DESK | SYSTEM, "case.pressed", shelved=True),
    Rule(A.SET_STANDARD, "变更立案条件", "change the filing condition",
         UNREGISTERED | UNDISPATCHED, None, CLERKS, "case.standard_set", fields.SetStandard),
    Rule(A.REVIEW, "审核签字", "sign the review", UNREGISTERED | REGISTERED, None,
         DESK, "case.reviewed", shelved=True),
    Rule(A.TO_PENALTY, "转行政处罚", "pass on to a penalty file", REGISTERED, None,
         CLERKS, "case.to_penalty", fields.ToPenalty, shelved=True),
    # The other side may take its time: also once the case is closed.
    Rule(A.NUMBER_PENALTY, "登记处罚案号", "note the penalty file's number",
         REGISTERED | {S.CLOSED}, None, CLERKS | {Who.INTEGRATOR}, "case.penalty_numbered",
         fields.NumberPenalty, shelved=True),
)
# fmt: on

TIMER_EVENTS = ("case.overdue", "case.stage_done", "case.escalated")
"""That a timer has run out, that a stage's task is done before the stage is, and that the next
chief was told."""
BY_ACTION = {rule.action: rule for rule in RULES}
DESK_EVENTS = ("case.settling", "case.unsettled", "case.snoozed", "case.woken", "case.given")
"""That a verdict is held, that it was taken back, that a place waits, that it waits no more, that
an alert was given to an operator or taken from one."""
_BESIDES = ("case.sighted", "case.called_back", "case.file_added", *TIMER_EVENTS, *DESK_EVENTS)
EVENTS = tuple(dict.fromkeys([*(rule.event for rule in RULES), *_BESIDES]))
"""Every type of event that cases make, in the table's order."""

APPROVALS = {
    "postpone": BY_ACTION[A.ASK_POSTPONE],
    "rollback": BY_ACTION[A.ASK_ROLLBACK],
    "suspend": BY_ACTION[A.ASK_SUSPEND],
    "void": BY_ACTION[A.ASK_VOID],
}


class Broken(ValueError):
    """A history that the table does not allow."""


def replay(steps: Iterable[tuple[A, S | None, S]]) -> S | None:
    """The state that a history leads to; None for an empty one.

    Args:
        steps: action, state before and state after of each step, oldest first.

    Raises:
        Broken: a step that is not in the table, or does not begin where the last one ended.
    """
    state: S | None = None
    for number, (action, before, after) in enumerate(steps, 1):
        rule = BY_ACTION[action]
        if before is not state:
            raise Broken(f"step {number} begins at {before}, but the case was at {state}")
        if (before is None) != (not rule.before) or (before and before not in rule.before):
            raise Broken(f"step {number}: {action} is not done from {before}")
        if after is not (rule.after or before):
            raise Broken(f"step {number}: {action} leads to {rule.after or before}, not {after}")
        state = after
    return state

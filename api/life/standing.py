"""Whether this actor may do this to this case now, and if not, why."""

from dataclasses import dataclass
from enum import Enum

from api.life.actors import PEOPLE, Actor, Who
from api.life.compliance import Lack
from api.life.machine import APPROVALS, RULES, Rule
from api.life.words import STATE_NAMES, WHO_NAMES
from api.schema.life import Action, CaseStatus

_ASKS = {rule.action: kind for kind, rule in APPROVALS.items()}
_DECIDES = {Action(f"{verb}_{kind}"): kind for kind in APPROVALS for verb in ("grant", "refuse")}


@dataclass(frozen=True, slots=True)
class OpenApproval:
    """What was asked for a case and is not decided."""

    kind: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the table's conditions look at.

    Attributes:
        state: None before the case is filed.
        worked_by: the names of those who did the work, whoever the department said it was.
        approval: the one thing that is asked and not decided, if any.
        shelved: 挂账 was granted and not ended.
        closes_on_check: the filing condition lets an independent check close the case.
        lacks: what a penalty file would still need (DOMAIN: 行政处罚法 art. 41).
        in_penalty: it was passed on to a penalty file already.
        penalty_numbered: the number of that file is known.
        handed_in: another authority handed it over (移送).
    """

    state: CaseStatus | None
    worked_by: frozenset[str] = frozenset()
    approval: OpenApproval | None = None
    shelved: bool = False
    closes_on_check: bool = True
    lacks: tuple[Lack, ...] = ()
    in_penalty: bool = False
    penalty_numbered: bool = False
    handed_in: bool = False


class Why(Enum):
    """The kind of a refusal."""

    STATE = "state"
    """Not from where the case stands, or not while it stands so."""
    ACTOR = "actor"
    """Not by this one."""
    LACKS = "lacks"
    """Something must be there first."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action is not done, in Chinese and in English."""

    why: Why
    zh: str
    en: str
    lacks: tuple[Lack, ...] = ()


def refusal(rule: Rule, standing: Standing, actor: Actor) -> Refusal | None:
    """Why `actor` may not do it now; None when it may."""
    return _by_state(rule, standing) or _by_actor(rule, standing, actor) or _by_lack(rule, standing)


def allowed(standing: Standing, actor: Actor) -> tuple[Rule, ...]:
    """What `actor` may do now, in the table's order."""
    return tuple(rule for rule in RULES if refusal(rule, standing, actor) is None)


def blocked(standing: Standing, actor: Actor) -> tuple[tuple[Rule, tuple[Lack, ...]], ...]:
    """What `actor` could do now but for what is missing, each with that."""
    refused = ((rule, refusal(rule, standing, actor)) for rule in RULES)
    return tuple((rule, why.lacks) for rule, why in refused if why and why.why is Why.LACKS)


def next_by_itself(standing: Standing) -> Rule | None:
    """What the system does at once now, if anything."""
    for rule in RULES:
        if not rule.by_itself or standing.state not in rule.before:
            continue
        if rule.action is not Action.CLOSE or standing.closes_on_check:
            return rule
    return None


def has_lapsed(standing: Standing) -> bool:
    """Whether what is asked can no longer be granted, since the case went on."""
    asked = standing.approval
    return asked is not None and standing.state not in APPROVALS[asked.kind].before


def _by_state(rule: Rule, standing: Standing) -> Refusal | None:
    state = standing.state
    if (state is None) != (not rule.before) or (state is not None and state not in rule.before):
        return _not_from(rule, state)
    if standing.shelved and not rule.shelved:
        return _state(
            f"案卷已挂账，须先恢复办理，才能{rule.name_zh}",
            f"the case is shelved: resume it before {rule.action.value}",
        )
    if rule.action is Action.RESUME and not standing.shelved:
        return _state("案卷未挂账", "the case is not shelved")
    if rule.action is Action.TO_PENALTY and standing.in_penalty:
        return _state("案卷已转行政处罚", "the case was passed on to a penalty file already")
    if rule.action is Action.NUMBER_PENALTY and not standing.in_penalty:
        return _state("案卷未转行政处罚", "the case was not passed on to a penalty file")
    if rule.action is Action.NUMBER_PENALTY and standing.penalty_numbered:
        return _state("处罚案号已登记", "the number of the penalty file is known already")
    if rule.action is Action.TAKE_IN and not standing.handed_in:
        return _state("案卷不是其他部门移送的", "no other authority has handed the case over")
    return _by_approval(rule, standing)


def _state(zh: str, en: str) -> Refusal:
    return Refusal(Why.STATE, zh, en)


def _not_from(rule: Rule, state: CaseStatus | None) -> Refusal:
    zh, en = "尚未上报", "not filed yet"
    if state is not None:
        zh, en = f"现为「{STATE_NAMES[state][0]}」", f"at {state.value}"
    return _state(
        f"案卷{zh}，不能{rule.name_zh}", f"{rule.action.value} cannot be done: the case is {en}"
    )


def _by_approval(rule: Rule, standing: Standing) -> Refusal | None:
    asked = standing.approval
    if rule.action in _ASKS:
        if asked is not None:
            name = APPROVALS[asked.kind].name_zh
            en = f"{asked.kind} is asked already and not decided yet"
            return _state(f"已有{name}，尚未批复", en)
        if rule.action is Action.ASK_SUSPEND and standing.shelved:
            return _state("案卷已挂账", "the case is shelved already")
    wanted = _DECIDES.get(rule.action)
    if wanted is not None and (asked is None or asked.kind != wanted):
        return _state(f"没有待批复的{APPROVALS[wanted].name_zh}", f"{wanted} is not asked for")
    if rule.action is Action.WITHDRAW and asked is None:
        return _state("没有待批复的申请", "nothing is asked for")
    if rule.action is Action.LAPSE and not has_lapsed(standing):
        return _state("没有已失效的申请", "nothing is asked for that the case has left behind")
    return None


_NOT_THE_ASKER = ("申请人不得自行批复", "whoever asked does not decide")
_NOT_THE_WORKER = ("处置人不得自行核查", "whoever did the work does not check it")


def _by_actor(rule: Rule, standing: Standing, actor: Actor) -> Refusal | None:
    if not actor.who & rule.who:
        wanted = sorted(rule.who)
        names = "、".join(WHO_NAMES[who] for who in wanted)
        en = f"{rule.action.value} is done by: {', '.join(wanted)}"
        return Refusal(Why.ACTOR, f"{rule.name_zh}须由以下人员办理：{names}", en)
    if Who.SYSTEM in actor.who:
        return None
    asked = standing.approval
    if rule.action in _DECIDES and asked is not None:
        return _other(actor, frozenset({asked.asked_by}), _NOT_THE_ASKER)
    if rule.action is Action.WITHDRAW and asked is not None and actor.name != asked.asked_by:
        en = f"only {asked.asked_by or 'the one who asked'} can withdraw it"
        return Refusal(Why.ACTOR, f"只有申请人{asked.asked_by}可以撤回", en)
    if rule.independent and Who.CAMERA not in actor.who:
        return _other(actor, standing.worked_by, _NOT_THE_WORKER)
    if rule.action is Action.REVIEW and not (actor.name and actor.who & PEOPLE):
        en = "a review is signed by a person with a name: give it as `by`"
        return Refusal(Why.ACTOR, "审核须由有姓名的人签字，请填写姓名（by）", en)
    return None


def _other(actor: Actor, others: frozenset[str], principle: tuple[str, str]) -> Refusal | None:
    zh, en = principle
    if not actor.name:
        en = f"{en}, so say who you are: give your name as `by`"
        return Refusal(Why.ACTOR, f"{zh}，请先填写姓名（by）", en)
    if actor.name in others:
        return Refusal(Why.ACTOR, f"{zh}：正是{actor.name}", f"{en}; {actor.name} did")
    return None


def _by_lack(rule: Rule, standing: Standing) -> Refusal | None:
    if rule.action is Action.TO_PENALTY and standing.lacks:
        return Refusal(
            Why.LACKS,
            "所见只是管理案卷的线索，转行政处罚尚缺："
            + "；".join(lack.zh for lack in standing.lacks),
            "what was seen is a lead for a management case; for a penalty file it lacks "
            + "; ".join(lack.en for lack in standing.lacks),
            standing.lacks,
        )
    return None

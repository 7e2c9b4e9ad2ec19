"""Whether this actor may do this to this case now, and if not, why."""

from dataclasses import dataclass
from enum import Enum

from api.life.actors import PEOPLE, Actor, Who
from api.life.compliance import Lack
from api.life.machine import APPROVALS, RULES, Rule
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
    """

    state: CaseStatus | None
    worked_by: frozenset[str] = frozenset()
    approval: OpenApproval | None = None
    shelved: bool = False
    closes_on_check: bool = True
    lacks: tuple[Lack, ...] = ()
    in_penalty: bool = False


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
    """Why an action is not done."""

    why: Why
    detail: str
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
        where = "not filed yet" if state is None else f"at {state.value}"
        return Refusal(Why.STATE, f"{rule.action.value} cannot be done: the case is {where}")
    if standing.shelved and not rule.shelved:
        return Refusal(Why.STATE, f"the case is shelved: resume it before {rule.action.value}")
    if rule.action is Action.RESUME and not standing.shelved:
        return Refusal(Why.STATE, "the case is not shelved")
    if rule.action is Action.TO_PENALTY and standing.in_penalty:
        return Refusal(Why.STATE, "the case was passed on to a penalty file already")
    return _by_approval(rule, standing)


def _by_approval(rule: Rule, standing: Standing) -> Refusal | None:
    asked = standing.approval
    if rule.action in _ASKS:
        if asked is not None:
            return Refusal(Why.STATE, f"{asked.kind} is asked already and not decided yet")
        if rule.action is Action.ASK_SUSPEND and standing.shelved:
            return Refusal(Why.STATE, "the case is shelved already")
    wanted = _DECIDES.get(rule.action)
    if wanted is not None and (asked is None or asked.kind != wanted):
        return Refusal(Why.STATE, f"{wanted} is not asked for")
    if rule.action is Action.WITHDRAW and asked is None:
        return Refusal(Why.STATE, "nothing is asked for")
    if rule.action is Action.LAPSE and not has_lapsed(standing):
        return Refusal(Why.STATE, "nothing is asked for that the case has left behind")
    return None


def _by_actor(rule: Rule, standing: Standing, actor: Actor) -> Refusal | None:
    if not actor.who & rule.who:
        wanted = ", ".join(sorted(rule.who))
        return Refusal(Why.ACTOR, f"{rule.action.value} is done by: {wanted}")
    if Who.SYSTEM in actor.who:
        return None
    asked = standing.approval
    if rule.action in _DECIDES and asked is not None:
        return _other(actor, frozenset({asked.asked_by}), "whoever asked does not decide")
    if rule.action is Action.WITHDRAW and asked is not None and actor.name != asked.asked_by:
        return Refusal(Why.ACTOR, f"only {asked.asked_by or 'the one who asked'} can withdraw it")
    if rule.independent and Who.CAMERA not in actor.who:
        return _other(actor, standing.worked_by, "whoever did the work does not check it")
    if rule.action is Action.REVIEW and not (actor.name and actor.who & PEOPLE):
        return Refusal(Why.ACTOR, "a review is signed by a person with a name: give it as `by`")
    return None


def _other(actor: Actor, others: frozenset[str], principle: str) -> Refusal | None:
    if not actor.name:
        return Refusal(Why.ACTOR, f"{principle}, so say who you are: give your name as `by`")
    if actor.name in others:
        return Refusal(Why.ACTOR, f"{principle}; {actor.name} did")
    return None


def _by_lack(rule: Rule, standing: Standing) -> Refusal | None:
    if rule.action is Action.TO_PENALTY and standing.lacks:
        return Refusal(
            Why.LACKS,
            "what was seen is a lead for a management case; for a penalty file it lacks "
            + "; ".join(lack.en for lack in standing.lacks),
            standing.lacks,
        )
    return None

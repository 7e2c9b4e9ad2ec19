"""A camera's rules, by the model that they use: what is wanted of each model, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Self

from detector.card import ModelCard
from detector.errors import RuleInvalid
from detector.rules import Rule, check_rule
from detector.state import CameraState

AGAIN = 0.2
"""So long after the last look, as a share of its age, an undecided candidate is looked at again;
sooner where a rule wants more than five looks within its dwell, and when its dwell is over."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A camera's rules.

    Attributes:
        by_model: the rules of each model, in the order of the models' names.
        cards: of these models.
        local: the time zone in which rules name hours of the day.
    """

    by_model: Mapping[str, tuple[Rule, ...]]
    cards: Mapping[str, ModelCard]
    local: tzinfo

    @classmethod
    def of(cls, rules: Sequence[Rule], cards: Mapping[str, ModelCard], local: tzinfo) -> Self:
        """Rules over models that are there.

        Raises:
            RuleInvalid: a rule asks for a model or a class that is not there, or two rules
                have one id.
        """
        return cls(_by_model(rules, cards), dict(cards), local)

    def rule(self, rule_id: str) -> Rule | None:
        """A rule by its id, if it is there."""
        found = (rule for rules in self.by_model.values() for rule in rules)
        return next((rule for rule in found if rule.id == rule_id), None)

    def siblings(self, rule: Rule) -> tuple[Rule, ...]:
        """The other rules of a rule's kind."""
        every = (other for rules in self.by_model.values() for other in rules)
        return tuple(other for other in every if other.kind == rule.kind and other.id != rule.id)

    def thresholds(self) -> dict[str, float]:
        """For each model, the score down to which detections are wanted."""
        return {
            name: min(rule.holds_at(self.cards[name]) for rule in rules)
            for name, rules in self.by_model.items()
        }

    def cadences(self, now: datetime) -> dict[str, float]:
        """How often each model is to look at this hour, seconds."""
        hour = now.astimezone(self.local).hour
        return {
            name: min(rule.looks_every_s(self.cards[name], hour) for rule in rules)
            for name, rules in self.by_model.items()
        }

    def undecided(self, state: CameraState) -> dict[str, datetime]:
        """The models that have a candidate which is not decided, and when they look again.

        A picture after that moment will do. A candidate that is young is thus looked at with each
        keyframe, and one that comes and goes for an hour each twelve minutes, if no cadence is
        shorter: it would take all that a machine has, and be decided no better.
        """
        wanted = {name: _again(state, rules) for name, rules in self.by_model.items()}
        return {name: at for name, at in wanted.items() if at is not None}

    def due(self, state: CameraState, now: datetime) -> tuple[str, ...]:
        """The models that are to look at a picture of this time.

        A model is due when its cadence has passed since its last look, and sooner while a
        candidate of its rules is undecided; see `undecided`.
        """
        cadences, undecided = self.cadences(now), self.undecided(state)
        return tuple(
            name
            for name, rules in self.by_model.items()
            if _is_due(state, rules, now, cadences[name], undecided.get(name))
        )


def _is_due(
    state: CameraState, rules: Sequence[Rule], now: datetime, cadence: float, again: datetime | None
) -> bool:
    states = [state.of(rule.id) for rule in rules]
    looks = [entry.last_look for entry in states if entry.last_look is not None]
    if len(looks) < len(states):
        return True
    waited = (now - min(looks)).total_seconds()
    return waited >= cadence or (again is not None and waited > 0 and now >= again)


def _again(state: CameraState, rules: Sequence[Rule]) -> datetime | None:
    """When the soonest of some rules' undecided candidates is to be looked at again."""
    moments: list[datetime] = []
    for rule in rules:
        entry = state.of(rule.id)
        last, share = entry.last_look, min(AGAIN, 1 / max(rule.min_looks - 1, 1))
        if last is None:
            continue
        for since in entry.undecided:
            again = last + max(share * (last - since), timedelta())
            stood = since + timedelta(seconds=rule.dwell_s)
            moments.append(stood if last < stood < again else again)
    return min(moments, default=None)


def _by_model(rules: Sequence[Rule], cards: Mapping[str, ModelCard]) -> dict[str, tuple[Rule, ...]]:
    """Rules by the model that they use, in the order of the models' names."""
    grouped: dict[str, tuple[Rule, ...]] = {}
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleInvalid(f"two rules are called {rule.id}; give each an id of its own")
        if rule.model not in cards:
            known = ", ".join(cards) or "none"
            raise RuleInvalid(f"rule {rule.id}: there is no model `{rule.model}`; loaded: {known}")
        check_rule(rule, cards[rule.model])
        seen.add(rule.id)
        grouped[rule.model] = (*grouped.get(rule.model, ()), rule)
    return dict(sorted(grouped.items()))

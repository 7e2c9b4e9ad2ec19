"""A camera's rules, by the model that they use: what is wanted of each model, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Self

from detector.card import ModelCard
from detector.errors import RuleInvalid
from detector.rules import Rule, check_rule
from detector.state import CameraState


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

    def undecided(self, state: CameraState) -> tuple[str, ...]:
        """The models that have a candidate which is not decided."""
        return tuple(
            name
            for name, rules in self.by_model.items()
            if any(state.of(rule.id).undecided for rule in rules)
        )

    def due(self, state: CameraState, now: datetime) -> tuple[str, ...]:
        """The models that are to look at a picture of this time.

        A model is due when its cadence has passed since its last look, and at every picture
        while a candidate of its rules is undecided.
        """
        cadences, undecided = self.cadences(now), self.undecided(state)
        return tuple(
            name
            for name, rules in self.by_model.items()
            if _is_due(state, rules, now, cadences[name], name in undecided)
        )


def _is_due(
    state: CameraState, rules: Sequence[Rule], now: datetime, cadence: float, undecided: bool
) -> bool:
    states = [state.of(rule.id) for rule in rules]
    looks = [entry.last_look for entry in states if entry.last_look is not None]
    if len(looks) < len(states):
        return True
    waited = (now - min(looks)).total_seconds()
    return waited >= cadence or (undecided and waited > 0)


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

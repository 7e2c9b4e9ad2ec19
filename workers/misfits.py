"""What is wrong with a configuration although each value by itself is right."""

import difflib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from detector.card import find_model, load_card, verify_weights
from detector.errors import DetectorError, RuleInvalid
from detector.rules import Rule, check_rule
from detector.site import Area

if TYPE_CHECKING:
    from workers.config import WorkerConfig

Loc = tuple[str | int, ...]
"""Where a mistake is: keys and indexes from the top."""


def misfits(config: "WorkerConfig") -> Iterator[tuple[Loc, str]]:
    """What is wrong, where, and the fix."""
    yield from _doubles("rules", [rule.id for rule in config.rules])
    yield from _doubles("cameras", [camera.id for camera in config.cameras])
    known = [rule.id for rule in config.rules]
    for index, camera in enumerate(config.cameras):
        for number, name in enumerate(camera.rules or ()):
            if name not in known:
                yield ("cameras", index, "rules", number), _no_such_rule(name, known)
        for name in camera.zones:
            if name not in known:
                yield ("cameras", index, "zones", name), _no_such_rule(name, known)
        for loc, problem in area_problems(camera.areas, config.rules):
            yield ("cameras", index, *loc), problem
    own = len(config.rules) - len(config.watch or ())
    for index, rule in enumerate(config.rules):
        for key, problem in model_problems(rule):
            yield ("rules", index, key) if index < own else ("watch", index - own), problem


def area_problems(areas: Sequence[Area], rules: Sequence[Rule]) -> Iterator[tuple[Loc, str]]:
    """Areas that are for rules which are not there."""
    known = list(dict.fromkeys([*(rule.id for rule in rules), *(rule.kind for rule in rules)]))
    for index, area in enumerate(areas):
        for number, name in enumerate(area.rules):
            if name not in known:
                yield ("areas", index, "rules", number), _no_such_rule(name, known)


def model_problems(rule: Rule) -> list[tuple[str, str]]:
    """What is wrong with a rule's model or classes, each with the key that it is about."""
    try:
        folder = find_model(rule.model)
        card = load_card(folder)
        verify_weights(folder, card)
        check_rule(rule, card)
    except RuleInvalid as error:
        return [("classes", str(error))]
    except DetectorError as error:
        return [("model", line) for line in str(error).splitlines()]
    if rule.kind != card.kind:
        return [("kind", f"model {card.name} finds {card.kind}; write kind: {card.kind}")]
    return []


def _no_such_rule(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    fix = f"did you mean `{near[0]}`?" if near else f"there: {', '.join(known)}"
    return f"{name} is not among the ids in `rules`; {fix}"


def _doubles(what: str, ids: list[str]) -> Iterator[tuple[Loc, str]]:
    for index, one in enumerate(ids):
        if one in ids[:index]:
            yield (what, index, "id"), f"{one} is given twice; each needs an id of its own"

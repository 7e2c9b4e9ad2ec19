"""What the catalogue says of watching: the usual settings of a rule for each kind of violation.

The API reads the same file for its codes and conditions; here only `watch` counts. A kind that
the code has never heard of is watched by a model's folder and an entry in the catalogue.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    WrapValidator,
)

from detector.errors import RuleInvalid
from detector.rules import Rule
from yamlfile import YamlFileError, at, load_yaml

REQUIRED = frozenset({"id", "kind", "model", "classes"})
"""What a rule says of itself wherever it is written down in full."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name_zh: str = ""
    name_en: str = ""
    watch: dict[str, Any] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    violations: dict[str, _Entry]


def catalogue_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """A rule for each kind that the catalogue knows how to watch, over the whole picture.

    Args:
        path: a catalogue; None takes the shipped one.

    Raises:
        RuleInvalid: the file is missing or wrong; the message names file, line, key and fix.
    """
    if path is None:
        with as_file(files("configs") / "violations.yaml") as shipped:
            return catalogue_rules(shipped)
    return tuple(_rule(path, kind, watch) for kind, watch in _watches(path).items())


def with_defaults(given: Mapping[str, Any], path: Path | None = None) -> dict[str, Any]:
    """A rule's settings, completed by those that the catalogue has for its kind.

    Args:
        given: what is written; it has its way.
        path: a catalogue; None takes the shipped one.

    Raises:
        RuleInvalid: the catalogue is missing or wrong.
    """
    if path is None:
        with as_file(files("configs") / "violations.yaml") as shipped:
            return with_defaults(given, shipped)
    usual = _watches(path).get(str(given.get("kind")), {})
    return {**usual, **given}


def _completed(given: Any, handler: ModelWrapValidatorHandler[Rule], info: ValidationInfo) -> Rule:
    if not isinstance(given, dict):
        return handler(given)
    path = (info.context or {}).get("catalogue")
    return only_given(handler(with_defaults(given, path)), given)


def only_given(rule: Rule, given: Mapping[str, Any]) -> Rule:
    """The rule, with what is written alone among its `model_fields_set`.

    So what was left to the catalogue stays so when the rule is written down again.
    """
    rule.model_fields_set.intersection_update(REQUIRED | given.keys())
    return rule


KindRule = Annotated[Rule, WrapValidator(_completed)]
"""A rule in a configuration file: what it does not say is as the catalogue has it for its kind.
The validation context's `catalogue` names a catalogue other than the shipped one."""


def _rule(path: Path, kind: str, watch: dict[str, Any]) -> Rule:
    try:
        return Rule.model_validate({"id": kind, "kind": kind, **watch})
    except ValidationError as error:
        first = error.errors()[0]
        place = at(path, "violations", kind, "watch", *first["loc"])
        raise RuleInvalid(f"{place}: {first['msg']}") from error


def _watches(path: Path) -> dict[str, dict[str, Any]]:
    """What the catalogue says of watching, by kind; read again when the file has changed."""
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return _read_watches(path, changed)


@lru_cache(maxsize=8)
def _read_watches(path: Path, changed: int) -> dict[str, dict[str, Any]]:
    try:
        entries = load_yaml(path, _File).violations
    except YamlFileError as error:
        raise RuleInvalid(str(error)) from error
    return {
        kind: {"name_zh": entry.name_zh, "name_en": entry.name_en, **entry.watch}
        for kind, entry in entries.items()
        if entry.watch is not None
    }

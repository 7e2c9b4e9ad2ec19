"""What the catalogue says of watching: a rule a kind, for clips that bring none of their own.

The API reads the same file for its codes and conditions; here only `watch` counts.
"""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from detector.errors import RuleInvalid
from detector.rules import Rule
from yamlfile import YamlFileError, at, load_yaml


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore")

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
    try:
        entries = load_yaml(path, _File).violations
    except YamlFileError as error:
        raise RuleInvalid(str(error)) from error
    return tuple(
        _rule(path, kind, entry.watch) for kind, entry in entries.items() if entry.watch is not None
    )


def _rule(path: Path, kind: str, watch: dict[str, Any]) -> Rule:
    try:
        return Rule.model_validate({"id": kind, "kind": kind, **watch})
    except ValidationError as error:
        first = error.errors()[0]
        place = at(path, "violations", kind, "watch", *first["loc"])
        raise RuleInvalid(f"{place}: {first['msg']}") from error

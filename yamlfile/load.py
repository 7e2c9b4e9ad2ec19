"""Reading, and saying what is wrong where."""

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)
Loc = tuple[int | str, ...]

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: ten times as fast, and the same marks."""


class YamlFileError(ValueError):
    """A file that cannot be read as what it should be.

    Attributes:
        path: the file.
        problems: one line a mistake, each `FILE:LINE: KEY: what is wrong; the fix`.
    """

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.path = path
        self.problems = tuple(problems)


def load_yaml(path: Path, model: type[M], *, environment: bool = False, context: Any = None) -> M:
    """Reads `path` and validates it as `model`.

    Args:
        path: the YAML file.
        model: the pydantic model; give it `extra="forbid"` so that misspelt keys are found.
        environment: replace `${NAME}` in texts by the environment variable of that name, so that
            passwords and keys need not stand in the file.
        context: what the model's validators ask for as their validation context.

    Raises:
        YamlFileError: the file is missing, is no YAML, repeats a key, names a variable that is
            not set, or breaks the model's schema.
    """
    root = _compose(path)
    data = _plain(path, root)
    if environment:
        data = _expand(data, path, root, ())
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        found = _causes(error.errors(include_url=False))
        problems = [_explain(path, root, model, detail) for detail in found]
    raise YamlFileError(path, list(dict.fromkeys(problems)))


def at(path: Path, *loc: int | str) -> str:
    """`FILE:LINE: KEY` of a place in a file, for a mistake that shows only in what it means.

    Args:
        path: a file that `load_yaml` has read.
        loc: keys and indexes from the top, such as `"cameras", 0, "url"`.
    """
    return f"{path}:{_line(_compose(path), loc)}: {_dotted(loc)}"


def _plain(path: Path, root: yaml.Node | None) -> Any:
    """Nodes as plain values."""
    if root is None:
        return {}
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlFileError(path, [f"{path}:{line}: {error.problem}; use a plain text"]) from None
    except ValueError as error:  # a date that no calendar has
        raise YamlFileError(path, [f"{path}: {error}; put dates in quotes"]) from None
    finally:
        loader.dispose()


def _compose(path: Path) -> yaml.Node | None:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise YamlFileError(path, [f"{path}: no such file; give the path of a YAML file"]) from None
    except IsADirectoryError:
        raise YamlFileError(path, [f"{path}: is a folder; give the file in it"]) from None
    except UnicodeDecodeError as error:
        raise YamlFileError(
            path, [f"{path}: not UTF-8 ({error.reason}); save it as UTF-8"]
        ) from None
    except OSError as error:
        raise YamlFileError(path, [f"{path}: cannot be read: {error.strerror}"]) from None
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_PARSER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlFileError(
            path, [f"{path}:{line}: not valid YAML: {error.problem}; check indentation and quotes"]
        ) from None
    except yaml.YAMLError as error:
        raise YamlFileError(path, [f"{path}: not valid YAML: {error}"]) from None
    if root is not None:
        repeated = list(_repeated_keys(path, root))
        if repeated:
            raise YamlFileError(path, repeated)
        if not isinstance(root, yaml.MappingNode):
            raise YamlFileError(path, [f"{path}:1: expected `key: value` lines at the top level"])
    return root


def _repeated_keys(path: Path, node: yaml.Node) -> list[str]:
    problems: list[str] = []
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                problems.append(f"{path}:{line}: a key must be a plain word")
                continue
            if key.value in seen:
                problems.append(
                    f"{path}:{line}: {key.value}: given twice (first on line {seen[key.value]}); "
                    "remove one of the two"
                )
            seen[key.value] = line
            problems += _repeated_keys(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            problems += _repeated_keys(path, item)
    return problems


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _expand(data: Any, path: Path, root: yaml.Node | None, loc: Loc) -> Any:
    if isinstance(data, dict):
        return {key: _expand(value, path, root, (*loc, key)) for key, value in data.items()}
    if isinstance(data, list):
        return [_expand(value, path, root, (*loc, i)) for i, value in enumerate(data)]
    if not isinstance(data, str):
        return data

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in os.environ:
            where = f"{path}:{_line(root, loc)}: {_dotted(loc)}"
            raise YamlFileError(
                path, [f"{where}: the environment has no variable {name}; set it before starting"]
            )
        return os.environ[name]

    return _VARIABLE.sub(value_of, data)


def _causes(found: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leaves out what is wrong only because something in it is: one mistake is one line."""

    def follows(one: ErrorDetails) -> bool:
        inner = (other["loc"] for other in found if len(other["loc"]) > len(one["loc"]))
        return one["type"] == "default_factory_not_called" or (
            one["type"] == "too_short"
            and any(loc[: len(one["loc"])] == one["loc"] for loc in inner)
        )

    return [one for one in found if not follows(one)]


def _explain(
    path: Path, root: yaml.Node | None, model: type[BaseModel], error: ErrorDetails
) -> str:
    loc = _real_loc(root, error["loc"])
    where = f"{path}:{_line(root, loc)}: {_dotted(loc) or '(the whole file)'}"
    if error["type"] == "extra_forbidden":
        known = _fields_at(model, error["loc"][:-1])
        near = difflib.get_close_matches(str(loc[-1]), known, n=1, cutoff=0.5)
        fix = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(sorted(known))}"
        return f"{where}: unknown key; {fix}"
    if error["type"] == "missing":
        return f"{where}: is missing; add it"
    given = error["input"]
    if error["type"] in ("tuple_type", "list_type") and isinstance(given, str | int | float):
        message = f"should be a list; write [{given}]"
        return f"{where}: {message}"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] in ("float_parsing", "int_parsing"):
        message = "should be a plain number, such as 300 or 0.5, without a unit"
    shown = f" (given: {given!r})" if _may_be_shown(root, model, loc, given) else ""
    return f"{where}: {message[0].lower()}{message[1:]}{shown}"


def _may_be_shown(root: yaml.Node | None, model: type[BaseModel], loc: Loc, given: Any) -> bool:
    """Not what comes from the environment, nor what its model keeps out of its own `repr`."""
    if not isinstance(given, str | int | float | bool):
        return False
    node = root
    for step in loc:
        node = _child(node, step)
    if isinstance(node, yaml.ScalarNode) and _VARIABLE.search(node.value):
        return False
    owners = _models_at(model, loc[:-1])
    return all(o.model_fields[n].repr for o in owners for n in loc[-1:] if n in o.model_fields)


def _real_loc(root: yaml.Node | None, loc: Loc) -> Loc:
    """Leaves out what pydantic adds for the branches of a union: they are not in the file."""
    real: list[int | str] = []
    node = root
    for i, step in enumerate(loc):
        child = _child(node, step)
        if child is None and i < len(loc) - 1:
            continue
        real.append(step)
        node = child
    return tuple(real)


def _child(node: yaml.Node | None, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((v for k, v in node.value if str(k.value) == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    return None


def _line(root: yaml.Node | None, loc: Loc) -> int:
    """The line of the key itself, or of the nearest thing around it that is in the file."""
    node, line = root, 1
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if str(k.value) == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        else:
            node = _child(node, step)
            if node is None:
                break
            line = node.start_mark.line + 1
    return line


def _dotted(loc: Loc) -> str:
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _fields_at(model: type[BaseModel], loc: Loc) -> list[str]:
    return [
        field.alias or name
        for found in _models_at(model, loc)
        for name, field in found.model_fields.items()
    ]


def _models_at(model: type[BaseModel], loc: Loc) -> list[type[BaseModel]]:
    models = [model]
    for step in loc:
        fields = [m.model_fields[step].annotation for m in models if step in m.model_fields]
        if fields:
            models = [found for annotation in fields for found in _models_in(annotation)]
    return models


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (None, Union, UnionType) and not get_args(annotation):
        return []
    return [found for part in get_args(annotation) for found in _models_in(part)]

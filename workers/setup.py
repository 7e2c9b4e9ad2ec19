"""A camera as it is to be watched, from the worker's own file or from the API."""

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from api.schema import Place
from api.schema.cameras import CameraConfig, RuleConfig
from detector.catalogue import only_given, with_defaults
from detector.rules import Rule
from detector.site import Site
from workers.config import CameraSection, WorkerConfig, Written
from workers.errors import ConfigRefused
from workers.line_store import Copy
from workers.misfits import area_problems, model_problems

log = logging.getLogger(__name__)

M = TypeVar("M", bound=BaseModel)

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PLACE = {"id": "camera_id", "name": "camera_name"}
"""What the worker's file calls otherwise than the wire does."""
_OURS = {"rules", "zones", "url", "sub_url", "transport", "read_timeout_s"}


@dataclass(frozen=True, slots=True)
class CameraSetup:
    """One camera and the rules that hold for it, zones and all.

    Attributes:
        section: where it stands and how it is opened; its `rules` and `zones` do not count.
        rules: its rules.
        written: its addresses as they were written: with variables in place of secrets.
        version: of the configuration in the API; None while only this machine knows it.
    """

    section: CameraSection
    rules: tuple[Rule, ...]
    written: Written
    version: int | None = None

    @property
    def camera_id(self) -> str:
        """The camera."""
        return self.section.id

    @property
    def site(self) -> Site:
        """What is known of its view."""
        return Site(self.section.areas, self.section.ground)

    @property
    def place(self) -> Place:
        """Where it stands, as reports say it."""
        given = self.section.model_dump(mode="json")
        names = {name: _PLACE.get(name, name) for name in given}
        known = {names[k]: v for k, v in given.items() if names[k] in Place.model_fields}
        return Place.model_validate({k: v for k, v in known.items() if v is not None})


def setups_of(config: WorkerConfig) -> tuple[CameraSetup, ...]:
    """The cameras of the worker's own file."""
    return tuple(
        CameraSetup(camera, config.rules_of(camera), config.written(camera))
        for camera in config.cameras
    )


def to_wire(setup: CameraSetup) -> CameraConfig:
    """A camera as the API keeps it: what was left to defaults stays so."""
    section = setup.section
    given = section.model_dump(mode="json", include=section.model_fields_set - _OURS)
    return CameraConfig(
        place=setup.place,
        url=setup.written.url,
        sub_url=setup.written.sub_url,
        transport=section.transport,
        read_timeout_s=section.read_timeout_s,
        rules=tuple(rule_to_wire(rule) for rule in setup.rules),
        options={k: v for k, v in given.items() if _PLACE.get(k, k) not in Place.model_fields},
    )


def rule_to_wire(rule: Rule) -> RuleConfig:
    """A rule as the API keeps it: what was left to defaults stays so."""
    given = rule.model_dump(mode="json", include=rule.model_fields_set)
    known = {k: v for k, v in given.items() if k in RuleConfig.model_fields}
    options = {k: v for k, v in given.items() if k not in RuleConfig.model_fields}
    return RuleConfig.model_validate(known | {"options": options})


def from_wire(
    config: CameraConfig, version: int | None, catalogue: Path | None = None
) -> CameraSetup:
    """A camera that the API wants watched, checked as the worker's own file is.

    Args:
        config: as it came.
        version: of it in the API.
        catalogue: completes its rules; None takes the shipped one.

    Raises:
        ConfigRefused: it cannot be run here; the message names each key and what is wrong.
    """
    problems: list[str] = []
    rules = [_rule_of(index, rule, problems, catalogue) for index, rule in enumerate(config.rules)]
    place = config.place.model_dump(mode="json", exclude_defaults=True)
    names = {wire: ours for ours, wire in _PLACE.items()}
    section = {names.get(key, key): value for key, value in place.items()}
    unknown = sorted(section.keys() - CameraSection.model_fields.keys())
    problems += [f"place.{key}: a camera has no such thing; leave it out" for key in unknown]
    section |= {
        "url": expanded("url", config.url, problems),
        "sub_url": config.sub_url and expanded("sub_url", config.sub_url, problems),
        "transport": config.transport,
        "read_timeout_s": config.read_timeout_s,
    }
    section |= _options(config.options, _OURS | section.keys(), "options", problems)
    if not config.rules:
        problems.append("rules: empty, so nothing would be looked for; disable the camera instead")
    read = _read(CameraSection, section, "", problems)
    if read is not None:
        ours = [rule for rule in rules if rule is not None]
        for loc, problem in area_problems(read.areas, ours):
            problems.append(f"options.{'.'.join(map(str, loc))}: {problem}")
    if problems or read is None:
        raise ConfigRefused("; ".join(problems))
    written = Written(config.url, config.sub_url)
    return CameraSetup(read, tuple(rule for rule in rules if rule), written, version)


def _rule_of(
    index: int, rule: RuleConfig, problems: list[str], catalogue: Path | None
) -> Rule | None:
    where = f"rules.{index}"
    given = rule.model_dump(mode="json", exclude={"options"}, exclude_none=True)
    given |= _options(rule.options, set(given), f"{where}.options", problems)
    if not given["exclude"]:
        del given["exclude"]
    read = _read(Rule, with_defaults(given, catalogue), f"{where}.", problems)
    if read is not None:
        read = only_given(read, given)
        problems += [f"{where}.{key}: {what}" for key, what in model_problems(read)]
    return read


def _options(
    options: dict[str, Any], taken: set[str], where: str, problems: list[str]
) -> dict[str, Any]:
    """What this release knows beyond the wire; it must not say again what the wire says."""
    doubled = sorted(options.keys() & taken)
    problems += [f"{where}.{key}: has a field of its own; give it there" for key in doubled]
    return {key: value for key, value in options.items() if key not in taken}


def _read(model: type[M], given: dict[str, Any], where: str, problems: list[str]) -> M | None:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False):
            key = ".".join(str(step) for step in item["loc"])
            problems.append(f"{where}{key}: {item['msg']}")
    return None


def expanded(key: str, url: str, problems: list[str]) -> str:
    """An address with this worker's variables in it; those that are missing are named."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            problems.append(f"{key}: this worker's environment has no variable {match[1]}; set it")
        return os.environ.get(match[1], "unset")

    return _VARIABLE.sub(value, url)


def starting_setups(config: WorkerConfig, copies: Mapping[str, Copy]) -> list[CameraSetup]:
    """What a worker starts with: its own file, and over it the API's last good configurations."""
    found = {setup.camera_id: setup for setup in setups_of(config)}
    for camera_id, copy in copies.items():
        if copy.body is None:
            found.pop(camera_id, None)
            continue
        wire = CameraConfig.model_validate_json(copy.body)
        try:
            found[camera_id] = from_wire(wire, copy.version, config.catalogue)
        except ConfigRefused as error:
            log.error("%s: the last good configuration cannot be run here: %s", camera_id, error)
            continue
        if not wire.enabled:
            del found[camera_id]
    return list(found.values())

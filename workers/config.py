"""The worker's configuration: one YAML file, read whole and checked before anything starts."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from detector.card import find_model, load_card, verify_weights
from detector.errors import DetectorError, RuleInvalid
from detector.rules import Rule, check_rule
from detector.zone import Zone
from streams.options import StreamOptions
from yamlfile import YamlFileError, at, load_yaml

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiSection(_Section):
    """Where reports go."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    key: Annotated[str, Field(min_length=16, repr=False)]
    timeout_s: Annotated[float, Field(gt=0)] = 30.0


class ZoneSection(_Section):
    """A camera's own zone for a rule, in shares of its picture."""

    zone: Zone | None = None
    exclude: tuple[Zone, ...] = ()


class CameraSection(_Section):
    """One camera."""

    id: Id
    url: Annotated[str, Field(min_length=1, repr=False)]
    name: Annotated[str, Field(max_length=120)] = ""
    address: Annotated[str, Field(max_length=300)] = ""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    transport: Literal["tcp", "udp"] = "tcp"
    read_timeout_s: Annotated[float, Field(gt=0)] = 10.0
    rules: tuple[str, ...] | None = None
    zones: dict[str, ZoneSection] = {}

    def stream_options(self) -> StreamOptions:
        """What `streams` needs to know to open it."""
        return StreamOptions(transport=self.transport, read_timeout_s=self.read_timeout_s)


class EvidenceSection(_Section):
    """How much of a stream is kept for clips, and for how long sent evidence stays."""

    pre_roll_s: Annotated[float, Field(ge=0, le=60)] = 5.0
    ring_s: Annotated[float, Field(ge=1, le=600)] = 60.0
    ring_mb: Annotated[float, Field(ge=1, le=512)] = 32.0
    keep_sent_days: Annotated[float, Field(ge=0)] = 30.0


class WorkerConfig(_Section):
    """The whole file."""

    worker: Id
    state: Path
    api: ApiSection
    engine: Literal["auto", "openvino", "onnxruntime"] = "auto"
    threads: Annotated[int, Field(ge=1)] | None = None
    evidence: EvidenceSection = EvidenceSection()
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    cameras: Annotated[tuple[CameraSection, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_fit(self) -> Self:
        _unique("rules", [rule.id for rule in self.rules])
        _unique("cameras", [camera.id for camera in self.cameras])
        known = {rule.id for rule in self.rules}
        for camera in self.cameras:
            unknown = (set(camera.rules or ()) | set(camera.zones)) - known
            if unknown:
                raise ValueError(
                    f"camera {camera.id} names the rule {min(unknown)}, which is not in `rules` "
                    f"(there: {', '.join(sorted(known))})"
                )
        return self

    def rules_of(self, camera: CameraSection) -> tuple[Rule, ...]:
        """The rules that hold for a camera, with its own zones in them."""
        wanted = {rule.id for rule in self.rules} if camera.rules is None else set(camera.rules)
        return tuple(
            _with_zone(rule, camera.zones.get(rule.id)) for rule in self.rules if rule.id in wanted
        )


def load_config(path: Path) -> WorkerConfig:
    """Reads and checks the configuration, models and their weights included.

    `${NAME}` in a text is replaced by that environment variable. A relative `state` is taken from
    the file's own folder.

    Raises:
        YamlFileError: something in the file, or in a model that it names, is wrong; every mistake
            has its line.
    """
    config = load_yaml(path, WorkerConfig, environment=True)
    problems = [
        f"{at(path, 'rules', index, key)}: {problem}"
        for index, rule in enumerate(config.rules)
        for key, problem in _model_problems(rule)
    ]
    if problems:
        raise YamlFileError(path, problems)
    return config.model_copy(update={"state": path.absolute().parent / config.state})


def _model_problems(rule: Rule) -> list[tuple[str, str]]:
    """Each with the key of the rule that it is about."""
    try:
        folder = find_model(rule.model)
        card = load_card(folder)
        verify_weights(folder, card)
        check_rule(rule, card)
    except RuleInvalid as error:
        return [("classes", str(error))]
    except DetectorError as error:
        return [("model", line) for line in str(error).splitlines()]
    return []


def _with_zone(rule: Rule, own: ZoneSection | None) -> Rule:
    if own is None:
        return rule
    changes: dict[str, object] = {"exclude": (*rule.exclude, *own.exclude)}
    if own.zone is not None:
        changes["zone"] = own.zone
    return rule.model_copy(update=changes)


def _unique(what: str, ids: list[str]) -> None:
    twice = {i for i in ids if ids.count(i) > 1}
    if twice:
        raise ValueError(f"{what}: the id {min(twice)} is given twice; ids must differ")

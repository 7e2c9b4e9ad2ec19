"""The worker's configuration: one YAML file, read whole and checked before anything starts."""

import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

import coordTransform
import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from api.schema import Crs
from detector.catalogue import KindRule, catalogue_rules
from detector.errors import RuleInvalid
from detector.ground import Ground
from detector.rules import Rule
from detector.runtime import Precision
from detector.schedule import TimeZone
from detector.site import Area
from detector.zone import Zone
from streams.options import StreamOptions
from workers.misfits import misfits
from workers.vlm import VlmSection
from yamlfile import YamlFileError, at, load_yaml


def _is_id(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", text):
        raise ValueError("an id is up to 64 letters, digits, `_`, `.`, `-`, such as market-east-1")
    return text


def _is_http(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("an address of the API begins with http:// or https://")
    return text


def _is_rtsp(text: str) -> str:
    """The message must not repeat the address: it holds a password."""
    form = "write rtsp://user:password@host:554/path"
    try:
        parts = urlsplit(text)
        known, host, _ = parts.scheme in ("rtsp", "rtsps"), parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"the address has no valid host and port; {form}") from None
    if not known or not host:
        raise ValueError(f"not the RTSP address of a camera; {form}")
    return text


Id = Annotated[str, AfterValidator(_is_id)]
Address = Annotated[str, AfterValidator(_is_rtsp)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiSection(_Section):
    """Where reports go."""

    url: Annotated[str, AfterValidator(_is_http)]
    key: Annotated[str, Field(min_length=16, repr=False)]
    timeout_s: Annotated[float, Field(gt=0)] = 30.0


class ZoneSection(_Section):
    """A camera's own zone for a rule, in shares of its picture."""

    zone: Zone | None = None
    exclude: tuple[Zone, ...] = ()


class Written(NamedTuple):
    """A camera's addresses as somebody wrote them: with variables in place of secrets."""

    url: str
    sub_url: str | None


class CameraSection(_Section):
    """One camera."""

    id: Id
    url: Annotated[Address, Field(repr=False)]
    sub_url: Annotated[Address | None, Field(repr=False)] = None
    name: Annotated[str, Field(max_length=120)] = ""
    address: Annotated[str, Field(max_length=300)] = ""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    crs: Crs | None = None
    street: Annotated[str, Field(max_length=64)] | None = None
    community: Annotated[str, Field(max_length=64)] | None = None
    transport: Literal["tcp", "udp"] = "tcp"
    read_timeout_s: Annotated[float, Field(gt=0)] = 10.0
    rules: tuple[str, ...] | None = None
    zones: dict[str, ZoneSection] = {}
    areas: tuple[Area, ...] = ()
    ground: Ground | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.longitude is None) != (self.latitude is None):
            raise ValueError("longitude and latitude come together; write both, or neither")
        if self.sub_url == self.url:
            raise ValueError(
                "sub_url is the main stream's address again; write that of the smaller stream, "
                "such as …/Channels/102 (Hikvision) or …&subtype=1 (Dahua), or leave it out"
            )
        if self.longitude is not None and self.crs is None:
            raise ValueError(
                "longitude and latitude need their system, for a wrong one is off by hundreds of "
                "metres; write crs: wgs84 (GPS), cgcs2000 (天地图), gcj02 (高德, 腾讯) or "
                "bd09 (百度)"
            )
        if (
            self.longitude is not None
            and self.latitude is not None
            and coordTransform.out_of_china(self.longitude, self.latitude)
        ):
            raise ValueError(
                f"longitude {self.longitude} and latitude {self.latitude} are not in China, and "
                "the API would refuse each report; write them the right way round, in degrees"
            )
        return self

    def stream_options(self) -> StreamOptions:
        """What `streams` needs to know to open it."""
        return StreamOptions(transport=self.transport, read_timeout_s=self.read_timeout_s)


class EvidenceSection(_Section):
    """How much of a stream is kept for clips, and for how long sent evidence stays."""

    pre_roll_s: Annotated[float, Field(ge=0, le=60)] = 5.0
    ring_s: Annotated[float, Field(ge=1, le=600)] = 60.0
    ring_mb: Annotated[float, Field(ge=1, le=512)] = 32.0
    keep_sent_days: Annotated[float, Field(ge=0)] = 30.0

    @model_validator(mode="after")
    def _ring_holds_pre_roll(self) -> Self:
        if self.ring_s < self.pre_roll_s:
            raise ValueError(
                f"ring_s ({self.ring_s:g}) is shorter than pre_roll_s ({self.pre_roll_s:g}), so no "
                "clip could begin early enough; make ring_s longer"
            )
        return self


class WorkerConfig(_Section):
    """The whole file.

    Attributes:
        worker: its name in the API's list of workers.
        state: the folder of outbox and evidence.
        api: where reports go.
        engine: what runs the models.
        precision: of its arithmetic: `bf16` halves the time on processors that have it, `int8`
            where a model's card has such a variant; either wants OpenVINO.
        threads: how many pictures are looked at at once, each on one CPU thread; None takes as
            many as there are cores.
        timezone: in which rules name hours of the day.
        vlm: a vision-language model that is asked for a second look; None asks none.
        evidence: how much is kept.
        catalogue: of violations; None takes the shipped one. Relative to the file.
        watch: the kinds that are watched by the catalogue's own rules; by default all that it
            knows how to watch where there are no `rules`, else none.
        rules: what is looked for. What a rule does not say is as the catalogue has it for its
            kind.
        cameras: where.
    """

    worker: Id
    state: Path
    api: ApiSection
    engine: Literal["auto", "openvino", "onnxruntime"] = "auto"
    precision: Precision = "f32"
    threads: Annotated[int, Field(ge=1)] | None = None
    timezone: TimeZone = "Asia/Shanghai"
    vlm: VlmSection | None = None
    evidence: EvidenceSection = EvidenceSection()
    catalogue: Path | None = None
    watch: tuple[str, ...] | None = None
    rules: tuple[KindRule, ...] = ()
    cameras: Annotated[tuple[CameraSection, ...], Field(min_length=1)]
    _urls: dict[str, Written] = PrivateAttr(default_factory=dict)

    def written(self, camera: CameraSection) -> Written:
        """A camera's addresses as the file has them, variables unreplaced."""
        return self._urls.get(camera.id, Written(camera.url, camera.sub_url))

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
    catalogue = load_yaml(path, _Which).catalogue
    if catalogue is not None:
        catalogue = path.absolute().parent / catalogue
    try:
        config = load_yaml(path, WorkerConfig, environment=True, context={"catalogue": catalogue})
        config = _with_catalogue(path, config, catalogue)
    except RuleInvalid as error:
        raise YamlFileError(path, str(error).splitlines()) from error
    problems = [f"{at(path, *loc)}: {problem}" for loc, problem in misfits(config)]
    if problems:
        raise YamlFileError(path, problems)
    written = yaml.safe_load(path.read_text("utf-8"))["cameras"]
    for camera, section in zip(config.cameras, written, strict=True):
        config._urls[camera.id] = Written(section["url"], section.get("sub_url"))
    return config.model_copy(update={"state": path.absolute().parent / config.state})


class _Which(BaseModel):
    """Which catalogue a file names; it must be known before the rest can be read."""

    catalogue: Path | None = None


def unwatched(config: WorkerConfig) -> tuple[str, ...]:
    """The kinds that the catalogue knows how to watch and no rule does."""
    watched = {rule.kind for rule in config.rules}
    return tuple(
        rule.kind for rule in catalogue_rules(config.catalogue) if rule.kind not in watched
    )


def _with_catalogue(path: Path, config: WorkerConfig, catalogue: Path | None) -> WorkerConfig:
    """The configuration with the catalogue's own rules of the kinds that it watches by them."""
    usual = {rule.kind: rule for rule in catalogue_rules(catalogue)}
    kinds = config.watch if config.watch is not None else () if config.rules else tuple(usual)
    problems = [
        f"{at(path, 'watch', index)}: the catalogue does not say how to watch {kind}; "
        f"it does for {', '.join(usual)}"
        for index, kind in enumerate(kinds)
        if kind not in usual
    ]
    if not (config.rules or kinds):
        problems.append(f"{at(path, 'rules')}: nothing to look for; name `rules`, or `watch` kinds")
    if problems:
        raise YamlFileError(path, problems)
    added = tuple(usual[kind] for kind in kinds)
    changes = {"rules": (*config.rules, *added), "watch": kinds, "catalogue": catalogue}
    return config.model_copy(update=changes)


def _with_zone(rule: Rule, own: ZoneSection | None) -> Rule:
    if own is None:
        return rule
    changes: dict[str, object] = {"exclude": (*rule.exclude, *own.exclude)}
    if own.zone is not None:
        changes["zone"] = own.zone
    return rule.model_copy(update=changes)

"""Limits and schedules for calling other systems, from `configs/outward.yaml`."""

from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.config_file import config_file
from api.errors import CatalogueInvalid
from yamlfile import load_yaml

_Seconds = Annotated[float, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WebhookLimits(_Strict):
    """How webhooks are tried and for how long; sizes in bytes, times in seconds."""

    source: str
    retry_after_s: Annotated[tuple[_Seconds, ...], Field(min_length=1)]
    time_limit_s: Annotated[float, Field(gt=0)]
    max_body_bytes: Annotated[int, Field(gt=0)]
    throttling: frozenset[int]
    throttle_s: _Seconds
    longest_throttle_s: _Seconds


class RobotLimits(_Strict):
    """What a group robot takes, and what its answers mean."""

    source: str
    per_minute: Annotated[int, Field(gt=0)]
    max_bytes: Annotated[int, Field(gt=0)]
    busy: frozenset[int]
    gone: frozenset[int]
    wait_s: _Seconds


class Robots(_Strict):
    """Limits by make of robot."""

    wecom: RobotLimits
    dingtalk: RobotLimits


class MainTypes(_Strict):
    """The names of main classes (大类) by the first two digits of a code."""

    source: str
    events: Annotated[dict[str, str], Field(alias="事件")]
    components: Annotated[dict[str, str], Field(alias="部件")]


class EgovaLimits(_Strict):
    """What an eGova platform's answers mean, and how cases are named to it."""

    source: str
    time_limit_s: Annotated[float, Field(gt=0)]
    token_life_s: _Seconds
    token_margin_s: _Seconds
    token_refused: frozenset[int]
    token_words: tuple[str, ...]
    duplicate_words: tuple[str, ...]
    most_media_bytes: Annotated[int, Field(gt=0)]
    report_on: frozenset[str]
    main_types: MainTypes


class Open311Limits(_Strict):
    """How cases are filed into somebody else's Open311 endpoint."""

    source: str
    time_limit_s: Annotated[float, Field(gt=0)]
    report_on: frozenset[str]


class Limits(_Strict):
    """All of `configs/outward.yaml`."""

    version: str
    webhooks: WebhookLimits
    robots: Robots
    egova: EgovaLimits
    open311: Open311Limits


@cache
def shipped_limits() -> Limits:
    """What the package ships.

    Raises:
        CatalogueInvalid: the file breaks its schema.
    """
    with config_file(None, "outward.yaml", CatalogueInvalid) as file:
        return load_yaml(file, Limits)

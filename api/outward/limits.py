"""Limits and schedules for calling other systems, from `configs/outward.yaml`."""

from functools import cache
from importlib.resources import as_file, files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.errors import CatalogueInvalid
from yamlfile import YamlFileError, load_yaml

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


class Limits(_Strict):
    """All of `configs/outward.yaml`."""

    version: str
    webhooks: WebhookLimits
    robots: Robots


@cache
def shipped_limits() -> Limits:
    """What the package ships.

    Raises:
        CatalogueInvalid: the file breaks its schema.
    """
    with as_file(files("configs") / "outward.yaml") as path:
        try:
            return load_yaml(path, Limits)
        except YamlFileError as error:
            raise CatalogueInvalid(str(error)) from error

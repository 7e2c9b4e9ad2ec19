"""Cameras that are not there yet: an address that is tried, and what a network is asked for."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schema.base import Name, Text, Wire
from api.schema.cameras import Address, Id, RuleConfig, SnapshotState, Transport
from api.schema.reports import EvidenceFile

Problem = Annotated[str, Field(pattern=r"^[a-z_]{0,32}$")]
"""A short stable name of what went wrong, such as `auth_refused`; empty where nothing did."""


class StreamSeen(Wire):
    """What a stream turned out to be."""

    codec: Annotated[Name, Field(max_length=32)]
    width: Annotated[int, Field(ge=1, le=65_536)]
    height: Annotated[int, Field(ge=1, le=65_536)]
    fps: Annotated[float, Field(ge=0, le=1000)] | None = None
    """Pictures a second, as they came."""
    gop_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    """Seconds between keyframes; null where no second one came while it was looked at."""


class Probed(Wire):
    """What an address gave: a picture and its stream, or why there is none."""

    type: Literal["probed"] = "probed"
    request: int
    problem: Problem = ""
    reason: Annotated[Text, Field(max_length=500)] = ""
    stream: StreamSeen | None = None
    rules: Annotated[tuple[RuleConfig, ...], Field(max_length=64)] = ()
    """What this worker's own file looks for: what the camera could be watched for."""
    evidence: Annotated[tuple[EvidenceFile, ...], Field(max_length=1)] = ()


class FoundCamera(Wire):
    """A camera that has answered; its addresses only where the user was let in.

    What stands in an address of passwords is `***`.
    """

    host: Annotated[Name, Field(max_length=255)]
    name: Annotated[Name, Field(max_length=200)] = ""
    hardware: Annotated[Name, Field(max_length=200)] = ""
    location: Annotated[Name, Field(max_length=200)] = ""
    url: Annotated[Name, Field(max_length=500)] | None = None
    sub_url: Annotated[Name, Field(max_length=500)] | None = None
    codec: Annotated[Name, Field(max_length=32)] = ""
    width: Annotated[int, Field(ge=0, le=65_536)] = 0
    height: Annotated[int, Field(ge=0, le=65_536)] = 0
    problem: Annotated[Text, Field(max_length=500)] = ""


class Discovered(Wire):
    """The ONVIF cameras on a worker's networks, or why none could be asked for."""

    type: Literal["discovered"] = "discovered"
    request: int
    reason: Annotated[Text, Field(max_length=500)] = ""
    cameras: Annotated[tuple[FoundCamera, ...], Field(max_length=500)] = ()


class ProbeWrite(Wire):
    """An address that is to be tried, and the worker that is to try it."""

    worker: Id
    url: Annotated[Address, Field(repr=False)]
    transport: Transport = "tcp"


class DiscoveryWrite(Wire):
    """The worker whose networks are to be asked, and as whom cameras are asked for addresses."""

    worker: Id
    user: Annotated[Name, Field(max_length=64)] = ""
    password: Annotated[Name, Field(max_length=128, repr=False)] = ""


class Asked(Wire):
    """What was asked of a worker, and where that stands."""

    id: int
    worker: str
    state: SnapshotState
    problem: Problem
    reason: str
    asked_by: str
    asked_at: datetime


class ProbeView(Asked):
    """An address that was tried; its password is shown as `***`, and forgotten with the answer."""

    address: str
    captured_at: datetime | None
    stream: StreamSeen | None
    rules: tuple[RuleConfig, ...]
    url: str | None
    """Of the picture."""


class DiscoveryView(Asked):
    """Cameras that were asked for."""

    cameras: tuple[FoundCamera, ...]

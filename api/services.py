"""What every route needs, made once when the app is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.catalogue import Catalogue
from api.component_classes import ComponentClasses
from api.doors.sources import Sources
from api.evidence import EvidenceFolder
from api.feed import EventFeed
from api.gate import Gate
from api.line.door import Door
from api.line.hub import LineHub
from api.merging import MergingRules
from api.outward.notices import Channel
from api.settings import Settings
from api.store.engine import Store
from api.store.filing import Numbering, Terms


@dataclass(frozen=True, slots=True)
class Services:
    """The app's parts."""

    settings: Settings
    store: Store
    catalogue: Catalogue
    evidence: EvidenceFolder
    feed: EventFeed
    line: LineHub
    door: Door
    merging: MergingRules
    sources: Sources
    classes: ComponentClasses
    gate: Gate
    channels: Mapping[str, Channel] = field(default_factory=dict)

    @property
    def terms(self) -> Terms:
        """Under what cases are filed."""
        numbering = Numbering(self.settings.district, self.settings.zone)
        return Terms(self.catalogue.version, numbering, self.merging)


async def services_of(connection: HTTPConnection) -> Services:
    """The parts of the app that serves this request."""
    return cast(Services, connection.app.state.services)


Parts = Annotated[Services, Depends(services_of)]
"""Injects the app's parts into a route."""

"""Tickets, in the form that `api.schema.intake.Ticket` gives."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from api.doors.arrival import Arrival
from api.doors.sources import Source, Sources
from api.problems import from_validation
from api.schema.intake import Ticket

_PREFIX = {"事件": "E", "部件": "C"}


def read(
    document: Mapping[str, Any], _source: Source, _sources: Sources, _zone: ZoneInfo
) -> Arrival:
    """A ticket.

    Raises:
        Problem: 422 that names every wrong field.
    """
    try:
        ticket = Ticket.model_validate(document)
    except ValidationError as error:
        raise from_validation("ticket", error) from error
    return Arrival(
        ref=ticket.id,
        at=ticket.at,
        service_code=f"{_PREFIX[ticket.type]}-{ticket.code}",
        label=ticket.label,
        description=ticket.description,
        spot=ticket.place,
        pictures=ticket.pictures,
        caller=ticket.caller,
        strict=True,
    )

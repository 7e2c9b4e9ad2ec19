"""Hikvision's `EventNotificationAlert`, as XML or JSON, with pictures beside it."""

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from api.doors.arrival import Arrival, Ignored, local_time, meaning, spot_of, text_of
from api.doors.sources import Source, Sources
from api.problems import invalid


def document_of(body: bytes) -> Mapping[str, Any]:
    """The alert's fields, from XML (namespaces do not count) or JSON.

    Raises:
        Problem: 422, it is neither.
    """
    text = body.lstrip()
    try:
        if text.startswith(b"<"):
            root = fromstring(text, forbid_dtd=True)
            return {str(child.tag).rpartition("}")[2]: (child.text or "") for child in root}
        found = json.loads(text)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise invalid(
            "the alert cannot be read", ("alert", f"is no XML or JSON: {error}")
        ) from None
    inner = found.get("EventNotificationAlert", found) if isinstance(found, Mapping) else None
    if not isinstance(inner, Mapping):
        raise invalid("the alert cannot be read", ("alert", "is no object"))
    return inner


def read(
    document: Mapping[str, Any], source: Source, sources: Sources, zone: ZoneInfo
) -> Arrival | Ignored:
    """An alert. A device repeats it while it lasts, under one `uuid` where it has one.

    Raises:
        Problem: 422, something is missing, or no word of it is in the table.
    """
    kind = text_of(document, "eventType", field="eventType")
    when = text_of(document, "dateTime", field="dateTime")
    device = text_of(document, "deviceID", "ipAddress", field="deviceID")
    channel = text_of(document, "channelID", "dynChannelID")
    camera = f"{device}-{channel}" if channel else device
    ref = text_of(document, "uuid", "UUID") or f"{camera}:{kind}:{when}"
    if text_of(document, "eventState") == "inactive":
        return Ignored(ref, "inactive: the device says that it is over")
    words = text_of(document, "eventDescription", limit=300)
    meant = meaning(sources, source, ref, words, kind)
    if isinstance(meant, Ignored):
        return meant
    service_code, label, name = meant
    return Arrival(
        ref=ref,
        at=local_time("dateTime", when, zone),
        service_code=service_code,
        label=label,
        description=f"海康告警 {kind} {words or name}",
        spot=spot_of(source, camera, text_of(document, "channelName", limit=120), ""),
    )

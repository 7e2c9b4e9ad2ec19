"""Huawei VIAS alarms: `{stream_id, event_type, task_id, timestamp, image_base64, data}`."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from api.doors.arrival import Arrival, Ignored, epoch_time, from_base64, meaning, spot_of, text_of
from api.doors.sources import Source, Sources


def read(
    document: Mapping[str, Any], source: Source, sources: Sources, _zone: ZoneInfo
) -> Arrival | Ignored:
    """An alarm. It has no id of its own: task, stream, type and time together are one.

    Raises:
        Problem: 422, something is missing, or the event type is in no table.
    """
    code = text_of(document, "event_type", field="event_type")
    stream = text_of(document, "stream_id", field="stream_id")
    stamp = text_of(document, "timestamp", field="timestamp")
    ref = ":".join((text_of(document, "task_id", field="task_id"), stream, code, stamp))
    meant = meaning(sources, source, ref, code)
    if isinstance(meant, Ignored):
        return meant
    service_code, label, name = meant
    picture = document.get("image_base64")
    return Arrival(
        ref=ref,
        at=epoch_time("timestamp", stamp),
        service_code=service_code,
        label=label,
        description=f"华为视频分析 {code} {name}",
        spot=spot_of(source, stream, "", ""),
        pictures=(from_base64("image_base64", picture),) if isinstance(picture, str) else (),
    )

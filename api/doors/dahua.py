"""Dahua's alarms, as ICC and DSS push them: `{category, method, info: {...}, subsystem}`."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from api.doors.arrival import Arrival, Ignored, from_base64, local_time, meaning, spot_of, text_of
from api.doors.sources import Source, Sources

_SETTLED = {"3": "误报: a person called it a false alarm", "4": "忽略: a person set it aside"}
"""`handleStat`: 0 未处理, 1 处理中, 2 已处理, 3 误报, 4 忽略."""


def read(
    document: Mapping[str, Any], source: Source, sources: Sources, zone: ZoneInfo
) -> Arrival | Ignored:
    """An alarm; `info` may also stand alone. `picture` counts where it is base64, not an address.

    Raises:
        Problem: 422, something is missing, or the alarm type is in no table.
    """
    inner = document.get("info")
    info: Mapping[str, Any] = inner if isinstance(inner, Mapping) else document
    ref = text_of(info, "alarmCode", field="info.alarmCode")
    settled = _SETTLED.get(text_of(info, "handleStat"))
    if settled is not None:
        return Ignored(ref, settled)
    code = text_of(info, "alarmType", "eventCode", field="info.alarmType")
    meant = meaning(sources, source, ref, code)
    if isinstance(meant, Ignored):
        return meant
    service_code, label, name = meant
    channel = text_of(info, "nodeCode", "channelId", "deviceCode")
    camera_name = text_of(info, "nodeName", "channelName", "deviceName")
    picture = info.get("picture")
    inline = isinstance(picture, str) and len(picture) > 1024
    return Arrival(
        ref=ref,
        at=local_time("info.alarmDate", text_of(info, "alarmDate", field="info.alarmDate"), zone),
        service_code=service_code,
        label=label,
        description=f"大华告警 {code} {name}",
        spot=spot_of(source, channel, camera_name, text_of(info, "address", limit=300)),
        pictures=(from_base64("info.picture", str(picture)),) if inline else (),
    )

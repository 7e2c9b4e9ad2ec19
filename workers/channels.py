"""Cameras from a list: CSV, or the JSON of a GB/T 28181 platform such as WVP or ZLMediaKit."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from api.schema import Crs
from workers.config import CameraSection

# Names of columns and keys as such lists have them; the first that is there and filled counts.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("id", "camera_id", "channelId", "channel_id", "gbDeviceId", "deviceId", "stream"),
        *("通道编号", "通道编码", "国标编码", "编号"),
    ),
    "url": ("url", "rtsp", "rtspUrl", "rtsp_url", "streamUrl", "originUrl", "取流地址", "地址串"),
    "sub_url": (
        "sub_url",
        "subUrl",
        "subRtspUrl",
        "subStreamUrl",
        "子码流",
        "子码流地址",
        "辅码流",
    ),
    "name": ("name", "gbName", "channelName", "channel_name", "名称", "通道名称"),
    "address": ("address", "gbAddress", "安装地址", "安装位置"),
    "longitude": ("longitude", "gbLongitude", "lng", "lon", "经度"),
    "latitude": ("latitude", "gbLatitude", "lat", "纬度"),
    "crs": ("crs", "坐标系"),
}
_LISTS = ("data", "list", "records", "rows", "items", "channels")
"""Where platforms put their lists, one inside another."""


class ListInvalid(ValueError):
    """A list that cannot be taken; a line of the message for each fault."""


def read_channels(
    path: Path, crs: Crs | None = None, url_template: str | None = None
) -> list[CameraSection]:
    """Reads a list whole, or refuses it whole.

    Args:
        path: a `.csv` (UTF-8, or GB 18030 as spreadsheets write it) or a `.json` file.
        crs: the system of its longitudes and latitudes, where a row does not say.
        url_template: makes the address of a row that has none, from its other values, such as
            `rtsp://zlm:554/rtp/{deviceId}_{channelId}`.

    Raises:
        FileNotFoundError: it is not there.
        ListInvalid: it is no such list, or rows of it are wrong; each is named.
    """
    rows = list(_json_rows(path) if path.suffix.lower() == ".json" else _csv_rows(path))
    if not rows:
        raise ListInvalid(f"{path}: no channel in it; a CSV needs a first line with names")
    cameras: list[CameraSection] = []
    faults: list[str] = []
    seen: dict[str, str] = {}
    for where, row in rows:
        try:
            camera = CameraSection.model_validate(_values(row, crs, url_template))
        except ValidationError as error:
            faults += [f"{path}: {where}: {_fault(one)}" for one in error.errors()]
            continue
        except KeyError as error:
            faults.append(f"{path}: {where}: the template names {error}, which is not there")
            continue
        if camera.id in seen:
            faults.append(f"{path}: {where}: {camera.id} stands in {seen[camera.id]} already")
        seen.setdefault(camera.id, where)
        cameras.append(camera)
    if faults:
        raise ListInvalid("\n".join(faults))
    return cameras


def with_cameras(base: str, cameras: list[CameraSection]) -> str:
    """A worker's configuration with the cameras added to its own.

    Args:
        base: YAML text; its comments are not kept.
        cameras: those whose ids it has already take the place of the old.

    Raises:
        ListInvalid: the text is no configuration.
    """
    try:
        config = yaml.safe_load(base)
    except yaml.YAMLError as error:
        raise ListInvalid(f"the configuration is no YAML: {error}") from error
    if not isinstance(config, dict):
        raise ListInvalid("the configuration is empty, or no mapping of keys to values")
    new = {camera.id: _written(camera) for camera in cameras}
    own = [one for one in config.get("cameras") or () if one.get("id") not in new]
    config["cameras"] = [*own, *new.values()]
    return yaml.safe_dump(config, allow_unicode=True, sort_keys=False, width=100)


def _written(camera: CameraSection) -> dict[str, Any]:
    return camera.model_dump(mode="json", exclude_defaults=True)


def _values(row: Mapping[str, Any], crs: Crs | None, template: str | None) -> dict[str, Any]:
    values = {}
    for field, names in _FIELDS.items():
        found = next((row[name] for name in names if row.get(name) not in (None, "")), None)
        if found is not None:
            values[field] = found.strip() if isinstance(found, str) else found
    values["id"] = str(values.get("id", ""))
    if "url" not in values and template is not None:
        values["url"] = template.format_map(row)
    # Platforms write 0, 0 for a camera of which they do not know where it is.
    if all(str(values.get(key, "0")).strip("0.") == "" for key in ("longitude", "latitude")):
        values = {k: v for k, v in values.items() if k not in ("longitude", "latitude")}
    if "longitude" in values and crs is not None:
        values.setdefault("crs", crs)
    if "longitude" not in values:
        values.pop("crs", None)
    return values


def _csv_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")
    for row in (reader := csv.DictReader(io.StringIO(text))):
        if any(value for value in row.values()):
            yield f"line {reader.line_num}", {(k or "").strip(): v for k, v in row.items()}


def _json_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except ValueError as error:
        raise ListInvalid(f"{path}: is no JSON: {error}") from error
    while isinstance(value, dict):
        inner = next((value[key] for key in _LISTS if key in value), None)
        if inner is None:
            raise ListInvalid(f"{path}: there is no list in it; looked for {', '.join(_LISTS)}")
        value = inner
    if not isinstance(value, list):
        raise ListInvalid(f"{path}: there is no list of channels in it")
    for number, row in enumerate(value, 1):
        if isinstance(row, dict) and row.get("schema") in (None, "rtsp"):  # ZLMediaKit: one each
            yield f"entry {number}", row


def _fault(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {text}" if where else text

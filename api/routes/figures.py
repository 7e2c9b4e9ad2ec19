"""Figures of a time, and the layers of the map."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response

from api.auth import READERS, requires
from api.openapi import problems
from api.problems import Problem, invalid
from api.schema import Moment
from api.schema.figures import Figures, HotSpots, MapBase
from api.services import Parts, Services
from api.store.figures import figures
from api.store.hot_spots import hot_spots
from api.store.map_layers import cameras_layer, cases_layer, chiefs_layer, components_packed

router = APIRouter(prefix="/v1", tags=["figures"], dependencies=[requires(*READERS)])

LONGEST = timedelta(days=93)
"""A quarter: what is longer belongs into a report that is made overnight."""
_Since = Annotated[
    Moment | None, Query(description="From here; default: seven days ago, midnight.")
]
_Until = Annotated[Moment | None, Query(description="Up to here; default: now.")]
_GEOJSON = "application/geo+json"
_TOLD: dict[int | str, dict[str, Any]] = {
    200: {"content": {_GEOJSON: {"schema": {"type": "object"}}}},
    304: {"description": "What you have is the newest."},
}


class Layer(StrEnum):
    """A layer of the map that is GeoJSON."""

    CAMERAS = "cameras"
    CASES = "cases"
    CHIEFS = "chiefs"
    STREETS = "streets"


@router.get(
    "/statistics/figures", summary="Count what came", responses=problems(401, 403, 422, 503)
)
def get_figures(parts: Parts, since: _Since = None, until: _Until = None) -> Figures:
    """Cases by class, street, chief, camera, hour and day; rates with their formulas; at most a
    quarter of a year at a time."""
    now = datetime.now(UTC)
    begin, end = _window(parts, since, until, now)
    return figures(parts.store, begin, end, parts.settings.zone, now)


@router.get(
    "/statistics/hot-spots",
    summary="Where it happens again and again",
    responses=problems(401, 403, 422, 503),
)
def get_hot_spots(
    parts: Parts,
    since: _Since = None,
    until: _Until = None,
    cases: Annotated[int, Query(ge=2, le=1000, description="So many at least.")] = 3,
    days: Annotated[int, Query(ge=1, le=90, description="On so many days at least.")] = 1,
) -> HotSpots:
    """Places at which cases of one class lie within 50 m, the worst first."""
    begin, end = _window(parts, since, until, datetime.now(UTC))
    return hot_spots(parts.store, begin, end, parts.settings.zone, cases, days)


@router.get(
    "/map/components",
    summary="Read all surveyed components, compactly",
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}}},
        304: _TOLD[304],
        **problems(401, 403, 422, 503),
    },
)
def get_components(
    parts: Parts,
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Columns `codes`, `kinds` (into `categories`) and `points`: longitude and latitude in
    `scale`ths of a degree, each as the difference to the component before."""
    body = components_packed(parts.store)
    packed = "gzip" in accept_encoding.lower()
    tag = _tag(body.plain)
    headers = {"Vary": "Accept-Encoding", **_headers(tag)}
    if _has(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(
        body.packed if packed else body.plain, media_type="application/json", headers=headers
    )


@router.get("/map", summary="Read what lies under the map", responses=problems(401, 403))
def get_map(parts: Parts) -> MapBase:
    """The server of map tiles that the settings name, if they name one."""
    tiles = parts.settings.tiles
    return MapBase() if tiles is None else MapBase(tiles=tiles.url, credit=tiles.credit)


@router.get(
    "/map/{layer}",
    summary="Read a layer of the map",
    responses={**_TOLD, **problems(401, 403, 422, 503)},
)
def get_layer(
    layer: Annotated[Layer, Path(description="Which.")],
    parts: Parts,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """GeoJSON in WGS 84: cameras, open cases, chiefs' places, or the district's streets, which the
    server reads from the file that its settings name."""
    body = _layer(parts, layer)
    tag = _tag(body)
    if _has(if_none_match, tag):
        return Response(status_code=304, headers=_headers(tag))
    return Response(body, media_type=_GEOJSON, headers=_headers(tag))


def _layer(parts: Services, layer: Layer) -> bytes:
    found: dict[str, Any]
    match layer:
        case Layer.CAMERAS:
            found = cameras_layer(parts.store)
        case Layer.CASES:
            found = cases_layer(parts.store, datetime.now(UTC))
        case Layer.CHIEFS:
            found = chiefs_layer(parts.store)
        case Layer.STREETS:
            return _streets(parts)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _streets(parts: Services) -> bytes:
    path = parts.settings.streets
    if path is None:
        return b'{"type":"FeatureCollection","features":[]}'
    try:
        return path.read_bytes()
    except OSError as error:
        detail = f"the streets of the settings cannot be read: {error.strerror}"
        raise Problem(503, "no-streets", detail) from error


def _window(
    parts: Services, since: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    end = until or now
    try:
        day = (end - timedelta(days=7)).astimezone(parts.settings.zone)
    except OverflowError as error:
        raise Problem(422, "invalid", "the time is at the end of the calendar") from error
    begin = since or day.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    if end <= begin or end - begin > LONGEST:
        wrong = ("since", f"must be before `until`, by at most {LONGEST.days} days")
        raise invalid("the time is empty or too long", wrong, zh="时间范围须在一个季度以内")
    return begin, end


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "private, no-cache"}


def _has(if_none_match: str | None, tag: str) -> bool:
    return if_none_match is not None and tag in if_none_match

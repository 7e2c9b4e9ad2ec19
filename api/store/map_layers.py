"""What the map shows, as GeoJSON (RFC 7946: longitude, latitude, WGS 84)."""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload

from api.coordinates import NotInChina, to_wgs84
from api.schema import CaseStatus
from api.schema.places import Place
from api.store.camera_views import all_cameras
from api.store.chiefs import read_chiefs
from api.store.dispatch_tables import ComponentRow
from api.store.engine import Store
from api.store.indexes import Index
from api.store.models import CaseRow
from api.store.shops import COMPONENTS
from api.store.views import category_view

Json = dict[str, Any]
MOST_CASES = 5_000
_OVER = (CaseStatus.CLOSED.value, CaseStatus.VOIDED.value)
SCALE = 1_000_000
"""Of the compact form: whole millionths of a degree, a tenth of a metre."""


def cameras_layer(store: Store) -> Json:
    """Where cameras stand; those of which it is not known are left out."""
    return _collection(
        _point(
            *at,
            {
                "camera_id": one.camera_id,
                "name": one.place.camera_name,
                "address": one.place.address,
                "worker": one.worker,
                "enabled": one.enabled,
            },
        )
        for one in all_cameras(store)
        if (at := _of_place(one.place)) is not None
    )


def cases_layer(store: Store, now: datetime) -> Json:
    """Open cases that have a place, the newest first."""
    states = [state.value for state in CaseStatus if state.value not in _OVER]
    query = (
        select(CaseRow)
        .where(CaseRow.status.in_(states), CaseRow.longitude.is_not(None))
        .order_by(CaseRow.id.desc())
        .limit(MOST_CASES + 1)
        .options(
            lazyload(CaseRow.witnesses),
            lazyload(CaseRow.evidence),
            lazyload(CaseRow.sightings),
            lazyload(CaseRow.report),
            joinedload(CaseRow.address),
        )
    )
    with store.reading() as session:
        rows = session.scalars(query).all()
        found = _collection(_case(row, now) for row in rows[:MOST_CASES])
    return found | {"more": len(rows) > MOST_CASES}


def _case(row: CaseRow, now: datetime) -> Json:
    named = category_view(row.filed_as)
    return _point(
        row.longitude,
        row.latitude,
        {
            "case_id": row.id,
            "number": row.number,
            "status": row.status,
            "service_code": named.service_code,
            "name_zh": named.name_zh,
            "name_en": named.name_en,
            "urgent": row.urgent,
            "overdue": row.due_at is not None and row.due_at < now,
            "address": "" if row.address is None else row.address.text,
        },
    )


def chiefs_layer(store: Store) -> Json:
    """The places that chiefs are in charge of: lines with a width, and areas."""
    chiefs = read_chiefs(store)
    roles = {role.code: role for role in chiefs.roles}
    features = []
    for one in chiefs.assignments:
        said = one.model_dump(mode="json")
        if said.get("geometry") is None:
            continue
        role = roles.get(one.role)
        features.append(
            {
                "type": "Feature",
                "geometry": said["geometry"],
                "properties": {
                    "code": one.code,
                    "place": one.place,
                    "role": one.role,
                    "role_zh": "" if role is None else role.name_zh,
                    "role_en": "" if role is None else role.name_en,
                    "chief": said["chief"].get("name", ""),
                    "width_m": said.get("width_m"),
                },
            }
        )
    return _collection(features)


@dataclass(frozen=True, slots=True)
class Packed:
    """A body as it is sent, and packed with gzip."""

    plain: bytes
    packed: bytes


def _pack(session: Session) -> Packed:
    """All surveyed components, as columns: 47,000 covers are some 1.5 MB, a quarter of it packed.

    `points` is longitude and latitude one after the other, in millionths of a degree, each as the
    difference to the one before, in the order of `codes`.
    """
    query = select(
        ComponentRow.code, ComponentRow.category, ComponentRow.longitude, ComponentRow.latitude
    ).order_by(ComponentRow.longitude, ComponentRow.latitude)
    codes, kinds, points = [], [], []
    categories: dict[str, int] = {}
    before = (0, 0)
    for code, category, longitude, latitude in session.execute(query):
        now = round(longitude * SCALE), round(latitude * SCALE)
        points += [now[0] - before[0], now[1] - before[1]]
        before = now
        codes.append(code)
        kinds.append(categories.setdefault(category, len(categories)))
    said = {
        "crs": "wgs84",
        "scale": SCALE,
        "categories": list(categories),
        "codes": codes,
        "kinds": kinds,
        "points": points,
    }
    plain = json.dumps(said, separators=(",", ":")).encode()
    return Packed(plain, gzip.compress(plain, 6, mtime=0))


_PACKED = Index(COMPONENTS, _pack)


def components_packed(store: Store) -> Packed:
    """All surveyed components in the compact form; made anew when the table has changed."""
    with store.reading() as session:
        return _PACKED.of(session)


def _of_place(place: Place) -> tuple[float, float] | None:
    if place.longitude is None or place.latitude is None or place.crs is None:
        return None
    try:
        return to_wgs84((place.longitude, place.latitude), place.crs)
    except NotInChina:
        return None


def _point(longitude: float | None, latitude: float | None, properties: Mapping[str, Any]) -> Json:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        "properties": dict(properties),
    }


def _collection(features: Iterable[Json]) -> Json:
    return {"type": "FeatureCollection", "features": list(features)}

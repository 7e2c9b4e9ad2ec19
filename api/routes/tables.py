"""Tables in the body of a request: CSV and GeoJSON, read in a thread, wrong places named."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import Depends, Query, Request
from pydantic import ValidationError

from api.coordinates import NotInChina, to_wgs84
from api.dispatch.geometry import BadGeometry, plain_geojson, read_geojson
from api.dispatch.tables import BadTable, Document, Table
from api.problems import Problem, invalid
from api.schema import Crs, FieldError
from api.schema.dispatch import ChiefAssignment

PLAIN = r"^[^\x00-\x1f\x7f]+$"
"""What a code in an address or a query may be: no store takes a NUL."""
_SHOWN = 200
"""Mistakes named in one answer."""


def table_body(*kinds: str) -> Callable[[Request], Awaitable[bytes]]:
    """A dependency: the body, if it is of one of these media types.

    It is read after the caller's key is looked at. `BodyLimit` bounds it.
    """

    async def body(request: Request) -> bytes:
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given not in kinds:
            raise Problem(415, "media-type", f"send {' or '.join(kinds)}, not {given or 'nothing'}")
        return await request.body()

    return body


def table_request(kind: str) -> dict[str, Any]:
    """The `openapi_extra` of a route that takes a table."""
    shape = {"type": "object"} if "json" in kind else {"type": "string", "format": "binary"}
    return {"requestBody": {"required": True, "content": {kind: {"schema": shape}}}}


CSV = "text/csv"
CsvBody = Annotated[bytes, Depends(table_body(CSV))]
TableCrs = Annotated[Crs, Query(description="The system of its coordinates; 高德 and 腾讯: gcj02.")]
LeaveOut = Annotated[
    bool, Query(description="Import the right rows and name the wrong ones, instead of nothing.")
]


def fit_to_import(read: Callable[[], Table[Document]], leave_out_wrong: bool) -> Table[Document]:
    """The table that `read` gives, if it may be imported.

    Raises:
        Problem: 422, it cannot be read, or rows are wrong that are not to be left out.
    """
    try:
        table = read()
    except BadTable as error:
        detail = "the table cannot be read; nothing was imported"
        raise invalid(detail, ("body", str(error))) from error
    if table.wrong and not leave_out_wrong:
        raise mistakes(f"{len(table.wrong)} mistakes; nothing was imported", table.wrong)
    return table


def mistakes(detail: str, wrong: list[str]) -> Problem:
    """A 422 that names the mistakes of a table, the first few hundred of them."""
    shown = [_field(line) for line in wrong[:_SHOWN]]
    more = f"; {len(wrong) - _SHOWN} more are not named" if len(wrong) > _SHOWN else ""
    return Problem(422, "invalid", f"{detail}{more}", shown)


def _field(line: str) -> FieldError:
    place, _, message = line.partition(": ")
    return FieldError(field=place, message=message)


def collection_of(body: bytes, crs: Crs) -> tuple[ChiefAssignment, ...]:
    """The assignments of a FeatureCollection.

    Raises:
        Problem: 422 that names each wrong feature and property.
    """
    try:
        features = json.loads(body)["features"]
        given = [(dict(each["properties"]), each["geometry"]) for each in features]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        detail = "is no GeoJSON FeatureCollection whose features have properties and a geometry"
        raise invalid(f"the body {detail}", ("body", f"{detail} ({error})")) from None
    said: list[ChiefAssignment] = []
    wrong: list[str] = []
    for index, (properties, geometry) in enumerate(given):
        name = f"features.{index}"
        try:
            moved = None if geometry is None else _moved(geometry, crs)
            said.append(ChiefAssignment.model_validate({**properties, "geometry": moved}))
        except ValidationError as error:
            for item in error.errors(include_url=False, include_input=False):
                steps = ".".join(str(step) for step in item["loc"])
                wrong.append(f"{name}.{steps}: {item['msg']}")
        except (BadGeometry, NotInChina) as error:
            wrong.append(f"{name}.geometry: {error}")
    codes = [each.code for each in said]
    wrong += [f"{code}: stands twice" for code in sorted({c for c in codes if codes.count(c) > 1})]
    if wrong:
        raise mistakes(f"{len(wrong)} mistakes; nothing was imported", wrong)
    return tuple(said)


def _moved(geometry: Any, crs: Crs) -> Any:
    found = read_geojson(geometry)
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return geometry
    moved = shapely.transform(
        found, lambda degrees: np.array([to_wgs84((x, y), crs) for x, y in degrees])
    )
    return plain_geojson(moved)

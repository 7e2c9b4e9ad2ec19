"""Reads CSV tables row by row into wire documents, and says of each mistake where it stands.

Spreadsheets write UTF-8 with a mark, or GB 18030; both are read. Headings may be in Chinese or be
the fields' own names; empty cells are left out. Rows count as a spreadsheet counts them.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

import numpy as np
import shapely
from pydantic import ValidationError

from api.coordinates import NotInChina, to_wgs84
from api.dispatch.geometry import BadGeometry, plain_geojson, read_wkt
from api.schema import Crs
from api.schema.base import Wire
from api.schema.dispatch import Component, Shop

Document = TypeVar("Document", bound=Wire)

MOST_ROWS = 200_000
_FAR_DEGREES = 0.005
"""About 500 m: no shop is so far from its own front."""


class BadTable(ValueError):
    """The file as a whole cannot be read; the message says why and how to save it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field it fills, and its headings."""

    field: str
    headings: tuple[str, ...]
    required: bool = False


@dataclass(slots=True)
class Table(Generic[Document]):
    """What was read: documents that are right, and one line for each mistake."""

    documents: list[Document] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


_PLACE = (
    Column("longitude", ("经度", "lng", "lon"), required=True),
    Column("latitude", ("纬度", "lat"), required=True),
)
_REACH = (Column("phone", ("电话", "手机", "联系电话")), Column("email", ("邮箱",)))

SHOPS = (
    Column("code", ("编号", "店铺编号"), required=True),
    Column("name", ("店名", "店铺名称", "单位名称"), required=True),
    Column("keeper", ("店长", "负责人"), required=True),
    *_REACH,
    Column("address", ("地址",)),
    *_PLACE,
    Column("outline", ("轮廓", "门前轮廓")),
    Column("contract", ("责任书编号", "合同号")),
    Column("signed_on", ("签订日期",)),
    Column("valid_to", ("到期日期", "有效期至")),
)
COMPONENTS = (
    Column("code", ("部件标识码", "部件编码"), required=True),
    Column("category", ("小类代码", "类别代码"), required=True),
    Column("name", ("名称", "部件名称")),
    Column("owner", ("权属单位",), required=True),
    *_REACH,
    *_PLACE,
)


def read_shops(data: bytes, crs: Crs) -> Table[Shop]:
    """Shops from a CSV file; the outline is WKT in the same system of coordinates.

    Raises:
        BadTable: the file cannot be read as a table of shops.
    """
    return _read(data, SHOPS, Shop, crs)


def read_components(data: bytes, crs: Crs, scheme: str = "cjj214-2") -> Table[Component]:
    """Components from a CSV file, whose numbers are of this scheme.

    Raises:
        BadTable: the file cannot be read as a table of components.
    """
    return _read(data, COMPONENTS, Component, crs, {"scheme": scheme})


def _read(
    data: bytes,
    columns: tuple[Column, ...],
    model: type[Document],
    crs: Crs,
    for_all: Mapping[str, object] = MappingProxyType({}),
) -> Table[Document]:
    table: Table[Document] = Table()
    first_seen: dict[str, int] = {}
    headings: dict[str, str] = {}
    for number, cells in _rows(_text(data), columns, headings):
        try:
            document = model.model_validate({**_in_wgs84(cells, crs), **for_all})
        except ValidationError as error:
            table.wrong += [
                _mistake(number, headings, str(item["loc"][0]), item["msg"], item.get("input"))
                for item in error.errors(include_url=False)
            ]
            continue
        except _Cell as error:
            table.wrong.append(_mistake(number, headings, error.field, str(error), None))
            continue
        code = document.code  # type: ignore[attr-defined]
        if code in first_seen:
            text = f"{code} stands in row {first_seen[code]} too; keep one"
            table.wrong.append(_mistake(number, headings, "code", text, None))
            continue
        first_seen[code] = number
        table.documents.append(document)
    return table


class _Cell(ValueError):
    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadTable("is neither UTF-8 nor GB 18030: save it as CSV, UTF-8")


def _rows(
    text: str, columns: tuple[Column, ...], headings: dict[str, str]
) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    fields: list[str] = []
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number == 1:
                fields = _fields(cells, columns, headings)
            elif number > MOST_ROWS:
                raise BadTable(f"has more than {MOST_ROWS} rows; split it")
            elif len(cells) > len(fields) and any(cell.strip() for cell in cells[len(fields) :]):
                raise BadTable(f"row {number}: has {len(cells)} cells under {len(fields)} headings")
            elif any(cell.strip() for cell in cells):
                pairs = zip(fields, cells, strict=False)
                yield number, {name: cell.strip() for name, cell in pairs if cell.strip()}
    except csv.Error as error:
        raise BadTable(f"row {number + 1}: is no CSV ({error})") from None
    if number < 2:
        raise BadTable("has no rows under its heading")


def _fields(cells: list[str], columns: tuple[Column, ...], headings: dict[str, str]) -> list[str]:
    names = {name: each.field for each in columns for name in (each.field, *each.headings)}
    fields = []
    for cell in cells:
        name = names.get(cell.strip())
        if name is None:
            known = ", ".join(each.headings[0] for each in columns)
            raise BadTable(f"row 1: {cell.strip()!r} is no column here; known are: {known}")
        if name in headings:
            raise BadTable(f"row 1: {cell.strip()!r} stands twice")
        headings[name] = cell.strip()
        fields.append(name)
    missing = [each.headings[0] for each in columns if each.required and each.field not in headings]
    if missing:
        raise BadTable(f"row 1: columns are missing: {', '.join(missing)}")
    return fields


def _in_wgs84(cells: Mapping[str, str], crs: Crs) -> dict[str, object]:
    said: dict[str, object] = dict(cells)
    outline = said.pop("outline", None)
    try:
        point = float(cells["longitude"]), float(cells["latitude"])
    except (KeyError, ValueError):
        return said  # the model says what is wrong
    try:
        said["longitude"], said["latitude"] = _moved(point, crs)
        if isinstance(outline, str):
            said["outline"] = _outline(outline, point, crs)
    except NotInChina as error:
        raise _Cell("longitude", str(error)) from None
    except BadGeometry as error:
        raise _Cell("outline", str(error)) from None
    return said


def _outline(text: str, point: tuple[float, float], crs: Crs) -> object:
    found = read_wkt(text)
    if found.geom_type not in ("Polygon", "MultiPolygon"):
        raise BadGeometry("is no polygon; write POLYGON((117.53 36.71, ...))")
    if found.distance(shapely.Point(point)) > _FAR_DEGREES:
        raise BadGeometry("lies far from the point; are longitude and latitude swapped?")
    moved = shapely.transform(
        found, lambda degrees: np.array([_moved((x, y), crs) for x, y in degrees])
    )
    return plain_geojson(moved)


def _moved(point: tuple[float, float], crs: Crs) -> tuple[float, float]:
    longitude, latitude = to_wgs84(point, crs)
    return round(longitude, 8), round(latitude, 8)


def _mistake(row: int, headings: Mapping[str, str], name: str, message: str, given: object) -> str:
    shown = f" ({str(given)[:40]!r})" if isinstance(given, str) else ""
    return f"row {row}, {headings.get(name, name)}: {message}{shown}"

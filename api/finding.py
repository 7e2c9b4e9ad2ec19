"""What readers may ask of the cases, read from an address's query."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.dependencies.models import Dependant
from pydantic import StringConstraints

from api.coordinates import Bounds, NotInChina, Point, around, to_wgs84
from api.problems import Problem, invalid
from api.schema import CaseStatus, Crs, Moment
from api.standards import PREFIX

MAX_ID = 2**63 - 1
MAX_RADIUS_M = 50_000
_Word = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Words = Annotated[list[_Word], Query(max_length=50)]


class Sort(StrEnum):
    """In which order."""

    RECEIVED = "received"
    """Newest first."""
    DEADLINE = "deadline"
    """What is due next first; cases without a running deadline are left out."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; what is empty or None asks nothing.

    Attributes:
        statuses: in one of these states.
        kind: the catalogue's kind.
        service_codes: of one of these classes.
        camera_id: seen by this camera, first or later.
        sources: told of first by one of these sources.
        street: in this street (街道).
        community: in this community (社区).
        chief: whose chief, by the assignment's code, was told of it.
        department: with this department.
        assigned_to: given to this operator to settle.
        urgent: of the second tier, or not.
        recurring: come back after closing, or not.
        overdue: past its deadline at `now`, or not.
        bounds: in this box of WGS 84.
        center: within `radius_m` of this point.
        radius_m: metres.
        since: received at this time or later.
        until: received before this time.
        text: in the number or the address.
        now: the moment at which it is asked.
    """

    statuses: tuple[str, ...] = ()
    kind: str | None = None
    service_codes: tuple[str, ...] = ()
    camera_id: str | None = None
    sources: tuple[str, ...] = ()
    street: str | None = None
    community: str | None = None
    chief: str | None = None
    department: str | None = None
    assigned_to: str | None = None
    urgent: bool | None = None
    recurring: bool | None = None
    overdue: bool | None = None
    bounds: Bounds | None = None
    center: Point | None = None
    radius_m: float = 0.0
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


def check_known(request: Request) -> None:
    """See that a query has no word that its route does not know: a typo would ask for everything.

    Raises:
        Problem: 422 that names each unknown word, and those that are known.
    """
    known = set(_names_in(request.scope["route"].dependant))
    strange = sorted(set(request.query_params) - known)
    if strange:
        message = f"is no parameter here; known are: {', '.join(sorted(known))}"
        raise invalid("the query cannot be understood", *((name, message) for name in strange))


def _names_in(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        yield parameter.alias
    for inner in dependant.dependencies:
        yield from _names_in(inner)


def wanted_cases(
    request: Request,
    status: Annotated[
        list[CaseStatus] | None, Query(description="Only cases that stand so; may be repeated.")
    ] = None,
    kind: Annotated[_Word | None, Query(description="Only this kind.", examples=["litter"])] = None,
    type_: Annotated[
        Literal["事件", "部件"] | None, Query(alias="type", description="With `code`: the class.")
    ] = None,
    code: Annotated[
        str | None, Query(pattern="^[0-9]{4,6}$", description="With `type`, such as 0102.")
    ] = None,
    service_code: Annotated[
        _Words | None, Query(description="Only this class, such as E-0102; may be repeated.")
    ] = None,
    camera_id: Annotated[_Word | None, Query(description="Only what this camera saw.")] = None,
    source: Annotated[
        _Words | None, Query(description="Only from this source (问题来源); may be repeated.")
    ] = None,
    street: Annotated[_Word | None, Query(description="Only in this street (街道).")] = None,
    community: Annotated[_Word | None, Query(description="Only in this community.")] = None,
    chief: Annotated[
        _Word | None, Query(description="Only what this chief was told of: an assignment's code.")
    ] = None,
    department: Annotated[_Word | None, Query(description="Only with this department.")] = None,
    assigned_to: Annotated[
        _Word | None, Query(description="Only what this operator was given to settle.")
    ] = None,
    urgent: Annotated[bool | None, Query(description="Only open holes, or none of them.")] = None,
    recurring: Annotated[
        bool | None, Query(description="Only what came back (复发), or none of it.")
    ] = None,
    overdue: Annotated[
        bool | None, Query(description="Only what is past its deadline, or none of it.")
    ] = None,
    bbox: Annotated[
        str | None, Query(description="Only in this box: west,south,east,north.", max_length=120)
    ] = None,
    near: Annotated[
        str | None, Query(description="Only around this point: longitude,latitude.", max_length=60)
    ] = None,
    radius_m: Annotated[
        float, Query(gt=0, le=MAX_RADIUS_M, description="How far from `near`, in metres.")
    ] = 200.0,
    crs: Annotated[Crs, Query(description="What `bbox` and `near` are in.")] = Crs.WGS84,
    since: Annotated[
        Moment | None, Query(description="Only those received at this time or later.")
    ] = None,
    until: Annotated[Moment | None, Query(description="Only those received before.")] = None,
    q: Annotated[_Word, Query(description="Only with this in the number or the address.")] = "",
) -> CaseFilter:
    """Dependency: which cases are wanted; a word that the route does not know is refused.

    Raises:
        Problem: 422 that names the wrong parameter.
    """
    check_known(request)
    codes = tuple(service_code or ())
    if (type_ is None) != (code is None):
        raise invalid("half a class", ("code", "`type` and `code` come together"))
    if type_ is not None:
        codes = (*codes, f"{PREFIX[type_]}-{code}")
    center = None if near is None else _point("near", _numbers("near", near, 2), crs)
    return CaseFilter(
        statuses=tuple(one.value for one in status or ()),
        kind=kind,
        service_codes=codes,
        camera_id=camera_id,
        sources=tuple(source or ()),
        street=street,
        community=community,
        chief=chief,
        department=department,
        assigned_to=assigned_to,
        urgent=urgent,
        recurring=recurring,
        overdue=overdue,
        bounds=_bounds(bbox, crs) if bbox is not None else None,
        center=center,
        radius_m=radius_m,
        since=since,
        until=until,
        text=q.strip(),
    )


def _numbers(name: str, text: str, count: int) -> list[float]:
    parts = text.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(abs(number) <= 360 for number in numbers):
        raise invalid(f"{name} cannot be read", (name, f"is not {count} numbers, commas between"))
    return numbers


def _point(name: str, numbers: list[float], crs: Crs) -> Point:
    longitude, latitude = numbers
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise invalid(f"{name} is nowhere", (name, "is longitude,latitude in degrees"))
    try:
        return to_wgs84((longitude, latitude), crs)
    except NotInChina as error:
        raise invalid(f"{name} cannot be there", (name, str(error))) from error


def _bounds(text: str, crs: Crs) -> Bounds:
    west, south, east, north = _numbers("bbox", text, 4)
    if west > east or south > north:
        raise invalid("the box is inside out", ("bbox", "is west,south,east,north"))
    low, high = _point("bbox", [west, south], crs), _point("bbox", [east, north], crs)
    return Bounds(*low, *high)


def reach(wanted: CaseFilter) -> Bounds | None:
    """The box that all that is wanted lies in, as far as a place is asked for."""
    boxes = [] if wanted.bounds is None else [wanted.bounds]
    if wanted.center is not None:
        boxes.append(around(wanted.center, wanted.radius_m))
    if not boxes:
        return None
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return Bounds(max(wests), max(souths), min(easts), min(norths))


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: below this case, or after this deadline and case."""

    id: int
    due_at: datetime | None = None

    def __str__(self) -> str:
        if self.due_at is None:
            return str(self.id)
        return f"{int(self.due_at.timestamp() * 1_000_000)}.{self.id}"


_CURSOR = re.compile(r"(?:([0-9]{1,17})\.)?([0-9]{1,19})")


def read_cursor(text: str | None, sort: Sort) -> Cursor | None:
    """The cursor of a page that was answered before.

    Raises:
        Problem: 422, it is none, or of another order.
    """
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None or (match[1] is not None) != (sort is Sort.DEADLINE):
        raise _no_cursor()
    case_id = int(match[2])
    if not 1 <= case_id <= MAX_ID:
        raise _no_cursor()
    if match[1] is None:
        return Cursor(case_id)
    seconds, micros = divmod(int(match[1]), 1_000_000)
    return Cursor(case_id, datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros))


def _no_cursor() -> Problem:
    return invalid("the cursor cannot be read", ("cursor", "is not `next` of a page in this order"))

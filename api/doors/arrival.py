"""What came in by any door, in one form."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from api.doors.sources import Source, Sources
from api.problems import from_validation, invalid
from api.schema import Spot
from api.schema.intake import Caller

_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that was told of.

    Attributes:
        ref: the source's own id of it.
        at: when it was seen, or told.
        service_code: its class, such as `E-0102`.
        label: a finer word, by which filing conditions go; may be empty.
        description: what was said of it.
        spot: where, as the source has it.
        pictures: the contents of picture files.
        caller: who told of it, if that is known.
        strict: the same id with other content is a mistake, not just a repeat.
    """

    ref: str
    at: datetime
    service_code: str
    label: str
    description: str
    spot: Spot
    pictures: tuple[bytes, ...] = ()
    caller: Caller | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that is not to be filed, and why."""

    ref: str
    reason: str


def media_type_of(picture: bytes) -> str:
    """The media type that a file begins as.

    Raises:
        Problem: 422, it is none that is taken.
    """
    for magic, media_type in _MAGIC.items():
        if picture.startswith(magic):
            return media_type
    if picture[4:8] == b"ftyp":
        return "video/mp4"
    raise invalid("a picture is none", ("pictures", "is neither JPEG nor PNG nor MP4"))


def from_base64(field: str, text: str) -> bytes:
    """A picture in base64, with or without a `data:` head.

    Raises:
        Problem: 422, it is no base64.
    """
    try:
        return base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("a picture cannot be read", (field, "is no base64")) from error


def local_time(field: str, text: str, zone: ZoneInfo) -> datetime:
    """A time as devices write it, `2026-11-25 08:00:00`; without an offset it is the district's.

    Raises:
        Problem: 422, it is no time.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid("a time cannot be read", (field, f"{text[:40]!r} is no time")) from error


def epoch_time(field: str, value: Any) -> datetime:
    """Seconds or milliseconds since 1970, as a number or its digits.

    Raises:
        Problem: 422, it is no time.
    """
    try:
        number = float(value)
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        what = f"{str(value)[:40]!r} is neither seconds nor milliseconds since 1970"
        raise invalid("a time cannot be read", (field, what)) from error


def text_of(document: Mapping[str, Any], *names: str, field: str = "", limit: int = 64) -> str:
    """The first of these that the document has, as text.

    Raises:
        Problem: 422, none is there although `field` says that one must be, or it is no plain text.
    """
    for name in names:
        value = document.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value):
            text = str(value).strip()
            if len(text) > limit or any(ord(letter) < 32 for letter in text):
                raise invalid("a text is none", (name, f"is longer than {limit}, or not plain"))
            return text
    if field:
        raise invalid("the message lacks something", (field, f"is missing: {' or '.join(names)}"))
    return ""


def spot_of(source: Source, camera: str, name: str, address: str) -> Spot:
    """Where a vendor's camera is: as the table of sources has it, or by its name alone."""
    known = source.cameras.get(camera)
    if known is not None:
        return Spot(**known.model_dump())
    try:
        return Spot(camera_id=camera, camera_name=name, address=address)
    except ValidationError as error:
        raise from_validation("camera", error) from error


def meaning(
    sources: Sources, source: Source, ref: str, *codes: str
) -> tuple[str, str, str] | Ignored:
    """Class, label and name of a vendor's code; or that it is not to be filed.

    Raises:
        Problem: 422, the code is in no table.
    """
    table = sources.table_of(source)
    found = None if table is None else table.find(*codes)
    if found is None:
        said = ", ".join(code for code in codes if code)
        raise invalid(
            f"sources.yaml {sources.version} gives no class for it",
            ("code", f"{said[:120]!r} is not in the table; add it, or have it not sent"),
        )
    if not found.file:
        return Ignored(ref, f"{found.name_zh} is not filed, by sources.yaml")
    return found.service_code, found.label, found.name_zh

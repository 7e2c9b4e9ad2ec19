"""A posted form as something that somebody tells of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from api.doors.arrival import Arrival
from api.open311.requests import Unreadable
from api.open311.services import CONDITION, Service
from api.schema import Spot
from api.schema.intake import Caller

SOURCE = "open311"
"""Its name in `sources.yaml`."""
_ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,64})\](\[\])?")
_MOST_DESCRIPTION = 4000
_MOST_PICTURES = 16
_PLAIN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Form:
    """What was posted: texts by name (the last of each), and files."""

    texts: Mapping[str, str]
    pictures: tuple[bytes, ...] = ()

    def get(self, name: str, most: int = 300) -> str:
        """A text, or empty.

        Raises:
            Unreadable: it is too long.
        """
        text = _PLAIN.sub("", self.texts.get(name, "")).strip()
        if len(text) > most:
            raise Unreadable(f"{name}: has more than {most} characters")
        return text


async def read(form: FormData) -> Form:
    """Take a form apart.

    Raises:
        Unreadable: more pictures than are taken.
    """
    texts: dict[str, str] = {}
    pictures: list[bytes] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.size:
                pictures.append(await value.read())
        else:
            texts[name] = value
    if len(pictures) > _MOST_PICTURES:
        raise Unreadable(f"{_MOST_PICTURES} pictures at most")
    return Form(texts, tuple(pictures))


def token_of(form: Form, header: str | None) -> str:
    """What repeats of a request are known by: the client's own word, or a new one."""
    return form.get("token", 64) or (header or "").strip()[:64] or uuid4().hex


def arrival(form: Form, services: Mapping[str, Service], token: str, now: datetime) -> Arrival:
    """What the form tells of.

    Raises:
        Unreadable: 400, something is missing or makes no sense.
    """
    service = services.get(form.get("service_code", 64))
    if service is None:
        raise Unreadable("service_code: is missing")
    description = form.get("description", _MOST_DESCRIPTION)
    media = form.get("media_url", 2000)
    if media and len(description) + len(media) < _MOST_DESCRIPTION:
        description = f"{description}\n{media}".strip()
    name = " ".join(part for part in (form.get("first_name"), form.get("last_name")) if part)
    phone = form.get("phone", 32) or form.get("email", 64)[:32]
    return Arrival(
        ref=token,
        at=now,
        service_code=service.category.service_code,
        label=_label(form, service),
        description=description,
        spot=_spot(form),
        pictures=form.pictures,
        caller=Caller(name=_line(name)[:64], phone=_line(phone)) if name or phone else None,
    )


def _label(form: Form, service: Service) -> str:
    for name, value in form.texts.items():
        found = _ATTRIBUTE.fullmatch(name)
        if found is None:
            continue
        if found[1] != CONDITION:
            raise Unreadable(f"attribute[{found[1]}]: this service has none of that code")
        if value not in service.conditions:
            raise Unreadable(f"attribute[{CONDITION}]: say one of {', '.join(service.conditions)}")
        return next(iter(service.conditions[value].labels), "")
    return ""


def _spot(form: Form) -> Spot:
    lat, long = form.get("lat", 40), form.get("long", 40)
    address = form.get("address_string")
    if not address and not (lat and long):
        if form.get("address_id"):
            raise Unreadable("address_id: no register of addresses is kept here; send lat and long")
        raise Unreadable("lat and long, or address_string: one of them is needed")
    if bool(lat) != bool(long):
        raise Unreadable("lat, long: send both, or neither")
    said: dict[str, Any] = {"address": _line(address)}
    if lat and long:
        said |= {"latitude": _number("lat", lat), "longitude": _number("long", long)}
    try:
        return Spot(**said, crs="wgs84" if lat else None)  # type: ignore[arg-type]
    except ValidationError as error:
        raise Unreadable("lat, long: are outside the earth's degrees") from error


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Unreadable(f"{name}: {text!r} is no number of degrees") from error


def _line(text: str) -> str:
    return " ".join(text.split())

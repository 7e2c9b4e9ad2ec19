"""Finding ONVIF cameras on the network, and asking them for their RTSP addresses.

WS-Discovery 1.1 by its library; of ONVIF's Media service (ver10) the two requests that name a
stream's address, with a digest of the password (WS-UsernameToken profile 1.0).
"""

import base64
import hashlib
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import httpx
from wsdiscovery import QName
from wsdiscovery.discovery import ThreadedWSDiscovery

_NETWORK = "http://www.onvif.org/ver10/network/wsdl"
_VIDEO = QName(_NETWORK, "NetworkVideoTransmitter", "dn")
_MEDIA = "http://www.onvif.org/ver10/media/wsdl"
_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity"
_USERNAME_PROFILE = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
)
_ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>{header}</s:Header>
<s:Body>{body}</s:Body></s:Envelope>"""


class OnvifError(Exception):
    """A camera that does not tell its address; the message says why."""


@dataclass(frozen=True, slots=True)
class Device:
    """A camera that has answered.

    Attributes:
        uuid: its own name of itself.
        service: the address of its device service.
        name: as its scopes say, may be empty.
        hardware: its model, likewise.
        location: likewise.
    """

    uuid: str
    service: str
    name: str
    hardware: str
    location: str

    @property
    def host(self) -> str:
        """Its name or number on the network."""
        return urlsplit(self.service).hostname or ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One of a camera's streams: what it is called, its size and its RTSP address."""

    name: str
    width: int
    height: int
    codec: str
    url: str


def main_and_sub(found: Sequence[Profile]) -> tuple[Profile | None, Profile | None]:
    """The stream that a camera is watched by, and the one for between its keyframes.

    The main one is the largest; of the smaller ones of the same camera the largest is the
    sub-stream, since more models can look at it.
    """
    ranked = sorted((one for one in found if one.url), key=lambda p: -p.width * p.height)
    main = next(iter(ranked), None)
    smaller = (
        one for one in ranked if main and 0 < one.width * one.height < main.width * main.height
    )
    return main, next(smaller, None)


def discover(seconds: float = 3.0) -> list[Device]:
    """Asks all networks that this machine is on, by multicast; those that answer in time.

    Raises:
        OSError: there is no network to ask on.
    """
    search = ThreadedWSDiscovery()
    search.start()
    try:
        found = search.searchServices(types=[_VIDEO], timeout=seconds)
        return sorted((_device(one) for one in found if one.getXAddrs()), key=lambda d: d.service)
    finally:
        search.stop()


def profiles(device: Device, user: str, password: str, timeout_s: float = 5.0) -> list[Profile]:
    """A camera's streams, as it lists them: the main one first, by custom.

    Raises:
        OnvifError: it does not answer, or refuses.
    """
    with httpx.Client(timeout=timeout_s, trust_env=False) as client:
        how = client, user, password
        offset = _clock_offset(client, device.service)
        media = _media_service(_ask(*how, device.service, _GET_SERVICES, offset), device)
        listed = _ask(*how, media, f'<GetProfiles xmlns="{_MEDIA}"/>', offset)
        found = []
        for entry in listed.iter(f"{{{_MEDIA}}}Profiles"):
            video = entry.find(f"{{{_SCHEMA}}}VideoEncoderConfiguration")
            token = entry.get("token") or ""
            body = _STREAM_URI.format(token=token)
            answer = _ask(*how, media, body, offset)
            url = answer.findtext(f".//{{{_SCHEMA}}}Uri") or ""
            found.append(
                Profile(
                    name=entry.findtext(f"{{{_SCHEMA}}}Name") or token,
                    width=_number(video, "Width"),
                    height=_number(video, "Height"),
                    codec="" if video is None else video.findtext(f"{{{_SCHEMA}}}Encoding") or "",
                    url=url.strip(),
                )
            )
    return found


_GET_SERVICES = f'<GetCapabilities xmlns="{_DEVICE}"><Category>Media</Category></GetCapabilities>'
_STREAM_URI = (
    f'<GetStreamUri xmlns="{_MEDIA}"><StreamSetup><Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>'
    f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
    "<ProfileToken>{token}</ProfileToken></GetStreamUri>"
)


def _device(service: object) -> Device:
    scopes = [str(scope.getValue()) for scope in service.getScopes()]  # type: ignore[attr-defined]

    def scope(kind: str) -> str:
        head = f"onvif://www.onvif.org/{kind}/"
        return next((unquote(s[len(head) :]) for s in scopes if s.startswith(head)), "")

    addresses: Sequence[str] = service.getXAddrs()  # type: ignore[attr-defined]
    plain = [one for one in addresses if re.match(r"https?://\d", one)]
    return Device(
        uuid=str(service.getEPR()),  # type: ignore[attr-defined]
        service=(plain or list(addresses))[0],
        name=scope("name"),
        hardware=scope("hardware"),
        location=scope("location"),
    )


def _clock_offset(client: httpx.Client, service: str) -> float:
    """Seconds that the camera's clock is ahead: a password's digest holds for minutes only."""
    try:
        answer = _post(client, service, "", f'<GetSystemDateAndTime xmlns="{_DEVICE}"/>')
        at = answer.find(f".//{{{_SCHEMA}}}UTCDateTime")
        if at is None:
            return 0.0
        parts = [_number(at, key) for key in ("Year", "Month", "Day", "Hour", "Minute", "Second")]
        return (datetime(*parts, tzinfo=UTC) - datetime.now(UTC)).total_seconds()  # type: ignore[misc, arg-type]
    except (OnvifError, ValueError):
        return 0.0


def _media_service(capabilities: ET.Element, device: Device) -> str:
    media = capabilities.find(f".//{{{_SCHEMA}}}Media/{{{_SCHEMA}}}XAddr")
    return (media.text or "").strip() if media is not None else device.service


def _ask(
    client: httpx.Client, user: str, password: str, service: str, body: str, offset_s: float
) -> ET.Element:
    return _post(client, service, _security(user, password, offset_s), body)


def _post(client: httpx.Client, service: str, header: str, body: str) -> ET.Element:
    content = _ENVELOPE.format(header=header, body=body).encode()
    kind = {"Content-Type": "application/soap+xml; charset=utf-8"}
    try:
        answer = client.post(service, content=content, headers=kind)
    except httpx.HTTPError as error:
        raise OnvifError(f"{service} does not answer: {error}") from error
    if answer.status_code in (401, 403) or b"NotAuthorized" in answer.content:
        raise OnvifError(f"{service} refuses the user or password")
    if len(answer.content) > 1_000_000 or b"<!DOCTYPE" in answer.content:
        raise OnvifError(f"{service} answers with what is no SOAP")
    try:
        tree = ET.fromstring(answer.content)  # noqa: S314 - bounded, and without a DOCTYPE
    except ET.ParseError as error:
        raise OnvifError(f"{service} answers {answer.status_code} with what is no XML") from error
    if not answer.is_success:
        raise OnvifError(f"{service} answers {answer.status_code}")
    return tree


def _security(user: str, password: str, offset_s: float) -> str:
    if not user:
        return ""
    nonce = os.urandom(16)
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() + offset_s, UTC)
    created = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False)
    name = user.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<w:Security xmlns:w="{_SECURITY}-secext-1.0.xsd" s:mustUnderstand="true">'
        f"<w:UsernameToken><w:Username>{name}</w:Username>"
        f'<w:Password Type="{_USERNAME_PROFILE}#PasswordDigest">'
        f"{base64.b64encode(digest.digest()).decode()}</w:Password>"
        f"<w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce>"
        f'<u:Created xmlns:u="{_SECURITY}-utility-1.0.xsd">{created}</u:Created>'
        "</w:UsernameToken></w:Security>"
    )


def _number(element: ET.Element | None, name: str) -> int:
    text = "" if element is None else element.findtext(f".//{{{_SCHEMA}}}{name}") or ""
    return int(text) if text.isdigit() else 0

"""RTSP requests and answers as a client sees them (RFC 2326)."""

from collections.abc import Mapping
from dataclasses import dataclass

_MAX_HEAD = 16_384
_MAX_BODY = 262_144
AGENT = "five-chief"


class NotRtspError(ValueError):
    """Bytes that are neither an answer nor a packet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; header names in lower case, of several equal ones all are kept."""

    status: int
    headers: Mapping[str, tuple[str, ...]]
    body: str

    def one(self, name: str) -> str:
        """The first value of a header, or nothing."""
        return self.headers.get(name, ("",))[0]


def request(method: str, url: str, number: int, headers: Mapping[str, str]) -> bytes:
    """A request without a body.

    Args:
        method: such as DESCRIBE.
        url: without credentials.
        number: the CSeq.
        headers: those besides CSeq and User-Agent; empty values are left out.
    """
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {number}", f"User-Agent: {AGENT}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def take_message(data: bytes, at: int) -> tuple[Answer | None, int] | None:
    """The message that begins at a place.

    Returns:
        The answer, None where it is a request by the server (which needs none of us); and where
        it ends. None where it is not whole yet.

    Raises:
        NotRtspError: there is no message.
    """
    end = data.find(b"\r\n\r\n", at)
    if end < 0:
        if len(data) - at > _MAX_HEAD or not data[at : at + 1].isalpha():
            raise NotRtspError("the camera sends what is neither RTSP nor RTP")
        return None
    first, *rest = data[at:end].decode("utf-8", "replace").split("\r\n")
    headers: dict[str, tuple[str, ...]] = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers[key] = (*headers.get(key, ()), value.strip())
    length = headers.get("content-length", ("0",))[0]
    if not length.isdigit() or int(length) > _MAX_BODY:
        raise NotRtspError(f"a Content-Length of {length[:20]!r}")
    after = end + 4 + int(length)
    if after > len(data):
        return None
    body = data[end + 4 : after].decode("utf-8", "replace")
    words = first.split(" ", 2)
    if words[0].startswith("RTSP/") and len(words) > 1 and words[1].isdigit():
        return Answer(int(words[1]), headers, body), after
    if first.endswith(("RTSP/1.0", "RTSP/2.0")):
        return None, after
    raise NotRtspError("the camera sends what is neither RTSP nor RTP")

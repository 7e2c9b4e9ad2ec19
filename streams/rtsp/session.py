"""The conversation that ends in a playing stream, without the socket it is held over."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from streams.address import escaped
from streams.errors import AuthRefused, CameraError, NotFound, NoVideo, Refused
from streams.rtsp.auth import Credentials
from streams.rtsp.message import Answer, request
from streams.rtsp.sdp import Video, find_video

DATA_CHANNEL = 0
_DEFAULT_TIMEOUT_S = 60.0


class NotSpokenError(Exception):
    """The stream is one for FFmpeg's demuxer; the message says why."""


class Step(StrEnum):
    """What was asked last."""

    OPTIONS = "OPTIONS"
    DESCRIBE = "DESCRIBE"
    SETUP = "SETUP"
    PLAY = "PLAY"
    PLAYING = "PLAYING"


@dataclass(frozen=True, slots=True)
class Address:
    """An RTSP address, taken apart.

    Attributes:
        host: name or number.
        port: TCP port.
        url: the address without credentials, as requests carry it.
        credentials: user and password, if it has them.
    """

    host: str
    port: int
    url: str
    credentials: tuple[str, str] | None

    @staticmethod
    def of(url: str) -> "Address":
        """Takes an `rtsp://` address apart.

        Raises:
            ValueError: it has no host, or a port that is none.
        """
        parts = urlsplit(escaped(url))
        if not parts.hostname:
            raise ValueError("the address has no host")
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        user = None
        if parts.username is not None:
            user = unquote(parts.username), unquote(parts.password or "")
        return Address(parts.hostname, parts.port or 554, bare, user)


class Session:
    """One connection's requests, one at a time; asks for RTP over the same connection."""

    def __init__(
        self, address: Address, error: Callable[[type[CameraError], str], CameraError]
    ) -> None:
        """A conversation that has not begun.

        Args:
            address: where to.
            error: makes a camera's error of a kind with a detail.
        """
        self._address = address
        self._error = error
        self._credentials = Credentials(*(address.credentials or ("", "")))
        self._number = 0
        self._tried_auth = False
        self._id = ""
        self._base = address.url
        self._public = ""
        self.step = Step.OPTIONS
        self.video: Video | None = None
        """The track, once it is described."""
        self.channel = DATA_CHANNEL
        self.keep_alive_s = _DEFAULT_TIMEOUT_S / 2

    def begin(self) -> bytes:
        """The first request."""
        return self._ask("OPTIONS", self._address.url)

    def answered(self, answer: Answer) -> bytes | None:
        """What to send after an answer; None where there is nothing.

        Raises:
            CameraError: the camera says no.
            NotSpokenError: FFmpeg's demuxer should have this stream.
        """
        if answer.status < 200 or self.step is Step.PLAYING:
            return None
        if answer.status == 401:
            return self._authorise(answer)
        if self.step is Step.OPTIONS:  # some servers do not know it: no harm done
            self._public = answer.one("public").upper()
            return self._go(Step.DESCRIBE, self._address.url, Accept="application/sdp")
        self._check(answer)
        match self.step:
            case Step.DESCRIBE:
                return self._described(answer)
            case Step.SETUP:
                return self._set_up(answer)
            case _:
                self.step = Step.PLAYING
                return None

    def keep_alive(self) -> bytes:
        """A request that only says that somebody still watches."""
        method = "GET_PARAMETER" if "GET_PARAMETER" in self._public else "OPTIONS"
        return self._ask(method, self._base, Session=self._id)

    def goodbye(self) -> bytes:
        """A request that ends the stream."""
        return self._ask("TEARDOWN", self._base, Session=self._id)

    def _described(self, answer: Answer) -> bytes:
        base = answer.one("content-base") or answer.one("content-location") or self._address.url
        self._base = base if base.startswith("rtsp") else self._address.url
        video = find_video(answer.body, self._base)
        if video is None:
            raise self._error(NoVideo, "there is no video track in its description")
        if video.codec is None or video.interleaving:
            raise NotSpokenError(f"{video.name} in this form is left to FFmpeg")
        self.video = video
        wanted = f"RTP/AVP/TCP;unicast;interleaved={DATA_CHANNEL}-{DATA_CHANNEL + 1}"
        return self._go(Step.SETUP, video.control, Transport=wanted)

    def _set_up(self, answer: Answer) -> bytes:
        transport = answer.one("transport")
        if "TCP" not in transport.upper():
            raise NotSpokenError("the camera does not send RTP over the RTSP connection")
        for part in transport.split(";"):
            name, _, value = part.strip().partition("=")
            if name == "interleaved" and value.split("-")[0].isdigit():
                self.channel = int(value.split("-")[0])
        self._id, *parameters = (part.strip() for part in answer.one("session").split(";"))
        for part in parameters:
            name, _, value = part.partition("=")
            if name == "timeout" and value.isdigit() and int(value) > 0:
                self.keep_alive_s = int(value) / 2
        return self._go(Step.PLAY, self._base, Session=self._id, Range="npt=0.000-")

    def _authorise(self, answer: Answer) -> bytes:
        known = self._address.credentials is not None
        if not known or (self._tried_auth and "stale=true" not in answer.one("www-authenticate")):
            raise self._error(AuthRefused, "401: user or password is wrong or missing")
        if not self._credentials.challenged(answer.headers.get("www-authenticate", ())):
            raise NotSpokenError("the camera asks for a kind of password that is left to FFmpeg")
        self._tried_auth = True
        method, url, headers = self._last
        return self._ask(method, url, **headers)

    def _check(self, answer: Answer) -> None:
        status = answer.status
        if status < 300:
            self._tried_auth = False
            return
        if status in (301, 302, 303, 305):
            raise NotSpokenError("the camera sends us elsewhere")
        if status == 461:
            raise NotSpokenError("the camera does not send RTP over the RTSP connection")
        if status == 403:
            raise self._error(AuthRefused, "403: this user may not see the stream")
        if status == 404:
            raise self._error(NotFound, "404: the server has no such stream")
        raise self._error(Refused, f"{status}: the server refuses {self.step.value}")

    def _go(self, step: Step, url: str, **headers: str) -> bytes:
        self.step = step
        return self._ask(step.value, url, **headers)

    def _ask(self, method: str, url: str, **headers: str) -> bytes:
        self._last = method, url, headers
        self._number += 1
        signed = {**headers, "Authorization": self._credentials.header(method, url)}
        return request(method, url, self._number, signed)

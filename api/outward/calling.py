"""One HTTP exchange with a system that somebody else named: checked, pinned, bounded."""

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

from api.outward.addresses import Reach

_MOST_ANSWER = 256 * 1024
_TEXT_SHOWN = 300


class Unreachable(Exception):
    """No whole answer came; the message says why, without the address's query."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the body is cut after 256 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def excerpt(self) -> str:
        """The beginning of the body, as one line, for logs."""
        return " ".join(self.body[: 4 * _TEXT_SHOWN].decode("utf-8", "replace").split())[
            :_TEXT_SHOWN
        ]


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes calls within `reach`; no redirect is followed, no proxy is used.

    Attributes:
        reach: which addresses may be called.
        time_limit_s: for the whole exchange, however slowly the other side drips.
        tls: the TLS context; None for the system's own trust.
    """

    reach: Reach
    time_limit_s: float
    tls: ssl.SSLContext | None = None

    def call(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Make one call.

        Raises:
            AddressRefused: it may not be called.
            Unreachable: the name, the line, TLS or the time limit let no answer through.
        """
        end = time.monotonic() + self.time_limit_s
        backend = _Pinned(self.reach, end)
        try:
            with httpcore.ConnectionPool(
                ssl_context=self.tls, network_backend=backend, max_connections=1
            ) as pool:
                limit = dict.fromkeys(("connect", "read", "write", "pool"), self.time_limit_s)
                with pool.stream(
                    method,
                    url,
                    headers=[("User-Agent", "smart-five-chief"), *headers.items()],
                    content=body,
                    extensions={"timeout": limit},
                ) as response:
                    return Answer(response.status, _headers(response), _read(response))
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise Unreachable(
                f"no answer from {_place(url)} within {self.time_limit_s:g} s"
            ) from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            OSError,
            UnicodeError,
        ) as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"{_place(url)} cannot be reached: {reason}") from error


def _place(url: str) -> str:
    """Scheme, host and port: what may stand in a log."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _headers(response: httpcore.Response) -> dict[str, str]:
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}


def _read(response: httpcore.Response) -> bytes:
    body = b""
    for chunk in response.iter_stream():
        body += chunk
        if len(body) >= _MOST_ANSWER:
            break
    return body[:_MOST_ANSWER]


class _Pinned(httpcore.NetworkBackend):
    """Connects to the address that was checked, and ends every wait at one moment."""

    def __init__(self, reach: Reach, end: float) -> None:
        self._reach = reach
        self._end = end
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = self._reach.resolve(host, port)
        stream = self._inner.connect_tcp(
            address, port, _left(self._end), local_address, socket_options
        )
        return _Ending(stream, self._end)


class _Ending(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, end: float) -> None:
        self._inner = inner
        self._end = end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._end))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._end))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Ending(
            self._inner.start_tls(ssl_context, server_hostname, _left(self._end)), self._end
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left

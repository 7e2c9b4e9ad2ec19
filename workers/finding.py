"""Looks for cameras that are not there yet: tries an address, asks the networks.

Both take seconds, so they have threads of their own, and few: nobody tries many at once.
"""

import logging
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from api.schema import EvidenceRole
from api.schema.cameras import RuleConfig
from api.schema.line import Discover, Probe
from api.schema.new_cameras import Discovered, FoundCamera, Probed, StreamSeen
from streams.address import redact
from streams.options import StreamOptions
from workers.config import Address
from workers.evidence import EvidenceFolder
from workers.probing import ProbeFailed, probe
from workers.setup import expanded

if TYPE_CHECKING:
    from workers.onvif import Device

log = logging.getLogger(__name__)

Found = Probed | Discovered

_AT_ONCE = 2
_ASK_AT_ONCE = 8
_DISCOVER_S = 3.0
_MOST = 500
_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)


class Finder:
    """Carries out what is asked; any thread.

    Args:
        evidence: takes the picture.
        rules: what the worker's own file looks for, told with each picture.
    """

    def __init__(self, evidence: EvidenceFolder, rules: Sequence[RuleConfig] = ()) -> None:
        self._evidence = evidence
        self._rules = tuple(rules)
        self._stop = threading.Event()
        self._pool: ThreadPoolExecutor | None = None

    def begin(self, order: Probe | Discover, done: Callable[[Found], None]) -> None:
        """Begins, and tells `done` what came of it, on another thread."""
        if self._pool is None:
            self._stop.clear()
            self._pool = ThreadPoolExecutor(_AT_ONCE, "finding")
        self._pool.submit(self._run, order, done)

    def close(self) -> None:
        """Ends what is under way; nobody is told of it any more. Another may begin after it."""
        self._stop.set()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _run(self, order: Probe | Discover, done: Callable[[Found], None]) -> None:
        try:
            late = datetime.now(UTC) >= order.expires_at
            found = too_late(order) if late else self._find(order)
            if not self._stop.is_set():
                done(found)
        except Exception:
            log.exception("looking for a camera failed unexpectedly")

    def _find(self, order: Probe | Discover) -> Found:
        return self._probe(order) if isinstance(order, Probe) else _discover(order)

    def _probe(self, order: Probe) -> Probed:
        where = redact(order.url)
        try:
            url = _checked(order.url)
            seen = probe(url, StreamOptions(transport=order.transport), self._stop)
            picture = self._evidence.keep_picture(
                seen.shot.image, EvidenceRole.SNAPSHOT, seen.shot.captured_at
            )
        except ProbeFailed as error:
            log.info("probe: no picture of %s: %s", where, error.detail)
            return Probed(request=order.request, problem=error.problem, reason=error.detail[:500])
        except OSError as error:
            log.error("probe: the picture cannot be kept: %s", error)
            detail = "the worker's disk refuses the picture"
            return Probed(request=order.request, problem="disk", reason=detail)
        log.info("probe: a picture of %s", where)
        stream = StreamSeen(
            codec=seen.codec,
            width=seen.shot.width,
            height=seen.shot.height,
            fps=None if seen.fps is None else round(seen.fps, 1),
            gop_s=None if seen.gop_s is None else round(seen.gop_s, 2),
        )
        return Probed(request=order.request, stream=stream, rules=self._rules, evidence=(picture,))


def too_late(order: Probe | Discover) -> Found:
    """What is answered to an order that nobody waits for any more."""
    why = "the order came too late"
    if isinstance(order, Probe):
        return Probed(request=order.request, problem="late", reason=why)
    return Discovered(request=order.request, reason=why)


def _checked(written: str) -> str:
    """The address as it is opened, its variables replaced."""
    problems: list[str] = []
    url = expanded("url", written, problems)
    if not problems:
        try:
            return _ADDRESS.validate_python(url)
        except ValidationError as error:
            problems = [item["msg"] for item in error.errors(include_input=False)]
    raise ProbeFailed("address", "; ".join(problems))


def _discover(order: Discover) -> Discovered:
    from workers.onvif import discover

    try:
        devices = discover(_DISCOVER_S)
    except OSError as error:
        why = f"this machine has no network to ask on: {error.strerror or type(error).__name__}"
        return Discovered(request=order.request, reason=why[:500])
    with ThreadPoolExecutor(_ASK_AT_ONCE) as pool:
        asked = [pool.submit(_described, one, order) for one in devices[:_MOST]]
        return Discovered(request=order.request, cameras=tuple(one.result() for one in asked))


def _described(device: "Device", order: Discover) -> FoundCamera:
    """A device and, where a user is given, its addresses: without what they hold of passwords."""
    from workers.onvif import OnvifError, main_and_sub, profiles

    main, sub, problem = None, None, ""
    if order.user:
        try:
            main, sub = main_and_sub(profiles(device, order.user, order.password))
        except OnvifError as error:
            problem = str(error)
    return FoundCamera(
        host=_plain(device.host, 255),
        name=_plain(device.name, 200),
        hardware=_plain(device.hardware, 200),
        location=_plain(device.location, 200),
        url=None if main is None else _plain(redact(main.url), 500),
        sub_url=None if sub is None else _plain(redact(sub.url), 500),
        codec=_plain(main.codec, 32) if main else "",
        width=main.width if main else 0,
        height=main.height if main else 0,
        problem=problem[:500],
    )


def _plain(text: str, most: int) -> str:
    """What a device says of itself, fit for lists and logs."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)[:most]

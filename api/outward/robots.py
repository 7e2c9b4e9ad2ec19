"""Group robots of WeCom (企业微信) and DingTalk (钉钉) as ways to tell people.

Both answer 200 whatever happens and say the truth in `errcode`; codes and limits are data, in
`configs/outward.yaml`. DingTalk's requests are signed; WeCom has no signature, its address's key
is the secret, so an address never gets into a message or a log.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from api.outward.addresses import AddressRefused
from api.outward.calling import Answer, Caller, Unreachable
from api.outward.limits import RobotLimits
from api.outward.notices import Notice
from api.outward.outcome import Outcome, Result

_WINDOW_S = 60.0


class _Robot:
    """What both have in common: a rate that is kept to, and answers to be read."""

    def __init__(
        self,
        caller: Caller,
        url: str,
        limits: RobotLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._caller = caller
        self._url = url
        self._limits = limits
        self._clock = clock
        self._sent: deque[float] = deque()
        self._lock = threading.Lock()

    def deliver(self, notice: Notice) -> Outcome:
        """Say it in the group, once."""
        wait = self._take_turn()
        if wait > 0:
            detail = f"{self._limits.per_minute} messages a minute are sent already"
            return Outcome(Result.THROTTLED, detail, wait_s=wait)
        body = json.dumps(self._message(notice), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            answer = self._caller.call("POST", self._address(), headers, body)
        except AddressRefused as error:
            return Outcome(Result.REFUSED, str(error))
        except Unreachable as error:
            return Outcome(Result.FAILED, str(error))
        return self._read(answer)

    def _take_turn(self) -> float:
        """Take a place in this minute; seconds to wait when there is none."""
        now = self._clock()
        with self._lock:
            while self._sent and self._sent[0] <= now - _WINDOW_S:
                self._sent.popleft()
            if len(self._sent) >= self._limits.per_minute:
                return self._sent[0] + _WINDOW_S - now
            self._sent.append(now)
        return 0.0

    def _read(self, answer: Answer) -> Outcome:
        try:
            found = json.loads(answer.body)
            code, text = int(found["errcode"]), str(found.get("errmsg", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            code, text = None, answer.excerpt
        if answer.status != 200 or code is None:
            busy = answer.status == 429
            result = Result.THROTTLED if busy else Result.FAILED
            wait_s = self._limits.wait_s if busy else None
            return Outcome(result, f"HTTP {answer.status}: {text}", answer.status, wait_s)
        detail = f"errcode {code}: {text}"[:300]
        if code == 0:
            return Outcome(Result.DELIVERED, detail, 200)
        if code in self._limits.busy:
            return Outcome(Result.THROTTLED, detail, 200, self._limits.wait_s)
        if code in self._limits.gone:
            return Outcome(Result.GONE, detail, 200)
        return Outcome(Result.FAILED, detail, 200)

    def _address(self) -> str:
        return self._url

    def _message(self, notice: Notice) -> dict[str, Any]:
        raise NotImplementedError


class WeComRobot(_Robot):
    """A robot of a WeCom group; `url` is what the group's settings show, with its key."""

    def _message(self, notice: Notice) -> dict[str, Any]:
        content = _within(_words(notice), self._limits.max_bytes)
        text = {"content": content, "mentioned_mobile_list": list(notice.mobiles)}
        return {"msgtype": "text", "text": text}


class DingTalkRobot(_Robot):
    """A robot of a DingTalk group with 加签; `secret` is the `SEC…` that its settings show."""

    def __init__(
        self,
        caller: Caller,
        url: str,
        secret: str,
        limits: RobotLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(caller, url, limits, clock)
        self._secret = secret

    def _address(self) -> str:
        timestamp = str(round(self._clock() * 1000))
        content = f"{timestamp}\n{self._secret}".encode()
        sign = base64.b64encode(hmac.new(self._secret.encode(), content, hashlib.sha256).digest())
        return f"{self._url}&timestamp={timestamp}&sign={quote_plus(sign)}"

    def _message(self, notice: Notice) -> dict[str, Any]:
        # The limit is on the whole message; JSON and the numbers take some of it.
        rest = len(json.dumps(notice.mobiles)) + 200
        content = _within(_words(notice), self._limits.max_bytes - rest)
        at = {"atMobiles": list(notice.mobiles), "isAtAll": False}
        return {"msgtype": "text", "text": {"content": content}, "at": at}


def _words(notice: Notice) -> str:
    return "\n".join(part for part in (notice.title, notice.text, notice.url) if part)


def _within(text: str, most: int) -> str:
    """The text, cut between characters so that its UTF-8 has at most `most` bytes."""
    data = text.encode()
    if len(data) <= most:
        return text
    return data[: max(0, most - 3)].decode("utf-8", "ignore") + "…"

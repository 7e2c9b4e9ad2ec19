"""A vision-language model's word on a candidate, over any OpenAI-compatible endpoint.

It is asked on threads of its own: cameras go on looking meanwhile, and a candidate waits for the
answer no longer than the time limit. What it says is one view among others
(`detector.second_look`).
"""

import base64
import json
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Annotated, Literal

import cv2
import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from detector.image import Image
from detector.rules import Rule
from detector.second_look.closer import tile
from detector.second_look.part import Part
from detector.violation import Violation

log = logging.getLogger(__name__)

_MOST_BYTES = 64 * 1024
_MOST_WAITING = 16
_KEPT = 256
_SIDE = 640
_WORDS = 300
_QUESTIONS = {
    "litter": "rubbish lying in the street (not goods for sale, not somebody's luggage, not a bin)",
    "vending": "somebody selling goods from a stall, a cart or a vehicle in the street",
    "manhole": "a manhole whose cover is missing, displaced, broken or sunken (state which)",
}
_ASK = (
    "A fixed street camera suspects, inside the red box: {what}. Answer with JSON alone: "
    '{{"answer": "yes" | "no" | "unsure", "words_zh": "一句中文", "words_en": "one sentence"}}.'
)


def _is_http(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("an endpoint begins with http:// or https://, such as http://host:8000/v1")
    return text.rstrip("/")


class VlmSection(BaseModel):
    """A district's vision-language model; asked for the rules whose `second_look.vlm` is on.

    Attributes:
        url: of the OpenAI-compatible API, up to and with `/v1`.
        model: its name there.
        key_variable: the environment variable that holds the key; None where none is wanted.
        timeout_s: how long an answer may take altogether; a candidate goes on without it then.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_is_http)]
    model: Annotated[str, Field(min_length=1)]
    key_variable: Annotated[str, Field(pattern=r"^\w+$")] | None = None
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 20.0


class _Said(BaseModel):
    """What it is asked to answer."""

    answer: Literal["yes", "no", "unsure"]
    words_zh: str = ""
    words_en: str = ""


_LEANS = {"yes": 0.9, "no": 0.1, "unsure": None}


class VlmDesk:
    """Asks, and keeps answers until they are called for. Safe from any thread."""

    def __init__(
        self, section: VlmSection, clock: Callable[[], float] = time.monotonic, threads: int = 2
    ) -> None:
        self._section = section
        self._clock = clock
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="vlm")
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, tuple[Future[Part], float]] = OrderedDict()

    def opinion(self, violation: Violation, rule: Rule, image: Image) -> Part | None:
        """What it says of a candidate; None while it may still answer. Never waits.

        Args:
            violation: the candidate; asked about once, whatever comes of it.
            rule: its rule.
            image: the full picture, uint8, (H, W, 3), BGR.
        """
        with self._lock:
            asked = self._asked.get(violation.id)
            if asked is None:
                waiting = sum(not future.done() for future, _ in self._asked.values())
                if waiting >= _MOST_WAITING:
                    return _silent("too many candidates wait for it")
                picture = _picture(image, violation)
                future = self._pool.submit(self._ask, picture, violation.kind)
                asked = self._asked[violation.id] = (future, self._clock())
                while len(self._asked) > _KEPT:
                    self._asked.popitem(last=False)
        future, since = asked
        if future.done():
            return future.result()
        if self._clock() - since >= self._section.timeout_s:
            return _silent(f"no answer in {self._section.timeout_s:g} s")
        return None

    def close(self) -> None:
        """Asks nothing any more; an answer under way is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, picture: bytes, kind: str) -> Part:
        try:
            return _read(self._post(picture, kind), self._section.model)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, IndexError) as error:
            why = str(error) or type(error).__name__
            log.warning("the vision-language model gave no view: %s", why[:_WORDS])
            return _silent(why)

    def _post(self, picture: bytes, kind: str) -> bytes:
        """The answer's body.

        Raises:
            httpx.HTTPError: it cannot be reached, refuses, or takes too long.
            ValueError: it says far too much.
        """
        section, ends = self._section, time.monotonic() + self._section.timeout_s
        key = os.environ.get(section.key_variable or "", "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        what = _QUESTIONS.get(kind, kind.replace("_", " "))
        url = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
        content = [
            {"type": "text", "text": _ASK.format(what=what)},
            {"type": "image_url", "image_url": {"url": url}},
        ]
        body = {
            "model": section.model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": 200,
            "temperature": 0,
        }
        address, data = f"{section.url}/chat/completions", b""
        with (
            httpx.Client(timeout=section.timeout_s, trust_env=False) as client,
            client.stream("POST", address, json=body, headers=headers) as response,
        ):
            response.raise_for_status()
            for piece in response.iter_bytes():
                data += piece
                if time.monotonic() > ends:  # one that drips is as slow as one that is silent
                    raise httpx.ReadTimeout(f"no whole answer in {section.timeout_s:g} s")
                if len(data) > _MOST_BYTES:
                    raise ValueError("its answer is far too long")
        return data


def _read(data: bytes, model: str) -> Part:
    """A view from an answer's body.

    Raises:
        ValueError, KeyError, IndexError: it is no answer of such an API.
    """
    try:
        text = str(json.loads(data)["choices"][0]["message"]["content"])
    except TypeError as error:
        raise ValueError("its answer has not the form of a chat completion") from error
    evidence: dict[str, JsonValue] = {"by": model, "said": text[:_WORDS]}
    begin, end = text.find("{"), text.rfind("}")
    try:
        said = _Said.model_validate_json(text[begin : end + 1])
    except ValidationError:
        return Part("vlm", None, evidence=evidence)
    return Part(
        "vlm",
        _LEANS[said.answer],
        words_zh=f"大模型：{said.words_zh[:80] or said.answer}",
        words_en=f"the language model: {said.words_en[:120] or said.answer}",
        evidence={**evidence, "answer": said.answer},
    )


def _silent(why: str) -> Part:
    return Part("vlm", None, evidence={"why": why[:_WORDS]})


def _picture(image: Image, violation: Violation) -> bytes:
    """The candidate and what is around it, a box drawn about it, as JPEG."""
    x0, y0, x1, y1 = violation.box
    side = max(_SIDE, round(2.5 * max(x1 - x0, y1 - y0)))
    left, top, part = tile(image, violation.box, side, side)
    part = part.copy()
    corners = [round(one) for one in (x0 - left, y0 - top, x1 - left, y1 - top)]
    cv2.rectangle(part, corners[:2], corners[2:], (0, 0, 255), 2)
    share = min(1.0, 2 * _SIDE / max(part.shape[:2]))
    if share < 1:
        part = cv2.resize(part, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()

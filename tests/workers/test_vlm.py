"""A vision-language model that is slow, wrong, silent or raving never delays a camera."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from detector.rules import Rule
from detector.second_look.part import Part
from detector.violation import State, Violation
from workers.vlm import VlmDesk, VlmSection

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RULE = Rule(id="r", kind="litter", model="litter", classes=("litter",))
PICTURE = np.random.default_rng(0).integers(0, 255, (720, 1280, 3)).astype(np.uint8)


def a_candidate(name: str = "v") -> Violation:
    box = (600.0, 400.0, 660.0, 450.0)
    return Violation(
        name, "cam", "r", "litter", "litter", "litter@1", State.CANDIDATE, box,
        0.5, NOW, NOW, None, None, 4, 4,
    )  # fmt: skip


@dataclass
class Endpoint:
    """A stand-in for a chat-completions API."""

    reply: Callable[[BaseHTTPRequestHandler], None] | None = None
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    url: str = ""


def answers(content: object, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def chat(text: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return answers({"choices": [{"message": {"role": "assistant", "content": text}}]})


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    stand_in = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stand_in.asked.append((self.path, dict(self.headers), body))
            assert stand_in.reply is not None
            with contextlib.suppress(OSError):
                stand_in.reply(self)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield stand_in
    server.shutdown()
    server.server_close()


def a_desk(endpoint: Endpoint, timeout_s: float = 5.0) -> VlmDesk:
    section = VlmSection(
        url=endpoint.url, model="local-vl", key_variable="A_KEY", timeout_s=timeout_s
    )
    return VlmDesk(section)


def answer(desk: VlmDesk, name: str = "v", within_s: float = 10.0) -> Part:
    """Asks as a camera does, look by look; no look may take long."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        begun = time.monotonic()
        part = desk.opinion(a_candidate(name), RULE, PICTURE)
        assert time.monotonic() - begun < 1.0
        if part is not None:
            return part
        time.sleep(0.02)
    raise AssertionError("it never came to an end")


def test_its_answer_and_its_words_are_kept(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "secret-key")
    endpoint.reply = chat(
        '```json\n{"answer": "no", "words_zh": "是行李", "words_en": "luggage"}\n```'
    )
    desk = a_desk(endpoint)
    part = answer(desk)
    assert part.lean is not None
    assert part.lean < 0.5
    assert (part.words_zh, part.words_en) == ("大模型：是行李", "the language model: luggage")
    assert part.evidence["by"] == "local-vl"
    assert not part.veto
    ((path, headers, body),) = endpoint.asked  # once, however often the camera looks
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret-key"
    assert body["model"] == "local-vl"
    picture = body["messages"][0]["content"][1]["image_url"]["url"]
    assert picture.startswith("data:image/jpeg;base64,")
    desk.close()


@pytest.mark.parametrize(
    "reply",
    [
        answers(b"<html>not JSON</html>"),
        answers({"error": "no such model"}, 404),
        answers({"choices": []}),
        answers({"choices": "what"}),
        answers([1, 2, 3]),
        answers(b"x" * 200_000),
        chat("I cannot say, but here is a poem."),
        chat('{"answer": "certainly"}'),
        answers({"oops": 1}, 500),
    ],
)
def test_one_that_raves_or_refuses_has_no_view(
    endpoint: Endpoint, reply: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    endpoint.reply = reply
    desk = a_desk(endpoint)
    part = answer(desk)
    assert part.lean is None
    assert part.evidence
    desk.close()


def test_one_that_is_silent_is_waited_for_no_longer_than_its_time(endpoint: Endpoint) -> None:
    endpoint.reply = lambda _handler: time.sleep(3)
    desk = a_desk(endpoint, timeout_s=0.4)
    begun = time.monotonic()
    part = answer(desk)
    assert time.monotonic() - begun < 2.5
    assert part.lean is None
    desk.close()


def test_one_that_drips_is_as_silent(endpoint: Endpoint) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)

    endpoint.reply = drip
    desk = a_desk(endpoint, timeout_s=0.5)
    assert answer(desk).lean is None
    desk.close()


def test_one_that_is_not_there_has_no_view() -> None:
    desk = VlmDesk(VlmSection(url="http://127.0.0.1:9/v1", model="m", timeout_s=2))
    assert answer(desk).lean is None
    desk.close()


def test_a_crowd_of_candidates_does_not_pile_up(endpoint: Endpoint) -> None:
    endpoint.reply = lambda _handler: time.sleep(2)
    desk = a_desk(endpoint, timeout_s=2)
    parts = [desk.opinion(a_candidate(str(number)), RULE, PICTURE) for number in range(20)]
    assert sum(part is None for part in parts) == 16
    assert all(
        part is None or part.evidence == {"why": "too many candidates wait for it"}
        for part in parts
    )
    desk.close()

"""What each answer of the API means to the worker, and what the sender does about it."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest

from api.schema import EvidenceRole, Place, Report
from workers.errors import Rejected, Unavailable, Unknown
from workers.evidence import EvidenceFolder
from workers.line import Line
from workers.messages import Draft, Message
from workers.sender import Sender, backoff_s
from workers.store import Store

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
KEY = "a-key-of-the-worker"


@dataclass
class Stand:
    """An HTTP server that answers as told: what no sound API would ever answer."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    heard: list[tuple[str, bytes, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def stand() -> Iterator[Stand]:
    state = Stand()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.heard.append((self.path, body, self.headers["Authorization"]))
            status, text = state.answers.pop(0) if state.answers else (503, "")
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def line(stand: Stand) -> Iterator[Line]:
    opened = Line(stand.url, KEY, timeout_s=5)
    yield opened
    opened.close()


def message(number: int = 0, violation: str = "v1") -> Message:
    return Message(1, violation, number, json.dumps({"status": "cleared", "evidence": []}), 0)


def a_case(violation: str) -> str:
    return json.dumps(
        {
            "id": 1,
            "number": "370114-20261125-00001",
            "violation_id": violation,
            "status": "reported",
            "cleared_at": None,
            "kind": "litter",
            "label": "litter",
            "category": {
                "scheme": "s",
                "type": "事件",
                "code": "0102",
                "service_code": "E-0102",
                "name_zh": "暴露垃圾",
                "name_en": "litter",
            },
            "place": {"camera_id": "cam"},
            "rule": "r",
            "model": "litter@1",
            "score": 0.5,
            "looks": 3,
            "hits": 3,
            "box": {"x0": 0, "y0": 0, "x1": 1, "y1": 1},
            "frame_width": 10,
            "frame_height": 10,
            "first_seen": NOW.isoformat(),
            "confirmed_at": NOW.isoformat(),
            "last_seen": NOW.isoformat(),
            "clock": "arrival",
            "received_at": NOW.isoformat(),
            "dismiss_reason": None,
            "decided_at": None,
            "decided_by": None,
            "evidence": [],
            "sightings": [],
        }
    )


@pytest.mark.parametrize(
    ("status", "number", "raised"),
    [
        (400, 0, Rejected),
        (409, 0, Rejected),
        (413, 0, Rejected),
        (422, 0, Rejected),
        (401, 0, Unavailable),
        (403, 0, Unavailable),
        (404, 0, Unavailable),  # no such route: a wrong address, not a wrong message
        (404, 1, Unknown),
        (429, 0, Unavailable),
        (500, 0, Unavailable),
        (503, 0, Unavailable),
        (302, 0, Unavailable),
    ],
)
def test_each_answer_has_one_meaning(
    stand: Stand, line: Line, status: int, number: int, raised: type[Exception]
) -> None:
    problem = {"detail": "because", "errors": [{"field": "kind", "message": "is unknown"}]}
    stand.answers.append((status, json.dumps(problem)))
    with pytest.raises(raised, match=rf"{status} because; kind: is unknown"):
        line.send(message(number), [])


def test_an_answer_that_is_no_case_does_not_count_as_received(stand: Stand, line: Line) -> None:
    stand.answers.append((200, "<html>a proxy says hello</html>"))
    with pytest.raises(Unavailable, match="no case"):
        line.send(message(), [])


def test_nobody_there_is_unavailable_and_says_where() -> None:
    line = Line("http://127.0.0.1:9", KEY)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        line.send(message(), [])
    line.close()


def test_a_sighting_goes_to_its_report_with_its_number(stand: Stand, line: Line) -> None:
    violation = str(uuid4())
    stand.answers.append((201, a_case(violation)))
    assert line.send(message(3, violation), []).number == "370114-20261125-00001"
    path, body, key = stand.heard[0]
    assert path == f"/v1/reports/{violation}/sightings"
    assert b'"number": 3' in body
    assert key == f"Bearer {KEY}"


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[Store, EvidenceFolder, str]]:
    """An outbox with one report and its sighting."""
    store = Store(tmp_path)
    evidence = EvidenceFolder(tmp_path / "evidence")
    kept = evidence.keep(b"\xff\xd8 a picture", EvidenceRole.SNAPSHOT, "image/jpeg", NOW)
    violation = str(uuid4())
    report = Report.model_validate(
        {
            "violation_id": violation,
            "kind": "litter",
            "label": "litter",
            "place": Place(camera_id="cam"),
            "rule": "r",
            "model": "m@1",
            "first_seen": NOW,
            "confirmed_at": NOW,
            "last_seen": NOW,
            "clock": "arrival",
            "score": 0.5,
            "looks": 3,
            "hits": 3,
            "box": {"x0": 0, "y0": 0, "x1": 1, "y1": 1},
            "frame_width": 10,
            "frame_height": 10,
            "evidence": (kept,),
        }
    )
    drafts = [
        Draft(violation, report.model_dump_json(), True, (kept.sha256,)),
        Draft(violation, json.dumps({"status": "cleared", "evidence": []}), False),
    ]
    store.save("cam", "{}", drafts)
    yield store, evidence, violation
    store.close()


def drive(store: Store, evidence: EvidenceFolder, line: Line, until: float = 20.0) -> None:
    """Runs the sender until nothing waits."""
    stop = threading.Event()
    thread = threading.Thread(target=Sender(store, evidence, line).run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + until
    while store.counts().waiting and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join()


def test_a_message_is_sent_until_it_is_acknowledged(
    stand: Stand, line: Line, waiting: tuple[Store, EvidenceFolder, str]
) -> None:
    store, evidence, violation = waiting
    stand.answers += [(503, ""), (500, "oops"), (201, a_case(violation)), (201, a_case(violation))]
    drive(store, evidence, line)
    assert store.counts().sent == 2
    assert [path for path, _, _ in stand.heard] == ["/v1/reports"] * 3 + [
        f"/v1/reports/{violation}/sightings"
    ]
    assert b"\xff\xd8 a picture" in stand.heard[0][1]


def test_when_the_api_has_lost_a_violation_it_is_reported_again(
    stand: Stand, line: Line, waiting: tuple[Store, EvidenceFolder, str]
) -> None:
    store, evidence, violation = waiting
    stand.answers += [(201, a_case(violation)), (404, "")] + [(200, a_case(violation))] * 2
    drive(store, evidence, line)
    assert [path.rsplit("/", 1)[-1] for path, _, _ in stand.heard] == [
        "reports",
        "sightings",
        "reports",
        "sightings",
    ]
    assert store.counts().sent == 2


def test_a_refused_message_does_not_hold_up_the_others(
    stand: Stand, line: Line, waiting: tuple[Store, EvidenceFolder, str]
) -> None:
    store, evidence, _ = waiting
    other = str(uuid4())
    store.save("cam2", "{}", [Draft(other, json.dumps({"evidence": []}), True)])
    stand.answers += [(422, ""), (201, a_case(other))]
    sender = Sender(store, evidence, line)
    assert sender.step() == 0.0
    assert sender.step() == 0.0
    counts = store.counts()
    assert (counts.rejected, counts.sent, counts.waiting) == (1, 1, 1)


def test_lost_evidence_is_said_and_the_message_kept(
    line: Line, waiting: tuple[Store, EvidenceFolder, str]
) -> None:
    store, evidence, _ = waiting
    for path in evidence.path.glob("??/*"):
        path.unlink()
    Sender(store, evidence, line).step()
    (_, answer), *_ = store.refused()
    assert "is gone" in answer


def test_the_pause_grows_and_stays_under_a_minute() -> None:
    assert all(0.5 <= backoff_s(n) <= 60 for n in range(1, 40))
    assert max(backoff_s(1) for _ in range(50)) <= 2

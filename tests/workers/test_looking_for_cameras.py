"""An address that may become a camera is tried over real RTSP; networks are asked for cameras."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from api.schema.cameras import RuleConfig
from api.schema.line import FROM_API, Discover, NotUnderstood, Numbered, Probe
from api.schema.new_cameras import FoundCamera
from streams.options import StreamOptions
from streams.simulator import MountOptions, Simulator
from tests.workers.test_onvif import PASSWORD as ONVIF_PASSWORD
from tests.workers.test_onvif import announced, camera  # noqa: F401
from tests.workers.test_orders_on_the_line import Camera, answers, order
from workers import finding
from workers.evidence import EvidenceFolder
from workers.finding import Finder
from workers.line_store import LineStore
from workers.onvif import Device
from workers.orders import OrderDesk
from workers.probing import ProbeFailed, probe

PASSWORD = "pa55-of-the-yard"
RULE = {"id": "r", "kind": "litter", "model": "litter", "classes": ["litter"]}
QUICK = StreamOptions(open_timeout_s=1.0, read_timeout_s=1.0)


def clip(path: Path, codec: str, gop: int) -> Path:
    """Green pictures, ten a second, a keyframe every so many."""
    with av.open(str(path), "w") as out:
        options = {"preset": "ultrafast", "bf": "0"}
        if codec == "libx265":
            options = {"preset": "ultrafast", "x265-params": "bframes=0:log-level=none"}
        stream = out.add_stream(codec, rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.gop_size = gop
        stream.codec_context.time_base = Fraction(1, 10)
        for index in range(60):
            image = np.full((240, 320, 3), (0, 160, 0), np.uint8)
            image[:, 5 * index : 5 * index + 16] = 255
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("clips")
    mounts = {
        "yard": MountOptions(clip(folder / "h264.mp4", "libx264", 10)),
        "shed": MountOptions(clip(folder / "hevc.mp4", "libx265", 60)),
    }
    with Simulator(mounts, credentials=("me", PASSWORD)) as simulator:
        yield simulator


def with_user(url: str, password: str = PASSWORD) -> str:
    return url.replace("rtsp://", f"rtsp://me:{password}@")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LineStore]:
    opened = LineStore(tmp_path)
    yield opened
    opened.close()


def soon(seconds: float = 60) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def carried_out(desk: OrderDesk, store: LineStore, within_s: float = 30) -> list[Any]:
    """Steps of the desk until nothing waits; the answers."""
    stop = threading.Event()
    thread = threading.Thread(target=desk.run, args=(stop,))
    thread.start()
    limit = time.monotonic() + within_s
    while store.depths()["orders"] and time.monotonic() < limit:
        time.sleep(0.05)
    stop.set()
    desk.wake()
    thread.join()
    return answers(store)


def desk(store: LineStore, folder: Path) -> OrderDesk:
    rules = [RuleConfig.model_validate(RULE)]
    return OrderDesk("w", store, Camera(), EvidenceFolder(folder / "evidence"), rules=rules)


def test_a_stream_tells_its_codec_size_rate_and_distance_of_keyframes(yard: Simulator) -> None:
    seen = probe(with_user(yard.url("yard")), QUICK, threading.Event())
    assert (seen.codec, seen.shot.width, seen.shot.height) == ("h264", 320, 240)
    assert seen.fps == pytest.approx(10, abs=0.5)
    assert seen.gop_s == pytest.approx(1.0, abs=0.05)
    assert seen.shot.image[200, 10, 1] > 100  # the green of the clip


def test_keyframes_too_far_apart_leave_their_distance_open(yard: Simulator) -> None:
    seen = probe(with_user(yard.url("shed")), QUICK, threading.Event(), second_s=1.5)
    assert (seen.codec, seen.gop_s) == ("hevc", None)
    assert seen.fps == pytest.approx(10, abs=1)


def test_an_address_gives_a_picture_and_what_it_could_be_watched_for(
    yard: Simulator, store: LineStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    order(store, Probe(request=7, url=with_user(yard.url("yard")), expires_at=soon()))
    (said,) = carried_out(desk(store, tmp_path), store)
    assert (said["type"], said["request"], said["problem"]) == ("probed", 7, "")
    assert said["stream"] == {
        "codec": "h264",
        "width": 320,
        "height": 240,
        "fps": pytest.approx(10, abs=0.5),
        "gop_s": pytest.approx(1.0, abs=0.05),
    }
    assert [rule["id"] for rule in said["rules"]] == ["r"]
    picture = EvidenceFolder(tmp_path / "evidence").find(said["evidence"][0]["sha256"])
    assert cv2.imread(str(picture)).shape == (240, 320, 3)
    # What is over is remembered without its password, which no log has seen either.
    assert PASSWORD not in caplog.text + json.dumps(said)
    assert all(row == ("",) for row in store._db.execute("SELECT body FROM orders"))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("{yard}", "auth_refused"),
        ("{wrong}", "auth_refused"),
        ("{nothing}", "not_found"),
        ("rtsp://127.0.0.1:9/x", "refused"),
        ("rtsp://viewer:${NO_SUCH_VARIABLE}@127.0.0.1/x", "address"),
        ("rtsp://127.0.0.1:port/x", "address"),
    ],
)
def test_why_there_is_no_picture_is_said_in_one_word_and_one_sentence(
    url: str, problem: str, yard: Simulator, store: LineStore, tmp_path: Path
) -> None:
    url = url.format(
        yard=yard.url("yard"),
        wrong=with_user(yard.url("yard"), "wr0ng"),
        nothing=with_user(yard.url("nothing")),
        NO_SUCH_VARIABLE="{NO_SUCH_VARIABLE}",
    )
    order(store, Probe(request=1, url=url, expires_at=soon()))
    (said,) = carried_out(desk(store, tmp_path), store)
    assert (said["problem"], said["evidence"], said["stream"]) == (problem, [], None)
    assert said["reason"]
    assert "wr0ng" not in json.dumps(said)


def test_a_probe_gives_up_when_the_worker_stops() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ProbeFailed) as failed:
        probe(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/x", StreamOptions(), stop)
    assert failed.value.problem == "stopping"
    assert time.monotonic() - began < 3


def test_what_comes_too_late_is_answered_so(store: LineStore, tmp_path: Path) -> None:
    order(store, Probe(request=1, url="rtsp://127.0.0.1:9/x", expires_at=soon(-1)))
    order(store, Discover(request=2, expires_at=soon(-1)))
    one, two = carried_out(desk(store, tmp_path), store)
    assert (one["problem"], two["reason"]) == ("late", "the order came too late")


def test_a_camera_that_answers_is_described_without_its_password(
    camera: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    found = [Device("urn:x", camera, "East\x07 Gate", "IPC", "roof")]
    monkeypatch.setattr("workers.onvif.discover", lambda _seconds: found)
    told: list[Any] = []
    finder = Finder(EvidenceFolder(tmp_path))
    for user, password in (("viewer", ONVIF_PASSWORD), ("viewer", "wrong"), ("", "")):
        done = threading.Event()
        wanted = Discover(request=1, user=user, password=password, expires_at=soon())
        finder.begin(wanted, lambda one, done=done: (told.append(one), done.set()))  # type: ignore[misc]
        assert done.wait(10)
    finder.close()
    known, refused, anonymous = (one.cameras[0] for one in told)
    assert known == FoundCamera(
        host="127.0.0.1",
        name="East  Gate",
        hardware="IPC",
        location="roof",
        url="rtsp://127.0.0.1:554/p1",
        sub_url="rtsp://127.0.0.1:554/p2",
        codec="H265",
        width=1920,
        height=1080,
    )
    assert refused.url is None
    assert "refuses the user or password" in refused.problem
    assert (anonymous.host, anonymous.url, anonymous.problem) == ("127.0.0.1", None, "")


def test_the_network_is_really_asked(announced: str, tmp_path: Path) -> None:  # noqa: F811
    wanted = Discover(request=1, user="viewer", password=ONVIF_PASSWORD, expires_at=soon())
    cameras = finding._discover(wanted).cameras
    if not cameras:
        pytest.skip("this machine's network carries no multicast to itself")
    assert ("East Gate", "rtsp://127.0.0.1:554/p1") in [(one.name, one.url) for one in cameras]


def test_an_order_of_a_later_release_is_answered_and_the_line_goes_on(
    store: LineStore, tmp_path: Path
) -> None:
    text = {
        "type": "order",
        "number": 1,
        "after": 0,
        "id": "00000000-0000-0000-0000-000000000001",
        "order": {"type": "wash_the_lens", "camera_id": "cam", "litres": 2},
    }
    came = FROM_API.validate_json(json.dumps(text))
    assert isinstance(came, Numbered)
    assert isinstance(came.order, NotUnderstood)
    assert store.take(came)
    order(store, Probe(request=1, url="rtsp://127.0.0.1:9/x", expires_at=soon()))
    said = carried_out(desk(store, tmp_path), store)
    assert said[0] == {"type": "not_known", "order_type": "wash_the_lens"}
    assert said[1]["problem"] == "refused"

"""The worker's side of the line: whatever is lost on the way, no order is missed or done twice."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from api.schema.cameras import CameraConfig
from api.schema.line import Configure, ConfirmView, Numbered, Settled, TakeSnapshot
from detector.catalogue import only_given, with_defaults
from detector.health.view import has_moved
from detector.pipeline import Pipeline
from detector.rules import Rule
from detector.scene import CLEAR
from streams.frame import ClockSource, Frame
from workers.config import CameraSection, Written
from workers.control import UsePicture
from workers.errors import ConfigRefused
from workers.evidence import EvidenceFolder
from workers.line_store import Copy, LineStore
from workers.orders import OrderDesk
from workers.setup import CameraSetup, from_wire, to_wire

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
URL = "rtsp://viewer:secret@192.0.2.10:554/101"
SUB_URL = "rtsp://viewer:secret@192.0.2.10:554/101-sub"


def snapshot_order(number: int) -> TakeSnapshot:
    late = datetime.now(UTC) + timedelta(minutes=5)
    return TakeSnapshot(request=number, camera_id="cam", expires_at=late)


class Line(RuleBasedStateMachine):
    """An API that sends by cursor, over connections that break, to a worker that is killed."""

    given = Bundle("given")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store = LineStore(Path(self.folder.name))
        self.log: list[tuple[uuid.UUID, TakeSnapshot]] = []
        self.acked = 0
        self.sent = 0
        self.flying: list[Numbered] = []
        self.done: list[int] = []

    @rule(target=given)
    def the_api_orders(self) -> int:
        self.log.append((uuid.uuid4(), snapshot_order(len(self.log) + 1)))
        return len(self.log)

    @rule()
    def the_line_is_opened(self) -> None:
        cursor, last = self.store.position()
        known = cursor == 0 or (cursor <= len(self.log) and str(self.log[cursor - 1][0]) == last)
        self.sent = cursor if known else self.acked
        self.store.go_on_after(self.sent)
        self.flying = []

    @precondition(lambda self: self.sent < len(self.log))
    @rule()
    def an_order_is_sent(self) -> None:
        ident, order = self.log[self.sent]
        message = Numbered(number=self.sent + 1, after=self.sent, id=ident, order=order)
        self.flying.append(message)
        self.sent += 1

    @precondition(lambda self: self.flying)
    @rule(lost=st.booleans(), repeated=st.booleans(), ack_lost=st.booleans())
    def it_arrives(self, lost: bool, repeated: bool, ack_lost: bool) -> None:
        message = self.flying.pop(0)
        if lost:
            return
        for _ in range(1 + repeated):
            taken = self.store.take(message)
            cursor, _ = self.store.position()
            if (taken or message.number <= cursor) and not ack_lost:
                self.acked = max(self.acked, message.number)

    @rule()
    def the_worker_is_killed(self) -> None:
        self.store.close()
        self.store = LineStore(Path(self.folder.name))
        self.flying = []

    @rule()
    def the_worker_works(self) -> None:
        for one in self.store.waiting():
            assert isinstance(one.order, TakeSnapshot)
            self.done.append(one.order.request)
            self.store.done(one.id)

    @invariant()
    def what_was_acknowledged_is_on_disk_and_all_is_done_once_in_order(self) -> None:
        assert self.done == sorted(set(self.done))
        waiting = [one.order.request for one in self.store.waiting()]  # type: ignore[union-attr]
        here = self.done + waiting
        assert here == list(range(1, len(here) + 1))
        assert self.acked <= len(here)

    def teardown(self) -> None:
        self.the_line_is_opened()
        while self.sent < len(self.log):
            self.an_order_is_sent()
            self.it_arrives(lost=False, repeated=True, ack_lost=False)
        self.the_worker_works()
        assert self.done == list(range(1, len(self.log) + 1))
        self.store.close()
        self.folder.cleanup()


TestLine = Line.TestCase
TestLine.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


@dataclass
class Camera:
    """Stands for the cameras: what is asked of them is noted, and pictures come when told."""

    applied: list[CameraSetup] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    waiting: list[UsePicture] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    full: bool = False
    refuse: str = ""
    why: str | None = None

    def setups(self) -> list[CameraSetup]:
        return self.applied

    def apply_config(self, setup: CameraSetup) -> None:
        if self.refuse:
            raise ConfigRefused(self.refuse)
        self.applied.append(setup)

    def drop(self, camera_id: str) -> None:
        self.dropped.append(camera_id)

    def next_picture(self, camera_id: str, use: UsePicture) -> None:
        self.waiting.append(use)

    def dismiss(self, *_: Any) -> None:
        raise OSError("No space left on device")

    def newest(self, camera_id: str) -> None:
        return None

    def confirm_view(self, camera_id: str) -> None:
        if self.full:
            raise OSError("No space left on device")
        self.confirmed.append(camera_id)

    def remember(self, *_: Any, **__: Any) -> None:
        raise OSError("No space left on device")

    def why_no_picture(self, camera_id: str) -> str | None:
        return self.why


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LineStore]:
    opened = LineStore(tmp_path)
    yield opened
    opened.close()


def desk(store: LineStore, camera: Camera, folder: Path, within_s: float = 60) -> OrderDesk:
    return OrderDesk("w", store, camera, EvidenceFolder(folder / "evidence"), within_s)


def order(store: LineStore, what: Any) -> str:
    cursor, _ = store.position()
    ident = uuid.uuid4()
    assert store.take(Numbered(number=cursor + 1, after=cursor, id=ident, order=what))
    return str(ident)


def answers(store: LineStore) -> list[Any]:
    found = []
    while (one := store.unsent(1e12)) is not None:
        found.append(json.loads(one.body)["result"])
        store.sent(one.order_id)
    return found


def config(**changes: Any) -> CameraConfig:
    rule = {"id": "r", "kind": "litter", "model": "litter", "classes": ["litter"]}
    return CameraConfig.model_validate(
        {"place": {"camera_id": "cam"}, "url": URL, "rules": [rule]} | changes
    )


def configure(version: int, wanted: CameraConfig | None) -> Configure:
    return Configure(camera_id="cam", version=version, author="张工", config=wanted)


def test_of_waiting_configurations_the_newest_alone_is_run(
    store: LineStore, tmp_path: Path
) -> None:
    camera = Camera()
    for version in (2, 3, 4):
        order(store, configure(version, config(read_timeout_s=version)))
    assert store.depths() == {"orders": 3, "answers": 0}
    desk(store, camera, tmp_path).step()
    assert [one.version for one in camera.applied] == [4]
    assert store.depths()["orders"] == 0
    assert answers(store) == [
        Settled(camera_id="cam", version=4, applied=True).model_dump(mode="json")
    ]
    assert store.copies()["cam"].version == 4
    assert store.waiting() == []


def test_a_configuration_that_is_refused_leaves_the_last_good_copy(
    store: LineStore, tmp_path: Path
) -> None:
    camera = Camera()
    order(store, configure(1, config()))
    desk(store, camera, tmp_path).step()
    wrong = config().model_dump(mode="json")
    wrong["rules"][0]["model"] = "no-such-model"
    order(store, configure(2, CameraConfig.model_validate(wrong)))
    desk(store, camera, tmp_path).step()
    said = answers(store)[1]
    assert (said["version"], said["applied"]) == (2, False)
    assert "rules.0.model" in said["reason"]
    assert store.copies()["cam"].version == 1
    assert len(camera.applied) == 1


def test_a_camera_taken_away_is_let_go_and_remembered_as_not_ours(
    store: LineStore, tmp_path: Path
) -> None:
    camera = Camera()
    order(store, configure(3, None))
    desk(store, camera, tmp_path).step()
    assert camera.dropped == ["cam"]
    assert store.copies() == {"cam": Copy(3, None)}


def test_a_view_is_confirmed_once_and_on_a_full_disk_the_order_waits(
    store: LineStore, tmp_path: Path
) -> None:
    camera = Camera(full=True)
    order(store, ConfirmView(camera_id="cam"))
    at_work = desk(store, camera, tmp_path)
    at_work.step()
    assert (camera.confirmed, store.depths()["orders"]) == ([], 1)
    camera.full = False
    at_work.step()
    at_work.step()
    assert (camera.confirmed, store.depths()["orders"]) == (["cam"], 0)
    assert answers(store) == []


def test_a_picture_that_does_not_come_is_answered_with_why(
    store: LineStore, tmp_path: Path
) -> None:
    camera = Camera(why="the camera is refused: wrong password")
    order(store, snapshot_order(7))
    at_work = desk(store, camera, tmp_path, within_s=0)
    at_work.step()
    at_work.step()
    (said,) = answers(store)
    assert (said["request"], said["reason"]) == (7, "the camera is refused: wrong password")
    assert said["evidence"] == []
    # One that comes after all is nobody's any more.
    camera.waiting[0](frame(), no_pipeline(), CLEAR)
    assert answers(store) == []


def test_an_order_that_was_begun_before_a_kill_is_begun_again(
    store: LineStore, tmp_path: Path
) -> None:
    ident = order(store, snapshot_order(7))
    before, after = Camera(), Camera()
    desk(store, before, tmp_path).step()
    at_work = desk(store, after, tmp_path)
    at_work.step()
    assert len(after.waiting) == 1
    after.waiting[0](frame(), no_pipeline(), CLEAR)
    one = store.unsent(1e12)
    assert one is not None
    assert one.order_id == ident
    assert EvidenceFolder(tmp_path / "evidence").find(one.evidence[0]).exists()
    assert store.cited_evidence() == set(one.evidence)


def frame() -> Frame:
    return Frame("cam", NOW, ClockSource.ARRIVAL, 0.0, np.zeros((48, 64, 3), np.uint8))


def no_pipeline() -> Pipeline:
    return Pipeline("cam", [], {})


def test_a_missing_order_is_noticed_and_a_repeat_is_not_taken_twice(store: LineStore) -> None:
    first = Numbered(number=1, after=0, id=uuid.uuid4(), order=snapshot_order(1))
    third = Numbered(number=3, after=2, id=uuid.uuid4(), order=snapshot_order(3))
    assert store.take(first)
    assert not store.take(third)
    assert not store.take(first)
    assert store.position() == (1, str(first.id))
    store.go_on_after(0)
    assert store.take(first)  # sent again by an API that was set back: known by its id
    assert len(store.waiting()) == 1


def test_the_wire_knows_every_setting_of_a_rule_and_of_a_camera_or_carries_it_as_an_option() -> (
    None
):
    given = {
        "id": "r",
        "kind": "litter",
        "model": "litter",
        "classes": ["litter"],
        "dwell_s": 3,
        "mute_s": 60,
        "cadence_by_hour": {"22-6": 60},
    }
    rule = only_given(Rule.model_validate(with_defaults(given)), given)
    bins = {
        "kind": "exclude",
        "polygon": [[0, 0], [1, 0], [1, 1]],
        "when": [{"hours": ["6-8"]}],
    }
    section = CameraSection.model_validate(
        {
            "id": "cam",
            "url": URL,
            "sub_url": SUB_URL,
            "name": "三号门",
            "transport": "udp",
            "areas": [bins],
        }
    )
    setup = CameraSetup(section, (rule,), Written(URL, SUB_URL))
    wire = to_wire(setup)
    assert wire.rules[0].dwell_s == 3
    assert wire.rules[0].hold is None  # left to the worker's default
    assert wire.rules[0].options == {"cadence_by_hour": {"22-6": 60.0}}
    back = from_wire(CameraConfig.model_validate_json(wire.model_dump_json()), 5)
    assert (back.rules, back.version, back.written) == ((rule,), 5, (URL, SUB_URL))
    assert back.section.model_dump(exclude={"rules", "zones"}) == section.model_dump(
        exclude={"rules", "zones"}
    )
    assert to_wire(back) == wire


def test_secrets_may_stay_in_the_workers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = config(
        url="rtsp://viewer:${LINE_TEST_PASSWORD}@192.0.2.10/101",
        sub_url="rtsp://viewer:${LINE_TEST_PASSWORD}@192.0.2.10/102",
    )
    with pytest.raises(ConfigRefused, match="no variable LINE_TEST_PASSWORD"):
        from_wire(wire, 1)
    monkeypatch.setenv("LINE_TEST_PASSWORD", "secret")
    setup = from_wire(wire, 1)
    assert setup.section.url == "rtsp://viewer:secret@192.0.2.10/101"
    assert setup.section.sub_url == "rtsp://viewer:secret@192.0.2.10/102"
    assert to_wire(setup) == wire


def test_what_a_worker_does_not_know_is_refused_by_name() -> None:
    wire = config(options={"infrared": True})
    with pytest.raises(ConfigRefused, match="infrared"):
        from_wire(wire, 1)


def test_another_view_is_told_from_the_same_one() -> None:
    chance = np.random.default_rng(3)
    street = np.kron(chance.integers(0, 255, (36, 64, 3), np.uint8), np.ones((20, 20, 1), np.uint8))
    street = street.astype(np.uint8)
    noisy = np.clip(street.astype(int) + chance.integers(-12, 12, street.shape), 0, 255)
    turned = np.roll(street, 200, axis=1)
    assert not has_moved(street, noisy.astype(np.uint8))
    assert has_moved(street, turned)
    assert not has_moved(street, np.zeros_like(street))  # night tells nothing

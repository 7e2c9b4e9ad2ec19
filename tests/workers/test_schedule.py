"""Who is looked at next: on time while there is time, evenly shed where there is not."""

import heapq
import itertools
import math
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workers.looks import Tally
from workers.schedule import Schedule


@dataclass
class Camera:
    """A camera of the simulation: keyframes every `gop` seconds, from `first` to `last`; what it
    takes is in hand `late` seconds after.
    """

    cadences: dict[str, float]
    gop: float = 1.0
    late: float = 0.0
    first: float = 0.0
    last: float = math.inf
    cost: float = 0.0
    broken: bool = False


class World:
    """Runs a schedule against cameras and lookers on a clock of its own."""

    def __init__(self, cameras: dict[str, Camera], lookers: int = 1, batch: int = 1) -> None:
        self.cameras, self.batch = cameras, batch
        self.schedule = Schedule()
        self.looks: list[tuple[float, str, tuple[str, ...], bool]] = []
        self.decoded: list[float] = []
        """For each look between keyframes, the seconds from its keyframe to its picture."""
        self.idle, self.waking = lookers, False
        self.events: list[tuple[float, int, str, object]] = []
        self.order = itertools.count()
        for name, camera in cameras.items():
            self.schedule.add(name, lambda _, c=camera: c.cadences, 0.0)
            self.push(camera.first, "connect", name)

    def push(self, at: float, kind: str, what: object) -> None:
        heapq.heappush(self.events, (at, next(self.order), kind, what))

    def run(self, until: float) -> None:
        while self.events and self.events[0][0] < until:
            now, _, kind, what = heapq.heappop(self.events)
            getattr(self, kind)(now, what)
            self.give(now)

    def connect(self, now: float, name: str) -> None:
        self.schedule.connected(name, now)
        self.push(now, "key", name)

    def key(self, now: float, name: str) -> None:
        camera = self.cameras[name]
        if now > camera.last:
            return
        known = camera.gop if now > camera.first else None
        self.push(now + camera.late, "arrive", (name, now, known))
        self.push(now + camera.gop, "key", name)

    def arrive(self, now: float, what: tuple[str, float, float | None]) -> None:
        self.schedule.keyframe(*what)

    def wake(self, now: float, _: object) -> None:
        self.waking = False

    def finish(self, now: float, looks: list) -> None:
        self.idle += 1
        for look, at in looks:
            broken = self.cameras[look.camera].broken
            self.schedule.done(look, None if broken else at, now)

    def give(self, now: float) -> None:
        while self.idle:
            looks = self.schedule.take(now, self.batch)
            if not looks:
                if not self.waking:
                    self.waking = True
                    self.push(max(self.schedule.next_due(now), now + 0.05), "wake", None)
                return
            self.idle -= 1
            taken, cost = [], 0.0
            for look in looks:
                camera = self.cameras[look.camera]
                had = min(now - camera.late, camera.last) - camera.first
                newest = camera.first + math.floor(had / camera.gop + 1e-9) * camera.gop
                at = newest
                if look.onward is not None:
                    at = max(min(look.onward, camera.first + had), newest)
                    self.decoded.append(at - newest)
                taken.append((look, at))
                cost += camera.cost
                self.looks.append((now, look.camera, look.models, look.onward is not None))
            self.push(now + cost, "finish", taken)


@given(
    gop=st.sampled_from([0.5, 1.0, 2.0, 4.0, 10.0, 25.0]),
    cadence=st.sampled_from([2.0, 5.0, 7.5, 30.0]),
    first=st.floats(0, 20),
    count=st.integers(1, 8),
    lookers=st.integers(1, 3),
    batch=st.integers(1, 4),
)
@example(gop=0.5, cadence=5.0, first=8.859375, count=6, lookers=1, batch=1)  # back in a last moment
@settings(max_examples=40, deadline=None)
def test_with_time_enough_each_slot_gets_its_look(gop, cadence, first, count, lookers, batch):
    cameras = {
        f"c{i}": Camera({"m": cadence}, gop=gop, first=first * i / count, cost=0.01)
        for i in range(count)
    }
    world = World(cameras, lookers, batch)
    world.run(300.0)
    for name in cameras:
        tally = world.schedule.tally(name)["m"]
        assert tally.shed == 0
        assert tally.done >= (300 - 20) / cadence - 3 - 2 * gop / cadence
        assert tally.missed <= 20 / cadence + 2 * gop / cadence + 1


@given(
    load=st.floats(1.3, 3.0),
    count=st.integers(20, 40),
    mixed=st.booleans(),
    batch=st.integers(1, 3),
)
@settings(max_examples=12, deadline=None)
def test_too_much_is_shed_evenly_and_counted(load, count, mixed, batch):
    cadences = [2.0, 6.0] if mixed else [2.0, 2.0]
    demand = sum(1 / cadences[i % 2] for i in range(count))
    cameras = {
        f"c{i}": Camera({"m": cadences[i % 2]}, gop=0.5, cost=load / demand) for i in range(count)
    }
    world = World(cameras, 1, batch)
    world.run(300.0)
    tallies = [world.schedule.tally(name)["m"] for name in cameras]
    shares = [tally.on_time for tally in tallies]
    assert all(tally.shed for tally in tallies)
    assert max(shares) - min(shares) < 0.25
    assert world.schedule.total() == sum(tallies, Tally())


def test_the_earliest_deadline_goes_first() -> None:
    schedule = Schedule()
    for name, cadence in (("slow", 60.0), ("quick", 5.0), ("middle", 30.0)):
        schedule.add(name, lambda _, c=cadence: {"m": c}, 0.0)
        schedule.connected(name, 0.0)
    for name in ("slow", "quick", "middle"):
        schedule.keyframe(name, 59.999, 1.0)
    order = [look.camera for look in schedule.take(59.999, 3)]
    deadlines = [look.deadline for look in (Schedule().take(0.0) or [])]
    assert order[0] == "quick"
    assert deadlines == []


def test_a_camera_at_work_is_not_taken_twice() -> None:
    world = Schedule()
    world.add("a", lambda _: {"m": 5.0}, 0.0)
    world.connected("a", 0.0)
    world.keyframe("a", 10.0, 1.0)
    (look,) = world.take(10.0, 4)
    world.keyframe("a", 16.0, 1.0)
    assert world.take(16.0, 4) == []
    world.done(look, 10.0, 16.1)
    assert len(world.take(16.1, 4)) == 1


def test_a_camera_that_is_gone_misses_its_looks_and_delays_nobody() -> None:
    cameras = {f"c{i}": Camera({"m": 5.0}, cost=0.05) for i in range(10)}
    cameras["gone"] = Camera({"m": 5.0}, last=30.0, cost=0.05)
    world = World(cameras)
    world.run(100.0)
    world.schedule.take(100.0)
    gone = world.schedule.tally("gone")["m"]
    assert (gone.shed, gone.missed >= 12) == (0, True)
    assert all(world.schedule.tally(f"c{i}")["m"].shed == 0 for i in range(10))


def test_pictures_that_cannot_be_decoded_are_missed_not_shed_and_not_tried_for_ever() -> None:
    cameras = {f"c{i}": Camera({"m": 5.0}, cost=0.05) for i in range(10)}
    cameras["broken"] = Camera({"m": 5.0}, gop=10.0, cost=0.05, broken=True)
    world = World(cameras)
    world.run(100.0)
    broken = world.schedule.tally("broken")["m"]
    assert (broken.done, broken.shed) == (0, 0)
    tries = [one for one in world.looks if one[1] == "broken"]
    assert len(tries) < 100
    assert all(world.schedule.tally(f"c{i}")["m"].shed == 0 for i in range(10))


def test_keyframes_too_far_apart_are_helped_out_between_only_then() -> None:
    world = World({"far": Camera({"often": 5.0, "seldom": 30.0}, gop=10.0)})
    world.run(125.0)
    onward = [one for one in world.looks if one[3]]
    assert len(onward) in range(9, 15)  # every second slot of five seconds
    assert all("seldom" not in models for _, _, models, _ in onward)
    assert world.schedule.onward("far") == ("often",)
    near = World({"near": Camera({"often": 5.0}, gop=4.0)})
    near.run(100.0)
    assert not any(one[3] for one in near.looks)


@given(phase=st.floats(0.0, 10.0), late=st.floats(0.0, 0.45))
@settings(max_examples=30, deadline=None)
def test_between_keyframes_no_more_is_decoded_than_up_to_where_a_slot_begins(phase, late):
    world = World({"far": Camera({"often": 5.0}, gop=10.0, first=phase, late=late, cost=0.03)})
    world.run(30.0)
    assert world.schedule.tally("far")["often"].shed <= 1  # how far apart they are is not known yet
    world.decoded.clear()
    world.run(230.0)
    assert world.schedule.tally("far")["often"].shed <= 1
    # In every second slot, from a keyframe that comes late in the one before.
    assert len(world.decoded) <= 21
    assert max(world.decoded) <= 1.6
    looks = [at for at, _, models, _ in world.looks if models and at > 30]
    assert max(b - a for a, b in itertools.pairwise(looks)) <= 9.8


def test_a_camera_is_looked_at_now_and_then_to_see_that_it_lives() -> None:
    world = World({"calm": Camera({"m": 3600.0}, gop=1.0)})
    world.run(200.0)
    alive = [at for at, _, models, _ in world.looks if not models]
    assert len(alive) in (6, 7)
    assert alive[0] == 0.0


def test_what_is_undecided_is_looked_at_with_each_keyframe_from_a_moment_on() -> None:
    schedule = Schedule()
    schedule.add("a", lambda _: {"m": 3600.0, "n": 3600.0}, 0.0, urgent={"m": 0.0})
    schedule.connected("a", 0.0)
    for at in (1.0, 2.0, 3.0):
        schedule.keyframe("a", at, 1.0)
        (look,) = schedule.take(at)
        assert look.models == ("m",)
        schedule.done(look, at, at, {"m": at if at < 3 else 4.5})
    schedule.keyframe("a", 4.0, 1.0)
    assert schedule.take(4.0) == []
    schedule.keyframe("a", 5.0, 1.0)
    (look,) = schedule.take(5.0)
    schedule.done(look, 5.0, 5.0, {})
    schedule.keyframe("a", 6.0, 1.0)
    assert schedule.take(6.0) == []


def test_a_look_that_was_asked_for_takes_the_next_keyframe_and_all_models() -> None:
    schedule = Schedule()
    schedule.add("a", lambda _: {"m": 3600.0, "n": 3600.0}, 0.0)
    schedule.connected("a", 0.0)
    schedule.keyframe("a", 1.0, 1.0)
    schedule.done(schedule.take(1.0)[0], 1.0, 1.0)  # it lives
    schedule.ask("a", 1.5)
    assert schedule.take(1.5) == []
    schedule.keyframe("a", 2.0, 1.0)
    (look,) = schedule.take(2.0)
    assert set(look.models) == {"m", "n"}
    schedule.done(look, 2.0, 2.0)
    schedule.keyframe("a", 3.0, 1.0)
    assert schedule.take(3.0) == []


def test_cadence_follows_the_hour() -> None:
    world = Schedule()
    world.add("a", lambda at: {"m": 5.0 if at < 100 else 50.0}, 0.0)
    world.connected("a", 0.0)
    looks = []
    for at in range(400):
        world.keyframe("a", float(at), 1.0)
        for look in world.take(float(at)):
            if look.models:
                looks.append(at)
            world.done(look, float(at), float(at))
    assert sum(at < 100 for at in looks) in (19, 20)
    assert sum(at >= 110 for at in looks) in (5, 6)


def test_a_clock_that_is_set_back_does_not_stop_the_looks() -> None:
    schedule = Schedule()
    schedule.add("a", lambda _: {"m": 5.0}, 10_000.0)
    schedule.connected("a", 0.0)
    schedule.keyframe("a", 100.0, 1.0)
    schedule.take(100.0)
    assert schedule.tally("a")["m"] == Tally()
    again = Schedule()
    again.add("a", lambda _: {"m": 5.0}, 10_000.0)
    again.connected("a", 0.0)
    again.keyframe("a", 100.0, 1.0)
    (look,) = again.take(100.0)
    assert look.models == ("m",)


def test_no_share_is_lost_where_nothing_was_due() -> None:
    assert Tally().on_time == 1.0
    assert Tally(done=3, shed=1, missed=10).on_time == pytest.approx(0.75)


def test_a_camera_waits_from_the_time_that_something_is_due_until_a_thread_takes_it() -> None:
    schedule = Schedule()
    for name in ("a", "b", "c"):
        schedule.add(name, lambda _: {"m": 5.0}, -10.0)
        schedule.connected(name, -10.0)
    assert schedule.waiting(0.0) == 0
    for name in ("a", "b", "a", "b"):  # a newer keyframe takes the place of the one before
        schedule.keyframe(name, 0.0, 1.0)
    assert schedule.waiting(0.0) == 2
    schedule.take(0.0)
    assert schedule.waiting(0.0) == 1

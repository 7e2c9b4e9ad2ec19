"""Camera health: pictures of a rendered street, with what goes wrong with cameras put into them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.health.camera import CameraHealth
from detector.health.faults import Alert, Fault, Timing, Watch, advance
from detector.health.light import Grey, colour_of, small_grey
from detector.health.reading import HealthReading
from detector.health.view import STILL, TOLERANCE, View, align, lies_still, motion
from detector.image import Image
from streams.clip import clip_frames
from tuning import lens_faults as made

DEMO = Path(__file__).parents[2] / "configs" / "demo"
START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
EVERY = timedelta(seconds=10)
SIZE = (480, 270)


@pytest.fixture(scope="module")
def street() -> list[Image]:
    """Eight small pictures of the clean street, two seconds apart."""
    wanted = clip_frames(DEMO / "clean.mp4", "clean", START, keyframes_only=True)
    return [cv2.resize(frame.image, SIZE) for frame, _ in zip(wanted, range(8), strict=False)]


class Camera:
    """A camera that gives its pictures in turn, with something done to them."""

    def __init__(self, pictures: list[Image]) -> None:
        self.health = CameraHealth()
        self.number = 0
        self._pictures = pictures

    @property
    def at(self) -> datetime:
        return START + self.number * EVERY

    def gives(
        self, looks: int, through: made.Fault = lambda image, _n: image
    ) -> list[HealthReading]:
        """So many looks, each ten seconds after the one before."""
        return [self._look(through) for _ in range(looks)]

    def _look(self, through: made.Fault) -> HealthReading:
        self.number += 1
        image = through(self._pictures[self.number % len(self._pictures)], self.number)
        noise = np.random.default_rng(self.number).normal(0, 0.7, image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
        return self.health.look(small_grey(image), self.at, colour_of(image))


def begun(readings: list[HealthReading]) -> list[Fault]:
    return [one.fault for r in readings for one in r.changed if one.until is None]


def ended(readings: list[HealthReading]) -> list[Fault]:
    return [one.fault for r in readings for one in r.changed if one.until is not None]


FAULTS: list[tuple[Fault, made.Fault]] = [
    (Fault.BLACK, made.black),
    (Fault.OVEREXPOSED, made.overexposed),
    (Fault.COVERED, made.covered(1.0)),
    (Fault.COVERED, made.covered(0.8)),
    (Fault.COVERED, made.covered(0.65)),
    (Fault.BLURRED, made.blurred(2)),
    (Fault.LENS, made.drops(120)),
    (Fault.LENS, made.drops(30)),
    (Fault.LENS, made.rain(400)),
    (Fault.MOVED, made.shifted(0.03)),
    (Fault.MOVED, made.shifted(0.2, 0.05)),
    (Fault.MOVED, made.zoomed(1.2)),
]


@pytest.mark.parametrize(("fault", "through"), FAULTS)
def test_a_fault_is_told_of_once_and_again_when_it_is_over(
    street: list[Image], fault: Fault, through: made.Fault
) -> None:
    camera = Camera(street)
    assert all(reading.trust for reading in camera.gives(5))

    bad = camera.gives(15, through)
    assert begun(bad) == [fault]
    assert not bad[-1].trust
    assert bad[-1].reason == fault
    assert [one.fault for one in bad[-1].alerts] == [fault]

    good = camera.gives(10)
    assert ended(good) == [fault]
    assert begun(good) == []
    assert good[-1].trust


@pytest.mark.parametrize(
    "through", [made.shaken(0.01), made.darker(0.5), made.darker(0.25), made.infrared]
)
def test_wind_and_light_are_no_fault(street: list[Image], through: made.Fault) -> None:
    camera = Camera(street)
    readings = camera.gives(5) + camera.gives(15, through) + camera.gives(5)
    assert begun(readings) == []
    assert readings[-1].trust


def test_a_switch_to_infrared_is_said_and_its_own_looks_prove_nothing(street: list[Image]) -> None:
    camera = Camera(street)
    camera.gives(10)
    first, second, *rest = camera.gives(10, made.infrared)
    assert (first.trust, first.reason, first.light) == (False, "light_change", "day")
    assert (second.light, second.light_changed) == ("infrared", True)
    assert all(one.trust and one.light == "infrared" for one in rest)
    assert not any(one.light_changed for one in rest)


def test_one_odd_picture_is_not_trusted_but_is_no_alert(street: list[Image]) -> None:
    camera = Camera(street)
    camera.gives(10)
    readings = camera.gives(1, made.shifted(0.1)) + camera.gives(10)
    assert [one.trust for one in readings] == [False] + [True] * 10
    assert begun(readings) == []


def test_what_moved_holds_until_somebody_confirms_the_new_view(street: list[Image]) -> None:
    camera, turned = Camera(street), made.shifted(0.1)
    camera.gives(10)
    assert begun(camera.gives(8, turned)) == [Fault.MOVED]
    (over,) = camera.health.confirm_view(camera.at)
    assert (over.fault, over.until) == (Fault.MOVED, camera.at)
    after = camera.gives(8, turned)
    assert all(one.trust and not one.alerts for one in after)
    assert begun(camera.gives(8)) == [Fault.MOVED]  # back to the old view: that is another one now


def test_a_mount_that_gives_way_slowly_is_found_out(street: list[Image]) -> None:
    camera = Camera(street)
    readings: list[HealthReading] = []
    for step in range(12):  # a fifth of a percent in each hour and a half, over renewed references
        readings += camera.gives(6, made.shifted(0.002 * step))
        camera.number += 540
    assert set(begun(readings)) == {Fault.MOVED}


@pytest.mark.parametrize(
    "moved", [made.shifted(0.017), made.shifted(0.012, 0.017), made.zoomed(1.04), made.rolled(2.0)]
)
def test_what_has_moved_further_than_by_wind_is_never_taken_for_still(
    street: list[Image], moved: made.Fault
) -> None:
    before, after = View.of(small_grey(street[0])), View.of(small_grey(street[3]))
    still, gone = align(before, after), align(before, View.of(small_grey(moved(street[3], 1))))
    assert still is not None
    assert gone is not None
    assert still.way == STILL  # told by its edges alone
    assert motion(gone.way, SIZE[1] / SIZE[0]) > TOLERANCE


def lorry(image: Image, _number: int) -> Image:
    """A lorry stands before the lower right of the view."""
    out = image.copy()
    height, width = out.shape[:2]
    out[height // 3 :, width * 2 // 5 :] = (160, 165, 170)
    cv2.rectangle(out, (width // 2, height // 2), (width - 30, height - 60), (60, 60, 70), -1)
    return out


def test_a_lorry_before_half_of_the_view_has_neither_moved_nor_covered_it(
    street: list[Image],
) -> None:
    before, after = (View.of(small_grey(one)) for one in (street[0], lorry(street[3], 1)))
    assert lies_still(before.edges, after.edges)
    camera = Camera(street)
    camera.gives(10)
    readings = camera.gives(30, lorry)
    assert begun(readings) == []
    assert all(one.trust for one in readings)


def test_drops_that_come_when_the_reference_is_due_do_not_become_part_of_it(
    street: list[Image],
) -> None:
    camera = Camera(street)
    camera.gives(5)
    revision = camera.health.revision
    assert begun(camera.gives(18, made.drops(60))) == [Fault.LENS]
    assert camera.health.revision == revision


def test_a_restart_forgets_nothing(street: list[Image]) -> None:
    camera, turned = Camera(street), made.shifted(0.06)
    camera.gives(10)
    camera.gives(2, turned)
    health = camera.health
    stored = {light: cv2.imencode(".png", grey)[1] for light, grey in health.pictures.items()}
    pictures: dict[str, Grey] = {
        light: np.asarray(cv2.imdecode(png, cv2.IMREAD_GRAYSCALE), np.uint8)
        for light, png in stored.items()
    }
    camera.health = CameraHealth.restored(health.to_json(), pictures)
    assert begun(camera.gives(10, turned)) == [Fault.MOVED]
    camera.health = CameraHealth.restored(camera.health.to_json(), pictures)
    assert [one.fault for one in camera.health.alerts] == [Fault.MOVED]
    assert begun(camera.gives(10, turned)) == []
    assert ended(camera.gives(8)) == [Fault.MOVED]


def test_a_state_that_cannot_be_read_begins_afresh() -> None:
    assert CameraHealth.restored("{]", {}).alerts == ()


def test_a_frozen_picture_is_found_though_its_clock_goes_on(street: list[Image]) -> None:
    health = CameraHealth()
    readings = []
    for number in range(20):
        image = street[0].copy()
        cv2.putText(image, f"12:00:{number:02d}", (10, 15), 0, 0.4, (255, 255, 255), 1)
        readings.append(health.look(small_grey(image), START + number * EVERY, 30.0))
    assert begun(readings) == [Fault.FROZEN]
    assert readings[-1].alerts[0].since == START
    assert not readings[-1].trust


def test_a_still_street_seen_by_a_real_sensor_is_not_frozen(street: list[Image]) -> None:
    camera = Camera(street[:1])
    assert begun(camera.gives(12)) == []


def test_a_look_that_is_not_newer_changes_nothing(street: list[Image]) -> None:
    camera = Camera(street)
    (reading,) = camera.gives(1)
    before = camera.health.to_json()
    grey = small_grey(made.black(street[0], 0))
    assert camera.health.look(grey, camera.at) == reading
    assert camera.health.to_json() == before


looks = st.lists(
    st.tuples(st.sampled_from([True, False, None]), st.integers(1, 60)), min_size=1, max_size=60
)


@given(looks)
def test_alerts_begin_and_end_in_turn_and_never_too_soon(
    history: list[tuple[bool | None, int]],
) -> None:
    timing = Timing(raise_s=20, raise_looks=3, clear_s=20, clear_looks=2)
    watch, at, told = Watch(), START, list[tuple[datetime, Alert]]()
    for sign, later in history:
        at += timedelta(seconds=later)
        step = advance(Fault.BLURRED, watch, sign, at, timing)
        watch = step.watch
        told += [] if step.changed is None else [(at, step.changed)]
    ends = [alert.until is not None for _, alert in told]
    assert ends == [bool(number % 2) for number in range(len(ends))]
    assert watch.open == (len(told) % 2 == 1)
    for when, alert in told:
        begin = alert.since if alert.until is None else alert.until
        assert (when - begin).total_seconds() >= 20
    for (_, begin), (_, end) in zip(told[::2], told[1::2], strict=False):
        assert begin.since == end.since

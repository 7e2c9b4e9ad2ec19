"""What camera health says of real clips, and of faults put into them: `five-chief health`."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from detector.health.camera import CameraHealth
from detector.health.faults import Fault
from detector.health.light import colour_of, small_grey
from detector.health.reading import HealthReading
from detector.image import Image
from streams.clip import clip_frames
from tuning import lens_faults as made

START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
EVERY_S = 2.0
GOOD, BAD, AFTER = 15, 80, 40
"""Looks before a fault, while it lasts and after it, one in two seconds."""
_WIDTH = 480


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is done to a clip's pictures, and the alert that should come of it."""

    name: str
    apply: made.Fault
    expected: Fault | None


CASES = (
    *(Case(f"blur {s} px", made.blurred(s), Fault.BLURRED) for s in (1.5, 2.0, 4.0)),
    *(Case(f"cover {s:.0%}", made.covered(s), Fault.COVERED) for s in (0.6, 0.7, 0.9, 1.0)),
    *(
        Case(f"shift {s:.0%}", made.shifted(s, s / 3), Fault.MOVED)
        for s in (0.02, 0.03, 0.05, 0.1, 0.2)
    ),
    *(Case(f"zoom {z}", made.zoomed(z), Fault.MOVED) for z in (1.05, 1.2, 1.5)),
    Case("roll 3°", made.rolled(3), Fault.MOVED),
    *(Case(f"{n} drops", made.drops(n), Fault.LENS) for n in (10, 30, 60, 120)),
    *(Case(f"rain, {n} streaks", made.rain(n), Fault.LENS) for n in (150, 600)),
    Case("black", made.black, Fault.BLACK),
    Case("over-exposed", made.overexposed, Fault.OVEREXPOSED),
    Case("frozen", lambda image, _n: image, Fault.FROZEN),
    *(Case(f"wind {s:.1%}", made.shaken(s), None) for s in (0.005, 0.01)),
    Case("infrared", made.infrared, None),
    *(Case(f"light to {s:.0%}", made.darker(s), None) for s in (0.5, 0.25)),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case on a clip.

    Attributes:
        case: its name.
        expected: the alert that should come; None where there is none.
        hit: whether it came, once.
        after_s: how long after the fault began, seconds.
        over: whether it ended once the fault was gone.
        others: alerts of other kinds.
        trusted: share of the faulty looks that were trusted all the same.
    """

    case: str
    expected: str | None
    hit: bool
    after_s: float | None
    over: bool
    others: tuple[str, ...]
    trusted: float


def pictures(clip: Path) -> list[Image]:
    """A clip's pictures, one in two seconds, and back again, so that it can be repeated."""
    frames: list[Image] = []
    due = START
    for frame in clip_frames(clip, clip.stem, START, keyframes_only=False):
        if frame.captured_at >= due:
            frames.append(_smaller(frame.image))
            due += timedelta(seconds=EVERY_S)
    return frames


def _smaller(image: Image) -> Image:
    size = (_WIDTH, round(image.shape[0] * _WIDTH / image.shape[1]))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def to_and_fro(frames: Sequence[Image], number: int) -> Image:
    """The picture of a number, the clip being played forth and back for ever."""
    round_trip = 2 * len(frames) - 2 or 1
    at = number % round_trip
    return frames[at if at < len(frames) else round_trip - at]


def false_alarms(frames: Sequence[Image], looks: int) -> tuple[int, int, float]:
    """Alerts on a clip as it is, looks that were not trusted, and CPU milliseconds a look.

    Args:
        frames: see `pictures`.
        looks: how many, forth and back.
    """
    health, alarms, doubted, spent = CameraHealth(), 0, 0, 0.0
    for number in range(looks):
        image = to_and_fro(frames, number)
        grey, colour = small_grey(image), colour_of(image)
        began = time.thread_time()
        reading = health.look(grey, _at(number), colour)
        spent += time.thread_time() - began
        alarms += sum(one.until is None for one in reading.changed)
        doubted += not reading.trust
    return alarms, doubted, spent / looks * 1e3


def attempt(frames: Sequence[Image], case: Case) -> Outcome:
    """A good clip, then the fault, then the good clip again."""
    health = CameraHealth()
    _run(health, range(GOOD), lambda number: to_and_fro(frames, number))
    still = to_and_fro(frames, GOOD)
    bad = _run(
        health,
        range(GOOD, GOOD + BAD),
        lambda number: case.apply(
            still if case.expected is Fault.FROZEN else to_and_fro(frames, number), number
        ),
    )
    after = range(GOOD + BAD, GOOD + BAD + AFTER)
    good = _run(health, after, lambda number: to_and_fro(frames, number))
    begun = [(one, r) for r in bad for one in r[1].changed if one.until is None]
    ended = [one for _, r in good for one in r.changed if one.until is not None]
    mine = [r[0] - GOOD for one, r in begun if one.fault is case.expected]
    late = [one for _, r in good for one in r.changed if one.until is None]
    return Outcome(
        case=case.name,
        expected=None if case.expected is None else str(case.expected),
        hit=len(mine) == 1 if case.expected else not begun,
        after_s=mine[0] * EVERY_S if mine else None,
        over=any(one.fault is case.expected for one in ended) if case.expected else True,
        others=tuple(
            str(one.fault)
            for one in (*(one for one, _ in begun), *late)
            if one.fault is not case.expected
        ),
        trusted=sum(r.trust for _, r in bad) / len(bad),
    )


def _run(
    health: CameraHealth, numbers: range, image: Callable[[int], Image]
) -> list[tuple[int, HealthReading]]:
    readings = []
    for number in numbers:
        picture = image(number)
        readings.append((number, health.look(small_grey(picture), _at(number), colour_of(picture))))
    return readings


def _at(number: int) -> datetime:
    return START + timedelta(seconds=EVERY_S * number)


@dataclass(frozen=True, slots=True)
class Trial:
    """What health says of one clip.

    Attributes:
        clip: its name.
        hours: of camera time that were looked at as they are, forth and back.
        alarms: false alerts in that time.
        doubted: share of these looks that were not trusted.
        ms: CPU milliseconds a look, all in, without making the small picture.
        outcomes: of `CASES`.
    """

    clip: str
    hours: float
    alarms: int
    doubted: float
    ms: float
    outcomes: tuple[Outcome, ...]


def try_clip(clip: Path, looks: int, told: Callable[[], None]) -> Trial:
    """Measure one clip.

    Args:
        clip: of a camera that stands still, a few seconds long at least.
        looks: at the clip as it is.
        told: called after each case.

    Raises:
        CameraError: the clip cannot be read.
    """
    frames = pictures(clip)
    alarms, doubted, ms = false_alarms(frames, looks)
    outcomes = []
    for case in CASES:
        outcomes.append(attempt(frames, case))
        told()
    return Trial(clip.name, looks * EVERY_S / 3600, alarms, doubted / looks, ms, tuple(outcomes))


def by_case(trials: Sequence[Trial]) -> list[tuple[str, str, int, int, int, float | None, float]]:
    """Rows over clips: case, expected, right ones, of how many, alerts of other kinds, the longest
    wait for the alert in seconds, the share of looks that were trusted meanwhile.
    """
    rows = []
    for number, case in enumerate(CASES):
        each = [trial.outcomes[number] for trial in trials]
        waits = [one.after_s for one in each if one.after_s is not None]
        rows.append(
            (
                case.name,
                str(case.expected or "none"),
                sum(one.hit and one.over for one in each),
                len(each),
                sum(len(one.others) for one in each),
                max(waits, default=None),
                sum(one.trusted for one in each) / len(each),
            )
        )
    return rows

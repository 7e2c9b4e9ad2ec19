"""What can be wrong with a camera's picture, and when it is said: once a spell, with hysteresis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Fault(StrEnum):
    """A reason not to judge by a picture, and an alert of its own if it lasts."""

    FROZEN = "frozen"
    """The same picture again and again."""
    BLACK = "black"
    """Too dark to show anything."""
    OVEREXPOSED = "over_exposed"
    """Mostly white."""
    COVERED = "covered"
    """Something lies over the lens: what was there is neither seen nor dimly seen."""
    BLURRED = "blurred"
    """Out of focus: what was there is seen dimly."""
    LENS = "lens_dirty"
    """Rain, drops or dirt on the lens: parts of the picture are dim, or streaks run over it."""
    MOVED = "moved"
    """Turned, shifted or zoomed: zones lie where they should not."""


WORDS: dict[Fault, tuple[str, str]] = {
    Fault.FROZEN: ("画面冻结", "the picture is frozen"),
    Fault.BLACK: ("画面黑屏", "the picture is black"),
    Fault.OVEREXPOSED: ("画面过曝", "the picture is over-exposed"),
    Fault.COVERED: ("镜头被遮挡", "the lens is covered"),
    Fault.BLURRED: ("画面模糊", "the picture is out of focus"),
    Fault.LENS: ("镜头有雨水或污渍", "rain or dirt is on the lens"),
    Fault.MOVED: ("摄像机视角改变", "the camera has moved"),
}
"""What operators read, zh-CN and English."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When a sign becomes an alert, and when the alert ends.

    Both a time and a number of looks must be reached, so that neither one odd picture nor a long
    gap between two decides.
    """

    raise_s: float = 20.0
    raise_looks: int = 3
    clear_s: float = 20.0
    clear_looks: int = 2


TIMINGS: dict[Fault, Timing] = {
    Fault.FROZEN: Timing(raise_s=60.0, raise_looks=3, clear_s=0.0, clear_looks=1),
    Fault.BLACK: Timing(),
    Fault.OVEREXPOSED: Timing(raise_s=30.0),
    Fault.COVERED: Timing(),
    Fault.BLURRED: Timing(raise_s=40.0),  # an autofocus hunts for some seconds
    Fault.LENS: Timing(raise_s=120.0, raise_looks=5, clear_s=60.0, clear_looks=4),
    Fault.MOVED: Timing(raise_s=20.0, raise_looks=3, clear_s=30.0, clear_looks=3),
}


class Alert(BaseModel):
    """One spell of one fault.

    Attributes:
        fault: which.
        since: capture time of the first picture that showed it, UTC.
        until: of the first good one after it; None while it lasts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fault: Fault
    since: datetime
    until: datetime | None = None


class Watch(BaseModel):
    """One fault's run of looks: what the hysteresis remembers.

    Attributes:
        since: first of the present run of bad looks, or of the open spell; None while well.
        bad: looks in that run.
        well_since: first of the present run of good looks within an open spell.
        well: looks in that run.
        open: whether an alert is open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: datetime | None = None
    bad: int = 0
    well_since: datetime | None = None
    well: int = 0
    open: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A watch after one more look, and the alert that began or ended with it."""

    watch: Watch
    changed: Alert | None = None


Signs = dict[Fault, bool | None]
"""Which faults a look shows; None where it cannot tell."""


def advance_all(
    watches: Mapping[Fault, Watch], signs: Signs, at: datetime, before: datetime | None
) -> tuple[dict[Fault, Watch], tuple[Alert, ...]]:
    """Take all watches one look further.

    Args:
        watches: where they stood; a fault that is not among them was well.
        signs: of this look.
        at: its capture time.
        before: that of the look before.

    Returns:
        The watches that are not at rest, and the alerts that began or ended.
    """
    after, changed = dict[Fault, Watch](), list[Alert]()
    for fault, sign in signs.items():
        watch = watches.get(fault, Watch())
        if fault is Fault.FROZEN and sign and watch.since is None and before is not None:
            watch = Watch(since=before, bad=1)  # the picture before was the first of them
        step = advance(fault, watch, sign, at)
        after[fault] = step.watch
        changed += [] if step.changed is None else [step.changed]
    return {fault: watch for fault, watch in after.items() if watch != Watch()}, tuple(changed)


def advance(
    fault: Fault, watch: Watch, sign: bool | None, at: datetime, timing: Timing | None = None
) -> Step:
    """Take a fault's watch one look further.

    Args:
        fault: which.
        watch: where it stood.
        sign: whether this look shows the fault; None where it cannot tell, and nothing changes.
        at: the look's capture time.
        timing: the fault's own by default.
    """
    timing = timing or TIMINGS[fault]
    if sign is None:
        return Step(watch)
    if not sign:
        return _well(fault, watch, at, timing)
    since = watch.since or at
    bad = watch.bad + 1
    lasted = (at - since).total_seconds() >= timing.raise_s and bad >= timing.raise_looks
    begins = lasted and not watch.open
    now = Watch(since=since, bad=bad, open=watch.open or lasted)
    return Step(now, Alert(fault=fault, since=since) if begins else None)


def _well(fault: Fault, watch: Watch, at: datetime, timing: Timing) -> Step:
    if not watch.open or watch.since is None:
        return Step(Watch())
    well_since, well = watch.well_since or at, watch.well + 1
    over = (at - well_since).total_seconds() >= timing.clear_s and well >= timing.clear_looks
    if over:
        return Step(Watch(), Alert(fault=fault, since=watch.since, until=well_since))
    return Step(watch.model_copy(update={"well_since": well_since, "well": well}))


def ended(alert: Alert, at: datetime) -> Alert:
    """The alert, closed by somebody at a time."""
    return alert.model_copy(update={"until": at})

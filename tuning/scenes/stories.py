"""The stories of the scenario clips: what is to become a case, and what must not. Plain data.

Times are seconds into the clip. Places are metres in the demo's street (`tuning.scenes.scenario`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuning import lens_faults as lens
from tuning.scenes.taken import BOXES
from tuning.truth import TrueEvent

FOREVER = 1e9


@dataclass(frozen=True, slots=True)
class There:
    """Something of the demo (`tuning.scenes.taken.BOXES`) that stands in its place for a time."""

    thing: str
    since: float
    until: float = FOREVER


@dataclass(frozen=True, slots=True)
class Sprite:
    """A cut-out of `tuning/scenes/sprites`, or a suitcase, on its way.

    Attributes:
        name: the file, or `suitcase`.
        metres: its width on the street.
        way: (second, x, y) after each other; it is there from the first to the last, and goes
            straight from one to the next.
        mirrored: it faces the other way.
    """

    name: str
    metres: float
    way: tuple[tuple[float, float, float], ...]
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Stands:
    """Who passes in the demo at its second `moment` stays there for a time: a bus, a van."""

    moment: float
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Lens:
    """The camera is not well, or sees by another light, for a time."""

    apply: lens.Fault
    since: float
    until: float = FOREVER


@dataclass(frozen=True, slots=True)
class Story:
    """One clip.

    Attributes:
        name: of its file.
        about: what happens, in words.
        seconds: its length.
        parts: what is seen.
        events: what deserves a case.
        step_s: seconds from picture to picture.
        gaps: seconds in which the stream gives nothing.
        restarts: seconds at which the worker is started again.
        start: local time of the first picture.
        areas: what is drawn in the camera's view.
    """

    name: str
    about: str
    seconds: float
    parts: tuple[There | Sprite | Stands | Lens, ...]
    events: tuple[TrueEvent, ...] = ()
    step_s: float = 20.0
    gaps: tuple[tuple[float, float], ...] = ()
    start: str = "2026-06-01T10:00:00+08:00"
    restarts: tuple[float, ...] = ()
    areas: tuple[Mapping[str, Any], ...] = ()


def _event(thing: str, since: float, until: float | None = None) -> TrueEvent:
    kind = {"heap": "litter", "stall": "vending", "hole": "manhole"}[thing]
    x0, y0, x1, y1 = BOXES[thing]
    return TrueEvent(what=kind, box=(x0, y0, x1, y1), begin=since, end=until)


def _stays(x: float, lane: float) -> tuple[tuple[float, float, float], ...]:
    """Has always been there."""
    return ((0, x, lane), (FOREVER, x, lane))


def _waits(x: float, lane: float) -> tuple[tuple[float, float, float], ...]:
    """Comes from the left, waits for eleven minutes, goes on to the right."""
    return ((30, x - 15, lane), (50, x, lane), (710, x, lane), (735, x + 15, lane))


HEAP = There("heap", 20)
HEAPS = (_event("heap", 20),)
STALL = There("stall", 20)
STALLS = (_event("stall", 20),)
MARKET: Mapping[str, Any] = {
    "kind": "exclude",
    "name": "早市",
    "rules": ["vending"],
    "polygon": [[0.5, 0.3], [0.85, 0.3], [0.85, 0.6], [0.5, 0.6]],
    "when": [{"hours": ["6-9"], "weekdays": ["sat", "sun"]}],
}

STORIES = (
    Story(
        "left-lights",
        "rubbish lies there while the light goes down to a twelfth for three minutes, twice",
        920,
        (HEAP, Lens(lens.darker(0.12), 240, 420), Lens(lens.darker(0.12), 720, 840)),
        HEAPS,
    ),
    Story(
        "bus-before",
        "a bus stands before the rubbish for two minutes; it is one case, before and after",
        1100,
        (HEAP, Stands(30.5, 700, 820)),
        HEAPS,
    ),
    Story(
        "suitcase",
        "people wait with a suitcase for eleven minutes and take it along",
        760,
        (
            Sprite("innocent-3039.webp", 2.9, _waits(3.5, 1.6)),
            Sprite("suitcase", 0.5, _waits(2.3, 1.3)),
        ),
    ),
    Story(
        "collected",
        "bags are put out for collection; when they would be filed, the lorry is there",
        860,
        (
            There("heap", 20, 700),
            Sprite(
                "innocent-3061.webp", 8.5,
                ((566, 18, -1.5), (590, 3.0, -1.5), (760, 3.0, -1.5), (790, -24, -1.5)),
                mirrored=True,
            ),
        ),
    ),
    Story(
        "market",
        "a stall stands there in the hours of the market, and is still there when it is over",
        760,
        (STALL,),
        (_event("stall", 360),),
        step_s=10.0,
        start="2026-06-06T08:54:00+08:00",
        areas=(MARKET,),
    ),
    Story(
        "stall",
        "the same stall on a working day, at noon",
        520,
        (STALL,),
        STALLS,
        step_s=10.0,
        start="2026-06-01T12:00:00+08:00",
    ),
    Story(
        "walks-through",
        "a seller with a tricycle goes by, and halts for a minute at two places",
        400,
        (
            Sprite(
                "vending-2070.webp", 3.55,
                (
                    (20, -13, 2.0), (60, -4, 2.0), (120, -4, 2.0), (160, 4.5, 2.0), (220, 4.5, 2.0),
                    (290, 16, 2.0),
                ),
            ),
        ),
        step_s=10.0,
    ),
    Story(
        "parked",
        "a tricycle with a roof stands there for ten minutes, empty; people go by",
        600,
        (Sprite("innocent-3040.webp", 3.4, ((0, 5.6, 1.6), (1300, 5.6, 1.6))),),
        step_s=10.0,
    ),
    Story(
        "nudged",
        "the camera is knocked aside and put back five minutes later, while rubbish lies there",
        1300,
        (HEAP, Lens(lens.shifted(0.06, 0.02), 760, 1060)),
        HEAPS,
    ),
    Story(
        "covered",
        "something hangs over the lens for four minutes, while a stall stands there",
        900,
        (STALL, Lens(lens.covered(1.0), 480, 720)),
        STALLS,
        start="2026-06-01T12:00:00+08:00",
    ),
    Story(
        "dusk",
        "rubbish is put out at dusk; the camera switches to infrared, before and after it is filed",
        1100,
        (
            HEAP, Lens(lens.darker(0.6), 0, 300), Lens(lens.infrared, 300, 420),
            Lens(lens.darker(0.5), 420, 800), Lens(lens.infrared, 800),
        ),
        HEAPS,
        start="2026-06-01T19:20:00+08:00",
    ),
    Story(
        "gap",
        "the stream is away for half a minute before rubbish is filed, and again after it",
        960,
        (HEAP,),
        HEAPS,
        gaps=((300, 330), (760, 790)),
    ),
    Story(
        "restart",
        "the worker is started again before rubbish is filed, and again after it",
        960,
        (HEAP,),
        HEAPS,
        gaps=((300, 320), (760, 780)),
        restarts=(310, 770),
    ),
    Story(
        "permanent",
        "bins and a planter have always stood there",
        760,
        (
            Sprite("street-1033.webp", 1.05, _stays(-3.6, 0.9)),
            Sprite("street-1045.webp", 1.7, _stays(6.0, 1.2)),
        ),
    ),
    Story(
        "cover",
        "a cover is taken away and put back",
        400,
        (There("hole", 60, 220),),
        (_event("hole", 60, 220),),
        step_s=4.0,
    ),
    Story(
        "heap",
        "rubbish is put out and cleared",
        1000,
        (There("heap", 40, 780),),
        (_event("heap", 40, 780),),
    ),
    Story(
        "knocked-away",
        "the camera is turned aside, and stays so; then rubbish is put out",
        1000,
        (There("heap", 200), Lens(lens.shifted(0.22, 0.05), 120)),
        (),
    ),
)  # fmt: skip

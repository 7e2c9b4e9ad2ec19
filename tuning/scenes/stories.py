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
    """

    name: str
    metres: float
    way: tuple[tuple[float, float, float], ...]


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
        gap: seconds in which the stream gives nothing.
        start: local time of the first picture.
        rules: how it is judged; none takes the catalogue's.
    """

    name: str
    about: str
    seconds: float
    parts: tuple[There | Sprite | Stands | Lens, ...]
    events: tuple[TrueEvent, ...] = ()
    step_s: float = 8.0
    gap: tuple[float, float] | None = None
    start: str = "2026-06-01T10:00:00+08:00"
    rules: tuple[Mapping[str, Any], ...] = ()


def _event(thing: str, since: float, until: float | None = None) -> TrueEvent:
    kind = {"heap": "litter", "stall": "vending", "hole": "manhole"}[thing]
    x0, y0, x1, y1 = BOXES[thing]
    return TrueEvent(what=kind, box=(x0, y0, x1, y1), begin=since, end=until)


def _waits(lane: float, x: float) -> tuple[tuple[float, float, float], ...]:
    """Comes from the left, waits for eleven minutes, goes on to the right."""
    return ((30, x - 15, lane), (50, x, lane), (710, x, lane), (735, x + 15, lane))


HEAP = There("heap", 20)
HEAPS = (_event("heap", 20),)

MARKET_RULES: tuple[Mapping[str, Any], ...] = (
    {
        "id": "vending",
        "kind": "vending",
        "model": "vending",
        "classes": ["stall", "vendor_vehicle"],
        "dwell_s": 300,
        "pauses": [{"hours": ["6-9"], "weekdays": ["sat", "sun"]}],
    },
)

STORIES = (
    Story(
        "left-lights",
        "rubbish lies there while the light goes down to a twelfth for three minutes, twice",
        920,
        (HEAP, Lens(lens.darker(0.12), 240, 420), Lens(lens.darker(0.12), 560, 740)),
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
            Sprite("innocent-3039.webp", 2.2, _waits(1.6, 3.3)),
            Sprite("suitcase", 0.45, _waits(1.3, 2.3)),
        ),
    ),
    Story(
        "collected",
        "bags are put out, and a lorry comes and takes them seven minutes later",
        760,
        (
            There("heap", 40, 500),
            Sprite(
                "innocent-3064.webp", 6.0,
                ((460, 16, -1.7), (476, -4.2, -1.7), (530, -4.2, -1.7), (550, -24, -1.7)),
            ),
        ),
    ),
    Story(
        "market",
        "a stall stands in the hours in which the market may be there",
        520,
        (There("stall", 20),),
        (),
        start="2026-06-06T07:00:00+08:00",
        rules=MARKET_RULES,
    ),
    Story(
        "stall",
        "the same stall on a working day, at noon",
        520,
        (There("stall", 20),),
        (_event("stall", 20),),
        start="2026-06-01T12:00:00+08:00",
    ),
    Story(
        "walks-through",
        "a seller with a tricycle goes by, and halts for a minute at two places",
        520,
        (
            Sprite(
                "vending-2130.webp", 3.0,
                (
                    (20, -13, 2.0), (60, -4, 2.0), (120, -4, 2.0), (160, 4.5, 2.0), (220, 4.5, 2.0),
                    (290, 16, 2.0),
                ),
            ),
        ),
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
        (There("stall", 20), Lens(lens.covered(1.0), 480, 720)),
        (_event("stall", 20),),
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
        "the stream is away for half a minute, twice over a rubbish heap's dwell",
        760,
        (HEAP,),
        HEAPS,
        gap=(300, 330),
    ),
    Story(
        "permanent",
        "bins, a planter and crates have always stood there",
        760,
        (
            Sprite("street-1041.webp", 1.1, ((0, -3.6, 0.9), (FOREVER, -3.6, 0.9))),
            Sprite("street-1037.webp", 1.5, ((0, 6.3, 0.9), (FOREVER, 6.3, 0.9))),
            Sprite("street-1035.webp", 1.3, ((0, -5.2, 3.6), (FOREVER, -5.2, 3.6))),
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
        "the camera is turned aside before anything lies there, and stays so",
        800,
        (HEAP, Lens(lens.shifted(0.22, 0.05), 120)),
        (),
    ),
)  # fmt: skip

"""What happens in the demo clips: who passes when, and what appears where. Plain data."""

from dataclasses import dataclass, field

import numpy as np

from tuning.scenes import objects, rubbish, street
from tuning.scenes.camera import Camera
from tuning.scenes.mesh import Array, Parts, moved, points, turned
from tuning.scenes.seeds import DEMO_SEEDS
from tuning.scenes.street import FOOTWAY, LANE, Sign
from tuning.scenes.walking import Mover

FPS = 25
SIZE = (1280, 720)


@dataclass(frozen=True, slots=True)
class Prop:
    """A model from the catalogue that stands still: place in metres, turn in radians."""

    model: str
    at: tuple[float, float]
    angle: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something that is there from `from_s` seconds to the clip's end.

    Attributes:
        kind: "litter", "vending" or "manhole".
        label: what it is, in words.
        from_s: seconds into the clip.
        outline: points whose box in the picture is the event's box, shape (n, 3).
        parts: what appears.
        props: models that appear with it, outside its box.
        takes_cover: the manhole's cover goes away.
    """

    kind: str
    label: str
    from_s: float
    outline: Array
    parts: Parts = field(default_factory=list)
    props: tuple[Prop, ...] = ()
    takes_cover: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """One clip: a street, what stands in it, what changes and who passes."""

    seed: int
    seconds: int
    camera: Camera
    still: Parts
    cover: Parts
    signs: list[Sign]
    props: tuple[Prop, ...]
    events: tuple[Event, ...]
    movers: tuple[Mover, ...]


def scenario(seed: int) -> Scenario:
    """The clip of a demo seed.

    Raises:
        ValueError: the seed belongs to no demo clip.
    """
    if seed == DEMO_SEEDS[0]:
        return _busy(seed)
    if seed == DEMO_SEEDS[1]:
        return _clean(seed)
    raise ValueError(f"seed {seed} makes no demo clip; take one of {DEMO_SEEDS}")


# Models whose feet stand apart: only they can be made to walk.
def _walker(model: str, lane: float, speed: float, x: float, t: float) -> Mover:
    return Mover(f"reallusion/{model}", lane, FOOTWAY, speed, (x, t), 0.7, 1.65, 0.5, walks=True)


def _car(model: str, x: float, t: float, size: tuple[float, float, float], speed: float) -> Mover:
    """Traffic keeps to the right: beside the far kerb it goes from right to left."""
    return Mover(model, LANE, 0.0, -speed, (x, t), *size)


def _van(x: float, t: float) -> Mover:
    return _car("scopia/van", x, t, (5.96, 2.57, 2.05), 6.5)


def _coach(x: float, t: float) -> Mover:
    return _car("scopia/bus", x, t, (14.04, 3.67, 2.6), 6.0)


def _suv(x: float, t: float) -> Mover:
    return _car("scopia/suv", x, t, (4.63, 1.63, 1.85), 7.5)


def _small_car(x: float, t: float) -> Mover:
    return _car("scopia/smart-car", x, t, (2.53, 1.55, 1.5), 8.0)


def _busy(seed: int) -> Scenario:
    rng = np.random.default_rng(seed)
    manhole = (1.5, -2.45)
    shops, signs = street.shops(rng)
    still = [
        *street.road(manhole),
        *street.footway(rng),
        *shops,
        *moved(objects.lamp_post(), 2.9, 0.5, FOOTWAY),
        *moved(objects.litter_bin(), 1.3, 0.65, FOOTWAY),
        *moved(objects.planter(rng), -4.9, 4.7, FOOTWAY),
    ]
    for x in (-6.6, -4.4, 8.3, 10.0):
        still += moved(objects.bollard(), x, 0.45, FOOTWAY)
    bags = rubbish.heap(rng, ("black", "white", "black", "blue", "black"), 0.62)
    carton = turned(rubbish.carton(rng, 0.5), 0.4)
    heap = moved([*bags, *moved(carton, 1.15, -0.1)], -1.9, 0.78, FOOTWAY)
    stall = moved(objects.stall(rng, ((0.42, 0.04, 0.04), (0.55, 0.53, 0.47))), 5.3, 1.35, FOOTWAY)
    events = (
        Event("litter", "a heap of rubbish bags at the kerb", 6.0, points(heap), heap),
        Event(
            "vending",
            "a fruit stall with an umbrella",
            30.0,
            points(stall),
            stall,
            (Prop("reallusion/holdingMale01", (4.75, 2.35), 0.25),),
        ),
        Event(
            "manhole",
            "a manhole without its cover",
            50.0,
            objects.manhole_outline() + np.array([*manhole, 0.0]),
            takes_cover=True,
        ),
    )
    return Scenario(
        seed=seed,
        seconds=75,
        camera=Camera((0.0, -10.5, 6.8), 11, 31, 66, SIZE),
        still=still,
        cover=moved(objects.manhole_cover(), *manhole),
        signs=signs,
        props=(
            Prop("scopia/ficusTree", (-6.3, 0.9)),
            Prop("scopia/ficusTree", (9.3, 0.9), 1.5),
            Prop("scopia/scooter2", (-3.3, 4.75), 0.3),
            Prop("scopia/bicycle", (-2.4, 4.8), 0.4, 1.15),
            Prop("katorlegaz/scooter", (-1.6, 4.75), 0.3),
        ),
        events=events,
        movers=(
            _van(-1.4, 6.15),
            _small_car(0, 15),
            _suv(0, 22),
            _coach(3.7, 30.0),
            _van(0, 39),
            _suv(1.45, 50.15),
            _small_car(0, 59),
            _van(0, 67),
            _walker("boyStanding", 2.3, 1.25, 0, 4),
            _walker("holdingFemale02", 4.1, -1.15, 3, 7),
            _walker("holdingMale01", 2.7, 1.2, -2, 20),
            _walker("holdingFemale03", 3.9, 1.2, 0, 29),
            _walker("boyStanding", 2.3, 1.25, 0, 38),
            _walker("holdingFemale02", 4.1, -1.15, 0, 44),
            _walker("boyStanding", 2.3, 1.25, -1, 56),
            _walker("holdingFemale03", 3.9, 1.2, 2, 62),
            _walker("holdingFemale02", 4.1, -1.15, 0, 71),
        ),
    )


def _clean(seed: int) -> Scenario:
    rng = np.random.default_rng(seed)
    manhole = (-0.6, -2.7)
    shops, signs = street.shops(rng)
    still = [
        *street.road(manhole),
        *street.footway(rng),
        *shops,
        *moved(objects.lamp_post(), -3.4, 0.5, FOOTWAY),
        *moved(objects.litter_bin((0.04, 0.12, 0.30)), -1.2, 0.65, FOOTWAY),
        *moved(objects.planter(rng, 1.6), 2.2, 0.75, FOOTWAY),
        *moved(objects.planter(rng, 1.2), 4.4, 0.75, FOOTWAY),
    ]
    for x in (-7.5, -5.6, 6.4, 8.1):
        still += moved(objects.bollard(), x, 0.45, FOOTWAY)
    return Scenario(
        seed=seed,
        seconds=35,
        camera=Camera((0.5, -10.2, 7.2), -9, 33, 66, SIZE),
        still=still,
        cover=moved(objects.manhole_cover(), *manhole),
        signs=signs,
        props=(
            Prop("scopia/ficusTree", (-8.0, 0.9)),
            Prop("scopia/ficusTree", (7.0, 0.9), 1.5),
            Prop("scopia/bicycle", (0.3, 4.8), 0.3, 1.15),
            Prop("scopia/bicycle", (0.9, 4.8), 0.25, 1.15),
            Prop("scopia/scooter2", (-2.0, 4.75), 0.3),
            Prop("blendswap-cc-0/bench", (4.2, 4.7)),
        ),
        events=(),
        movers=(
            _small_car(0, 6),
            _suv(0, 15),
            _van(0, 24),
            _small_car(0, 31),
            _walker("holdingFemale03", 2.4, 1.2, -3, 4),
            _walker("holdingMale01", 4.0, -1.15, 0, 11),
            _walker("boyStanding", 2.6, -1.25, 0, 20),
            _walker("holdingFemale03", 2.4, 1.2, 0, 28),
        ),
    )

"""Three streets that nothing was tuned on: what stands, appears and passes in them. Plain data.

Other cameras, lights, shops, goods and rubbish than the demo's, drawn from `KEPT_SEEDS`, which
neither train a model nor make another clip. `kept` tells the stories that happen there.
"""

from dataclasses import dataclass, replace

import numpy as np

from tuning.scenes import objects, rubbish, street
from tuning.scenes.camera import Camera
from tuning.scenes.innocents import Placed, cartons
from tuning.scenes.mesh import Array, Parts, moved, points, turned
from tuning.scenes.seeds import KEPT_SEEDS
from tuning.scenes.stage import Light
from tuning.scenes.stalls import stall
from tuning.scenes.street import FOOTWAY, Sign
from tuning.scenes.vehicles import vehicle

SIZE = (1280, 720)
Spot = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """Something that appears in a street.

    Attributes:
        kind: what it is a case of: `litter`, `vending`, `manhole`; none of them: "".
        parts: its geometry, in its place.
        models: people and vehicles with it, outside its box.
        hole: where a manhole lies open, its cover away.
    """

    kind: str
    parts: Parts
    models: tuple[Placed, ...] = ()
    hole: Spot | None = None

    @property
    def outline(self) -> Array:
        """Points whose box in the picture is the thing's, shape (n, 3)."""
        if self.hole is None:
            return points(self.parts)
        ring: Array = objects.manhole_outline() + np.array([*self.hole, 0.0])
        return ring


@dataclass(frozen=True, slots=True)
class Passing:
    """Somebody who walks by, or a vehicle: a model, where it is, and where it goes."""

    model: str
    at: Spot
    heading: float
    phase: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class KeptStreet:
    """One street.

    Attributes:
        name: of its folder.
        camera: what looks at it.
        light: what lights it.
        still: what always stands there.
        cover: of its manhole.
        signs: letters over the shops.
        models: what stands there by right.
        things: what may appear, by name.
        passers: who comes by.
        halts: a vehicle that may stand before what is there.
    """

    name: str
    camera: Camera
    light: Light
    still: Parts
    cover: Parts
    signs: list[Sign]
    models: tuple[Placed, ...]
    things: dict[str, Thing]
    passers: tuple[Passing, ...]
    halts: Passing


def ground(y: float) -> float:
    """Height of the ground at a place across the street, metres."""
    return FOOTWAY if y > 0 else 0.0


def streets() -> dict[str, KeptStreet]:
    """All three, by name."""
    made = [_low_sun(KEPT_SEEDS[0]), _overcast(KEPT_SEEDS[1])]
    made.append(_night(made[1], KEPT_SEEDS[2]))
    return {one.name: one for one in made}


def _low_sun(seed: int) -> KeptStreet:
    rng = np.random.default_rng(seed)
    manhole = (-0.4, -2.3)
    shops, signs = street.shops(rng)
    still = [
        *street.road(manhole),
        *street.footway(rng),
        *shops,
        *at(objects.lamp_post(), (3.0, 0.5)),
        *at(objects.litter_bin((0.30, 0.10, 0.04)), (-2.6, 0.6)),
        *at(objects.planter(rng, 1.5), (-8.0, 0.8)),
    ]
    bags = rubbish.heap(rng, ("white", "green", "black"), 0.55)
    delivery, _ = cartons(rng)
    return KeptStreet(
        name="low-sun",
        camera=Camera((0.8, -9.6, 5.4), -16, 31, 74, SIZE),
        light=Light(0.42, 2.6, 3.0, 30, 40, (1.0, 0.84, 0.66)),
        still=still,
        cover=moved(objects.manhole_cover(), *manhole),
        signs=signs,
        models=(
            Placed("scopia/bicycle", (1.7, 4.9), 0.3),
            Placed("scopia/bicycle", (2.4, 4.9), 0.2),
            Placed("scopia/ficusTree", (-6.2, 0.9), 0.0),
        ),
        things={
            "bags": Thing("litter", at(turned(bags, 0.5), (-4.4, 0.8))),
            "cart": Thing(
                "vending",
                at(turned(vehicle(rng, "tricycle", selling=True), 0.2), (0.6, 1.6)),
                (Placed("reallusion/male02", (0.2, 2.7), 0.1),
                 Placed("reallusion/female03", (0.7, 0.55), 3.0)),
            ),
            "delivery": Thing("", at(delivery, (-0.9, 4.5)),
                              (Placed("reallusion/male01", (-1.9, 4.3), 0.4),)),
            "hole": Thing("manhole", [], (), manhole),
        },
        passers=(
            walks("male03", (-6.0, 2.4), 1, 0.2), walks("girlStanding", (-1.5, 3.0), -1, 0.4),
            walks("female02", (2.0, 3.7), 1, 0.7), walks("boyStanding", (-3.4, 2.0), -1, 0.9),
            drives("scopia/smart-car", -5.0), drives("scopia/suv", 1.5),
        ),
        halts=drives("scopia/bus", -5.6),
    )  # fmt: skip


def _overcast(seed: int) -> KeptStreet:
    rng = np.random.default_rng(seed)
    manhole = (3.3, -1.9)
    shops, signs = street.shops(rng)
    still = [
        *street.road(manhole),
        *street.footway(rng),
        *shops,
        *at(objects.lamp_post(), (-2.4, 0.5)),
        *at(objects.planter(rng, 1.1), (6.6, 0.8)),
        *at(objects.litter_bin((0.08, 0.20, 0.30)), (-3.6, 0.6)),
    ]
    for x in (-5.0, 2.2, 8.6):
        still += at(objects.bollard(), (x, 0.45))
    torn = rubbish.bag(rng, "white", 0.6, torn=True)
    sacks = [*torn, *moved(rubbish.carton(rng, 0.55), 0.75, 0.1),
             *moved(rubbish.bag(rng, "red", 0.5), -0.6, 0.15)]  # fmt: skip
    aside = moved(turned(objects.manhole_cover(), 0.4), manhole[0] + 0.42, manhole[1] - 0.12, 0.03)
    return KeptStreet(
        name="overcast",
        camera=Camera((-1.0, -12.0, 8.0), 12, 36, 62, SIZE),
        light=Light(1.0, 0.4, 28.0, 55, -60),
        still=still,
        cover=moved(objects.manhole_cover(), *manhole),
        signs=signs,
        models=(
            Placed("scopia/scooter2", (-0.2, 4.8), 0.2),
            Placed("katorlegaz/scooter", (0.6, 4.8), 0.3),
            Placed("blendswap-cc-0/bench", (4.4, 4.8), 0.0),
        ),
        things={
            "sacks": Thing("litter", at(sacks, (4.9, 0.8))),
            "cloth": Thing(
                "vending",
                at(turned(stall(rng, "cloth"), -0.1), (0.6, 1.7)),
                (Placed("reallusion/girlSittingGround", (0.5, 2.9), 0.0),
                 Placed("reallusion/male03", (0.0, 0.6), 2.9)),
            ),
            "truck": Thing("", at(vehicle(rng, "truck", selling=True), (0.2, -1.5)),
                           (Placed("reallusion/male01", (-0.6, 0.5), 0.2),)),
            "van": Thing("", at(vehicle(rng, "van", selling=False), (-1.4, -1.6)),
                         (Placed("reallusion/female01", (-1.0, 0.7), 0.5),)),
            "hole": Thing("manhole", [], (), manhole),
            "aside": Thing("manhole", aside, (), manhole),
        },
        passers=(
            walks("female01", (-3.0, 2.6), 1, 0.1), walks("male02", (2.6, 3.2), -1, 0.5),
            walks("female03", (5.6, 2.2), 1, 0.8), walks("boyStanding", (7.2, 3.8), -1, 0.3),
            drives("scopia/van", 6.0), drives("scopia/smart-car", -1.0),
        ),
        halts=drives("scopia/bus", 4.6),
    )  # fmt: skip


def _night(day: KeptStreet, seed: int) -> KeptStreet:
    """The overcast street under its lamps; other rubbish."""
    rng = np.random.default_rng(seed)
    bags = rubbish.heap(rng, ("black", "blue", "black", "white"), 0.6)
    lamps = tuple((x, -0.4, 6.2) for x in (-2.4, 6.5) for _ in range(5))
    return replace(
        day,
        name="night",
        light=Light(sky=0.05, sun=0.0, lamps=lamps),
        things={"bags": Thing("litter", at(bags, (1.2, 0.9))), "hole": day.things["hole"]},
    )


def at(parts: Parts, spot: Spot) -> Parts:
    """Parts in their place on the ground."""
    return moved(parts, *spot, ground(spot[1]))


def walks(model: str, at: Spot, way: int, phase: float) -> Passing:
    """Somebody who goes along the footway, to the right (1) or left (-1), at a phase of a step."""
    return Passing(f"reallusion/{model}", at, way * np.pi / 2, phase)


def drives(model: str, x: float) -> Passing:
    """A vehicle in the near lane."""
    return Passing(model, (x, street.LANE), -np.pi / 2)

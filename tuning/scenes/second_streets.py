"""Three further streets, kept aside after the first three had been looked at: plain data.

Other cameras, lights and places than `kept_streets` has. Which shops, rubbish, stalls and vehicles
are shown is drawn from `SECOND_KEPT_SEEDS`, so that nobody has picked what a model is good at.
"""

from dataclasses import dataclass

import numpy as np

from tuning.scenes import objects, rubbish, street
from tuning.scenes.camera import Camera
from tuning.scenes.innocents import Placed
from tuning.scenes.kept_streets import SIZE, KeptStreet, Spot, Thing, at, drives, walks
from tuning.scenes.mesh import Parts, moved, turned
from tuning.scenes.seeds import SECOND_KEPT_SEEDS
from tuning.scenes.stage import Light
from tuning.scenes.stalls import STALLS, stall
from tuning.scenes.vehicles import vehicle

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Standing:
    """What always stands in a street: where its planters are, its bin, its lamp, its bollards."""

    planters: tuple[Spot, ...]
    bin: Spot
    lamp: Spot
    bollards: tuple[Spot, ...] = ()


def second_streets() -> dict[str, KeptStreet]:
    """All three, by name."""
    makers = (_noon, _drizzle, _lamplit)
    made = [make(seed) for make, seed in zip(makers, SECOND_KEPT_SEEDS, strict=True)]
    return {one.name: one for one in made}


def _still(rng: Rng, manhole: Spot, standing: Standing) -> tuple[Parts, list[street.Sign]]:
    shops, signs = street.shops(rng)
    parts = [*street.road(manhole), *street.footway(rng), *shops]
    for spot in standing.planters:
        parts += at(objects.planter(rng, rng.uniform(0.9, 1.9)), spot)
    shade = rng.uniform(0.02, 0.3, 3)
    parts += at(objects.litter_bin((float(shade[0]), float(shade[1]), float(shade[2]))),
                standing.bin)  # fmt: skip
    parts += at(objects.lamp_post(), standing.lamp)
    for spot in standing.bollards:
        parts += at(objects.bollard(), spot)
    return parts, signs


def _heap(rng: Rng, spot: Spot) -> Thing:
    colours = rng.choice(np.array(list(rubbish.BAG_COLOURS)), int(rng.integers(2, 5)))
    heap = rubbish.heap(rng, tuple(str(one) for one in colours), rng.uniform(0.5, 0.65))
    return Thing("litter", at(turned(heap, rng.uniform(0, 6.28)), spot))


def _torn(rng: Rng, spot: Spot) -> Thing:
    colour = str(rng.choice(np.array(list(rubbish.BAG_COLOURS))))
    parts = rubbish.bag(rng, colour, 0.6, torn=True)
    parts += moved(rubbish.carton(rng, rng.uniform(0.45, 0.65)), 0.7, 0.15)
    return Thing("litter", at(parts, spot))


def _sells(rng: Rng, spot: Spot, seller: str, buyer: str) -> Thing:
    """A stand of whatever kind is drawn, its seller behind it and a buyer before it."""
    x, y = spot
    parts = at(turned(stall(rng, str(rng.choice(list(STALLS)))), rng.normal(0, 0.15)), spot)
    people = (
        Placed(f"reallusion/{seller}", (x - 0.2, y + 1.2), 0.1),
        Placed(f"reallusion/{buyer}", (x + 0.3, y - 1.3), 3.0),
    )
    return Thing("vending", parts, people)


def _noon(seed: int) -> KeptStreet:
    rng = np.random.default_rng(seed)
    manhole = (0.9, -2.0)
    still, signs = _still(
        rng,
        manhole,
        Standing(((-4.6, 0.8), (3.4, 0.8)), (1.6, 0.6), (-1.8, 0.5), ((-2.9, 0.45), (0.4, 0.45))),
    )
    return KeptStreet(
        name="noon",
        camera=Camera((3.0, -10.5, 6.6), -22, 33, 68, SIZE),
        light=Light(0.8, 3.2, 2.0, 62, -35, (1.0, 0.96, 0.88)),
        still=still,
        cover=moved(objects.manhole_cover(), *manhole),
        signs=signs,
        models=(
            Placed("scopia/scooter2", (-2.0, 4.9), 0.2),
            Placed("scopia/bicycle", (-1.2, 4.9), 0.3),
            Placed("scopia/ficusTree", (-7.0, 0.9), 0.4),
        ),
        things={
            "heap": _heap(rng, (-3.3, 1.0)),
            "stand": _sells(rng, (-0.6, 1.9), "female02", "male01"),
            "hole": Thing("manhole", [], (), manhole),
            "parked": Thing("", at(vehicle(rng, "tricycle", selling=False), (-4.0, -1.2))),
        },
        passers=(
            walks("male02", (-5.0, 2.6), 1, 0.3), walks("female01", (-1.2, 3.4), -1, 0.6),
            walks("girlStanding", (1.0, 2.8), 1, 0.1), walks("male03", (-3.2, 3.8), -1, 0.8),
            drives("scopia/van", -4.0), drives("scopia/suv", 0.5),
        ),
        halts=drives("scopia/bus", -4.4),
    )  # fmt: skip


def _drizzle(seed: int) -> KeptStreet:
    rng = np.random.default_rng(seed)
    manhole = (0.6, -2.4)
    still, signs = _still(
        rng, manhole, Standing(((-1.6, 0.8), (6.4, 0.9)), (4.9, 0.6), (1.9, 0.5), ((3.4, 0.45),))
    )
    lid = moved(turned(objects.manhole_cover(), 1.1), manhole[0] - 0.40, manhole[1] + 0.16, 0.03)
    return KeptStreet(
        name="drizzle",
        camera=Camera((-2.0, -13.0, 9.2), 20, 37, 58, SIZE),
        light=Light(0.7, 0.2, 30.0, 50, 70, (0.92, 0.96, 1.0)),
        still=still,
        cover=moved(objects.manhole_cover(), *manhole),
        signs=signs,
        models=(
            Placed("katorlegaz/scooter", (4.6, 4.8), 0.2),
            Placed("blendswap-cc-0/bench", (1.0, 4.8), 0.0),
        ),
        things={
            "torn": _torn(rng, (3.9, 0.9)),
            "stand": _sells(rng, (2.4, 2.0), "male02", "female03"),
            "cart": Thing(
                "vending",
                at(turned(vehicle(rng, "handcart", selling=True), rng.normal(0, 0.3)), (5.2, 2.0)),
                (Placed("reallusion/female01", (5.0, 3.2), 0.1),
                 Placed("reallusion/male03", (5.6, 0.9), 3.1)),
            ),
            "hole": Thing("manhole", lid, (), manhole),
            "van": Thing("", at(vehicle(rng, "van", selling=False), (4.8, -1.6)),
                         (Placed("reallusion/male01", (3.0, 0.6), 0.4),)),
        },
        passers=(
            walks("female02", (0.0, 2.6), 1, 0.2), walks("male01", (3.0, 3.4), -1, 0.5),
            walks("boyStanding", (6.0, 2.8), 1, 0.9), walks("female03", (1.6, 3.8), -1, 0.7),
            drives("scopia/smart-car", 5.0), drives("scopia/van", -0.5),
        ),
        halts=drives("scopia/bus", 4.2),
    )  # fmt: skip


def _lamplit(seed: int) -> KeptStreet:
    rng = np.random.default_rng(seed)
    manhole = (2.4, -2.2)
    still, signs = _still(
        rng, manhole, Standing(((-2.6, 0.8), (4.4, 0.8)), (0.2, 0.6), (2.2, 0.5), ((-1.2, 0.45),))
    )
    return KeptStreet(
        name="lamplit",
        camera=Camera((0.0, -10.0, 6.0), 8, 32, 70, SIZE),
        light=Light(0.06, 0.0, lamps=tuple((x, -0.4, 6.2) for x in (-4.0, 2.2) for _ in range(5))),
        still=still,
        cover=moved(objects.manhole_cover(), *manhole),
        signs=signs,
        models=(
            Placed("scopia/bicycle", (-1.4, 4.9), 0.2),
            Placed("scopia/scooter2", (3.0, 4.9), 0.3),
        ),
        things={
            "heap": _heap(rng, (-0.6, 1.0)),
            "torn": _torn(rng, (3.0, 1.0)),
            "hole": Thing("manhole", [], (), manhole),
        },
        passers=(
            walks("male03", (-2.0, 2.6), 1, 0.4), walks("female02", (1.4, 3.4), -1, 0.1),
            walks("boyStanding", (3.6, 2.4), 1, 0.6), walks("girlStanding", (0.2, 3.8), -1, 0.9),
            drives("scopia/smart-car", -2.5), drives("scopia/suv", 2.8),
        ),
        halts=drives("scopia/bus", 0.4),
    )  # fmt: skip

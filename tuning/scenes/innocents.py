"""What stands in streets by right and fools a vending model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tuning.scenes.goods import STEEL, any_colour
from tuning.scenes.mesh import Paint, Parts, box, moved, tube, turned
from tuning.scenes.objects import litter_bin, planter, umbrella
from tuning.scenes.vehicles import vehicle

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Placed:
    """A model of `sweethome3d-furniture`: its key, x and y in metres, turned by radians."""

    key: str
    at: tuple[float, float]
    angle: float


Things = tuple[Parts, list[Placed]]

_CARS = ("scopia/suv", "scopia/smart-car", "scopia/van", "scopia/truck", "katorlegaz/VW-new-beetle",
         "katorlegaz/concept-sedan-02", "scopia/van")  # fmt: skip
_TWO_WHEELS = ("scopia/scooter2", "katorlegaz/scooter", "scopia/bicycle", "scopia/scooter2")
_STANDING = ("male01", "male02", "male03", "female01", "female02", "female03", "boyStanding",
             "girlStanding", "holdingFemale02", "holdingMale01")  # fmt: skip
_SITTING = ("sitFemale01", "sitMale03", "sitFemale03")
_GREEN = ("scopia/bush", "scopia/hedge", "scopia/hedgeTextured", "scopia/ficusTree")


def innocent(rng: Rng, kind: str) -> Things:
    """Something that is no vending.

    Args:
        rng: draws everything else.
        kind: one of `KINDS`.
    """
    if kind in ("tricycle", "handcart", "truck", "van"):
        return vehicle(rng, kind, selling=False), _beside(rng, int(rng.choice([0, 0, 1, 2])))
    return _MAKERS[kind](rng)


def people(rng: Rng) -> Things:
    """One to five people standing about."""
    return [], _beside(rng, int(rng.integers(1, 6)), spread=1.2)


def cars(rng: Rng) -> Things:
    """A parked car, van or truck, sometimes with somebody beside it."""
    model = Placed(str(rng.choice(_CARS)), (0.0, 0.0), np.pi / 2)
    aside = [Placed(m.key, (m.at[0], m.at[1] - 1.9), m.angle)
             for m in _beside(rng, int(rng.choice([0, 0, 1, 2])))]  # fmt: skip
    return [], [model, *aside]


def two_wheels(rng: Rng) -> Things:
    """A row of scooters and bicycles."""
    count = int(rng.integers(1, 6))
    row = [Placed(str(rng.choice(_TWO_WHEELS)), (0.75 * i, rng.normal(0, 0.1)), rng.normal(0, 0.1))
           for i in range(count)]  # fmt: skip
    return [], row


def cafe(rng: Rng) -> Things:
    """Tables and chairs, some taken, most under umbrellas."""
    parts: Parts = []
    models: list[Placed] = []
    for i in range(int(rng.integers(1, 4))):
        x, y = 2.2 * i, rng.normal(0, 0.2)
        models.append(
            Placed(str(rng.choice(["katorlegaz/cafe-table", "scopia/round-table"])), (x, y), 0.0)
        )
        if rng.random() < 0.65:
            two = (any_colour(rng, 1.1), (0.7, 0.7, 0.68))
            parts += moved(umbrella(two, rng.uniform(1.1, 1.6)), x + 0.1, y + 0.1)
        for angle in np.arange(4) * np.pi / 2 + rng.uniform(0, 1.5):
            at = (x + 0.85 * np.cos(angle), y + 0.85 * np.sin(angle))
            taken = rng.random() < 0.3
            key = f"reallusion/{rng.choice(_SITTING)}" if taken else "scopia/plastic_chair"
            models.append(Placed(key, at, angle - np.pi / 2))
    return parts, models


def shelter(rng: Rng) -> Things:
    """A bus stop: a roof, a glass back, an advertisement, a bench, people waiting."""
    w = rng.uniform(2.5, 4.5)
    frame = Paint("plain", any_colour(rng, 0.3), 0.4)
    glass = Paint("plain", (0.25, 0.28, 0.28), 0.1)
    parts: Parts = [
        box((0, 0, 2.35), (w, 1.5, 0.12), frame),
        box((0, 0.6, 0.3), (w, 0.03, 1.9), glass),
    ]
    parts += [
        tube((x * w * 0.48, 0.6, 0), (x * w * 0.48, 0.6, 2.4), 0.05, frame) for x in (-1, 0, 1)
    ]
    parts.append(box((w / 2 - 0.1, 0, 0.3), (0.12, 1.2, 1.8), Paint("plain", any_colour(rng), 0.3)))
    parts.append(box((0, 0.35, 0.42), (w * 0.6, 0.35, 0.05), STEEL))
    return parts, _beside(rng, int(rng.integers(0, 4)))


def bench(rng: Rng) -> Things:
    """A bench, taken or not."""
    models = [Placed("blendswap-cc-0/bench", (0.0, 0.0), 0.0)]
    if rng.random() < 0.6:
        models.append(
            Placed(f"reallusion/{rng.choice(_SITTING)}", (rng.uniform(-0.5, 0.5), -0.1), 0.0)
        )
    return [], models


def cartons(rng: Rng) -> Things:
    """Closed cartons, piled for delivery, on the ground or a pallet."""
    parts: Parts = []
    shade = rng.uniform(0.8, 1.2)
    paint = Paint("card", (0.33 * shade, 0.21 * shade, 0.11 * shade), 0.9)
    for x in np.arange(int(rng.integers(1, 5))) * 0.5:
        for level in range(int(rng.integers(1, 4))):
            one = [box((0, 0, 0), (rng.uniform(0.35, 0.5), 0.4, 0.34), paint)]
            parts += moved(turned(one, rng.normal(0, 0.1)), float(x), 0, 0.34 * level)
    return parts, _beside(rng, int(rng.choice([0, 0, 1])))


def greenery(rng: Rng) -> Things:
    """A planter, a hedge, a bush or a small tree."""
    if rng.random() < 0.5:
        return planter(rng, rng.uniform(0.8, 2.2)), []
    return [], [Placed(str(rng.choice(_GREEN)), (0.0, 0.0), rng.uniform(0, 6.28))]


def furniture(rng: Rng) -> Things:
    """Bins and cones."""
    shade = rng.uniform(0.02, 0.35, 3)
    parts = litter_bin((float(shade[0]), float(shade[1]), float(shade[2])))
    if rng.random() < 0.5:
        return parts, []
    return [], [Placed("scopia/cone", (0.6 * i, rng.normal(0, 0.1)), 0.0)
                for i in range(int(rng.integers(1, 5)))]  # fmt: skip


_MAKERS: dict[str, Callable[[Rng], Things]] = {
    "people": people,
    "cars": cars,
    "two-wheels": two_wheels,
    "cafe": cafe,
    "shelter": shelter,
    "bench": bench,
    "cartons": cartons,
    "greenery": greenery,
    "furniture": furniture,
}

KINDS = (
    "tricycle", "cars", "people", "cafe", "truck", "two-wheels", "handcart", "van", "shelter",
    "greenery", "cars", "cafe", "tricycle", "people", "cartons", "bench", "two-wheels", "furniture",
    "cars", "people",
)  # fmt: skip
"""Round the seeds."""


def _beside(rng: Rng, count: int, spread: float = 1.6) -> list[Placed]:
    return [
        Placed(
            f"reallusion/{rng.choice(_STANDING)}",
            (float(rng.uniform(-spread, spread)), float(-rng.uniform(0.8, 1.5))),
            float(rng.uniform(0, 6.28)),
        )
        for _ in range(count)
    ]

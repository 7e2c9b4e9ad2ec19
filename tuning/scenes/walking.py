"""Makes a standing figure walk, and says where those who move are at a time."""

from dataclasses import dataclass
from math import cos, floor, pi, sin

import numpy as np

from tuning.scenes.mesh import Array

STRIDE = 1.35
"""Metres a figure covers in one full cycle of two steps."""
PHASES = 6
"""Pictures in one cycle."""


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody or something that crosses the picture along the street.

    Attributes:
        model: its name in the asset catalogue.
        lane: y in metres; constant.
        ground: z of the ground under it.
        speed: metres a second along x; the sign is the direction.
        meets: (x, t): it is at x metres at t seconds.
        length: metres along the street.
        height: metres.
        width: metres across the street.
        walks: legs move; it can be hidden by things that stand in front of it.
    """

    model: str
    lane: float
    ground: float
    speed: float
    meets: tuple[float, float]
    length: float
    height: float
    width: float
    walks: bool = False

    def x(self, t: float) -> float:
        """Where it is at t seconds, metres."""
        return self.meets[0] + self.speed * (t - self.meets[1])

    def phase(self, t: float) -> int:
        """Which of the `PHASES` pictures of its walk shows at t seconds."""
        if not self.walks:
            return 0
        covered = self.x(t) if self.speed > 0 else -self.x(t)
        return floor(covered / STRIDE * PHASES) % PHASES

    @property
    def heading(self) -> float:
        """Radians that a model facing -y is turned to face where it goes."""
        return pi / 2 if self.speed > 0 else -pi / 2

    @property
    def look(self) -> tuple[str, float, bool]:
        """Movers of one look share their pictures: model, lane, direction."""
        return self.model, self.lane, self.speed > 0


def stations(mover: Mover, low: float, high: float) -> list[float]:
    """The x positions at which a mover is photographed to cover low to high."""
    step = 4.0 if mover.walks else 1.5
    reach = mover.length / 2
    count = int((high - low + 2 * reach) / step) + 2
    return [low - reach + i * step for i in range(count)]


def stride(vertices: Array, phase: float) -> Array:
    """Bends the legs of a standing figure.

    Args:
        vertices: shape (n, 3), metres, standing on z=0, facing -y, legs apart along x.
        phase: 0 to 1 through one cycle of two steps.

    Returns:
        New vertices; the lower foot is on z=0.
    """
    tall = float(vertices[:, 2].max())
    side = np.tanh((vertices[:, 0] - _between_feet(vertices)) / 0.012)
    turn = 2 * pi * phase
    out = vertices.copy()
    back = np.maximum(0.0, -cos(turn) * side) * 0.85
    out = _swing(out, 0.29 * tall, back * _ramp(vertices[:, 2], 0.33 * tall, 0.25 * tall))
    out = _swing(
        out, 0.52 * tall, 0.40 * sin(turn) * side * _ramp(vertices[:, 2], 0.55 * tall, 0.44 * tall)
    )
    out[:, 2] -= out[:, 2].min()
    return out


def _between_feet(vertices: Array) -> float:
    """The x between the two feet: arms held out shift a figure's middle away from there."""
    feet = vertices[vertices[:, 2] < 0.08 * vertices[:, 2].max(), 0]
    left, right = feet.min(), feet.max()
    for _ in range(8):
        nearer_left = np.abs(feet - left) <= np.abs(feet - right)
        left, right = feet[nearer_left].mean(), feet[~nearer_left].mean()
    return float(left + right) / 2


def _ramp(z: Array, zero_at: float, one_at: float) -> Array:
    out: Array = np.clip((zero_at - z) / (zero_at - one_at), 0, 1)
    return out


def _swing(vertices: Array, axis_z: float, angle: Array) -> Array:
    """Each vertex turned about the x axis through z=axis_z by its own angle."""
    y, z = vertices[:, 1], vertices[:, 2] - axis_z
    out = vertices.copy()
    out[:, 1] = y * np.cos(angle) - z * np.sin(angle)
    out[:, 2] = y * np.sin(angle) + z * np.cos(angle) + axis_z
    return out

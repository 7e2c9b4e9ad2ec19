"""Puts cut-outs onto a plate and makes it look like a surveillance camera's picture. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tuning.scenes.camera import Camera, Points

Floats = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]

DEPTH_SCALE = 1000.0
"""Grey levels a metre in a 16-bit depth picture."""
_DEPTH_SLACK = 0.35
"""Metres a figure may be behind a thing and still show: it is thick, its depth is one plane."""


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A picture of something on a transparent ground.

    Attributes:
        image: premultiplied BGRA, 0 to 1, shape (h, w, 4).
        left: x of its first column in the picture it was cut from; may be negative.
        top: y of its first row.
        scale: its pixels for one of that picture's.
    """

    image: Floats
    left: float
    top: float
    scale: float = 1.0


def premultiplied(image: Image) -> Floats:
    """An 8-bit BGRA picture with straight alpha as premultiplied floats from 0 to 1."""
    out: Floats = image.astype(np.float32) / np.float32(255)
    out[..., :3] *= out[..., 3:]
    return out


def anchors(camera: Camera, x: float, lane: float, ground: float, height: float) -> Points:
    """Three pixels that pin something standing in the street: its foot, one metre on, its head."""
    return camera.project([(x, lane, ground), (x + 1.0, lane, ground), (x, lane, ground + height)])


def carry(source: Points, target: Points) -> npt.NDArray[np.float64]:
    """The affine map, shape (2, 3), that takes three source pixels to three target pixels."""
    matrix = cv2.getAffineTransform(source.astype(np.float32), target.astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)


def foot_to_head(
    pixels: Points, depths: npt.NDArray[np.float64], rows: npt.NDArray[np.float64]
) -> Floats:
    """Depth of an upright figure in each picture row, metres, shape (len(rows),).

    Args:
        pixels: of its foot and its head, shape (2, 2).
        depths: of the same two, metres.
        rows: y in pixels; outside foot and head their depths hold.
    """
    share = (rows - pixels[0, 1]) / (pixels[1, 1] - pixels[0, 1])
    own: Floats = (depths[0] + np.clip(share, 0, 1) * (depths[1] - depths[0])).astype(np.float32)
    return own


def overlay(
    frame: Floats,
    cutout: Cutout,
    matrix: npt.NDArray[np.float64],
    behind: tuple[Floats, Floats] | None = None,
) -> None:
    """Draws a cut-out into a frame, in place.

    Args:
        frame: BGR, 0 to 1, shape (h, w, 3).
        cutout: what to draw.
        matrix: affine map from where it was cut to where it goes, shape (2, 3).
        behind: depth of the scene at each pixel, shape (h, w), and depth of the cut-out in each
            row of the frame, shape (h,); what lies in front of the cut-out hides it.
    """
    height, width = cutout.image.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    placed = (corners / cutout.scale + (cutout.left, cutout.top)) @ matrix[:, :2].T + matrix[:, 2]
    limit = np.array([frame.shape[1], frame.shape[0]])
    x0, y0 = (int(v) for v in np.clip(np.floor(placed.min(axis=0)), 0, limit))
    x1, y1 = (int(v) for v in np.clip(np.ceil(placed.max(axis=0)), 0, limit))
    if x1 <= x0 or y1 <= y0:
        return
    shift = matrix.copy()
    shift[:, 2] += matrix[:, :2] @ np.array([cutout.left, cutout.top]) - (x0, y0)
    shift[:, :2] /= cutout.scale
    warped = cv2.warpAffine(cutout.image, shift, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    if behind is not None:
        scene, own = behind
        seen = own[y0:y1, None] < scene[y0:y1, x0:x1] + _DEPTH_SLACK
        warped = warped * seen[..., None]
    patch = frame[y0:y1, x0:x1]
    patch *= 1 - warped[..., 3:]
    patch += warped[..., :3]


def shade(frame: Floats, footprint: Points, strength: float, softness: float) -> None:
    """Darkens the ground under something, in place.

    Args:
        frame: BGR, 0 to 1, shape (h, w, 3).
        footprint: its outline on the ground in pixels, shape (n, 2), convex.
        strength: how dark the middle gets, 0 to 1.
        softness: pixels over which the shadow fades.
    """
    pad = int(3 * softness) + 1
    limit = np.array([frame.shape[1], frame.shape[0]])
    low = np.clip(np.floor(footprint.min(axis=0)) - pad, 0, limit).astype(int)
    high = np.clip(np.ceil(footprint.max(axis=0)) + pad, 0, limit).astype(int)
    if np.any(high <= low):
        return
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), dtype=np.float32)
    cv2.fillConvexPoly(mask, np.round(footprint - low).astype(np.int32), 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), softness)
    frame[low[1] : high[1], low[0] : high[0]] *= 1 - strength * mask[..., None]


def feathered(plate: Floats, patch: Floats, left: int, top: int, edge: int = 12) -> Floats:
    """The plate with a patch laid over it, its border blended over `edge` pixels."""
    height, width = patch.shape[:2]
    rows = np.minimum(np.arange(height) + 1, np.arange(height, 0, -1))
    columns = np.minimum(np.arange(width) + 1, np.arange(width, 0, -1))
    weight = np.clip(np.minimum(rows[:, None], columns[None, :]) / edge, 0, 1)[..., None].astype(
        np.float32
    )
    out = plate.copy()
    under = out[top : top + height, left : left + width]
    out[top : top + height, left : left + width] = under + (patch - under) * weight
    return out


class Sensor:
    """A cheap camera: softness, vignette and noise. Holds a bank of noise fields for speed."""

    def __init__(self, size: tuple[int, int], seed: int, strength: float = 0.008) -> None:
        self._rng = np.random.default_rng(seed)
        width, height = size
        grey = self._rng.normal(0, strength, (6, height, width, 1))
        colour = self._rng.normal(0, strength * 0.4, (6, height, width, 3))
        self._fields = (grey + colour).astype(np.float32)
        y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
        self._vignette = (1 - 0.35 * (x**2 + y**2))[..., None].astype(np.float32)

    def expose(self, frame: Floats) -> Image:
        """A frame as the camera delivers it: uint8 BGR of the same size."""
        soft = cv2.GaussianBlur(frame, (0, 0), 0.7) * self._vignette
        field = self._fields[int(self._rng.integers(len(self._fields)))]
        shift = self._rng.integers(0, frame.shape[1])
        soft += np.roll(field, int(shift), axis=1)
        delivered: Image = np.clip(soft * 255 + 0.5, 0, 255).astype(np.uint8)
        return delivered


def stamp(frame: Image, lines: Sequence[tuple[str, tuple[int, int]]]) -> None:
    """Writes white, dark-edged text at pixel positions, as cameras print clock and name."""
    font, size = cv2.FONT_HERSHEY_SIMPLEX, 0.7
    for text, (x, y) in lines:
        # One thickness for both colours: the letters' distance depends on it.
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            cv2.putText(frame, text, (x + dx, y + dy), font, size, (20, 20, 20), 1, cv2.LINE_AA)
        cv2.putText(frame, text, (x, y), font, size, (245, 245, 245), 1, cv2.LINE_AA)

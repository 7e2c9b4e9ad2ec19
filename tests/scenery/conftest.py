"""Real pictures of one fixed camera: the demo's street, empty and with what came to it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from detector.image import Image
from streams.clip import clip_frames

STREET = Path(__file__).parents[2] / "configs" / "demo" / "street.mp4"
START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
SECONDS = (2, 3, 40, 45, 60)
"""Before anything came; rubbish and stall there; the open manhole, too."""


@pytest.fixture(scope="session")
def street() -> dict[int, Image]:
    """Pictures of the street, by second of the clip."""
    found: dict[int, Image] = {}
    wanted = [START + timedelta(seconds=second) for second in SECONDS]
    for frame in clip_frames(STREET, "cam", START, keyframes_only=False, wanted=lambda at: True):
        while wanted and frame.captured_at >= wanted[0]:
            wanted.pop(0)
            found[SECONDS[len(SECONDS) - len(wanted) - 1]] = frame.image
        if not wanted:
            break
    return found


Relight = Callable[[Image], Image]


def dim(image: Image) -> Image:
    """Dusk: darker, bluer, with a sensor's noise."""
    noise = np.random.default_rng(1).normal(0, 5, image.shape)
    dark = (image / 255.0) ** 1.4 * np.array([190, 165, 140]) + noise
    return np.clip(dark, 0, 255).astype(np.uint8)


def infrared(image: Image) -> Image:
    """The camera's own lamps: no colour, bright in the middle."""
    height, width = image.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    lamp = 0.5 + 0.7 * np.exp(-(x**2 + y**2))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) * lamp
    grey = np.clip(grey + np.random.default_rng(2).normal(0, 4, grey.shape), 0, 255)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def shade(image: Image) -> Image:
    """The sun has gone round a house: half of the street lies in shadow."""
    width = image.shape[1]
    edge: npt.NDArray[np.float64] = 1 / (1 + np.exp(-(np.arange(width) - width * 0.45) / 8))
    return (image * (0.5 + 0.5 * edge)[None, :, None]).astype(np.uint8)

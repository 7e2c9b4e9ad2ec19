"""Faults of a camera, put into good pictures: what `five-chief health` measures itself against."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from detector.image import Image

Rng = np.random.Generator
Fault = Callable[[Image, int], Image]
"""Of a picture and its number, the picture as the faulty camera would give it."""


def nothing(image: Image, _number: int) -> Image:
    """All is well."""
    return image


def blurred(sigma: float) -> Fault:
    """Out of focus: a Gaussian of so many pixels at 480 pixels' width."""

    def apply(image: Image, _number: int) -> Image:
        return _u8(cv2.GaussianBlur(image, (0, 0), sigma * image.shape[1] / 480))

    return apply


def covered(share: float) -> Fault:
    """The lower share of the picture lies behind something dull, near the lens."""

    def apply(image: Image, number: int) -> Image:
        out = image.copy()
        rows = round(image.shape[0] * share)
        dull = np.full((rows, *image.shape[1:]), (62, 70, 76), np.float32)
        dull += np.linspace(-8, 8, image.shape[1], dtype=np.float32)[None, :, None]
        out[len(out) - rows :] = _noisy(dull, 2.5, number)
        return out

    return apply


def shifted(across: float, down: float = 0.0) -> Fault:
    """Turned, so that the view lies elsewhere by these shares of its width."""
    return _warped(lambda w, h: np.array([[1, 0, across * w], [0, 1, down * w]]))


def zoomed(by: float) -> Fault:
    """Zoomed about the middle."""
    return _warped(lambda w, h: cv2.getRotationMatrix2D((w / 2, h / 2), 0, by))


def rolled(degrees: float) -> Fault:
    """Turned about its own axis."""
    return _warped(lambda w, h: cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0))


def shaken(share: float) -> Fault:
    """Wind: each picture lies elsewhere, by at most this share of the width. No fault."""

    def apply(image: Image, number: int) -> Image:
        rng = np.random.default_rng(number)
        across, down = rng.uniform(-share, share, 2)
        return shifted(float(across), float(down))(image, number)

    return apply


def drops(count: int) -> Fault:
    """So many drops on the lens, each a blurred spot that stays where it is."""

    def apply(image: Image, _number: int) -> Image:
        rng = np.random.default_rng(count)
        height, width = image.shape[:2]
        unit = width / 480
        mask = np.zeros((height, width), np.float32)
        for _ in range(count):
            at = (int(rng.integers(width)), int(rng.integers(height)))
            cv2.circle(mask, at, int(rng.uniform(8, 26) * unit), 1.0, -1)
        soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 2 * unit))[..., None]
        dim = cv2.GaussianBlur(image, (0, 0), 5 * unit)
        return _u8(image * (1 - soft) + dim * soft)

    return apply


def rain(count: int) -> Fault:
    """So many streaks of rain, others in each picture."""

    def apply(image: Image, number: int) -> Image:
        rng = np.random.default_rng(number)
        height, width = image.shape[:2]
        unit = width / 480
        mask = np.zeros((height, width), np.float32)
        for _ in range(count):
            x, y = int(rng.integers(width)), int(rng.integers(height))
            length = rng.uniform(15, 45) * unit
            end = (int(x + rng.normal(0.1, 0.05) * length), int(y + length))
            cv2.line(mask, (x, y), end, 1.0, max(1, int(0.6 * unit)), cv2.LINE_AA)
        soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.5 * unit))[..., None]
        return _u8(image + 70.0 * soft)

    return apply


def darker(by: float) -> Fault:
    """The light goes down to this share; the sensor's noise stays. No fault."""

    def apply(image: Image, number: int) -> Image:
        return _noisy(image * by, 2.0, number)

    return apply


def black(image: Image, number: int) -> Image:
    """No light at all, or no signal."""
    return _noisy(np.full(image.shape, 14.0), 1.5, number)


def overexposed(image: Image, _number: int) -> Image:
    """The iris is stuck open."""
    return _u8(image * 2.2 + 130.0)


def infrared(image: Image, number: int) -> Image:
    """The camera switches to its infrared lamps: no colour, bright in the middle. No fault."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    y, x = np.mgrid[-1 : 1 : grey.shape[0] * 1j, -1 : 1 : grey.shape[1] * 1j]
    lit = (grey * 0.6 + 20) * np.clip(1.3 - 0.8 * (x * x + y * y), 0.25, 1.3)
    noisy = _noisy(lit[..., None], 3.0, number)
    return np.repeat(noisy, 3, axis=2)


def _warped(matrix: Callable[[int, int], npt.ArrayLike]) -> Fault:
    def apply(image: Image, _number: int) -> Image:
        height, width = image.shape[:2]
        way = np.asarray(matrix(width, height), np.float64)
        size = (width, height)
        return _u8(cv2.warpAffine(image, way, size, borderMode=cv2.BORDER_REFLECT))

    return apply


def _noisy(values: npt.NDArray[np.floating], sigma: float, number: int) -> Image:
    rng = np.random.default_rng(number)
    return _u8(values + rng.normal(0, sigma, values.shape))


def _u8(values: npt.ArrayLike) -> Image:
    return np.asarray(np.clip(np.asarray(values), 0, 255), np.uint8)

"""Fitting a picture into a model's input, and boxes back onto the picture."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from detector.image import Image

GREY = 114
"""What the models saw around their training pictures."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture lies in the model's input.

    The scales differ by a hair where a side had to be rounded to whole pixels; on a large
    picture that hair is half a pixel, so both are kept.

    Attributes:
        scale_x: input pixels a picture pixel, across.
        scale_y: input pixels a picture pixel, down.
        pad_x: grey pixels to the left.
        pad_y: grey pixels on top.
        width: the picture's width, pixels.
        height: the picture's height, pixels.
    """

    scale_x: float
    scale_y: float
    pad_x: int
    pad_y: int
    width: int
    height: int

    @property
    def inner(self) -> tuple[int, int]:
        """Width and height of the picture within the input, pixels."""
        return round(self.width * self.scale_x), round(self.height * self.scale_y)

    def to_picture(self, boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Map corner boxes from the model's input to the picture, clipped to it.

        Args:
            boxes: float32, shape (N, 4): x0, y0, x1, y1 in pixels of the model's input.

        Returns:
            float32, shape (N, 4), in pixels of the picture.
        """
        pad = np.array([self.pad_x, self.pad_y] * 2, dtype=np.float32)
        scale = np.array([self.scale_x, self.scale_y] * 2, dtype=np.float32)
        limit = np.array([self.width, self.height] * 2, dtype=np.float32)
        mapped: npt.NDArray[np.float32] = np.clip((boxes - pad) / scale, np.float32(0), limit)
        return mapped

    def to_input(self, boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Map corner boxes, float32, (N, 4), from the picture to the model's input."""
        pad = np.array([self.pad_x, self.pad_y] * 2, dtype=np.float32)
        scale = np.array([self.scale_x, self.scale_y] * 2, dtype=np.float32)
        mapped: npt.NDArray[np.float32] = boxes * scale + pad
        return mapped


def fit_of(columns: int, rows: int, width: int, height: int) -> Fit:
    """How a picture of (columns, rows) lies in an input of (width, height)."""
    ratio = min(height / rows, width / columns)
    inner_width = max(round(columns * ratio), 1)
    inner_height = max(round(rows * ratio), 1)
    left = round((width - inner_width) / 2 - 0.1)
    top = round((height - inner_height) / 2 - 0.1)
    return Fit(inner_width / columns, inner_height / rows, left, top, columns, rows)


def letterbox(image: Image, width: int, height: int) -> tuple[Image, Fit]:
    """Fit a picture into (width, height), its proportions kept, centred on grey.

    The arithmetic is ultralytics' own (`LetterBox(auto=False)`), to the pixel: a model must see
    what it saw in training.

    Args:
        image: uint8, shape (H, W, 3), BGR.
        width: the input's width, pixels.
        height: the input's height, pixels.

    Returns:
        The input, uint8, shape (height, width, 3), BGR, and how the picture lies in it.
    """
    fit = fit_of(image.shape[1], image.shape[0], width, height)
    # At its own size the picture comes back as it is: linear sampling then hits every pixel.
    resized = cv2.resize(image, fit.inner, interpolation=cv2.INTER_LINEAR)
    return on_grey(resized, fit, width, height), fit


def on_grey(resized: Image | cv2.typing.MatLike, fit: Fit, width: int, height: int) -> Image:
    """A picture that has the size it needs, as a model's input.

    Args:
        resized: uint8, shape (fit.inner height, width, 3), BGR.
        fit: how it lies in the input.
        width: the input's width, pixels.
        height: the input's height, pixels.

    Returns:
        uint8, shape (height, width, 3), BGR.
    """
    inner_width, inner_height = fit.inner
    canvas = np.full((height, width, 3), GREY, dtype=np.uint8)
    rows = slice(fit.pad_y, fit.pad_y + inner_height)
    canvas[rows, fit.pad_x : fit.pad_x + inner_width] = resized
    return canvas


def to_floats(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Pictures as a network computes with them.

    Args:
        pictures: uint8, shape (N, H, W, 3), BGR.

    Returns:
        float32, shape (N, 3, H, W), RGB in 0..1.
    """
    floats = np.empty((len(pictures), 3, *pictures.shape[1:3]), dtype=np.float32)
    np.divide(pictures[..., ::-1].transpose(0, 3, 1, 2), 255, out=floats, dtype=np.float32)
    return floats

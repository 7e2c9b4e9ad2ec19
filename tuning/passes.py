"""A network that looks twice in one graph: at the picture, and at the picture made smaller.

What is too large to be known at the first size may be known at the second. The weights are the
same, so the file hardly grows; the suppression of doubles keeps the better of what both find.
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

GREY = 114 / 255
"""What fills up the smaller picture, as around one that does not have the input's shape."""

STRIDE = 32


class Twice(nn.Module):  # type: ignore[misc]  # torch is not in every environment
    """Runs a detector on its input, and on its input reduced.

    Attributes:
        network: gives (batch, 4 + classes, anchors): centre and size in pixels of its input, then
            a score a class.
        inner: height and width of the reduced picture, pixels; grey to the right and below fills
            it up to whole strides.
    """

    def __init__(self, network: nn.Module, size: tuple[int, int], share: float) -> None:
        """Takes the input's width and height, pixels, and the share of them that is left."""
        super().__init__()
        self.network = network
        self.inner = (round(size[1] * share), round(size[0] * share))
        down, across = (side / whole for side, whole in zip(self.inner, size[::-1], strict=True))
        scale = torch.tensor([across, down, across, down]).reshape(1, 4, 1)
        self.register_buffer("scale", scale)

    def forward(self, pictures: Any) -> Any:
        """(batch, 3, height, width), RGB 0..1, to both looks' boxes, (batch, 4 + classes, n)."""
        smaller = functional.interpolate(pictures, size=self.inner, mode="bilinear")
        down, across = (-side % STRIDE for side in self.inner)
        smaller = functional.pad(smaller, (0, across, 0, down), value=GREY)
        first, second = _raw(self.network(pictures)), _raw(self.network(smaller))
        second = torch.cat([second[:, :4] / self.scale, second[:, 4:]], dim=1)
        return torch.cat([first, second], dim=2)


def _raw(output: Any) -> Any:
    return output[0] if isinstance(output, (list, tuple)) else output

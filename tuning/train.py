"""Trains a detector by its recipe: `five-chief train models/NAME/recipe.yaml`.

Runs in the training environment (`make tuning`). Interrupted, it goes on from the last epoch of
the stage it was in when it is started again with the same `--out`.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuning.blending import blended
from tuning.dataset import build
from tuning.entries import Marked
from tuning.errors import TrainingError
from tuning.recipe import Recipe, Stage

os.environ.setdefault("YOLO_OFFLINE", "true")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")


def train(recipe: Recipe, out: Path, *, threads: int = 2) -> Path:
    """Trains stage after stage, each from the weights that the one before left.

    A stage's pictures are made when it begins and kept below `out`. A stage that has ended is
    left as it is. The dev part, if the recipe holds one out, is copied to `out/dev` in YOLO
    format, to choose and calibrate with.

    Args:
        recipe: see `tuning.recipe.load_recipe`.
        out: the working folder.
        threads: PyTorch's threads on a CPU.

    Returns:
        What the last stage leaves: its checkpoint of the last epoch, whose weights are the running
        average (EMA), or `blended.pt`, where the stage has a `share`.

    Raises:
        TrainingError: the training environment or the weights are missing, or `out` was begun with
            another recipe.
        DataInvalid: the data cannot be trained on.
    """
    torch, yolo = engine()
    torch.set_num_threads(threads)
    _claim(out, recipe)
    weights = recipe.start
    if not weights.is_file():
        raise TrainingError(f"{weights}: no weights to start from; correct `start` in the recipe")
    for number, stage in enumerate(recipe.stages, start=1):
        folder = out / f"stage{number}"
        last = folder / "run" / "weights" / "last.pt"
        begun = last.is_file()
        if begun and torch.load(last, map_location="cpu", weights_only=False)["epoch"] < 0:
            # ultralytics marks a finished training so
            weights = _left(stage, folder, weights)
            continue
        model = yolo(str(last if begun else weights))
        description = _pictures(recipe, stage, folder / "pictures")
        model.add_callback("on_train_start", in_half_precision)
        settings = _settings(recipe, stage, folder, description)
        model.train(**({"resume": True} if begun else settings))
        weights = _left(stage, folder, weights)
    return weights


def _left(stage: Stage, folder: Path, began: Path) -> Path:
    """The weights that an ended stage leaves: averaged with those that it began from, if wanted."""
    last = folder / "run" / "weights" / "last.pt"
    if stage.share == 1:
        return last
    target = folder / "blended.pt"
    return target if target.is_file() else blended(last, began, stage.share, target)


def hold_out(recipe: Recipe, out: Path) -> None:
    """Copies the recipe's dev part, in YOLO format, a folder a source, below `out`.

    Nothing where the recipe holds nothing out.
    """
    if recipe.hold_out is None:
        return
    sources = {
        (entry.source, entry.split)
        for stage in recipe.stages
        for entry in stage.mix
        if isinstance(entry, Marked)
    }
    for source, split in sorted(sources):
        for kind in ("images", "labels", "ignore"):
            below = recipe.data / source / kind / split
            for path in sorted(below.iterdir()) if below.is_dir() else ():
                if recipe.is_dev(path.stem):
                    target = out / (recipe.data / source).resolve().name / kind / path.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target)


def _claim(out: Path, recipe: Recipe) -> None:
    """Notes the recipe in the working folder, and refuses a folder begun with another."""
    out.mkdir(parents=True, exist_ok=True)
    note, text = out / "recipe.json", recipe.model_dump_json(indent=1, by_alias=True)
    if note.is_file():
        if note.read_text(encoding="utf-8") != text:
            raise TrainingError(
                f"{out}: begun with another recipe; give another --out, or remove it to start anew"
            )
        return
    hold_out(recipe, out / "dev")
    partial = note.with_suffix(".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(note)


def _pictures(recipe: Recipe, stage: Stage, folder: Path) -> Path:
    """A stage's pictures; what an interrupted making left is made anew."""
    description = folder / "data.yaml"
    if not description.is_file():
        making = folder.with_suffix(".part")
        shutil.rmtree(making, ignore_errors=True)
        build(recipe, stage, making)
        making.replace(folder)
        text = description.read_text(encoding="utf-8")
        here, there = str(folder.resolve()), str(making.resolve())
        description.write_text(text.replace(there, here), encoding="utf-8")
    return description


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


def _settings(recipe: Recipe, stage: Stage, folder: Path, description: Path) -> dict[str, Any]:
    import torch

    gpu = torch.cuda.is_available()
    return {
        "data": str(description),
        "project": str(folder.resolve()),
        "name": "run",
        "exist_ok": True,
        "epochs": stage.epochs,
        "imgsz": recipe.side,
        "batch": recipe.batch,
        # A step every 16 pictures: with ultralytics' 64 a set this small gives ten an epoch.
        "nbs": 16,
        "device": "0" if gpu else "cpu",
        "workers": 8 if gpu else 0,
        "seed": recipe.seed if stage.seed is None else stage.seed,
        "optimizer": "AdamW",
        "lr0": stage.rate,
        "lrf": 0.02,
        "warmup_epochs": stage.warmup,
        "warmup_bias_lr": 0.0,
        "freeze": stage.freeze or None,
        "amp": gpu,
        "mixup": 0.0,
        "erasing": 0.0,
        **stage.augment.model_dump(),
        # Figures come from whole pictures by `five-chief evaluate`; validating every epoch on
        # training pictures would cost a tenth of the time and pick by the wrong measure.
        "val": False,
        "plots": False,
        "save_period": -1,
    }

"""Averages the weights of two stages of a training.

What a last stage learnt often costs less of what was known before when it is taken by halves
(Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
"""

from pathlib import Path
from typing import Any

from tuning.errors import TrainingError


def network(checkpoint: Path) -> Any:
    """A checkpoint's network (ultralytics' DetectionModel), in float32: its running average."""
    import torch

    trained = torch.load(checkpoint, map_location="cpu", weights_only=False)
    return (trained.get("ema") or trained["model"]).float()


def average(model: Any, other: Any, share: float) -> None:
    """Gives a network the average of its weights and another's.

    Args:
        model: a network; it is changed.
        other: another one of the same shape.
        share: of the first in the average, 0..1.

    Raises:
        TrainingError: the two are of different networks.
    """
    mine, theirs = model.state_dict(), other.state_dict()
    if {k: v.shape for k, v in mine.items()} != {k: v.shape for k, v in theirs.items()}:
        raise TrainingError("the two checkpoints are of different networks; blend stages of one")
    model.load_state_dict(
        {
            name: share * value + (1 - share) * theirs[name] if value.is_floating_point() else value
            for name, value in mine.items()
        }
    )


def blended(first: Path, other: Path, share: float, target: Path) -> Path:
    """Writes the average of two checkpoints as a third, to train on from or to export.

    Raises:
        TrainingError: the two are of different networks.
    """
    import torch

    model = network(first)
    average(model, network(other), share)
    partial = target.with_suffix(".part")
    torch.save(without_history(model), partial)
    partial.replace(target)
    return target


def without_history(model: Any) -> dict[str, Any]:
    """The checkpoint to train on from: weights in half precision, no optimizer, no paths.

    Args:
        model: the trained network (ultralytics' DetectionModel).

    Returns:
        What `YOLO(file)` and `five-chief train --weights file` read.
    """
    from copy import deepcopy

    slim = deepcopy(model).half()
    for parameter in slim.parameters():
        parameter.requires_grad = False
    slim.args = {"task": "detect", "imgsz": 640, "single_cls": False}
    slim.yaml.pop("yaml_file", None)
    slim.criterion = slim.pt_path = None
    return {"model": slim, "ema": None, "epoch": -1, "optimizer": None, "train_args": slim.args}

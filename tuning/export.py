"""Turns a checkpoint into a model folder: `five-chief export`.

Writes `<name>.onnx` for the runtime, `last.pt` to train on from, and brings the folder's
`card.yaml` up to date. Runs in the training environment (`make tuning`). What the card says in
words (notes, licence, data) is written by hand and stays.
"""

import hashlib
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml

from tuning.blending import average, network, without_history
from tuning.errors import TrainingError
from tuning.train import engine

OPSET = 17
"""Read by onnxruntime from 1.12 and OpenVINO from 2022.3 on."""


def export(
    checkpoint: Path,
    folder: Path,
    *,
    width: int = 1280,
    height: int = 736,
    output: Literal["raw", "end2end"] = "raw",
    blend: Path | None = None,
    share: float = 0.5,
    classes: Sequence[str] = (),
    second: float | None = None,
) -> Path:
    """Exports a checkpoint into a model folder and puts its SHA-256 into the card.

    The ONNX takes `images` (batch, 3, height, width), RGB 0..1, float32, any batch, and gives
    `output0`. Raw: (batch, 4 + classes, anchors), centre and size in input pixels, then a score a
    class. End to end: (batch, 300, 6), x0, y0, x1, y1, score, class, no NMS needed. The card's old
    figures, its scale of scores, its second stage and its variant in 8 bits go, since they were
    other weights'.

    Args:
        checkpoint: of a training, interrupted or finished.
        folder: where `card.yaml` lies; its `weights` names the file to write.
        width: of the input, pixels, a multiple of 32.
        height: likewise.
        output: which of the network's two heads is exported; the card says so.
        blend: a checkpoint of an earlier stage, whose weights are averaged in: what a last stage
            learnt often costs less of what was known before when it is taken by halves (Wortsman
            et al., "Robust fine-tuning of zero-shot models", 2022).
        share: of `checkpoint` in the average, 0..1.
        classes: the names of those to keep; none keeps all. What is left out costs nothing.
        second: the network looks a second time, at the picture reduced to this share of its sides
            (`tuning.passes`); raw output only.

    Returns:
        The ONNX file.

    Raises:
        TrainingError: the training environment, the checkpoint, the card or a class is missing, or
            what is asked for does not go together.
    """
    card_file = folder / "card.yaml"
    for needed in (checkpoint, card_file, *([] if blend is None else [blend])):
        if not needed.is_file():
            raise TrainingError(f"{needed}: not there; export needs a checkpoint and a card")
    if second is not None and output != "raw":
        raise TrainingError(
            "a second pass needs the suppression of doubles, which the end-to-end output lacks; "
            "export `raw`"
        )
    torch, _ = engine()
    model = network(checkpoint)
    if blend is not None:
        average(model, network(blend), share)
    if classes:
        _narrow(torch, model, classes)
    torch.save(without_history(model), folder / "last.pt")
    card: dict[str, Any] = yaml.safe_load(card_file.read_text(encoding="utf-8"))
    target = folder / str(card["weights"])
    _write_onnx(model, target, (width, height), end2end=output == "end2end", second=second)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    names = [model.names[i] for i in sorted(model.names)]
    size = {"width": width, "height": height}
    card.update(sha256=digest, input=size, output=output, classes=names)
    card.pop("second_pass", None)
    if second is not None:
        card["second_pass"] = round(second, 4)
    for learnt in ("metrics", "apart", "int8", "int8_loss", "calibration", "rescoring"):
        card.pop(learnt, None)  # they were of other weights
    _write_card(card_file, card)
    return target


def _narrow(torch: Any, model: Any, classes: Sequence[str]) -> None:
    """Leave only some classes in a network: the head's last convolutions lose the other rows."""
    numbers = {name: number for number, name in model.names.items()}
    strange = [name for name in classes if name not in numbers]
    if strange:
        raise TrainingError(f"the checkpoint has no class {', '.join(strange)}; it has {numbers}")
    rows = torch.tensor([numbers[name] for name in classes])
    head = model.model[-1]
    for branch in (head.cv3, getattr(head, "one2one_cv3", None)):
        for scale in branch or ():
            last = scale[-1]
            last.weight = torch.nn.Parameter(last.weight.detach()[rows])
            last.bias = torch.nn.Parameter(last.bias.detach()[rows])
            last.out_channels = len(classes)
    head.nc, head.no = len(classes), len(classes) + 4 * head.reg_max
    model.nc = model.yaml["nc"] = len(classes)
    model.names = dict(enumerate(classes))


def record(folder: Path, figures: Mapping[str, Any]) -> None:
    """Writes measured figures (`five-chief evaluate … --json`) into the card of a model folder."""
    change_card(folder, {"metrics": dict(figures)})


def change_card(folder: Path, changes: Mapping[str, Any]) -> None:
    """Writes keys into the card of a model folder; what is said in `notes` stays last."""
    card_file = folder / "card.yaml"
    card: dict[str, Any] = yaml.safe_load(card_file.read_text(encoding="utf-8"))
    notes = card.pop("notes", None)
    card.update(changes)
    _write_card(card_file, {**card, "notes": notes} if notes else card)


def _write_onnx(
    model: Any, target: Path, size: tuple[int, int], *, end2end: bool, second: float | None
) -> None:
    import onnx
    import onnxslim
    import torch

    from tuning.passes import Twice

    head = model.model[-1]
    head.end2end = end2end  # before fusing, which drops the half of the head that is not used
    # A fixed size lets the anchors become constants; the batch stays open, for many cameras.
    head.export, head.dynamic, head.format, head.shape = True, False, "onnx", None
    model = model.eval().fuse(verbose=False)
    if second is not None:
        model = Twice(model, size, second)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad(), warnings.catch_warnings():
        # The tracer warns that sizes become constants, which is wanted, and that there is a
        # newer exporter, which ultralytics does not use either.
        warnings.simplefilter("ignore")
        raw = Path(folder) / "raw.onnx"
        torch.onnx.export(
            model,
            (torch.zeros(1, 3, size[1], size[0]),),
            str(raw),
            opset_version=OPSET,
            input_names=["images"],
            output_names=["output0"],
            dynamic_axes={"images": {0: "batch"}, "output0": {0: "batch"}},
            dynamo=False,
        )
        slim = onnxslim.slim(onnx.load(raw))
    onnx.checker.check_model(slim)
    onnx.save(slim, target)


def _write_card(path: Path, card: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(dict(card), sort_keys=False, allow_unicode=True, width=96)
    path.write_text(text, encoding="utf-8")

"""five-chief evaluate, train: the engineers' tools."""

from pathlib import Path
from typing import Annotated

import typer

from cli.common import JsonFlag, err, plain_errors, print_json


def evaluate(
    model: Annotated[str, typer.Argument(help="A model's folder, or a shipped model's name.")],
    data: Annotated[
        Path, typer.Option(help="A YOLO-format folder: images/, labels/ and perhaps ignore/.")
    ],
    split: Annotated[
        str | None, typer.Option(help="The folder below images/ and labels/, such as val.")
    ] = None,
    engine: Annotated[str, typer.Option(help="auto, openvino or onnxruntime.")] = "auto",
    json: JsonFlag = False,
) -> None:
    """Measure a model on labelled pictures: mAP50, mAP50-95, and per class.

    Regions in ignore/ count neither as a hit nor as a false alarm.

    Example: `five-chief evaluate models/litter --data ../shared/data/litter --split val --json`
    """
    from rich.progress import Progress
    from rich.table import Table

    from detector.errors import DetectorError
    from tuning import evaluate as tool

    with (
        plain_errors(DetectorError, tool.DatasetError),
        Progress(console=err, transient=True) as progress,
    ):
        task = progress.add_task("looking", total=None)
        scores = tool.evaluate(
            model,
            data,
            split,
            engine=tool.engine_named(engine),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if json:
        print_json(scores.to_json())
        return
    table = Table("class", "boxes", "mAP50", "mAP50-95", "precision", "recall")
    for name, one in scores.per_class.items():
        table.add_row(
            name,
            str(one.boxes),
            *(f"{v:.3f}" for v in (one.map50, one.map50_95)),
            *(f"{v:.3f}" for v in (one.precision, one.recall)),
        )
    err.print(f"{scores.model} on {scores.pictures} pictures, threshold {scores.threshold}")
    err.print(table)


def train(
    context: typer.Context,
) -> None:
    """Train a model."""

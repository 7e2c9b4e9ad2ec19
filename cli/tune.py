"""five-chief train, export: from pictures to a model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.common import JsonFlag, err, folder_and_split, plain_errors, print_json


def train(
    recipe: Annotated[Path, typer.Argument(help="A model's recipe.yaml.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Working folder: pictures, checkpoints. Else runs/ and its name."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="PyTorch's threads on a CPU.")] = 2,
) -> None:
    """Train a model by its recipe; interrupted, it goes on when started again.

    A recipe of `kind: verifier` trains the second look: minutes on a core, nothing to go on with,
    and what it gives is written into the recipe's folder. Needs the training environment: `make
    tuning`, then `.venv-tuning/bin/five-chief train …`.

    Example: `five-chief train models/manhole/recipe.yaml`
    """
    from tuning.errors import TrainingError
    from tuning.examples import DataInvalid
    from tuning.recipe import load_recipe
    from tuning.train import train as run
    from tuning.verifier_recipe import is_verifiers
    from yamlfile import YamlFileError

    with plain_errors(TrainingError, DataInvalid, YamlFileError):
        if is_verifiers(recipe):
            _train_verifier(recipe, threads)
            return
        read = load_recipe(recipe)
        typer.echo(run(read, out or Path("runs") / read.model, threads=threads))


def export(
    checkpoint: Annotated[Path, typer.Argument(help="The .pt of a training, such as last.pt.")],
    folder: Annotated[Path, typer.Argument(help="The model's folder, with its card.yaml.")],
    width: Annotated[int, typer.Option(help="Of the input, pixels, a multiple of 32.")] = 1280,
    height: Annotated[int, typer.Option(help="Likewise.")] = 736,
    output: Annotated[
        Literal["raw", "end2end"], typer.Option(help="Which of the network's heads.")
    ] = "raw",
    blend: Annotated[
        Path | None, typer.Option(help="An earlier stage's checkpoint to average in.")
    ] = None,
    share: Annotated[
        float, typer.Option(min=0, max=1, help="Of the checkpoint in that average.")
    ] = 0.5,
    classes: Annotated[
        str, typer.Option(help="Those to keep, by name, with commas; all by default.")
    ] = "",
    second: Annotated[
        float | None,
        typer.Option(min=0.1, max=0.95, help="Look again, at the picture reduced to this share."),
    ] = None,
) -> None:
    """Export a checkpoint to ONNX and put its SHA-256 on the model's card.

    Needs the training environment, as `train` does.

    Example: `five-chief export runs/litter/run/weights/last.pt models/litter`
    """
    from tuning.errors import TrainingError
    from tuning.export import export as run

    with plain_errors(TrainingError):
        typer.echo(
            run(
                checkpoint,
                folder,
                width=width,
                height=height,
                output=output,
                blend=blend,
                share=share,
                classes=[name.strip() for name in classes.split(",") if name.strip()],
                second=second,
            )
        )


def quantize(
    model: Annotated[Path, typer.Argument(help="The model's folder.")],
    data: Annotated[
        Path, typer.Option(help="A YOLO-format folder: images/, labels/ and perhaps ignore/.")
    ],
    split: Annotated[str | None, typer.Option(help="Whose pictures calibrate.")] = "train",
    measure: Annotated[
        list[str] | None,
        typer.Option(help="DIR or DIR:SPLIT whose pictures measure the loss; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the pictures for calibration.")] = 1,
    json: JsonFlag = False,
) -> None:
    """Make a model's variant in 8 bits for OpenVINO, and keep it if it loses little.

    Little is at most one point of mAP50, on the same pictures for both, the 95 % interval of the
    loss reaching two at most; the more pictures, the narrower. Needs the training environment, as
    `train` does.

    Example: `five-chief quantize models/litter --data ../shared/data/litter`
    """
    from dataclasses import asdict

    from rich.progress import Progress

    from detector.errors import DetectorError
    from tuning.examples import DataInvalid
    from tuning.quantize import quantize as run

    with plain_errors(DetectorError, DataInvalid), Progress(console=err) as progress:
        task = progress.add_task("measuring", total=None)
        loss = run(
            model,
            data,
            split,
            [folder_and_split(one) for one in measure or [f"{data}:val"]],
            seed=seed,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if json:
        print_json({**asdict(loss), "kept": loss.is_small})
    verdict = "kept" if loss.is_small else "too much: not kept"
    err.print(
        f"mAP50 {loss.map50} whole, {loss.map50_reduced} in 8 bits; loss {loss.loss} "
        f"(95 % {loss.interval}) on {loss.pictures} pictures: {verdict}"
    )
    if not loss.is_small:
        raise typer.Exit(1)


@contextmanager
def _needs_training(command: str) -> Iterator[None]:
    """Around the imports that only the training environment has."""
    from tuning.errors import TrainingError

    try:
        yield
    except ModuleNotFoundError as error:
        raise TrainingError(
            f"{error.name} is not installed; `make tuning`, then "
            f"`.venv-tuning/bin/five-chief {command} …`"
        ) from error


def train_rescoring(
    recipe: Annotated[Path, typer.Argument(help="The recipe, in the detector's folder.")],
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 2,
    folds: Annotated[
        int | None,
        typer.Option(min=2, help="Write nothing: judge each fold's streets by the others'."),
    ] = None,
) -> None:
    """Train what scores a detector's candidates anew, on its own false ones.

    Writes weights beside the detector's, and how they are used onto its card. The scale of scores
    is another then: calibrate afterwards. With `--folds 4` it says instead how well it does on
    streets that it has not learnt from, to choose a recipe's settings by. Needs the training
    environment, as `train` does.

    Example: `five-chief train-rescoring models/litter/rescoring.yaml`
    """
    from rich.progress import Progress

    from detector.errors import DetectorError
    from tuning.errors import TrainingError
    from tuning.examples import DataInvalid
    from tuning.rescoring import load_rescoring_recipe
    from tuning.rescoring_folds import summary
    from yamlfile import YamlFileError

    expected = (DetectorError, DataInvalid, TrainingError, YamlFileError)
    with plain_errors(*expected), Progress(console=err) as progress:
        with _needs_training("train-rescoring"):
            from tuning.rescoring_train import train as run
            from tuning.rescoring_train import validate
        task = progress.add_task("looking", total=None)

        def told(done: int) -> None:
            progress.update(task, completed=done)

        read = load_rescoring_recipe(recipe)
        if folds is not None:
            print_json(summary(validate(read, recipe.parent, folds, threads, told)))
            return
        written = run(read, recipe.parent, threads, told)
    err.print(f"written: {written}; now `five-chief calibrate {recipe.parent}`")


def _train_verifier(recipe: Path, threads: int) -> None:
    """Write a verifier's weights, limits and figures into the folder of its recipe."""
    from rich.progress import Progress

    from detector.errors import DetectorError
    from tuning.verifier_recipe import load_verifier_recipe

    with plain_errors(DetectorError), Progress(console=err) as progress:
        with _needs_training("train"):
            from tuning.verifier_export import train as run
        tasks = {what: progress.add_task(what, total=None) for what in ("learning", "measuring")}
        figures = run(
            load_verifier_recipe(recipe),
            recipe.parent,
            threads,
            lambda what, done: progress.update(tasks[what], completed=done),
        )
    print_json(figures)

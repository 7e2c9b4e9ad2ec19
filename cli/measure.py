"""five-chief evaluate, compare, detect, calibrate: what a model sees, and how well."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.common import JsonFlag, err, folder_and_split, plain_errors, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

ModelArgument = Annotated[str, typer.Argument(help="A model's folder, or a shipped model's name.")]
DataOption = Annotated[
    Path, typer.Option(help="A YOLO-format folder: images/, labels/ and perhaps ignore/.")
]
SplitOption = Annotated[
    str | None, typer.Option(help="The folder below images/ and labels/, such as val.")
]
DevOption = Annotated[
    Path | None,
    typer.Option(help="A model's recipe: only the pictures that it holds out of training."),
]
OnlyOption = Annotated[
    str, typer.Option(help="Only pictures whose names begin so, such as those of streets.")
]
EngineOption = Annotated[
    Literal["auto", "openvino", "onnxruntime"], typer.Option(help="What runs the model.")
]
PrecisionOption = Annotated[Literal["f32", "bf16"], typer.Option(help="Of OpenVINO's arithmetic.")]


def evaluate(
    model: ModelArgument,
    data: DataOption,
    split: SplitOption = None,
    dev: DevOption = None,
    only: OnlyOption = "",
    engine: EngineOption = "auto",
    precision: PrecisionOption = "f32",
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Instead of the card's.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for scores.json, the curves, the confusion and the worst."),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Write the figures onto the model's card, too.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Measure a model on labelled pictures.

    AP at IoU 0.5, 0.3 and by centre match, apart by class, size and light, each mean with the
    95 % interval of a bootstrap over the pictures. Regions in ignore/ count neither as a hit nor
    as a false alarm.

    Example: `five-chief evaluate models/litter --data ../shared/data/litter --split val`
    """
    from rich.progress import Progress

    from detector.errors import DetectorError
    from tuning.evaluate import evaluate as measure
    from tuning.examples import DataInvalid
    from yamlfile import YamlFileError

    expected = (DetectorError, DataInvalid, YamlFileError)

    with plain_errors(*expected), Progress(console=err) as progress:
        task = progress.add_task("looking", total=None)
        scores, pictures = measure(
            model,
            data,
            split,
            engine=engine,
            precision=precision,
            threshold=threshold,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
            only=_wanted(dev, only),
        )
    figures = scores.as_dict()
    if record:
        from detector.card import find_model
        from tuning.export import record as write

        write(find_model(model), figures)
    if out is not None:
        from json import dumps

        from tuning.plots import draw

        drawn = draw(out, pictures, scores, list(scores.per_class))
        saved = out / "scores.json"
        saved.write_text(dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        err.print("written: " + ", ".join(str(path) for path in [saved, *drawn]))
    if json:
        print_json(figures)
    else:
        _show(figures)


def compare(
    first: ModelArgument,
    second: ModelArgument,
    data: DataOption,
    split: SplitOption = None,
    dev: DevOption = None,
    only: OnlyOption = "",
    engine: EngineOption = "auto",
    json: JsonFlag = False,
) -> None:
    """Tell by how much the second of two models is better, on the same pictures.

    Average precision by centre match, of all and of what is 20 pixels or larger, their sum, and
    at IoU 0.5; each gain with the 95 % interval of a paired bootstrap over the pictures.

    Example: `five-chief compare models/litter runs/new --data ../shared/data/litter --split val`
    """
    from dataclasses import asdict

    from rich.progress import Progress

    from detector.errors import DetectorError
    from detector.model import load_model
    from tuning.compare import compare as run
    from tuning.evaluate import judge
    from tuning.examples import DataInvalid
    from yamlfile import YamlFileError

    expected = (DetectorError, DataInvalid, YamlFileError)
    with plain_errors(*expected), Progress(console=err) as progress:
        models = [load_model(name, engine=engine) for name in (first, second)]
        classes = models[0].card.classes
        if classes != models[1].card.classes:
            raise DataInvalid(f"{second}: its classes are not those of {first}; compare like kinds")
        task = progress.add_task("looking", total=None)
        old, new = (
            judge(
                model,
                data,
                split,
                lambda done, total: progress.update(task, completed=done, total=total),
                _wanted(dev, only),
            )
            for model in models
        )
    figures = {name: asdict(one) for name, one in run(old, new, len(classes)).items()}
    if json:
        print_json(figures)
        return
    for name, one in figures.items():
        err.print(f"{name}: {one['first']} and {one['second']}, gain {one['gain']} "
                  f"(95 % {one['interval']})")  # fmt: skip


def detect(
    model: ModelArgument,
    pictures: Annotated[list[Path], typer.Argument(help="JPEG, PNG or WebP files.")],
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Instead of the card's.")
    ] = None,
    engine: EngineOption = "auto",
    precision: Annotated[
        Literal["auto", "f32", "bf16"],
        typer.Option(help="Of OpenVINO's arithmetic: auto takes bf16 where the CPU has it."),
    ] = "auto",
    annotated: Annotated[
        Path | None, typer.Option(help="Folder for copies with the boxes drawn on them.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show what a model finds in pictures; with --json, a JSON object a line.

    Example: `five-chief detect models/litter street.jpg --json`
    """
    import cv2

    from detector.draw import annotate
    from detector.errors import DetectorError
    from detector.model import load_model
    from detector.runtime import quickest
    from tuning.detect import as_dict, find_in
    from tuning.examples import DataInvalid

    if annotated is not None:
        annotated.mkdir(parents=True, exist_ok=True)
    with plain_errors(DetectorError, DataInvalid):
        used = quickest(engine) if precision == "auto" else precision
        loaded = load_model(model, engine=engine, precision=used)
        for path in pictures:
            image, found = find_in(loaded, path, threshold)
            if json:
                print_json(as_dict(path, found))
            else:
                typer.echo(f"{path}: {len(found)} found")
                for one in found:
                    box = ", ".join(f"{side:.0f}" for side in one.box)
                    typer.echo(f"  {one.label} {one.score:.2f} at {box}")
            if annotated is not None:
                labels = [f"{one.label} {one.score:.2f}" for one in found]
                drawn = annotate(image, [one.box for one in found], labels)
                cv2.imencode(".jpg", drawn)[1].tofile(annotated / f"{path.stem}.jpg")


def calibrate(
    model: ModelArgument,
    data: DataOption,
    split: SplitOption = None,
    dev: DevOption = None,
    only: OnlyOption = "",
    most_false: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="The share of empty pictures on which a class may be found wrongly."
        ),
    ] = 0.05,
    empty: Annotated[
        list[str] | None,
        typer.Option(help="DIR or DIR:SPLIT of pictures with nothing of the kind; repeatable."),
    ] = None,
    engine: EngineOption = "auto",
    json: JsonFlag = False,
) -> None:
    """Put a model's scores onto the common scale, on which 0.25 is where to act.

    Measures on pictures that were neither trained on nor are kept for the last word, chooses for
    each class the score with the best F1 that few empty pictures reach, and writes the scale onto
    the card.

    Example: `five-chief calibrate models/litter --data ../shared/data/litter --split dev`
    """
    from dataclasses import asdict

    from rich.progress import Progress

    from detector.card import find_model
    from detector.errors import DetectorError
    from tuning.calibrate import calibrate as run
    from tuning.examples import DataInvalid
    from yamlfile import YamlFileError

    expected = (DetectorError, DataInvalid, YamlFileError)

    with plain_errors(*expected), Progress(console=err) as progress:
        task = progress.add_task("looking", total=None)
        choices = run(
            find_model(model),
            data,
            split,
            most_false,
            [folder_and_split(one) for one in empty or []],
            engine=engine,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
            only=_wanted(dev, only),
        )
    if json:
        shown = {
            name: None if one is None else {**asdict(one), "line": one.line.model_dump()}
            for name, one in choices.items()
        }
        print_json(shown)
        return
    for name, one in choices.items():
        if one is None:
            err.print(f"{name}: nothing to choose by; its scores stay as they are")
        else:
            err.print(
                f"{name}: 0.25 now stands for the model's own {one.own}: precision "
                f"{one.precision}, recall {one.recall}, false on {one.false_on_empty:.1%} of the "
                "empty pictures"
            )


def _wanted(recipe: Path | None, only: str) -> "Callable[[str], bool]":
    """Whether a picture of a name is looked at."""
    from tuning.recipe import load_recipe

    read = None if recipe is None else load_recipe(recipe)
    return lambda name: name.startswith(only) and (read is None or read.is_dev(name))


def _show(figures: dict[str, object]) -> None:
    """The figures as tables, for reading."""
    from rich.table import Table

    from tuning.report import groups_of, lines_of, rows_of

    table = Table("class", "boxes", "AP50", "AP50-95", "AP30", "AP centre", "P", "R", "R centre")
    for row in rows_of(figures):
        table.add_row(*row)
    groups = Table("group", "boxes", "AP50", "AP centre", "95 % of it")
    for row in groups_of(figures):
        groups.add_row(*row)
    for line in lines_of(figures):
        err.print(line)
    err.print(table)
    err.print(groups)

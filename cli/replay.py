"""five-chief replay, score: recorded clips through the pipeline, and what was right of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.common import JsonFlag, err, plain_errors, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detector.model import Model

EngineOption = Annotated[
    Literal["auto", "openvino", "onnxruntime"], typer.Option(help="What runs the models.")
]


def replay(
    clip: Annotated[Path, typer.Argument(help="A video file.")],
    truth: Annotated[
        Path | None, typer.Option(help="What it really shows; CLIP's own by default, if there.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Its rules; CLIP's own by default, else the catalogue's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the timeline and the annotated video.")
    ] = None,
    restart_at: Annotated[
        list[float] | None,
        typer.Option(help="Second at which the worker is started again; may be repeated."),
    ] = None,
    engine: EngineOption = "auto",
    json: JsonFlag = False,
) -> None:
    """Send a recorded clip through the pipeline, as a live camera, on the clip's own clock.

    Prints what was suspected, filed and cleared, and when; with --out, draws it and writes the
    clip with boxes on it. The same clip and rules give the same result each time.

    Example: `five-chief replay configs/demo/street.mp4 --out runs/street`
    """
    from rich.progress import Progress

    from detector.card import shipped_models
    from detector.errors import DetectorError
    from detector.second_look.judge import load_second_looker
    from streams.errors import CameraError
    from tuning.clip_config import config_path, read_config
    from tuning.event_scores import score_clip, summarise
    from tuning.replay import as_dict
    from tuning.replay import replay as run
    from tuning.truth import TruthInvalid, read_truth, truth_path

    expected = (DetectorError, CameraError, TruthInvalid, OSError)
    with plain_errors(*expected), Progress(console=err) as progress:
        beside = truth_path(clip) if truth is None else truth
        known = read_truth(beside) if truth is not None or beside.exists() else None
        settings = read_config(config or config_path(clip), shipped_models())
        restarts = (*settings.restarts, *(restart_at or ()))
        settings = settings.model_copy(update={"restarts": restarts})
        models = _load({rule.model for rule in settings.rules}, engine)
        task = progress.add_task("judging", total=None)
        judged = run(
            clip,
            settings,
            models,
            looker=load_second_looker(models, engine),
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )
        if out is not None:
            from tuning.annotated import write_annotated
            from tuning.timeline import draw_timeline

            out.mkdir(parents=True, exist_ok=True)
            draw_timeline(judged, known, out / f"{clip.stem}.png")
            drawing = progress.add_task("drawing", total=None)
            write_annotated(
                judged,
                out / f"{clip.stem}.mp4",
                lambda done, of: progress.update(drawing, completed=done, total=of),
            )
    figures = as_dict(judged)
    if known is not None:
        figures["score"] = summarise([score_clip(judged, known)])
    if json:
        print_json(figures)
        return
    for line in _timeline(figures):
        typer.echo(line)
    for one in figures["open"]:
        if one["state"] == "candidate":
            typer.echo(f"   at the end  {one['explanation']['zh']}")
            typer.echo(f"               {one['explanation']['en']}")
    typer.echo(f"{len(judged.confirmed)} filed in {judged.seconds:.0f} s, {judged.looks} looks")


def _timeline(figures: dict[str, Any]) -> list[str]:
    """What changed and which states followed, in time's order, with why it was filed or not."""
    rows: list[tuple[float, str]] = []
    for event in figures["events"]:
        text = (
            f"{event['change']:<11} {event['kind']} ({event['label']}, score "
            f"{event['score']:.2f}, seen in {event['hits']} of {event['looks']} looks)"
        )
        rows.append((event["at"], text))
        if event["explanation"] is not None:
            rows += [
                (event["at"], f"    {event['explanation'][tongue]}") for tongue in ("zh", "en")
            ]
    kinds = {event["violation"]: event["kind"] for event in figures["events"]}
    for turn in figures["states"]:
        kept = turn["suppressed"]
        if turn["state"] in ("ongoing", "clearing") or (kept and turn["state"] == "candidate"):
            why = f" kept back: {kept}" if kept else ""
            rows.append((turn["at"], f"  {turn['state']:<9} {kinds[turn['violation']]}{why}"))
    return [f"{at:9.2f} s  {text}" for at, text in sorted(rows, key=lambda row: row[0])]


def score(
    folder: Annotated[
        Path, typer.Argument(help="Clips, each with NAME.truth.yaml, perhaps NAME.config.yaml.")
    ],
    engine: EngineOption = "auto",
    json: JsonFlag = False,
) -> None:
    """Judge a folder of clips and count, event by event, what was filed rightly.

    Precision, recall, delay, duplicates and false cases a camera-day, by class; matched one to
    one in time and place. How truth is written: docs/truth.md.

    Example: `five-chief score configs/demo`
    """
    from rich.progress import Progress

    from detector.card import shipped_models
    from detector.errors import DetectorError
    from detector.second_look.judge import load_second_looker
    from streams.errors import CameraError
    from tuning.event_scores import summarise
    from tuning.examples import DataInvalid
    from tuning.score import jobs_in
    from tuning.score import score as run
    from tuning.truth import TruthInvalid

    expected = (DetectorError, CameraError, TruthInvalid, DataInvalid)
    with plain_errors(*expected), Progress(console=err) as progress:
        jobs = jobs_in(folder, list(shipped_models()))
        models = _load({rule.model for job in jobs for rule in job.config.rules}, engine)
        task = progress.add_task("judging", total=len(jobs))
        looker = load_second_looker(models, engine)
        clips = run(jobs, models, lambda done, _of: progress.update(task, completed=done), looker)
    figures = summarise(clips)
    if json:
        print_json(figures)
        return
    from rich.table import Table

    from tuning.report import event_rows

    table = Table(
        "class", "true", "filed", "precision", "recall", "delay", "doubled", "false a day"
    )
    for row in event_rows(figures):
        table.add_row(*row)
    err.print(table)


def _load(names: "Iterable[str]", engine: EngineOption) -> "dict[str, Model]":
    from detector.model import load_model

    return {name: load_model(name, engine=engine) for name in sorted(names)}

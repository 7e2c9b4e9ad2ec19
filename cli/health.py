"""five-chief health: what camera health says of clips, and of faults put into them."""

from pathlib import Path
from typing import Annotated

import typer

from cli.common import JsonFlag, err, plain_errors, print_json


def health(
    clips: Annotated[list[Path], typer.Argument(help="Video files of cameras that stand still.")],
    minutes: Annotated[
        float, typer.Option(help="Camera time to look at each clip as it is, forth and back.")
    ] = 20.0,
    json: JsonFlag = False,
) -> None:
    """Measure camera health: false alarms on clips, and hits on faults that are put into them.

    Each clip is looked at once in two seconds, first as it is, then with each fault for some
    minutes: blurred, covered, moved, wet, black, white, frozen; wind and infrared, which are none.

    Example: `five-chief health configs/demo/clean.mp4`
    """
    from dataclasses import asdict

    from rich.progress import Progress

    from streams.errors import CameraError
    from tuning.health import CASES, EVERY_S, by_case, try_clip

    trials = []
    with plain_errors(CameraError, OSError), Progress(console=err) as progress:
        task = progress.add_task("looking", total=len(clips) * len(CASES))
        for clip in clips:
            looks = max(1, round(minutes * 60 / EVERY_S))
            trials.append(try_clip(clip, looks, lambda: progress.advance(task)))
    hours = sum(trial.hours for trial in trials)
    alarms = sum(trial.alarms for trial in trials)
    if json:
        print_json(
            {
                "hours": round(hours, 3),
                "false_alarms": alarms,
                "clips": [asdict(trial) for trial in trials],
            }
        )
        return
    from rich.table import Table

    table = Table("case", "expected", "right", "other alerts", "after", "trusted meanwhile")
    for name, expected, right, of, others, after, trusted in by_case(trials):
        wait = "" if after is None else f"{after:.0f} s"
        table.add_row(name, expected, f"{right} of {of}", str(others), wait, f"{trusted:.0%}")
    err.print(table)
    for trial in trials:
        err.print(
            f"{trial.clip}: {trial.alarms} alerts in {trial.hours:.2f} h as it is, "
            f"{trial.doubted:.1%} of the looks not trusted, {trial.ms:.2f} ms a look"
        )
    err.print(f"false alarms: {alarms} in {hours:.2f} camera-hours")

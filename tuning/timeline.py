"""A replay as a picture: what was suspected, filed and cleared, over what was there."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from detector.violation import Change, Event, State
from tuning.replay import Judged
from tuning.truth import Truth

_COLOURS = {
    Change.APPEARED: "#9aa5b1",
    Change.CONFIRMED: "#d64545",
    Change.CLEARED: "#3f9142",
    Change.WITHDRAWN: "#cbd2d9",
}
_CLEARING = "#f0a04b"
_TRUTH = "#2186eb"


def draw_timeline(judged: Judged, truth: Truth | None, path: Path) -> None:
    """Write a row for each violation, and below them one for each true event.

    Grey: suspected; red: filed; orange: looked for in vain; a green mark: cleared; a light cross:
    withdrawn; blue: the truth.

    Args:
        judged: the replay.
        truth: what is really there, if that is known.
        path: a PNG.
    """
    lives: dict[str, list[Event]] = {}
    for event in judged.events:
        lives.setdefault(event.violation.id, []).append(event)
    true = truth.events if truth is not None else ()
    rows = len(lives) + len(true)
    figure = Figure(figsize=(11, 1.6 + 0.32 * max(rows, 2)), layout="constrained")
    axes = figure.subplots()
    names = []
    for row, life in enumerate(lives.values()):
        _draw_life(axes, row, life, judged)
        names.append(f"{life[-1].violation.kind} {life[-1].violation.score:.2f}")
    for row, one in enumerate(true, start=len(lives)):
        end = judged.seconds if one.end is None else one.end
        axes.barh(row, end - one.begin, left=one.begin, height=0.5, color=_TRUTH)
        names.append(f"truth: {one.what}")
    axes.set_yticks(range(rows), names)
    axes.set(xlim=(0, max(judged.seconds, 1)), ylim=(rows - 0.4, -0.6), xlabel="seconds")
    axes.set_title(f"{judged.clip.name}: {len(judged.confirmed)} filed, {judged.looks} looks")
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, dpi=110)


def _draw_life(axes: Axes, row: int, life: list[Event], judged: Judged) -> None:
    begin = judged.at(life[0].violation.first_seen)
    confirmed = next((judged.at(e.at) for e in life if e.change is Change.CONFIRMED), None)
    last = life[-1]
    over = last.change in (Change.CLEARED, Change.WITHDRAWN)
    end = judged.at(last.at) if over else judged.seconds
    grey, red = _COLOURS[Change.APPEARED], _COLOURS[Change.CONFIRMED]
    suspected = end if confirmed is None else confirmed
    axes.barh(row, suspected - begin, left=begin, height=0.5, color=grey)
    if confirmed is not None:
        axes.barh(row, end - confirmed, left=confirmed, height=0.5, color=red)
        for begin, over_at in _clearing(judged, last.violation.id, end):
            axes.barh(row, over_at - begin, left=begin, height=0.5, color=_CLEARING)
    if over:
        mark = "|" if last.change is Change.CLEARED else "x"
        axes.plot([end], [row], mark, color=_COLOURS[last.change], markersize=12, mew=3)


def _clearing(judged: Judged, violation: str, end: float) -> list[tuple[float, float]]:
    """When a violation was looked for in vain, seconds into the clip."""
    turns = [turn for turn in judged.states if turn.violation == violation]
    ends = [*(judged.at(turn.at) for turn in turns[1:]), end]
    return [
        (judged.at(turn.at), over)
        for turn, over in zip(turns, ends, strict=False)
        if turn.state is State.CLEARING
    ]

"""The benchmark's results for people."""

import statistics
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

PEERS = {
    "ultralytics": "ultralytics predict(stream=True)",
    "opencv": "OpenCV thread a camera + supervision",
    "inference": "Roboflow InferencePipeline",
    "frigate": "Frigate's method, re-created",
}
ENOUGH = 0.99
ALSO = {
    "sub-streams": "ours, sub-streams where keyframes are far apart",
    "f32": "ours in float32",
    "shipped sizes": "ours, models at their shipped sizes",
}
"""Further rows of ours, by their names in the results."""


def summary(done: dict[str, list[dict[str, Any]]], machine: str, at: str) -> dict[str, Any]:
    """What all finished runs say together: medians, spreads, and what memory grows by."""

    def median(name: str) -> dict[str, Any]:
        runs = done.get(name, [])
        if not runs or "left_out" in runs[-1]:
            return dict(runs[-1]) if runs else {"left_out": "not run"}
        ranked = sorted(runs, key=lambda one: float(one["cameras_per_core"]))
        middle = dict(ranked[len(ranked) // 2])
        figures = [float(one["cameras_per_core"]) for one in runs]
        middle["spread"] = [min(figures), max(figures)]
        middle["on_time"] = statistics.median(float(one["on_time"]) for one in runs)
        middle["runs"] = len(runs)
        return middle

    mine = median("ours")
    for name in ("none bad", "few", *ALSO):
        if done.get(f"ours, {name}"):
            mine.setdefault("also", {})[name] = done[f"ours, {name}"][0]
    few = mine.get("also", {}).get("few")
    if few is not None:
        more = mine["cameras"] - few["cameras"]
        mine["memory_slope_mb_per_camera"] = (_beside(mine) - _beside(few)) / more
    return {
        "at": at,
        "machine": machine,
        "ours": mine,
        "peers": {name: median(name) for name in PEERS},
    }


def _beside(one: dict[str, Any]) -> float:
    """Memory beside the rings, MB."""
    return float(one["memory_mb"] - one["ring_mb"])


def _rows(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    mine = result["ours"]
    also = {ALSO[name]: one for name, one in mine.get("also", {}).items() if name in ALSO}
    return {"ours": mine, **also, **{PEERS[n]: one for n, one in result["peers"].items()}}


def show(result: dict[str, Any], say: Console) -> None:
    """Prints a result as a table, and ours with its raw counters."""
    table = Table(title="1080p25 cameras, three models each")
    for name in ("who", "cameras", "on time", "a core", "spread", "CPU-s/camera-h"):
        table.add_column(name, justify="left" if name == "who" else "right")
    for name in ("age p50/p95/p99 s", "MB a camera", "events", "camera side CPU"):
        table.add_column(name, justify="right")
    for name, one in _rows(result).items():
        table.add_row(name, *_cells(one))
    say.print(table)
    mine = result["ours"]
    if "left_out" in mine:
        return
    for key in (
        "analyses",
        "not_on_time",
        "counts",
        "states",
        "ring_mb",
        "memory_slope_mb_per_camera",
        "threads",
    ):
        say.print(f"ours, {key}: {mine.get(key)}")
    if result.get("peers_measured_at"):
        say.print(f"peers as measured at {result['peers_measured_at']}")
    if mine["on_time"] < ENOUGH:
        say.print(f"[red]ours: on time {mine['on_time']:.1%}, too few: no figure counts[/]")


def into_document(result: dict[str, Any], path: Path) -> None:
    """Puts the table between the marks that the document keeps for it."""
    head = ["who", "cameras", "on time", "cameras a core", "spread", "CPU-s a camera-hour"]
    head += ["age p50/p95/p99 s", "MB a camera", "events found", "camera side, cores"]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += [
        f"| {name} | " + " | ".join(_cells(one)) + " |" for name, one in _rows(result).items()
    ]
    mine = result["ours"]
    facts = [f"{result['at']}, {result['machine']}; precision of ours: {mine.get('precision')}."]
    facts += [f"Ours, {key}: `{mine.get(key)}`." for key in ("analyses", "counts", "states")]
    facts += _comparisons(result)
    begin, end = "<!-- bench/cameras.py writes from here -->", "<!-- to here -->"
    before, _, rest = path.read_text("utf-8").partition(begin)
    body = "\n".join([*lines, "", *[f"- {fact}" for fact in facts]])
    after = rest.partition(end)[2]
    path.write_text(f"{before}{begin}\n\n{body}\n\n{end}{after}", "utf-8")


def _comparisons(result: dict[str, Any]) -> list[str]:
    mine, facts = result["ours"], []
    also = mine.get("also", {})
    ratios = [
        f"{mine['cameras_per_core'] / one['cameras_per_core']:.1f} times {PEERS[name]}"
        for name, one in result["peers"].items()
        if "left_out" not in one
    ]
    if ratios:
        facts.append(f"Cameras a core, ours: {', '.join(ratios)}.")
    if "few" in also:
        facts.append(
            f"Memory beside the rings: {_beside(mine):.0f} MB with {mine['cameras']} cameras, "
            f"{_beside(also['few']):.0f} MB with {also['few']['cameras']}: "
            f"{mine['memory_mb_per_camera']:.1f} MB a camera in all, "
            f"{mine['memory_slope_mb_per_camera']:.1f} MB for each one more."
        )
    if "none bad" in also:
        without = also["none bad"]
        facts.append(
            f"Without the two bad cameras: on time {without['on_time']:.2%} instead of "
            f"{mine['on_time']:.2%}, ages {_ages(without)} s instead of {_ages(mine)} s."
        )
    return facts


def _ages(one: dict[str, Any]) -> str:
    return "/".join(f"{one['age_s'][key]:.1f}" for key in ("p50", "p95", "p99"))


def _cells(one: dict[str, Any]) -> list[str]:
    if "left_out" in one:
        return ["", "", "left out", "", one["left_out"][:60], "", "", "", ""]
    low, high = one.get("spread", (one["cameras_per_core"],) * 2)
    return [
        str(one["cameras"]),
        f"{one['on_time']:.1%}",
        f"{one['cameras_per_core']:.1f}",
        f"{low:.1f}-{high:.1f}",
        f"{one['cpu_s_per_camera_hour']:.0f}",
        _ages(one),
        f"{one['memory_mb_per_camera']:.1f}",
        f"{one['events_found']}/{one['events']}",
        f"{one['camera_side_cpu_s'] / one['seconds']:.2f}",
    ]

"""The benchmark's results for people."""

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


def show(result: dict[str, Any], say: Console) -> None:
    """Prints a result as a table, and ours with its raw counters."""
    table = Table(title="1080p25 cameras, three models each")
    for name in ("who", "cameras", "on time", "a core", "spread", "CPU-s/camera-h"):
        table.add_column(name, justify="left" if name == "who" else "right")
    for name in ("age p50/p95/p99 s", "MB a camera", "events", "camera side CPU"):
        table.add_column(name, justify="right")
    rows = {"ours": result["ours"], **{PEERS[n]: one for n, one in result["peers"].items()}}
    for name, one in rows.items():
        table.add_row(name, *_cells(one))
    say.print(table)
    mine = result["ours"]
    for key in (
        "analyses",
        "not_on_time",
        "counts",
        "states",
        "ring_mb",
        "memory_slope_mb_per_hour",
        "threads",
    ):
        say.print(f"ours, {key}: {mine.get(key)}")
    if result.get("peers_measured_at"):
        say.print(f"peers as measured at {result['peers_measured_at']}")
    if mine["on_time"] < ENOUGH:
        say.print(f"[red]ours: on time {mine['on_time']:.1%}, too few: no figure counts[/]")


def into_document(result: dict[str, Any], path: Path) -> None:
    """Puts the table between the marks that the document keeps for it."""
    head = ("who", "cameras", "on time", "cameras a core", "spread", "CPU-s a camera-hour")
    head += ("age p50/p95/p99 s", "MB a camera", "events found", "camera side, cores")
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    rows = {"ours": result["ours"], **{PEERS[n]: one for n, one in result["peers"].items()}}
    lines += [f"| {name} | " + " | ".join(_cells(one)) + " |" for name, one in rows.items()]
    mine = result["ours"]
    facts = [f"{result['at']}, {result['machine']}; precision of ours: {mine.get('precision')}."]
    facts += [f"Ours, {key}: `{mine.get(key)}`." for key in ("analyses", "counts", "states")]
    if "none_bad" in mine:
        without = mine["none_bad"]
        facts.append(
            f"Without the two bad cameras: on time {without['on_time']:.2%} instead of "
            f"{mine['on_time']:.2%}, ages {without['age_s']} instead of {mine['age_s']}."
        )
    begin, end = "<!-- bench/cameras.py writes from here -->", "<!-- to here -->"
    before, _, rest = path.read_text("utf-8").partition(begin)
    body = "\n".join([*lines, "", *[f"- {fact}" for fact in facts]])
    after = rest.partition(end)[2]
    path.write_text(f"{before}{begin}\n\n{body}\n\n{end}{after}", "utf-8")


def _cells(one: dict[str, Any]) -> list[str]:
    if "left_out" in one:
        return ["", "", "left out", "", one["left_out"][:60], "", "", "", ""]
    ages = one["age_s"]
    low, high = one.get("spread", (one["cameras_per_core"],) * 2)
    return [
        str(one["cameras"]),
        f"{one['on_time']:.1%}",
        f"{one['cameras_per_core']:.1f}",
        f"{low:.1f}-{high:.1f}",
        f"{one['cpu_s_per_camera_hour']:.0f}",
        "/".join(f"{ages[key]:.1f}" for key in ("p50", "p95", "p99")),
        f"{one['memory_mb_per_camera']:.1f}",
        f"{one['events_found']}/{one['events']}",
        f"{one['camera_side_cpu_s'] / one['seconds']:.2f}",
    ]

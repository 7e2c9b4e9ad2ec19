"""The benchmark's results for people."""

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

"""The benchmark's picture; needs matplotlib, which the benchmark's environment alone has."""

import json
import sys
from pathlib import Path
from typing import Any

NAMES = {
    "ours": "five-chief",
    "ultralytics": "ultralytics\npredict(stream)",
    "opencv": "OpenCV threads\n+ supervision",
    "inference": "Roboflow\nInferencePipeline",
    "frigate": "Frigate's method\n(re-created)",
}


def main() -> None:
    """Draws cameras a core and CPU-seconds a camera-hour, side by side."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    result = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    rows: dict[str, dict[str, Any]] = {"ours": result["ours"], **result["peers"]}
    rows = {name: one for name, one in rows.items() if "left_out" not in one}
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
    for axis, key, title in (
        (axes[0], "cameras_per_core", "cameras a core (more is better)"),
        (axes[1], "cpu_s_per_camera_hour", "CPU-seconds a camera-hour (less is better)"),
    ):
        values = [one[key] for one in rows.values()]
        colours = ["#1f6f5c" if name == "ours" else "#9aa5a1" for name in rows]
        bars = axis.barh([NAMES[name] for name in rows], values, color=colours)
        axis.bar_label(bars, [f"{value:.1f}" for value in values], padding=3)
        axis.set_title(title, fontsize=10)
        axis.invert_yaxis()
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.15)
    figure.suptitle(f"1080p25, three models a camera; {result['machine']}", fontsize=10)
    figure.savefig(sys.argv[2])


if __name__ == "__main__":
    main()

"""An evaluation's figures as rows of text."""

from typing import Any


def rows_of(figures: dict[str, Any]) -> list[list[str]]:
    """A row a class, and one of means: boxes, the average precisions, precision, recall."""
    names = ("map50", "map50_95", "ap_iou30", "ap_centre", "precision", "recall", "recall_centre")
    rows = [
        [name, str(one["boxes"]), *(_number(one[figure]) for figure in names)]
        for name, one in figures["per_class"].items()
    ]
    means = [_number(figures[figure]) for figure in names[:4]]
    return [*rows, ["mean", str(figures["boxes"]), *means, "", "", ""]]


def groups_of(figures: dict[str, Any]) -> list[list[str]]:
    """A row a group of boxes or pictures."""
    groups = {**figures["by_size"], **figures["by_light"]}
    return [
        [
            name,
            str(one["boxes"]),
            _number(one["ap50"]),
            _number(one["ap_centre"]),
            _interval(one["interval_centre"]),
        ]
        for name, one in groups.items()
    ]


def event_rows(figures: dict[str, Any]) -> list[list[str]]:
    """A row a class of event-level figures, and one of all."""
    return [
        [
            name,
            str(one["events"]),
            str(one["filed"]),
            _number(one["precision"]),
            _number(one["recall"]),
            "-" if one["delay_s"] is None else f"{one['delay_s']:.1f} s",
            str(one["duplicates"]),
            "-" if one["false_per_camera_day"] is None else f"{one['false_per_camera_day']:.1f}",
        ]
        for name, one in [*figures["per_class"].items(), ("all", figures)]
    ]


def lines_of(figures: dict[str, Any]) -> list[str]:
    """What was measured on what, and the figures that are no averages."""
    found, false = figures["found_any_class"], figures["false_on_empty"]
    intervals = ", ".join(
        f"{name} {_interval(interval)}" for name, interval in figures["intervals"].items()
    )
    return [
        f"{figures['model']} on {figures['pictures']} pictures of {figures['data']}, by "
        f"{figures['engine']}; precision, recall and shares at {figures['threshold']}",
        f"95 % of the bootstrap over the pictures: {intervals}",
        f"found by centre, whatever the class: {found['hits']} of {found['of']} "
        f"({_number(found['share'])}; {_interval(found['interval'])})",
        f"empty pictures with a false alarm: {false['hits']} of {false['of']} "
        f"({_number(false['share'])}; {_interval(false['interval'])})",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(value: tuple[float, float] | None) -> str:
    return "-" if value is None else f"{value[0]:.3f}-{value[1]:.3f}"

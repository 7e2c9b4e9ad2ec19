"""Violations against truth, event by event: what was filed, what was missed, what was doubled."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from detector.violation import Change, Event
from tuning.matching import by_centre, by_iou
from tuning.replay import Judged
from tuning.truth import TrueEvent, Truth

PLACE_IOU = 0.3
"""Overlap from which two boxes are one place; so is a box in whose middle the other lies."""
EARLY_S = 1.0
"""So much before a true event's `from` it may have been filed: people mark by eye."""
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Filed:
    """One violation that would have been filed.

    Attributes:
        kind: as the catalogue calls it.
        box: corners in pixels, as it was confirmed.
        begin: first seen, seconds into the clip.
        at: confirmed, likewise.
        end: cleared, likewise; the clip's end for what stays.
    """

    kind: str
    box: tuple[float, float, float, float]
    begin: float
    at: float
    end: float


@dataclass(frozen=True, slots=True)
class ClipScore:
    """What became of one clip's truth.

    Attributes:
        clip: the file's name.
        seconds: its length.
        found: true events that were filed, with the delay of each from its beginning, seconds.
        missed: true events that were not.
        doubled: filed again although the true event had been filed already.
        false: filed where there is nothing.
    """

    clip: str
    seconds: float
    found: tuple[tuple[TrueEvent, float], ...]
    missed: tuple[TrueEvent, ...]
    doubled: tuple[Filed, ...]
    false: tuple[Filed, ...]


def score_clip(judged: Judged, truth: Truth) -> ClipScore:
    """Match what would have been filed with what is there, one to one in time and place."""
    filed = filings(judged)
    fits = np.array(
        [[_fits(one, true, judged.seconds) for true in truth.events] for one in filed]
    ).reshape(len(filed), len(truth.events))
    # The most pairs, and of these the ones that were filed soonest.
    late = np.array([[one.at] * len(truth.events) for one in filed]).reshape(fits.shape)
    gain = np.where(fits, 1.0 - late / (judged.seconds + 1.0) / 1e3, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    pairs = {int(r): int(c) for r, c in zip(rows, columns, strict=True) if fits[r, c]}
    taken = set(pairs.values())
    rest = [row for row in range(len(filed)) if row not in pairs]
    doubled = [row for row in rest if fits[row].any()]
    return ClipScore(
        clip=judged.clip.name,
        seconds=judged.seconds,
        found=tuple(
            (truth.events[column], round(filed[row].at - truth.events[column].begin, 3))
            for row, column in sorted(pairs.items())
        ),
        missed=tuple(true for i, true in enumerate(truth.events) if i not in taken),
        doubled=tuple(filed[row] for row in doubled),
        false=tuple(filed[row] for row in rest if row not in doubled),
    )


def filings(judged: Judged) -> list[Filed]:
    """What would have been filed, in time's order."""
    cleared = {
        event.violation.id: judged.at(event.at)
        for event in judged.events
        if event.change is Change.CLEARED
    }
    return [_filed(judged, event, cleared) for event in judged.confirmed]


def _filed(judged: Judged, event: Event, cleared: dict[str, float]) -> Filed:
    violation = event.violation
    return Filed(
        kind=violation.kind,
        box=violation.box,
        begin=judged.at(violation.first_seen),
        at=judged.at(event.at),
        end=cleared.get(violation.id, judged.seconds),
    )


def _fits(filed: Filed, true: TrueEvent, seconds: float) -> bool:
    end = seconds if true.end is None else true.end
    # What was filed before there was anything is false, whatever came there later.
    together = filed.begin <= end and filed.at >= true.begin - EARLY_S
    here, there = (np.array([box], dtype=np.float32) for box in (filed.box, true.box))
    near = bool(by_iou(PLACE_IOU)(here, there)[0, 0] or by_centre(here, there)[0, 0])
    return filed.kind == true.what and together and near


def summarise(clips: Sequence[ClipScore]) -> dict[str, Any]:
    """Event-level figures over clips; null where there is nothing to measure.

    `precision` is found ÷ filed, doubles and false ones among the filed; `recall` is found ÷ true;
    `delay_s` is the median from an event's beginning to its filing.
    """
    kinds = sorted(
        {true.what for one in clips for true in (*(t for t, _ in one.found), *one.missed)}
        | {filed.kind for one in clips for filed in (*one.doubled, *one.false)}
    )
    seconds = sum(one.seconds for one in clips)
    return {
        **_figures(clips, None, seconds),
        "per_class": {kind: _figures(clips, kind, seconds) for kind in kinds},
        "clips": [
            {
                "clip": one.clip,
                "found": len(one.found),
                "missed": len(one.missed),
                "duplicates": len(one.doubled),
                "false": len(one.false),
            }
            for one in clips
        ],
        "seconds": round(seconds, 3),
    }


def _figures(clips: Sequence[ClipScore], kind: str | None, seconds: float) -> dict[str, Any]:
    delays = [delay for one in clips for true, delay in one.found if kind in (None, true.what)]
    missed = sum(kind in (None, true.what) for one in clips for true in one.missed)
    doubled = sum(kind in (None, filed.kind) for one in clips for filed in one.doubled)
    false = sum(kind in (None, filed.kind) for one in clips for filed in one.false)
    filed, true = len(delays) + doubled + false, len(delays) + missed
    return {
        "precision": round(len(delays) / filed, 4) if filed else None,
        "recall": round(len(delays) / true, 4) if true else None,
        "delay_s": round(median(delays), 3) if delays else None,
        "false_per_camera_day": round(false / (seconds / DAY_S), 3) if seconds else None,
        "duplicates": doubled,
        "events": true,
        "filed": filed,
    }

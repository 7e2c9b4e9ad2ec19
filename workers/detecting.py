"""Models over pictures of several cameras that are looked at together."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detector.detections import Detections
from detector.letterbox import fit_of, on_grey
from detector.model import Fitted, Model
from streams.shot import Shot
from workers.camera import CameraWorker
from workers.looks import Look
from workers.source import Source

Found = dict[str, dict[str, Detections]]
"""By camera, what each model that looked at it saw."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A camera's picture, decoded for some models, and the stream that gave it."""

    look: Look
    worker: CameraWorker
    shot: Shot
    source: Source


def detect(models: Mapping[str, Model], taken: Sequence[Taken], stop: threading.Event) -> Found:
    """Each model over all pictures that it is to look at; cut short when told to stop.

    A picture is brought to an input's size once for all models that have it. Frozen pictures are
    not looked at: they prove nothing.
    """
    found: Found = {one.look.camera: {} for one in taken}
    fitted: dict[tuple[str, int, int], Fitted] = {}
    for name, model in models.items():
        wanted = [one for one in taken if name in one.look.models and not one.source.freeze.frozen]
        if not wanted or stop.is_set():
            continue
        size = model.card.input
        inputs, limits = [], []
        for one in wanted:
            key = one.look.camera, size.width, size.height
            if key not in fitted:
                fitted[key] = _fitted(one.shot, size.width, size.height)
            inputs.append(fitted[key])
            limits.append(one.worker.pipeline.thresholds[name])
        for one, seen in zip(wanted, model.detect_fitted(inputs, limits), strict=True):
            found[one.look.camera][name] = seen
    return found


def _fitted(shot: Shot, width: int, height: int) -> Fitted:
    fit = fit_of(shot.width, shot.height, width, height)
    return on_grey(shot.scaled(*fit.inner), fit, width, height), fit

"""A recorded clip through the same pipeline as a live camera, on the clip's own clock.

The same clip and the same rules give the same result each time, however fast the machine is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from detector.explain import explain
from detector.model import Model
from detector.second_look.judge import SecondLooker
from detector.violation import Change, Event, State, Violation
from streams.clip import StreamInfo, clip_frames, probe
from streams.frame import Frame
from tuning.clip_camera import ClipCamera
from tuning.clip_config import ClipConfig


@dataclass(frozen=True, slots=True)
class Turn:
    """A violation has come into a state.

    Attributes:
        at: capture time of the look that did it.
        violation: its id.
        state: the new state; None: it is withdrawn.
        suppressed: why it is kept back, if it is.
    """

    at: datetime
    violation: str
    state: State | None
    suppressed: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a clip.

    Attributes:
        clip: its file.
        info: what it is.
        start: capture time of its first picture.
        seconds: how long it lasts.
        looks: how many pictures a model looked at.
        events: all that changed, in time's order.
        states: each new state of a violation, in time's order.
        open: what is open at the end, candidates included.
    """

    clip: Path
    info: StreamInfo
    start: datetime
    seconds: float
    looks: int
    events: tuple[Event, ...]
    states: tuple[Turn, ...] = ()
    open: tuple[Violation, ...] = ()

    @property
    def confirmed(self) -> tuple[Event, ...]:
        """What would have been filed, in time's order."""
        return tuple(event for event in self.events if event.change is Change.CONFIRMED)

    def at(self, moment: datetime) -> float:
        """Seconds into the clip."""
        return round((moment - self.start).total_seconds(), 3)


def replay(
    clip: Path,
    config: ClipConfig,
    models: Mapping[str, Model],
    *,
    looker: SecondLooker | None = None,
    on_look: Callable[[Frame, Sequence[Event]], None] | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> Judged:
    """Judge a clip.

    Args:
        clip: a video file.
        config: its rules, and when it begins.
        models: loaded, by the names that the rules call them.
        looker: looks once more at what is proved; None confirms it as it is.
        on_look: told of each picture that a model looked at, and of what changed.
        progress: called with the seconds done and of all.

    Raises:
        CameraError: the clip cannot be read.
        RuleInvalid: a rule asks for a model or a class that is not there.
    """
    info = probe(clip)
    camera = ClipCamera(clip.stem, config, models, looker)
    restarts = sorted(config.restarts)
    states: list[Turn] = []
    found: list[Event] = []
    looks = 0
    for frame in _due(clip, info, config, camera):
        while restarts and frame.captured_at >= config.start + timedelta(seconds=restarts[0]):
            restarts.pop(0)
            camera.restart()
        looks += 1
        events = camera.look(frame)
        states += _turns(states, events, camera.pipeline.state.open, frame.captured_at)
        found += events
        if on_look is not None:
            on_look(frame, events)
        if progress is not None:
            progress((frame.captured_at - config.start).total_seconds(), info.duration_s)
    return Judged(
        clip,
        info,
        config.start,
        info.duration_s,
        looks,
        tuple(found),
        tuple(states),
        camera.pipeline.state.open,
    )


def _turns(
    before: Sequence[Turn], events: Sequence[Event], now: Sequence[Violation], at: datetime
) -> list[Turn]:
    """What has come into another state by a look."""
    known = {turn.violation: (turn.state, turn.suppressed) for turn in before}
    ended = [event.violation for event in events if event.change is Change.CLEARED]
    turns = [
        Turn(at, one.id, one.state, one.suppressed)
        for one in (*now, *ended)
        if known.get(one.id) != (one.state, one.suppressed)
    ]
    withdrawn = [event.violation for event in events if event.change is Change.WITHDRAWN]
    return turns + [Turn(at, one.id, None, one.suppressed) for one in withdrawn]


def _due(clip: Path, info: StreamInfo, config: ClipConfig, camera: ClipCamera) -> Iterator[Frame]:
    """The pictures that some model is due for.

    Keyframes, as live; where those come more rarely than a model wants to look, every picture is
    decoded, as a worker does then.
    """
    cadence = min(camera.pipeline.cadences(config.start).values(), default=0.0)
    rare = info.gop is None or (info.fps > 0 and info.gop / info.fps > cadence)
    return clip_frames(
        clip,
        clip.stem,
        config.start,
        keyframes_only=not rare,
        wanted=lambda at: bool(camera.pipeline.due(at)),
    )


def as_dict(judged: Judged) -> dict[str, Any]:
    """A replay as plain values: times in seconds into the clip."""
    return {
        "clip": judged.clip.name,
        "seconds": round(judged.seconds, 3),
        "looks": judged.looks,
        "events": [
            {
                "at": judged.at(event.at),
                "change": event.change.value,
                "violation": event.violation.id,
                "kind": event.violation.kind,
                "label": event.violation.label,
                "rule": event.violation.rule,
                "model": event.violation.model,
                "box": [round(side, 1) for side in event.violation.box],
                "score": round(event.violation.score, 4),
                "first_seen": judged.at(event.violation.first_seen),
                "looks": event.violation.looks,
                "hits": event.violation.hits,
                "state": event.violation.state.value,
                "explanation": _explained(event),
            }
            for event in judged.events
        ],
        "states": [
            {
                "at": judged.at(turn.at),
                "violation": turn.violation,
                "state": "withdrawn" if turn.state is None else turn.state.value,
                "suppressed": turn.suppressed,
            }
            for turn in judged.states
        ],
        "open": [
            {"violation": one.id, "state": one.state.value, "explanation": _why(one)}
            for one in judged.open
        ],
    }


def _explained(event: Event) -> dict[str, Any] | None:
    if event.change not in (Change.CONFIRMED, Change.WITHDRAWN):
        return None
    return _why(event.violation)


def _why(violation: Violation) -> dict[str, Any]:
    why = explain(violation)
    return {"zh": why.text_zh, "en": why.text_en, "data": why.data}

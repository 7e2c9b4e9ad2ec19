"""Stored detection histories: what a camera's models saw, in JSON, run through the rules.

No model runs and no picture is needed, so a story that takes an hour on the street takes
milliseconds here. The pictures go through the same `Pipeline` as a camera's, and a picture for
which no model is due is left out, as it would be there. The format is in docs/rules.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from itertools import count
from pathlib import Path
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from detector.card import find_model, load_card
from detector.catalogue import KindRule
from detector.detections import Detections
from detector.ground import Ground
from detector.model import Model
from detector.pipeline import Pipeline
from detector.rules import Rule
from detector.runtime import Numbers, Pictures
from detector.scene import RecordedScene
from detector.schedule import TimeZone
from detector.site import Area, Site
from detector.state import CameraState
from detector.violation import Box, Event, Verdict, Violation


class Seen(BaseModel):
    """Something that a model saw.

    Attributes:
        label: its class.
        score: 0..1.
        box: corners in the first picture of the span, pixels.
        moves: by how much it moves each second, pixels across and down.
        every: seen at each so manieth picture.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    score: Annotated[float, Field(gt=0.0, le=1.0)] = 0.6
    box: Box
    moves: tuple[float, float] = (0.0, 0.0)
    every: Annotated[int, Field(ge=1)] = 1


class Judgement(BaseModel):
    """What the second look says, if it is asked; as in `Verdict`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    passes: bool | None
    score: float | None = None
    label: str | None = None
    words_zh: str = ""
    words_en: str = ""
    evidence: dict[str, JsonValue] = {}


class Span(BaseModel):
    """Pictures in a row on which the same is to be seen.

    Attributes:
        begin: seconds after the history's start, of its first picture.
        end: and of its last at the latest; without it the span is one picture.
        every: seconds from one picture to the next.
        seen: what models saw, by rule id's model; all of it is offered to every rule's model.
        scene: what is known of these pictures.
        second_look: what a second look says on them; none is taken where it is missing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    begin: float = Field(alias="from", ge=0.0)
    end: float | None = Field(default=None, alias="to")
    every: Annotated[float, Field(gt=0.0)] = 2.0
    seen: tuple[Seen, ...] = ()
    scene: RecordedScene = RecordedScene()
    second_look: Judgement | None = None

    def pictures(self) -> Iterator[tuple[int, float]]:
        """Number within the span, and seconds after the history's start."""
        last = self.begin if self.end is None else self.end
        for number in count():
            at = self.begin + number * self.every
            if at > last + 1e-9:
                return
            yield number, at


class Told(BaseModel):
    """What is to come of a history: a change, when, and what of it is worth checking."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: float
    change: str
    label: str | None = None
    severity: str | None = None
    zone_kind: str | None = None
    component_code: str | None = None


class History(BaseModel):
    """A stored history.

    Attributes:
        story: what it is about, for people.
        rules: as in a worker's configuration, completed by the catalogue.
        areas: what is drawn in the camera's view.
        ground: its calibration.
        timezone: of schedules.
        start: capture time of second 0.
        width: of the pictures, pixels.
        height: of the pictures, pixels.
        looks: spans of pictures, in time's order.
        expect: what is to come of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    story: str
    rules: tuple[KindRule, ...]
    areas: tuple[Area, ...] = ()
    ground: Ground | None = None
    timezone: TimeZone = "Asia/Shanghai"
    start: AwareDatetime
    width: int = 1280
    height: int = 720
    looks: tuple[Span, ...]
    expect: tuple[Told, ...]


def read_history(path: Path) -> History:
    """A history from its file.

    Raises:
        ValidationError: it is none.
    """
    return History.model_validate_json(path.read_bytes())


@dataclass(frozen=True, slots=True)
class Picture:
    """One recorded picture: when, what was seen, and what is known of it."""

    at: datetime
    seen: tuple[tuple[str, float, Box], ...]
    span: Span


def pictures(history: History) -> Iterator[Picture]:
    """A history's pictures, in its order."""
    for span in history.looks:
        for number, after in span.pictures():
            seen = tuple(
                (one.label, one.score, _moved(one, after - span.begin))
                for one in span.seen
                if number % one.every == 0
            )
            yield Picture(history.start + timedelta(seconds=after), seen, span)


def pipeline_of(history: History, state: CameraState | None = None, first_id: int = 1) -> Pipeline:
    """A pipeline for a history's rules, whose models cannot look.

    Args:
        history: its rules name shipped models; their cards count.
        state: where it stood.
        first_id: the number that the next new violation's id is made of; they are counted on.
    """
    names = {rule.model for rule in history.rules}
    models = {name: _blind(name) for name in names}
    ids = count(first_id)
    return Pipeline(
        "history",
        history.rules,
        models,
        state,
        new_id=lambda: str(UUID(int=next(ids))),
        local=ZoneInfo(history.timezone),
        site=Site(history.areas, history.ground),
    )


def show(pipeline: Pipeline, history: History, picture: Picture) -> tuple[Event, ...]:
    """Show one recorded picture to a pipeline, if a model of it is due."""
    due = pipeline.due(picture.at)
    if not due:
        return ()
    found = {name: _detections(picture.seen) for name in due}
    given = picture.span.second_look

    verdict = None if given is None else Verdict(**given.model_dump())
    observed = pipeline.observe_detections(
        found,
        picture.at,
        history.width,
        history.height,
        picture.span.scene.view(),
        None if verdict is None else partial(_say, verdict),
    )
    return observed.events


def run_history(history: History) -> list[Event]:
    """All that comes of a history."""
    pipeline = pipeline_of(history)
    return [event for one in pictures(history) for event in show(pipeline, history, one)]


def _say(verdict: Verdict, violation: Violation, rule: Rule) -> Verdict:
    return verdict


class _Blind:
    """The engine of a model that never looks: histories bring their detections with them."""

    name = "blind"

    def run(self, batch: Numbers | Pictures) -> Numbers:
        raise RuntimeError(f"a stored history has no pictures to look at: {batch.shape}")


@lru_cache(maxsize=32)
def _blind(name: str) -> Model:
    return Model(load_card(find_model(name)), _Blind())


def _moved(one: Seen, seconds: float) -> Box:
    across, down = one.moves[0] * seconds, one.moves[1] * seconds
    x0, y0, x1, y1 = one.box
    return x0 + across, y0 + down, x1 + across, y1 + down


def _detections(seen: tuple[tuple[str, float, Box], ...]) -> Detections:
    return Detections(
        xyxy=np.array([box for _, _, box in seen], np.float32).reshape(-1, 4),
        confidence=np.array([score for _, score, _ in seen], np.float32),
        class_id=np.zeros(len(seen), int),
        data={"class_name": np.array([label for label, _, _ in seen], dtype=str)},
    )

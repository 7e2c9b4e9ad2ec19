"""A clip's camera: its rules, its health, the memory of its place; and a restart of all that."""

from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from detector.health.camera import CameraHealth
from detector.health.light import chroma_spread
from detector.model import Model
from detector.pipeline import Pipeline
from detector.scenery.scenery import Scenery
from detector.scenery.watch import SceneWatch
from detector.second_look.judge import SecondLooker
from detector.site import Site
from detector.state import CameraState
from detector.violation import Event
from streams.frame import Frame, Image
from tuning.clip_config import ClipConfig

_IDS = UUID("6f0f5f0c-6d1d-4d0e-9d0e-5c1f6a0b8a51")


class ClipCamera:
    """Judges a clip's pictures one after the other, as a worker judges a camera's.

    A class because it guards where the camera stands. Ids are counted, so that the same clip gives
    the same result.
    """

    def __init__(
        self,
        name: str,
        config: ClipConfig,
        models: Mapping[str, Model],
        looker: SecondLooker | None = None,
    ) -> None:
        """Sets a camera up that has seen nothing yet.

        Args:
            name: the camera's.
            config: its rules, and what is known of its view.
            models: loaded, by the names that the rules call them.
            looker: looks once more at what is proved; None confirms it as it is.

        Raises:
            RuleInvalid: a rule asks for a model or a class that is not there.
        """
        numbers = iter(range(10**9))
        self._local = ZoneInfo(config.timezone)
        self._looker = looker
        self._rules: Callable[[CameraState | None], Pipeline] = lambda state: Pipeline(
            name,
            config.rules,
            models,
            state,
            new_id=lambda: str(uuid5(_IDS, str(next(numbers)))),
            local=self._local,
            site=Site(config.areas, config.ground),
        )
        self._begin(None, CameraHealth(), Scenery(self._local))

    def look(self, frame: Frame) -> tuple[Event, ...]:
        """Takes one picture in; returns what has changed."""
        image = partial(_image, frame)
        scene = self._watch.look(
            frame.grey(), frame.chroma(), image, frame.captured_at, frame.width
        )
        again = None if self._looker is None else self._looker.at(image)
        seen = self.pipeline.observe(frame.image, frame.captured_at, scene=scene, second_look=again)
        marked = self.pipeline.marked(frame.width, frame.height)
        self._watch.learn(seen.detections, self.pipeline.state.open, marked)
        return seen.events

    def restart(self) -> None:
        """Goes on from what a worker would have stored, and from nothing else.

        How open places looked when they were last seen is not stored; it is lost here, too.
        """
        self._begin(
            CameraState.from_json(self.pipeline.state.to_json()),
            CameraHealth(self._health.to_json(), self._health.pictures),
            Scenery.from_bytes(self._watch.scenery.to_bytes(), self._local),
        )

    def _begin(self, state: CameraState | None, health: CameraHealth, scenery: Scenery) -> None:
        self.pipeline = self._rules(state)
        self._health = health
        self._watch = SceneWatch(
            scenery,
            health=lambda grey, chroma, at, _width: health.look(grey, at, chroma_spread(chroma)),
            hides=None if self._looker is None else self._looker.hides,
        )


def _image(frame: Frame) -> Image:
    return frame.image

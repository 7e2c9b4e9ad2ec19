"""Who waits for a camera's next picture, due or not."""

import logging
import threading

from detector.pipeline import Pipeline
from detector.scene import SceneView
from workers.control import UsePicture
from workers.picture import Picture

log = logging.getLogger(__name__)


class Asks:
    """A camera's list of those that want its next keyframe; true while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[UsePicture] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, use: UsePicture) -> None:
        """Want the next picture."""
        with self._lock:
            self._waiting.append(use)

    def serve(self, picture: Picture, pipeline: Pipeline, scene: SceneView) -> None:
        """Hand a picture to all that wait, each once; what one of them raises is logged."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for use in waiting:
            try:
                use(picture, pipeline, scene)
            except Exception:
                log.exception("a picture that was asked for came to nothing")

    def take_over(self, other: "Asks") -> None:
        """Let those that wait elsewhere wait here: the camera has a new configuration."""
        with other._lock:
            waiting, other._waiting = other._waiting, []
        with self._lock:
            self._waiting += waiting

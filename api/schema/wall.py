"""All cameras at a glance."""

from datetime import datetime

from api.schema.base import Wire
from api.schema.camera_alerts import CameraAlertView
from api.schema.places import Place


class WallPicture(Wire):
    """A camera's newest small picture: its address changes with the picture."""

    url: str
    at: datetime


class WallCamera(Wire):
    """A camera on the wall.

    `state` and `since` are its stream's, as its worker last said, or null if it never spoke of it;
    `alive` is whether that worker is still heard. `version` is null for a camera whose worker has
    no line. `alerts` say why its picture cannot be relied on now.
    """

    camera_id: str
    place: Place
    worker: str
    enabled: bool
    version: int | None
    alive: bool
    state: str | None
    since: datetime | None
    reason: str
    alerts: tuple[CameraAlertView, ...]
    picture: WallPicture | None


class Wall(Wire):
    """All cameras, by id."""

    items: tuple[WallCamera, ...]

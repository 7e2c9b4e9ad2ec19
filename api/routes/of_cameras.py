"""What routes about one camera share: which it is, who writes, and at which version."""

import re
from typing import Annotated

from fastapi import Header, Path

from api.problems import Problem
from api.schema import Role
from api.schema.cameras import Camera, Id
from api.services import Services
from api.store.camera_views import get_camera

CameraId = Annotated[Id, Path(description="The camera's id.")]
IfMatch = Annotated[
    str | None, Header(description="Write only if the newest version still has this ETag.")
]
CAMERA_ETAG = {"ETag": {"description": "The newest version.", "schema": {"type": "string"}}}
WRITERS = (Role.ENGINEER, Role.ADMIN)


def known_camera(parts: Services, camera_id: str) -> Camera:
    """A camera with its newest configuration.

    Raises:
        Problem: 404, there is none.
    """
    camera = get_camera(parts.store, camera_id)
    if camera is None:
        raise Problem(404, "unknown-camera", f"there is no camera {camera_id}")
    return camera


def versions_seen(if_match: str | None, if_none_match: str | None) -> set[int] | None:
    """The newest versions that the writer may have seen; 0 is a camera that is not there.

    Raises:
        Problem: 428, the writer does not say.
    """
    if if_none_match is not None and if_none_match.strip() == "*":
        return {0}
    if if_match is None:
        raise Problem(
            428, "version-wanted", "send If-Match with the ETag that you read, or If-None-Match: *"
        )
    if if_match.strip() == "*":
        return None
    return {int(number) for number in re.findall(r'"(\d{1,9})"', if_match)}

"""The newest small picture of each camera, kept for the wall: one file a camera, no history."""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.schema.cameras import ID

FOLDER = "latest"
LEAST_S = 5.0
"""A live view brings several pictures a second: so often is one of them kept."""
_MOST_BYTES = 2**20
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Latest:
    """A camera's newest picture.

    Attributes:
        path: the JPEG.
        at: capture time by its worker's clock, UTC.
        tag: changes with the picture.
    """

    path: Path
    at: datetime
    tag: str


class LatestPictures:
    """A folder beside the evidence. What is in it is shown and forgotten; it is in no backup."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept: dict[str, float] = {}

    def wants(self, camera_id: str) -> bool:
        """Whether a picture of the camera is to be kept, after those that were."""
        return time.monotonic() - self._kept.get(camera_id, -LEAST_S) >= LEAST_S

    def keep(self, camera_id: str, at: datetime, jpeg: bytes) -> None:
        """Keep a picture in place of the one before; what is no small JPEG is passed over.

        Raises:
            OSError: the disk refuses it.
        """
        fits = jpeg.startswith(_JPEG) and len(jpeg) <= _MOST_BYTES
        if not fits or ID.fullmatch(camera_id) is None:
            return
        self._kept[camera_id] = time.monotonic()
        self._root.mkdir(mode=0o700, exist_ok=True)
        # Written aside, so that no reader meets half a picture. A power cut may lose it: the next
        # one comes by itself.
        half = self._root / f".{camera_id}-{os.getpid()}"
        half.write_bytes(jpeg)
        os.utime(half, (at.timestamp(), at.timestamp()))
        half.replace(self._root / f"{camera_id}.jpg")

    def find(self, camera_id: str) -> Latest | None:
        """A camera's newest picture; None while none has come."""
        if ID.fullmatch(camera_id) is None:
            return None
        path = self._root / f"{camera_id}.jpg"
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return Latest(path, datetime.fromtimestamp(found.st_mtime, UTC), f"{found.st_mtime_ns:x}")

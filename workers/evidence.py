"""The files that a report stands on: written once, named by their SHA-256, synced to disk."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import cv2

from api.schema import EvidenceFile, EvidenceRole
from streams.frame import Image
from workers.errors import EvidenceLost

MediaType = Literal["image/jpeg", "image/png", "video/mp4"]
_JPEG_QUALITY = 92


@dataclass(frozen=True, slots=True)
class EvidenceFolder:
    """A folder of files named by content: `ab/ab12….jpg`."""

    path: Path

    def keep_picture(self, image: Image, role: EvidenceRole, captured_at: datetime) -> EvidenceFile:
        """Writes a picture as JPEG.

        Args:
            image: uint8, (height, width, 3), BGR.
            role: what it shows.
            captured_at: its capture time, UTC.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        if not done:
            raise OSError(f"a picture of shape {image.shape} could not be encoded as JPEG")
        return self.keep(data.tobytes(), role, "image/jpeg", captured_at)

    def keep(
        self, data: bytes, role: EvidenceRole, media_type: MediaType, captured_at: datetime
    ) -> EvidenceFile:
        """Writes bytes as they are; the same bytes twice are one file."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        if path.exists():
            path.touch()  # young again: `sweep` must not take it before a message cites it
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        return EvidenceFile(
            sha256=sha256,
            role=role,
            media_type=media_type,
            size=len(data),
            captured_at=captured_at,
        )

    def find(self, sha256: str) -> Path:
        """The path of a file.

        Raises:
            EvidenceLost: it is not there.
        """
        path = self._path(sha256)
        if not path.exists():
            raise EvidenceLost(f"{path}: this file of evidence is gone; restore it from a backup")
        return path

    def sweep(self, cited: Iterable[str], before: datetime) -> int:
        """Deletes files that no message cites: sent and forgotten, or orphaned by a kill.

        Args:
            cited: SHA-256 of each file to keep.
            before: files written later are kept too: their message may be on its way.

        Returns:
            How many were deleted.
        """
        keep, youngest = set(cited), before.timestamp()
        doomed = [
            path
            for path in self.path.glob("??/*")
            if path.name not in keep and path.stat().st_mtime < youngest
        ]
        for path in doomed:
            path.unlink(missing_ok=True)
        return len(doomed)

    def _path(self, sha256: str) -> Path:
        return self.path / sha256[:2] / sha256


def write_whole(path: Path, data: bytes) -> None:
    """The file is there with all its bytes, or it is not there."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

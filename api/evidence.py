"""Evidence files: checked against their declaration, then kept by content."""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO, cast
from uuid import uuid4

from api.media import MediaError, check_media
from api.problems import Problem, invalid
from api.schema import EvidenceFile, EvidenceRole

_BLOCK = 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{64}")
_HALF_WRITTEN = ".half-written-"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_ABANDONED_S = 3600
"""Longer than any write takes: another process may be at one."""


@dataclass(frozen=True, slots=True)
class EvidenceFolder:
    """A folder of files named by their SHA-256: `ab/abcd…`.

    Attributes:
        root: the folder; made when missing.
        max_file_bytes: largest file taken.
        max_pixels: largest picture decoded.
    """

    root: Path
    max_file_bytes: int
    max_pixels: int

    def prepare(self) -> None:
        """Make the folder and those in it, so that no report has to sync one that is new."""
        self.root.mkdir(mode=0o700, exist_ok=True)
        known = {path.name for path in self.root.iterdir()}
        for number in range(256):
            if f"{number:02x}" not in known:
                (self.root / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
        _sync_folder(self.root)

    def path(self, sha256: str) -> Path:
        """Where the file with this hash is, or would be."""
        return self.root / sha256[:2] / sha256

    def files(self) -> Iterator[Path]:
        """The files of evidence that lie there; those that are half written are none."""
        return (path for path in self.root.glob("??/*") if _NAME.fullmatch(path.name))

    def sweep(self, uncited: Callable[[list[str]], list[str]] | None = None) -> int:
        """Take away what nobody needs: half-written files, and files that nothing cites.

        What is younger than an hour is left alone: its writer may be at it still.

        Args:
            uncited: says which of some files, by SHA-256, nothing cites; None leaves all.

        Returns:
            How many files were taken away for being cited by nothing.
        """
        oldest = time.time() - _ABANDONED_S
        old = []
        for path in self.root.glob("*/*"):
            if _modified(path) < oldest:
                if path.name.startswith(_HALF_WRITTEN):
                    path.unlink(missing_ok=True)
                elif _NAME.fullmatch(path.name):
                    old.append(path.name)
        doomed = [] if uncited is None else uncited(sorted(old))
        return sum(self._take_away(sha256, oldest) for sha256 in doomed)

    def _take_away(self, sha256: str, oldest: float) -> bool:
        # Moved aside first: a writer that brings the same file touches it where it finds it, and
        # writes it anew where it does not, so that none is lost between the look and the deed.
        place = self.path(sha256)
        aside = place.with_name(f"{_HALF_WRITTEN}swept-{sha256}")
        try:
            place.rename(aside)
        except FileNotFoundError:
            return False
        if _modified(aside) >= oldest:
            aside.rename(place)
            return False
        aside.unlink()
        return True

    def check(
        self,
        declared: Sequence[EvidenceFile],
        sent: Mapping[str, BinaryIO],
        frame: tuple[int, int] | None = None,
    ) -> None:
        """Hold the files that were sent against those that were declared; keep nothing.

        Args:
            declared: what the document says of its files.
            sent: SHA-256 to content.
            frame: width and height that whole pictures must have, in pixels; None takes any.

        Raises:
            Problem: 422 or 413, naming each file that is missing, undeclared, or not as declared.
        """
        names = {item.sha256 for item in declared}
        wrong = [
            (f"files.{name}", "is not declared in `evidence`") for name in sent if name not in names
        ]
        for index, item in enumerate(declared):
            field = f"evidence.{index}"
            if item.sha256 not in sent:
                wrong.append((f"{field}.sha256", f"no file named {item.sha256} was sent"))
            elif found := self._compare(field, item, sent[item.sha256], frame):
                wrong.append(found)
        if wrong:
            raise invalid("the evidence is not as declared; nothing was kept", *wrong)

    def _compare(
        self, field: str, item: EvidenceFile, file: BinaryIO, frame: tuple[int, int] | None
    ) -> tuple[str, str] | None:
        size = file.seek(0, os.SEEK_END)
        if size > self.max_file_bytes:
            detail = f"{item.sha256} has {size} bytes; at most {self.max_file_bytes} are taken"
            raise Problem(413, "too-large", detail)
        if size != item.size:
            return f"{field}.size", f"declared as {item.size} bytes, but {size} were sent"
        file.seek(0)
        digest = hashlib.file_digest(cast(BufferedIOBase, file), "sha256").hexdigest()
        if digest != item.sha256:
            return f"{field}.sha256", f"the content's SHA-256 is {digest}"
        try:
            shown = check_media(file, item.media_type, self.max_pixels)
        except MediaError as error:
            return f"{field}.media_type", f"is no {item.media_type}: {error}"
        if item.role is EvidenceRole.CLIP or shown is None or frame is None or shown == frame:
            return None
        return field, (
            f"the {item.role.value} is {shown[0]}x{shown[1]} pixels, but the frame is "
            f"{frame[0]}x{frame[1]}: send the whole picture in full resolution, and its size as "
            "frame_width and frame_height"
        )

    def keep(self, files: Mapping[str, BinaryIO]) -> None:
        """Put checked files in their places, so that they survive a power cut.

        A file that lies there whole already is left as it is; it is touched, so that no sweep takes
        it away before it is cited.

        Raises:
            Problem: 503, the disk is full or refuses.
        """
        try:
            for sha256, file in files.items():
                if not self._stands(sha256):
                    self._write(sha256, file)
        except OSError as error:
            detail = "evidence cannot be kept at the moment; nothing was filed, try again"
            raise Problem(503, "store-away", detail, headers={"Retry-After": "30"}) from error

    def _stands(self, sha256: str) -> bool:
        """Whether a file lies there whole, and lasts. A power cut may leave less under its name."""
        place = self.path(sha256)
        try:
            os.utime(place)
            with place.open("rb") as kept:
                if hashlib.file_digest(kept, "sha256").hexdigest() != sha256:
                    return False
                os.fsync(kept.fileno())  # who wrote it may not have come so far yet
        except FileNotFoundError:
            return False
        _sync_folder(place.parent)
        return True

    def _write(self, sha256: str, file: BinaryIO) -> None:
        place = self.path(sha256)
        if not place.parent.exists():
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_folder(self.root)
        file.seek(0)
        with _temporary(place.parent) as draft:
            # Each of these lets other threads go first, so there are no more of them than needed.
            handle = os.open(draft, _NEW, 0o600)
            try:
                while block := file.read(_BLOCK):
                    _write_all(handle, block)
                # Named before it is synced, so that one sync of the journal holds both.
                draft.rename(place)
                try:
                    os.fsync(handle)
                except OSError:
                    place.unlink(missing_ok=True)
                    raise
            finally:
                os.close(handle)
        _sync_folder(place.parent)


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A place for a file beside its later one; what is there is taken away if the writing fails."""
    draft = folder / f"{_HALF_WRITTEN}{uuid4().hex}"
    try:
        yield draft
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _write_all(handle: int, block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[os.write(handle, left) :]


def _modified(path: Path) -> float:
    """When a file was last written or touched; now, for one that has just gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _sync_folder(folder: Path) -> None:
    """A rename lasts only once its folder is on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

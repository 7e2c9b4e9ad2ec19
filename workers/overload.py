"""More to do than time for: told to the API once, and once the spell ends."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from pydantic import ValidationError

from api.schema import CameraAlert
from workers.evidence import write_whole

log = logging.getLogger(__name__)

FROM = 0.01
"""The share of a minute's due analyses from which on a worker counts as overloaded. The spell is
over once a minute goes by in which nothing is shed, so that one at the limit is told once."""
_FILE = "overload.json"


class Overload:
    """One worker's spells. What lasts is on disk, so that the next start can end it."""

    def __init__(self, folder: Path, worker: str, tell: Callable[[CameraAlert], None]) -> None:
        """Goes on with the spell that the last run left, if it left one.

        Args:
            folder: the worker's state.
            worker: its name.
            tell: takes the alert, at its beginning and at its end.
        """
        self._path = folder / _FILE
        self._worker = worker
        self._tell = tell
        self._open = _stored(self._path)

    def minute(self, due: int, shed: int, at: datetime) -> None:
        """Takes what became of the last minute.

        Args:
            due: analyses that cameras gave pictures for.
            shed: of these, those that there was no time for.
            at: now, UTC.

        Raises:
            OSError: a spell that begins or ends cannot be remembered; it is told the next time.
        """
        share = shed / max(due, 1)
        if self._open is None and share > FROM:
            begun = self._alert(due, share, at)
            write_whole(self._path, begun.model_dump_json().encode())
            self._open = begun
            self._tell(begun)
        elif self._open is not None and not shed:
            self._tell(self._open.model_copy(update={"at": at, "until": at}))
            self._path.unlink(missing_ok=True)
            self._open = None
            log.info("no longer overloaded: nothing was shed for a minute")

    def _alert(self, due: int, share: float, at: datetime) -> CameraAlert:
        return CameraAlert(
            alert_id=uuid4(),
            worker=self._worker,
            camera_id="",
            kind="overloaded",
            at=at,
            since=at,
            holds=False,
            text_zh=f"工作机 {self._worker} 算力不足，{share:.0%} 的分析未能按时完成，"
            "请减少路数、放宽周期或增加处理器",
            text_en=f"worker {self._worker} is overloaded: it had no time for {share:.0%} of its "
            "looks; give it fewer cameras, longer cadences or more cores",
            data={"due": due, "shed_share": round(share, 3)},
        )


def _stored(path: Path) -> CameraAlert | None:
    try:
        return CameraAlert.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None

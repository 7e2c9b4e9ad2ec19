"""Times that a sender gives, held against the server's clock."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from api.problems import invalid
from api.schema import EvidenceFile

MAX_AHEAD = timedelta(days=1)
"""Clocks that are off by less may be wrong about the zone, and are put up with."""


def check_times(
    times: Mapping[str, datetime], evidence: Iterable[EvidenceFile], now: datetime
) -> None:
    """Refuse what tells of the future.

    Raises:
        Problem: 422 that names every such field.
    """
    captured = {f"evidence.{i}.captured_at": file.captured_at for i, file in enumerate(evidence)}
    ahead = [name for name, at in {**times, **captured}.items() if at > now + MAX_AHEAD]
    if ahead:
        here = now.isoformat(timespec="seconds")
        wrong = f"is more than a day ahead of the server's clock, {here}: set the wrong clock right"
        raise invalid(
            "it tells of the future; nothing was kept", *((name, wrong) for name in ahead)
        )

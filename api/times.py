"""Times that a sender gives, held against the server's clock."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from api.problems import invalid
from api.schema import EvidenceFile

MAX_AHEAD = timedelta(days=1)
"""Clocks that are off by less may be wrong about the zone (Jinan is 8 hours ahead of UTC), and
are put up with: what is refused here waits for a person, and no case is made of it meanwhile. How
far a worker's clock is off is sealed with each report."""
EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)
"""Before this program was. A clock whose battery is empty begins in 1970, 2000 or so. Not a span
back from now: a worker may have been away from the API for long, and what it saw stays true."""


def check_times(
    times: Mapping[str, datetime], evidence: Iterable[EvidenceFile], now: datetime
) -> None:
    """Refuse what tells of the future, or of a time that no worker can have seen.

    Raises:
        Problem: 422 that names every such field.
    """
    captured = {f"evidence.{i}.captured_at": file.captured_at for i, file in enumerate(evidence)}
    here = now.isoformat(timespec="seconds")
    wrong: list[tuple[str, str]] = []
    for name, at in {**times, **captured}.items():
        if at > now + MAX_AHEAD:
            how = f"is more than a day ahead of the server's clock, {here}"
        elif at < EARLIEST:
            how = f"is before {EARLIEST:%Y-%m-%d}; the server's clock is at {here}"
        else:
            continue
        wrong.append((name, f"{how}: set the wrong clock right"))
    if wrong:
        raise invalid("its times cannot be; nothing was kept", *wrong)

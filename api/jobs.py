"""What runs in the background: one line a job."""

from api.background import Job


def jobs() -> tuple[Job, ...]:
    """The jobs of one app, with whatever state they keep in memory made anew."""
    return ()

"""What runs in the background: one line a job."""

from api.background import Job
from api.outward.delivery import Deliverer


def jobs() -> tuple[Job, ...]:
    """The jobs of one app, with whatever state they keep in memory made anew."""
    deliverer = Deliverer()
    return (Job("deliver", 0.25, deliverer.run, deliverer.stop),)

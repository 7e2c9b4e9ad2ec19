"""What runs in the background: one line a job."""

from api.background import Job
from api.outward.delivery import Deliverer
from api.services import Services
from api.store.timer_views import announce_overdue


def jobs() -> tuple[Job, ...]:
    """The jobs of one app, with whatever state they keep in memory made anew."""
    deliverer = Deliverer()
    return (
        Job("deliver", 0.25, deliverer.run, deliverer.stop),
        Job("overdue", 2.0, lambda parts, now: _tell(parts, announce_overdue(parts.store, now))),
    )


def _tell(services: Services, events: int) -> None:
    if events:
        services.feed.nudge()

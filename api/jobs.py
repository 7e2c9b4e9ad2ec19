"""What runs in the background: one line a job."""

import logging
from datetime import datetime

from api.background import Job
from api.dispatch.sending import send_due
from api.line.jobs import forget_orders, give_up_looks
from api.outward.delivery import Deliverer
from api.outward.polling import poll
from api.services import Services
from api.store.citing import uncited
from api.store.escalating import escalate
from api.store.probes import end_probes
from api.store.rectifying import end_windows
from api.store.settling import settle_due
from api.store.shelving import resume_due
from api.store.timer_views import announce_overdue

log = logging.getLogger(__name__)


def jobs() -> tuple[Job, ...]:
    """The jobs of one app, with whatever state they keep in memory made anew."""
    deliverer = Deliverer()
    return (
        Job("deliver", 0.25, deliverer.run, deliverer.stop),
        Job("ask-elsewhere", 5.0, poll),
        Job("settle", 0.5, lambda parts, now: _tell(parts, settle_due(parts.store, now))),
        Job("overdue", 2.0, lambda parts, now: _tell(parts, announce_overdue(parts.store, now))),
        Job("escalate", 2.0, lambda parts, now: _tell(parts, escalate(parts.store, now))),
        Job("notices", 0.5, send_due),
        Job("resume", 60.0, _resume),
        Job("windows", 2.0, lambda p, now: _tell(p, end_windows(p.store, p.terms, now))),
        Job("looks", 30.0, give_up_looks),
        Job("orders", 3600.0, forget_orders),
        Job("probes", 15.0, lambda parts, now: end_probes(parts.store, now)),
        Job("sweep", 3600.0, sweep_evidence),
    )


def sweep_evidence(services: Services, _now: datetime) -> None:
    """Take away files that came with what was refused, or whose writer was killed."""

    def uncited_of(candidates: list[str]) -> list[str]:
        with services.store.reading() as session:
            return uncited(session, candidates)

    taken = services.evidence.sweep(uncited_of)
    if taken:
        log.info("%d files of evidence that nothing cites were taken away", taken)


def _resume(services: Services, now: datetime) -> None:
    today = now.astimezone(services.settings.zone).date()
    _tell(services, resume_due(services.store, today, now))


def _tell(services: Services, events: int) -> None:
    if events:
        services.feed.nudge()

"""Work that nobody waits for: timers, notices, outward delivery.

Each job has a thread in every API process, and runs in the one process that holds the lease.
A job must bear being run twice over and being killed midway: what it has done stands in the store.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from api.services import Services
from api.store import leases

log = logging.getLogger(__name__)

LEASE = "background"
_MOST_BACKOFF_S = 300.0
_JOIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again.

    Attributes:
        name: for the log.
        every_s: the pause between the end of a run and the next.
        run: given the app's parts and the time (UTC). An exception is logged, and the pause
            doubles, up to five minutes, until a run succeeds.
        stop: called when the app stops, for jobs that keep threads of their own.
    """

    name: str
    every_s: float
    run: Callable[[Services, datetime], None]
    stop: Callable[[], None] | None = None


class Lease:
    """A right that one process holds for as long as it says so often enough.

    No clock is compared with another machine's: a process takes the lease over when it has seen
    it stand still for `lease_s` by its own clock.
    """

    def __init__(self, services: Services, name: str, lease_s: float) -> None:
        self._store = services.store
        self._name = name
        self._lease_s = lease_s
        self._me = uuid.uuid4().hex
        self._seen: leases.Seen | None = None
        self._seen_at = 0.0
        self._kept_until = 0.0

    @property
    def held(self) -> bool:
        """Whether this process may act now."""
        return time.monotonic() < self._kept_until

    def renew(self) -> None:
        """Keep the lease, or take it if nobody does; call a few times per `lease_s`."""
        asked_at = time.monotonic()
        seen = leases.look(self._store, self._name)
        if seen != self._seen:
            self._seen, self._seen_at = seen, asked_at
        if seen is None or seen[0] in ("", self._me):
            free = True
        else:
            free = asked_at - self._seen_at >= self._lease_s
        if free and leases.beat(self._store, self._name, self._me, seen):
            # Ends for us before it can end for others, whatever the store's answer took.
            self._kept_until = asked_at + self._lease_s * 0.8
        elif seen is not None and seen[0] != self._me:
            self._kept_until = 0.0

    def give_back(self) -> None:
        """Let another process have it at once."""
        self._kept_until = 0.0
        seen = leases.look(self._store, self._name)
        if seen is not None and seen[0] == self._me:
            leases.beat(self._store, self._name, "", seen)


class Background:
    """Runs jobs on threads while the app is up."""

    def __init__(self, services: Services, jobs: Sequence[Job], lease_s: float = 10.0) -> None:
        self._services = services
        self._jobs = tuple(jobs)
        self._lease = Lease(services, LEASE, lease_s)
        self._lease_s = lease_s
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads; without jobs there is nothing to hold a lease for."""
        if not self._jobs:
            return
        loops: list[tuple[str, Callable[[], None]]] = [("lease", self._keep_lease)]
        loops += [(job.name, lambda job=job: self._loop(job)) for job in self._jobs]  # type: ignore[misc]
        for name, loop in loops:
            # A daemon: a job that hangs on a network must not keep the process from ending.
            thread = threading.Thread(target=loop, name=f"job {name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End the threads, waiting a moment for jobs that are on their way; lets the lease go."""
        self._stop.set()
        for job in self._jobs:
            if job.stop is not None:
                job.stop()
        end = time.monotonic() + _JOIN_S
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            # What they hold is still theirs: others wait until the lease runs out.
            log.warning("left behind on stopping: %s", ", ".join(late))
        elif self._threads:
            try:
                self._lease.give_back()
            except SQLAlchemyError as error:
                log.warning("the lease cannot be given back, others wait for its end: %s", error)

    def _keep_lease(self) -> None:
        while True:
            try:
                self._lease.renew()
            except SQLAlchemyError as error:
                log.warning("jobs: the store cannot be used, trying again: %s", error)
            if self._stop.wait(self._lease_s / 4):
                return

    def _loop(self, job: Job) -> None:
        pause, failures = 0.0, 0
        # Short waits before the lease is held, so that a start or a takeover is soon felt.
        while not self._stop.wait(pause):
            if not self._lease.held:
                pause = min(0.1, job.every_s)
                continue
            try:
                job.run(self._services, datetime.now(UTC))
                failures = 0
            except Exception:
                failures += 1
                log.exception("job %s failed (%d in a row)", job.name, failures)
            longest = max(_MOST_BACKOFF_S, job.every_s)
            pause = min(max(job.every_s, 0.05) * 2 ** min(failures, 16), longest)

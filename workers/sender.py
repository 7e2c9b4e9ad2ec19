"""Empties the outbox into the API, in order within a violation, until each message is settled."""

import logging
import sqlite3
import threading
import time

from tenacity import RetryCallState, Retrying, wait_random_exponential

from workers.errors import EvidenceLost, Rejected, Unavailable, Unknown
from workers.evidence import EvidenceFolder
from workers.line import Line
from workers.messages import Message
from workers.report import evidence_of
from workers.store import Store

log = logging.getLogger(__name__)

_IDLE_S = 0.5
_BACKOFF = wait_random_exponential(multiplier=1, min=0.5, max=60)


def backoff_s(attempt: int) -> float:
    """Seconds to wait after the n-th failure in a row: random, growing, at most a minute."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = max(1, attempt)
    return float(_BACKOFF(state))


class Sender:
    """Sends what is due; one thread of it a worker."""

    def __init__(self, store: Store, evidence: EvidenceFolder, line: Line) -> None:
        self._store = store
        self._evidence = evidence
        self._line = line
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        """Sends until `stop` is set; what is unsent then is sent after the next start."""
        while not stop.is_set():
            try:
                pause = self.step()
            except sqlite3.Error as error:
                # The message stays as it was: it is sent again, and the API knows it by its id.
                self._failures += 1
                pause = backoff_s(self._failures)
                log.error("outbox: cannot be read or written: %s; next try in %.0f s", error, pause)
            stop.wait(pause)

    def step(self) -> float:
        """Sends one message if one is due; returns the seconds to wait before the next step."""
        message = self._store.due(time.time())
        if message is None:
            return _IDLE_S
        name = f"{'report' if message.is_report else f'sighting {message.number}'} of violation"
        try:
            files = [self._evidence.find(sha256) for sha256 in evidence_of(message)]
            case = self._line.send(message, files)
        except Unavailable as error:
            return self._later(message, error)
        except Unknown as error:
            log.warning("%s %s: %s; reporting it again", name, message.violation_id, error)
            self._store.send_report_again(message.violation_id)
            return self._later(message, Unavailable(str(error), everyone=False))
        except (Rejected, EvidenceLost) as error:
            log.error("%s %s was refused: %s", name, message.violation_id, error)
            self._store.rejected(message, str(error))
            return 0.0
        self._failures = 0
        self._store.sent(message, case.number)
        log.info("%s %s is %s", name, message.violation_id, case.number)
        return 0.0

    def _later(self, message: Message, error: Unavailable) -> float:
        delay = backoff_s(message.attempts + 1)
        self._store.postpone(message, time.time() + delay, str(error))
        if not error.everyone:
            return 0.0
        self._failures += 1
        pause = backoff_s(self._failures)
        log.warning("outbox waits: %s; next try in %.1f s", error, pause)
        return pause

"""Brings answers to orders to the API, oldest first, until each is taken."""

import json
import logging
import sqlite3
import threading
import time

from workers.errors import EvidenceLost, Rejected, Unavailable
from workers.evidence import EvidenceFolder
from workers.line import Line
from workers.line_store import LineStore
from workers.sender import backoff_s

log = logging.getLogger(__name__)

_IDLE_S = 0.5


class AnswerSender:
    """Sends what is due; one thread of it a worker."""

    def __init__(self, store: LineStore, evidence: EvidenceFolder, line: Line) -> None:
        self._store = store
        self._evidence = evidence
        self._line = line

    def run(self, stop: threading.Event) -> None:
        """Sends until `stop` is set; what is unsent then is sent after the next start."""
        while not stop.is_set():
            try:
                pause = self.step()
            except sqlite3.Error as error:
                log.error("answers: cannot be read or written: %s", error)
                pause = backoff_s(3)
            stop.wait(pause)

    def step(self) -> float:
        """Sends one answer if one is due; returns the seconds to wait before the next step."""
        answer = self._store.unsent(time.time())
        if answer is None:
            return _IDLE_S
        try:
            files = [self._evidence.find(sha256) for sha256 in answer.evidence]
            self._line.answer(answer.body, files)
        except Unavailable as error:
            pause = backoff_s(answer.attempts + 1)
            self._store.postpone(answer.order_id, time.time() + pause)
            log.warning("answer to order %s waits: %s", answer.order_id, error)
            return pause if error.everyone else 0.0
        except (Rejected, EvidenceLost) as error:
            kind = json.loads(answer.body)["result"]["type"]
            log.error("answer (%s) to order %s is dropped: %s", kind, answer.order_id, error)
        self._store.sent(answer.order_id)
        return 0.0

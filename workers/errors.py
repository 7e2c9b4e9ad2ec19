"""What can go wrong in a worker.

WorkerError
├── StateInUse      another worker runs on the same state folder
├── StateUnusable   the state folder or its database cannot be written or read
├── StatusUnknown   no worker has written down how it fares
├── ConfigRefused   a camera's configuration cannot be run here
├── EvidenceLost    a file that a message cites is no longer on disk
└── LineError       a message that could not be handed to the API
    ├── Unavailable the API did not answer, or not sensibly: try again later
    ├── Unknown     the API does not know the violation that a sighting follows
    └── Rejected    the API understood and refused: trying again changes nothing
"""


class WorkerError(Exception):
    """Base of what a worker can fail at."""


class StateInUse(WorkerError):
    """Another worker runs on the same state folder."""


class StateUnusable(WorkerError):
    """The state folder or its database cannot be written or read."""


class StatusUnknown(WorkerError):
    """No worker has written down how it fares, or not legibly."""


class ConfigRefused(WorkerError):
    """A camera's configuration cannot be run here."""


class EvidenceLost(WorkerError):
    """A file that a message cites is no longer on disk."""


class LineError(WorkerError):
    """A message that could not be handed to the API."""


class Unavailable(LineError):
    """The API did not answer, or not sensibly: try again later.

    Attributes:
        everyone: whether other messages would meet the same fate (no connection, wrong key).
    """

    def __init__(self, detail: str, *, everyone: bool) -> None:
        super().__init__(detail)
        self.everyone = everyone


class Unknown(LineError):
    """The API does not know the violation that a sighting follows."""


class Rejected(LineError):
    """The API understood and refused: trying again changes nothing."""

"""What passes through the outbox."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be put into the outbox.

    Attributes:
        violation_id: whose message it is.
        body: the JSON of a report, or of a sighting without its number.
        is_report: a report opens a violation and has the number 0.
        evidence: SHA-256 of each file that travels with it.
    """

    violation_id: str
    body: str
    is_report: bool
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstSight:
    """The picture in which a candidate was first seen, kept until it is reported or gone.

    Attributes:
        violation_id: whose.
        picture: the JSON of an `api.schema.EvidenceFile`.
        sha256: of the file.
    """

    violation_id: str
    picture: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the outbox."""

    id: int
    violation_id: str
    number: int
    body: str
    attempts: int

    @property
    def is_report(self) -> bool:
        """Whether it opens a violation; otherwise it is a sighting."""
        return self.number == 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages the outbox holds, by status."""

    waiting: int
    sent: int
    rejected: int

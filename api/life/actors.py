"""Who acts on a case."""

from dataclasses import dataclass, field
from enum import StrEnum


class Who(StrEnum):
    """In what capacity something is done: people's roles, and what is no person."""

    OPERATOR = "operator"
    CLERK = "clerk"
    CHIEF = "chief"
    ENGINEER = "engineer"
    ADMIN = "admin"
    INTEGRATOR = "integrator"
    """Another system, by its key."""
    WORKER = "worker"
    """The program that reports."""
    CAMERA = "camera"
    """A camera that was asked to look again, by its worker."""
    SYSTEM = "system"
    """What follows by itself."""


PEOPLE = frozenset({Who.OPERATOR, Who.CLERK, Who.CHIEF, Who.ENGINEER, Who.ADMIN})


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or something, that acts.

    Attributes:
        name: as the history keeps it; empty when an unnamed key or this machine acts.
        who: the capacities it has.
    """

    name: str
    who: frozenset[Who] = field(default_factory=frozenset)

    @property
    def kind(self) -> str:
        """What the history says of the actor: `person`, or what else it is."""
        return "person" if self.who & PEOPLE else min(self.who, default="nobody")


SYSTEM = Actor("system", frozenset({Who.SYSTEM}))

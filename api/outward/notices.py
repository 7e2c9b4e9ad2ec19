"""What a person is told, and the ways to tell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from api.outward.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell people, zh-CN.

    Attributes:
        id: the same for every try, for receivers that can tell repeats.
        title: one line.
        text: what is to be done, in plain text; lines may break.
        url: where to see more, or empty.
        mobiles: telephone numbers of those who are meant; a group robot calls them by name.
        emails: their addresses.
        about: what programs may want to know of it, as JSON.
    """

    id: str
    title: str
    text: str
    url: str = ""
    mobiles: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)


class Channel(Protocol):
    """A way to tell people: a robot in a group, an SMS gateway, e-mail."""

    def deliver(self, notice: Notice) -> Outcome:
        """Try once. Never raises for what the network or the receiver does."""
        ...

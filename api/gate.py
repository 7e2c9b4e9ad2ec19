"""What the API keeps in memory of who comes and goes."""

from dataclasses import dataclass
from typing import Self

from api.keyring import Keyring
from api.store.engine import Store
from api.store.people import any_people
from api.throttle import Throttle
from api.viewings import Viewings


class Accounts:
    """Whether anyone has an account, without asking the store for every request."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._exist = False

    def exist(self) -> bool:
        """Whether anyone has, or ever had, one; people are never deleted."""
        if not self._exist:
            self._exist = any_people(self._store)
        return self._exist


@dataclass(frozen=True, slots=True)
class Gate:
    """Keys, accounts, failed tries, and who saw what."""

    keyring: Keyring
    accounts: Accounts
    throttle: Throttle
    viewings: Viewings

    @classmethod
    def of(cls, store: Store) -> Self:
        """With nothing remembered yet."""
        return cls(Keyring(store), Accounts(store), Throttle(), Viewings(store))

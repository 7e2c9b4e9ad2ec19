"""The clocks and the rules of dispatch that hold, as any transaction finds them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from api.clocks import Clocks, clocks_of
from api.dispatch.rules import DispatchRules
from api.errors import ClocksInvalid, DispatchInvalid
from api.store.engine import Store
from api.store.rulesets import VersionTaken, newest_rules, rules_body, seed_rules

CLOCKS, DISPATCH = "clocks", "dispatch"


class NoRules(LookupError):
    """No app has opened this store yet."""


def seed_clocks(store: Store, clocks: Clocks) -> None:
    """Make these the district's clocks.

    Raises:
        ClocksInvalid: the version is stored with other content.
    """
    try:
        seed_rules(store, CLOCKS, clocks.version, clocks.body)
    except VersionTaken as error:
        raise ClocksInvalid(f"clocks.yaml: version: {error}") from error


def seed_dispatch(store: Store, rules: DispatchRules) -> None:
    """Make these the district's rules of dispatch.

    Raises:
        DispatchInvalid: the version is stored with other content.
    """
    try:
        seed_rules(store, DISPATCH, rules.version, _plain(rules))
    except VersionTaken as error:
        raise DispatchInvalid(f"dispatch.yaml: version: {error}") from error


def _plain(rules: DispatchRules) -> dict[str, Any]:
    said = rules.model_dump(mode="json")
    # Sets have no order; a digest wants one.
    said["escalate_in"] = sorted(said["escalate_in"])
    said["components"]["categories"] = sorted(said["components"]["categories"])
    return said


def clocks_in(session: Session) -> Clocks:
    """The clocks that hold.

    Raises:
        NoRules: none were stored.
    """
    made: Clocks = _made(session, CLOCKS, clocks_of)
    return made


def dispatch_in(session: Session) -> DispatchRules:
    """The rules of dispatch that hold.

    Raises:
        NoRules: none were stored.
    """
    made: DispatchRules = _made(session, DISPATCH, DispatchRules.model_validate)
    return made


_kept: dict[tuple[str, str], Any] = {}
"""By name and digest: what is made of content never changes."""


def _made(session: Session, name: str, make: Callable[[dict[str, Any]], Any]) -> Any:
    # Once a transaction: what files a case asks for them at several of its steps.
    known = session.info.setdefault("rules", {})
    if name in known:
        return known[name]
    found = newest_rules(session, name)
    if found is None:
        raise NoRules(f"no {name} were stored; `create_app` does so at the start")
    version, digest = found
    if (name, digest) not in _kept:
        _kept[name, digest] = make(rules_body(session, name, version))
    known[name] = _kept[name, digest]
    return known[name]

"""Who acts on a case when somebody calls."""

from api.auth import Principal
from api.life.actors import Actor, Who
from api.schema import Role, Scope

_ROLES = {
    Role.OPERATOR: Who.OPERATOR,
    Role.CLERK: Who.CLERK,
    Role.CHIEF: Who.CHIEF,
    Role.ENGINEER: Who.ENGINEER,
    Role.ADMIN: Who.ADMIN,
}
_SCOPES = {Scope.ACT: Who.INTEGRATOR, Scope.INTAKE: Who.INTEGRATOR}


def actor_of(caller: Principal, by: str = "") -> Actor:
    """The actor that a caller is.

    A person with an account is named by the account. A key, or this machine, does not say which
    person it is: that is what `by` is for, and without it nobody is named.
    """
    who = {_ROLES[role] for role in caller.roles} | {
        _SCOPES[scope] for scope in caller.scopes if scope in _SCOPES
    }
    named = caller.name if caller.kind == "person" else by.strip()
    if not named and Who.INTEGRATOR in who:
        named = caller.name
    return Actor(named, frozenset(who))

"""Accounts and keys, for administrators."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Doer, requires
from api.openapi import problems
from api.problems import Problem
from api.routes.tags import IfMatch, tags_in
from api.schema import (
    Key,
    KeyRotation,
    Keys,
    MadeKey,
    NewKey,
    NewPerson,
    People,
    Person,
    PersonChange,
    Role,
)
from api.services import Parts
from api.store.errors import Outdated
from api.store.keys import (
    KeyEnded,
    KeyNameTaken,
    UnknownKey,
    add_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from api.store.people import (
    LastAdministrator,
    NameTaken,
    UnknownPerson,
    add_person,
    change_person,
    list_people,
)

router = APIRouter(prefix="/v1", tags=["people"], dependencies=[requires(Role.ADMIN)])

_MAX_ID = 2**63 - 1
_Id = Annotated[int, Path(ge=1, le=_MAX_ID)]


@router.get("/people", summary="List accounts", responses=problems(401, 403, 503))
def get_people(parts: Parts) -> People:
    """Everyone who has or had an account."""
    return People(items=list_people(parts.store))


@router.post(
    "/people",
    status_code=201,
    summary="Give a person an account",
    responses=problems(401, 403, 409, 422, 503),
)
def post_person(new: NewPerson, parts: Parts, doer: Doer) -> Person:
    """Make an account. The first one ends this machine's being open to whoever sits at it."""
    try:
        return add_person(parts.store, new, doer, datetime.now(UTC))
    except NameTaken as error:
        zh = f"已有名为 {new.name} 的账号，请换一个"
        raise Problem(409, "name-taken", str(error), detail_zh=zh) from error


@router.patch(
    "/people/{person_id}",
    summary="Change an account",
    responses=problems(401, 403, 404, 409, 412, 422, 503),
)
def patch_person(
    person_id: _Id, change: PersonChange, parts: Parts, doer: Doer, if_match: IfMatch = None
) -> Person:
    """Change roles, assignments, the name to show or the password; disable an account, or enable it
    again. With the account's `etag` as `If-Match` nothing that another changed is written over."""
    now, tags = datetime.now(UTC), tags_in(if_match)
    try:
        return change_person(parts.store, person_id, change, doer, now, tags)
    except UnknownPerson as error:
        raise Problem(404, "unknown-person", str(error)) from error
    except Outdated as error:
        zh = "这个账号刚被他人修改过"
        raise Problem(412, "outdated", str(error), detail_zh=zh) from error
    except LastAdministrator as error:
        zh = "不能没有管理员：请先让另一人成为管理员"
        raise Problem(409, "last-administrator", str(error), detail_zh=zh) from error


@router.get("/keys", summary="List keys", responses=problems(401, 403, 503))
def get_keys(parts: Parts) -> Keys:
    """All keys of workers and integrators, with when each was last used."""
    return Keys(items=list_keys(parts.store))


@router.post(
    "/keys",
    status_code=201,
    summary="Make a key",
    responses=problems(401, 403, 409, 422, 503),
)
def post_key(new: NewKey, parts: Parts, doer: Doer) -> MadeKey:
    """Make a key for a program. `secret` is shown this once: only its hash is kept."""
    try:
        return add_key(parts.store, new, doer, datetime.now(UTC))
    except KeyNameTaken as error:
        zh = f"已有（或曾有）名为 {new.name} 的密钥，请换一个名称"
        raise Problem(409, "name-taken", str(error), detail_zh=zh) from error


@router.post(
    "/keys/{key_id}/rotate",
    summary="Give a key a new secret",
    responses=problems(401, 403, 404, 409, 422, 503),
)
def post_rotation(key_id: _Id, rotation: KeyRotation, parts: Parts, doer: Doer) -> MadeKey:
    """Make a new secret; the present one works for `overlap_s` longer, so that nothing stops."""
    overlap = timedelta(seconds=rotation.overlap_s)
    try:
        made = rotate_key(parts.store, key_id, overlap, doer, datetime.now(UTC))
    except UnknownKey as error:
        raise Problem(404, "unknown-key", str(error)) from error
    except KeyEnded as error:
        zh = "这个密钥已吊销或已过期，请新建一个"
        raise Problem(409, "key-ended", str(error), detail_zh=zh) from error
    parts.gate.keyring.forget()
    return made


@router.post(
    "/keys/{key_id}/revoke",
    summary="End a key",
    responses=problems(401, 403, 404, 422, 503),
)
def post_revocation(key_id: _Id, parts: Parts, doer: Doer) -> Key:
    """End a key at once; other API processes follow within five seconds."""
    try:
        revoked = revoke_key(parts.store, key_id, doer, datetime.now(UTC))
    except UnknownKey as error:
        raise Problem(404, "unknown-key", str(error)) from error
    parts.gate.keyring.forget()
    return revoked

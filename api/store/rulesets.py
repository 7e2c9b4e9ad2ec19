"""Versions of hand-written rules that cases were treated by: clocks, dispatch.

A version never changes once it is stored; the one that was stored last holds. Rules are in the
store so that whatever happens to a case, in whichever process, happens by the same ones.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.store.engine import Store, retry_on_clash
from api.store.models import Base, UtcDateTime


class RulesetRow(Base):
    """A version of some rules; never changed once written."""

    __tablename__ = "rulesets"
    __table_args__ = (Index("ix_rulesets_name_seeded_at", "name", "seeded_at"),)

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    seeded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VersionTaken(Exception):
    """The version is stored with other content."""


@retry_on_clash
def seed_rules(store: Store, name: str, version: str, body: Mapping[str, Any]) -> bool:
    """Make these the rules that hold; True when they were not before.

    Raises:
        VersionTaken: the version is stored with other content.
    """
    content = json.dumps(body, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(content.encode()).hexdigest()
    with store.writing() as session:
        known = session.get(RulesetRow, (name, version))
        if known is not None and known.digest != digest:
            raise VersionTaken(
                f"{name}: version {version} is already stored with other content, and cases were "
                "treated by it. Give the changed file a new version"
            )
        newest = newest_rules(session, name)
        if newest is not None and newest[0] == version:
            return False
        now = datetime.now(UTC)
        if known is not None:
            known.seeded_at = now
        else:
            session.add(
                RulesetRow(
                    name=name, version=version, digest=digest, body=dict(body), seeded_at=now
                )
            )
        return True


_NEWEST = (
    select(RulesetRow.version, RulesetRow.digest)
    .where(RulesetRow.name == bindparam("rules"))
    .order_by(RulesetRow.seeded_at.desc())
    .limit(1)
)


def newest_rules(session: Session, name: str) -> tuple[str, str] | None:
    """Version and digest of the rules that hold, or None before any were stored."""
    found = session.connection().execute(_NEWEST, {"rules": name}).one_or_none()
    return None if found is None else (found[0], found[1])


def rules_body(session: Session, name: str, version: str) -> dict[str, Any]:
    """The content of a version that is there."""
    return session.get_one(RulesetRow, (name, version)).body

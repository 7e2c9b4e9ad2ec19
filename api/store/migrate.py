"""Brings the tables up to date, at every start."""

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from api.errors import StoreNewer
from api.store.engine import Store, check_reached
from api.store.resealing import seal_once
from api.store.secret_rows import encrypt_what_is_plain

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 370114_5001
"""Any number that nothing else on the server uses."""


def upgrade(store: Store, target: str = "head") -> None:
    """Apply the migrations that the store has not seen; all or none of them.

    Processes that start together queue here: on SQLite behind the write lock, on PostgreSQL
    behind an advisory lock.

    Raises:
        StoreNewer: the store was made by a newer program, and was not touched.
        StoreAway: the database does not answer.
    """
    check_reached(store)
    with store.engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        known = current_revision(connection)
        if known is not None:
            revision_of(known)
        command.upgrade(alembic_config(connection), target)
        if target == "head":
            if connection.dialect.name == "sqlite":
                # What was there in the clear must not lie about in the file's free pages.
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            with Session(connection) as session:
                seal_once(session, datetime.now(UTC))
                encrypt_what_is_plain(session, store.vault)
                session.commit()  # of what it did; the connection's transaction goes on


def current_revision(connection: Connection) -> str | None:
    """The revision of a store's tables; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def revision_of(name: str) -> str:
    """A revision that this program knows.

    Raises:
        StoreNewer: it does not know it.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    known = [revision.revision for revision in script.walk_revisions()]
    if name not in known:
        raise StoreNewer(
            f"the store is at revision {name}, which this program does not know (its newest is "
            f"{known[0]}): it was used by a newer program. Nothing was touched. Start the newer "
            "program, or restore a backup that was made before the upgrade; there is no way down"
        )
    return name


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is already in a transaction."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config

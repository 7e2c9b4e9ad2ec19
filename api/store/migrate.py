"""Brings the tables up to date, at every start."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from api.store.engine import Store

_LOCK = 370114_5001
"""Any number that nothing else on the server uses."""


def upgrade(store: Store) -> None:
    """Apply the migrations that the store has not seen; all or none of them.

    Processes that start together queue here: on SQLite behind the write lock, on PostgreSQL
    behind an advisory lock.
    """
    with store.engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is already in a transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config

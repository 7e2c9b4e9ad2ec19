"""Alembic's entry; run by `api.store.migrate` inside its transaction."""

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo

from api.errors import DowngradeRefused
from api.store.models import Base


def _forward_only(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],
    run_args: Mapping[str, Any],
) -> None:
    if not step.is_upgrade:
        raise DowngradeRefused(
            "tables only go forward, since what a newer program wrote would be lost; to go back, "
            "restore a backup that was made before the upgrade"
        )


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    on_version_apply=_forward_only,
)
with context.begin_transaction():
    context.run_migrations()

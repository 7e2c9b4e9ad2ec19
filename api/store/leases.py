"""Who may do what only one process may do at a time."""

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from api.store.engine import Store, retry_on_clash
from api.store.models import Base


class LeaseRow(Base):
    """A right that one process holds; `beat` grows while its holder lives."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    beat: Mapped[int]


Seen = tuple[str, int]
"""A lease as it stood: its holder and its beat."""


def look(store: Store, name: str) -> Seen | None:
    """A lease as it stands, or None when nobody ever held it."""
    with store.reading() as session:
        row = session.execute(
            select(LeaseRow.holder, LeaseRow.beat).where(LeaseRow.name == name)
        ).one_or_none()
        return None if row is None else (row[0], row[1])


@retry_on_clash
def beat(store: Store, name: str, holder: str, seen: Seen | None) -> bool:
    """Take or keep a lease, if it still stands as it was seen.

    Args:
        holder: who asks; empty gives the lease back.
        seen: what `look` said, None for a lease that nobody ever held.
    """
    with store.writing() as session:
        if seen is None:
            if session.get(LeaseRow, name) is not None:
                return False
            session.add(LeaseRow(name=name, holder=holder, beat=1))
            return True
        was, count = seen
        changed = session.scalar(
            update(LeaseRow)
            .where(LeaseRow.name == name, LeaseRow.holder == was, LeaseRow.beat == count)
            .values(holder=holder, beat=count + 1)
            .returning(LeaseRow.beat)
        )
        return changed is not None

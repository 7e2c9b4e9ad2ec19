"""What cases are found by, beside their life: a mixin of `CaseRow`."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Float, String, false
from sqlalchemy.orm import Mapped, mapped_column

from api.store.moments import UtcDateTime


class FindingColumns:
    """Source, class and place as columns of the case's own, so that indexes can hold them.

    No foreign keys: SQLite adds none to a table that others refer to, and nothing that these point
    to is ever taken away.
    """

    source: Mapped[str] = mapped_column(String(32), server_default="camera")
    service_code: Mapped[str] = mapped_column(String(16), server_default="")
    urgent: Mapped[bool] = mapped_column(Boolean, server_default=false())
    longitude: Mapped[float | None] = mapped_column(Float)
    latitude: Mapped[float | None] = mapped_column(Float)
    cell: Mapped[int | None] = mapped_column(BigInteger)
    """`api.coordinates.cell_of`."""
    component_id: Mapped[str | None] = mapped_column(String(19))
    component_class_version: Mapped[str | None] = mapped_column(String(32))
    """Names `service_code` where that is the component's own class, not its condition's."""
    street: Mapped[str | None] = mapped_column(String(64))
    community: Mapped[str | None] = mapped_column(String(64))
    address_id: Mapped[int | None] = mapped_column(BigInteger)
    grid: Mapped[str | None] = mapped_column(String(20))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The earliest deadline that runs; `api.store.due` keeps it."""
    sighting_count: Mapped[int] = mapped_column(server_default="1")
    recurs_of: Mapped[int | None] = mapped_column(BigInteger)
    thumbnail: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the picture that lists show."""

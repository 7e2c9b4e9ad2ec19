"""What is on record of cameras for the law."""

from collections.abc import Collection
from datetime import datetime

from api.life.compliance import Record, lacking
from api.schema import FieldError
from api.schema.compliance import Compliance, ComplianceWrite
from api.store.engine import Store, retry_on_clash
from api.store.errors import Outdated
from api.store.life_tables import CameraComplianceRow
from api.store.standings import record_of


def get_compliance(store: Store, camera_id: str) -> tuple[Compliance, int]:
    """A camera's record and its version, 0 where nothing was ever written."""
    with store.reading() as session:
        row = session.get(CameraComplianceRow, camera_id)
        return _view(camera_id, row), 0 if row is None else row.version


@retry_on_clash
def write_compliance(
    store: Store,
    camera_id: str,
    wanted: ComplianceWrite,
    by: str,
    versions: Collection[int] | None,
    now: datetime,
) -> tuple[Compliance, int]:
    """Put a camera's record as a whole.

    Args:
        versions: the versions that the writer may have seen, or None for any.

    Raises:
        Outdated: the record is at none of `versions`.
    """
    with store.writing() as session:
        row = session.get(CameraComplianceRow, camera_id, with_for_update=True)
        version = 0 if row is None else row.version
        if versions is not None and version not in versions:
            raise Outdated(f"the record of {camera_id} is now at version {version}; look again")
        if row is None:
            row = CameraComplianceRow(camera_id=camera_id)
            session.add(row)
        for name in ("legal_review_id", "legal_reviewed_on", "tech_review_id", "tech_reviewed_on"):
            setattr(row, name, getattr(wanted, name))
        url = wanted.published_location_url
        row.published_location_url = None if url is None else str(url)
        row.sign_posted_on = wanted.sign_posted_on
        row.updated_by, row.updated_at = by, now
        session.flush()
        return _view(camera_id, row), row.version


def _view(camera_id: str, row: CameraComplianceRow | None) -> Compliance:
    record = Record() if row is None else record_of(row)
    return Compliance(
        camera_id=camera_id,
        legal_review_id=record.legal_review_id,
        legal_reviewed_on=None if row is None else row.legal_reviewed_on,
        tech_review_id=record.tech_review_id,
        tech_reviewed_on=None if row is None else row.tech_reviewed_on,
        published_location_url=record.published_location_url,
        sign_posted_on=record.sign_posted_on,
        updated_by=None if row is None else row.updated_by,
        updated_at=None if row is None else row.updated_at,
        # The signature belongs to a case, not to a camera.
        lacks=tuple(
            FieldError(field=lack.field, message=f"缺少{lack.zh} / is missing: {lack.en}")
            for lack in lacking({camera_id: record}, reviewed_by="-")
        ),
    )

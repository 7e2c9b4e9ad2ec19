"""From rows to what readers see."""

from api.schema import Case, CaseStatus, Category, EvidenceView, Report, SightingView
from api.store.models import CaseRow


def case_view(row: CaseRow) -> Case:
    """A case with its report, its evidence and its follow-ups."""
    report = Report.model_validate(row.report.body)
    category = row.category
    return Case(
        id=row.id,
        number=row.number,
        violation_id=row.violation_id,
        status=CaseStatus(row.status),
        cleared_at=row.cleared_at,
        kind=row.kind,
        label=report.label,
        category=Category(
            scheme=category.scheme,
            type="部件" if category.type == "部件" else "事件",
            code=category.code,
            service_code=category.service_code,
            name_zh=category.name_zh,
            name_en=category.name_en,
        ),
        place=report.place,
        rule=report.rule,
        model=report.model,
        score=report.score,
        looks=report.looks,
        hits=report.hits,
        box=report.box,
        frame_width=report.frame_width,
        frame_height=report.frame_height,
        first_seen=report.first_seen,
        confirmed_at=report.confirmed_at,
        last_seen=row.last_seen,
        clock=report.clock,
        received_at=row.received_at,
        dismiss_reason=row.dismiss_reason,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        evidence=tuple(
            EvidenceView.model_validate(
                {
                    "sha256": item.sha256,
                    "role": item.role,
                    "media_type": item.media_type,
                    "size": item.size,
                    "captured_at": item.captured_at,
                    "url": f"/v1/evidence/{item.sha256}",
                    "sighting": item.sighting,
                }
            )
            for item in row.evidence
        ),
        sightings=tuple(
            SightingView.model_validate(
                {
                    "number": item.number,
                    "status": item.status,
                    "at": item.at,
                    "received_at": item.received_at,
                }
            )
            for item in row.sightings
        ),
    )

"""Events as CloudEvents 1.0, structured JSON (github.com/cloudevents/spec, formats/json-format)."""

import json
from datetime import datetime
from uuid import UUID, uuid5

from api.schema import Case
from api.schema.subscriptions import CaseEvent, EventEvidence
from api.store.telling import Told

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_NAMESPACE = UUID("1f6f1d0c-5d2a-5b0e-9d53-3a3a3f0d7a11")


def source_of(district: str) -> str:
    """The `source` of a district's events, a URI."""
    return f"urn:five-chief:{district}"


def message_id(source: str, event: int, case: Case, kind: str, at: datetime) -> str:
    """An event's id, the same for every receiver and every try.

    The time goes into it so that a store that was put back to an older copy, and so hands out
    the same numbers again, does not make ids that receivers take for repeats.
    """
    return f"evt_{uuid5(_NAMESPACE, f'{source} {event} {case.number} {kind} {at.isoformat()}').hex}"


def describe(what: Told, root: str) -> CaseEvent:
    """What an event says of its case.

    Args:
        what: the event, with the step of the case's life that it tells of, if it is one.
        root: address of this server without a slash at its end, or empty for relative links.
    """
    case, step = what.case, what.step
    return CaseEvent(
        id=case.id,
        number=case.number,
        status=case.status.value if step is None else step.after,
        action=None if step is None else step.action,
        before=None if step is None else step.before,
        after=None if step is None else step.after,
        by_kind=None if step is None else step.by_kind,
        type=case.category.type,
        service_code=case.category.service_code,
        name_zh=case.category.name_zh,
        name_en=case.category.name_en,
        camera_id=case.place.camera_id,
        address=case.place.address,
        longitude=case.place.longitude,
        latitude=case.place.latitude,
        first_seen=case.first_seen,
        last_seen=case.last_seen,
        url=f"{root}/v1/cases/{case.id}",
        evidence=tuple(
            EventEvidence(
                role=file.role.value,
                media_type=file.media_type,
                sha256=file.sha256,
                captured_at=file.captured_at,
                url=f"{root}{file.url}",
            )
            for file in reversed(case.evidence)
        ),
        evidence_left_out=0,
    )


def envelope(
    source: str, identity: str, event: int, kind: str, at: datetime, data: CaseEvent, most: int
) -> bytes:
    """The message, of at most `most` bytes: what does not fit of the evidence is left out.

    The extension `sequence` is the event's number, in as many digits as it takes to compare as
    text (cloudevents/extensions/sequence.md).
    """
    kept = len(data.evidence)
    while True:
        shown = data.model_copy(
            update={
                "evidence": data.evidence[:kept],
                "evidence_left_out": len(data.evidence) - kept,
            }
        )
        message = {
            "specversion": "1.0",
            "id": identity,
            "source": source,
            "type": kind,
            "subject": data.number,
            "time": at.isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "sequence": f"{event:019d}",
            "data": shown.model_dump(mode="json"),
        }
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        if len(body) <= most or kept == 0:
            return body
        kept = kept // 2

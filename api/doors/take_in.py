"""Files what came in by another door than the workers'."""

import hashlib
import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from api.coordinates import NotInChina
from api.doors.arrival import Arrival, media_type_of
from api.doors.classes import codes_filed, filing_of
from api.doors.sources import Source, SourceKind
from api.life.actors import Actor
from api.places import new_place
from api.problems import Problem, invalid
from api.schema import CasePlace, EvidenceFile, EvidenceRole
from api.schema.intake import IntakeReceipt, Outcome
from api.schema.rectify import Rectification
from api.services import Services
from api.store.acting import Outcome as StoreOutcome
from api.store.errors import Conflict
from api.store.filing import Told
from api.store.tickets import Ticket, file_ticket, known_ticket

_NAMESPACE = UUID("6f2f6b0e-5a3d-4c57-9d0e-5f1b2c7a3e11")
_MAX_AHEAD = timedelta(days=1)


def violation_id_of(source: str, ref: str) -> UUID:
    """Our id of what a source calls `ref`: the same for ever, so that repeats are known."""
    return uuid5(_NAMESPACE, f"{source}/{ref}")


def take_in(
    parts: Services, name: str, arrival: Arrival, actor: Actor, now: datetime
) -> IntakeReceipt:
    """Make a case of something, or another sight of one, once.

    Args:
        name: the source, one of `sources.yaml`.
        actor: who files it.

    Raises:
        Problem: 409, 413, 422 or 503; nothing was kept.
    """
    source = parts.sources.sources[name]
    violation_id = violation_id_of(name, arrival.ref)
    digest = _digest(arrival)
    try:
        known = known_ticket(parts.store, violation_id, digest if arrival.strict else None)
        if known is not None:
            return _receipt(name, arrival, known, Outcome.REPEATED)
        told = _told(parts, name, source, arrival, actor, now)
        caller = arrival.caller
        ticket = Ticket(
            name,
            arrival.ref,
            source.kind is SourceKind.PUBLIC,
            None if caller is None else caller.name or None,
            None if caller is None else caller.phone or None,
        )
        filed, outcome = file_ticket(
            parts.store, told, ticket, arrival.strict, parts.terms, parts.sources, now
        )
    except Conflict as error:
        raise Problem(409, "other-content", str(error)) from error
    parts.feed.nudge()
    return _receipt(name, arrival, filed, outcome)


def _told(
    parts: Services, name: str, source: Source, arrival: Arrival, actor: Actor, now: datetime
) -> Told:
    if arrival.at > now + _MAX_AHEAD:
        raise invalid("it tells of the future", ("at", "is more than a day ahead of our clock"))
    filing = filing_of(parts.catalogue, parts.merging, arrival.service_code, arrival.label)
    if filing is None:
        known = sorted(codes_filed(parts.catalogue))
        raise invalid(
            f"the catalogue {parts.catalogue.version} has nothing for {arrival.service_code}",
            ("code", f"{arrival.service_code} is not filed here; known are: {', '.join(known)}"),
        )
    place = _place(source, arrival)
    evidence = keep_pictures(parts, arrival.pictures, arrival.at)
    return Told(
        violation_id=violation_id_of(name, arrival.ref),
        digest=_digest(arrival),
        body={
            "source": name,
            "source_kind": source.kind.value,
            "source_ref": arrival.ref,
            "sources_version": parts.sources.version,
            "service_code": arrival.service_code,
            "label": arrival.label,
            "description": arrival.description,
            "place": arrival.spot.model_dump(mode="json"),
            "first_seen": arrival.at.isoformat().replace("+00:00", "Z"),
            "evidence": [file.model_dump(mode="json") for file in evidence],
            # As it is filed, now or when a shop's window ends.
            "filing": filing._asdict() | {"place": place.model_dump(mode="json")},
        },
        kind=filing.kind,
        standard=filing.standard,
        label=arrival.label,
        place=place,
        seen_at=arrival.at,
        evidence=evidence,
        actor=actor,
        source=name,
        verify=source.verify,
        code=arrival.service_code,
    )


def _place(source: Source, arrival: Arrival) -> CasePlace:
    spot = arrival.spot
    if spot.longitude is None or spot.latitude is None:
        if spot.longitude is not spot.latitude:
            raise invalid(
                "the place is half a place",
                ("place", "has one of longitude and latitude: send both, or neither"),
            )
    elif spot.crs is None and source.crs is None:
        raise invalid(
            "the coordinates could be anywhere within 700 m",
            (
                "place.crs",
                "is missing: say wgs84, cgcs2000, gcj02 or bd09, or give the source a `crs` in "
                "sources.yaml",
            ),
        )
    try:
        return new_place(spot) if source.crs is None else new_place(spot, source.crs)
    except NotInChina as error:
        raise invalid(
            "the place cannot be where it says", (f"place.{error.field}", str(error))
        ) from error


def keep_pictures(
    parts: Services, pictures: Sequence[bytes], at: datetime
) -> tuple[EvidenceFile, ...]:
    """Check pictures and put them into the evidence folder.

    Raises:
        Problem: 413, 422 or 503; nothing was kept.
    """
    files: list[EvidenceFile] = []
    contents: dict[str, io.BytesIO] = {}
    for content in pictures:
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 in contents:
            continue
        contents[sha256] = io.BytesIO(content)
        media_type = media_type_of(content)
        role = EvidenceRole.CLIP if media_type == "video/mp4" else EvidenceRole.SNAPSHOT
        files.append(
            EvidenceFile.model_validate(
                {
                    "sha256": sha256,
                    "role": role,
                    "media_type": media_type,
                    "size": len(content),
                    "captured_at": at,
                }
            )
        )
    parts.evidence.check(files, contents)
    parts.evidence.keep(contents)
    return tuple(files)


def _digest(arrival: Arrival) -> str:
    said = {
        "at": arrival.at.isoformat(),
        "service_code": arrival.service_code,
        "label": arrival.label,
        "description": arrival.description,
        "place": arrival.spot.model_dump(mode="json"),
        "pictures": [hashlib.sha256(picture).hexdigest() for picture in arrival.pictures],
    }
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _receipt(
    name: str, arrival: Arrival, filed: StoreOutcome | Rectification, outcome: Outcome
) -> IntakeReceipt:
    if isinstance(filed, Rectification):
        return IntakeReceipt(
            outcome=outcome,
            source=name,
            source_ref=arrival.ref,
            reason="a shop is told first; it becomes a case if it is not put right in time",
            case_id=filed.case_id,
            number=filed.number,
            status=filed.state,
            url=f"/v1/rectifications?shop={filed.shop}",
        )
    return IntakeReceipt(
        outcome=outcome,
        source=name,
        source_ref=arrival.ref,
        case_id=filed.case.id,
        number=filed.case.number,
        status=filed.case.status.value,
        url=f"/v1/cases/{filed.case.id}",
    )

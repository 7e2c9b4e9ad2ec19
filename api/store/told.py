"""What was told, by whomever, and the terms that it is filed under."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from api.life.actors import Actor
from api.manifest import Source
from api.merging import MergingRules
from api.schema import CasePlace, EvidenceFile, EvidenceRole
from api.store.inserting import New
from api.store.merge_tables import WitnessRow
from api.store.models import EvidenceRow, ReportRow


@dataclass(frozen=True, slots=True)
class Numbering:
    """How cases are numbered: by district and by that place's days."""

    district: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what cases are filed.

    Attributes:
        catalogue_version: the version of the catalogue.
        numbering: how cases are numbered.
        merging: when a report is another sight of a case; None files each as a case of its own.
    """

    catalogue_version: str
    numbering: Numbering
    merging: MergingRules | None = None

    @property
    def key(self) -> Hashable:
        """The same for terms under which reports are filed together."""
        return self.catalogue_version, self.numbering, id(self.merging)


@dataclass(frozen=True, slots=True)
class Told:
    """Something that somebody told of, whoever it was.

    Attributes:
        violation_id: its id for ever.
        digest: SHA-256 of its meaning, which tells a repeat from a conflict.
        body: its JSON, as it is kept.
        kind: the catalogue's kind.
        label: the finer word that filing conditions go by.
        place: where, in WGS 84.
        seen_at: when it was last seen.
        evidence: its files, which are in the evidence folder already.
        actor: who files it.
        source: which source, as `sources.yaml` names it.
        standard: its filing condition; None: by its label.
        verify: it needs 核实 before anything else.
        box: where in the picture, as shares.
        kept: its report and its files are in the tables already, and sealed.
        zone: what kind of zone it touches, which filing conditions may go by.
        urgent: it is urgent whatever its label.
        code: the service code that its source named, where one did.
    """

    violation_id: UUID
    digest: str
    body: Mapping[str, Any]
    kind: str
    label: str
    place: CasePlace
    seen_at: datetime
    evidence: Sequence[EvidenceFile]
    actor: Actor
    source: str
    standard: str | None = None
    verify: bool = False
    box: tuple[float, float, float, float] | None = None
    kept: bool = False
    zone: str | None = None
    urgent: bool = False
    code: str | None = None

    @property
    def point(self) -> tuple[float, float] | None:
        """Longitude and latitude, where both are known."""
        if self.place.longitude is None or self.place.latitude is None:
            return None
        return self.place.longitude, self.place.latitude

    @property
    def thumbnail(self) -> str | None:
        """SHA-256 of the picture that lists show: the marked one, if there is any."""
        pictures = [file for file in self.evidence if file.role is not EvidenceRole.CLIP]
        marked = [file for file in pictures if file.role is EvidenceRole.ANNOTATED]
        return next((file.sha256 for file in [*marked, *pictures]), None)


@dataclass(frozen=True, slots=True)
class Filing:
    """Something that was told, and when it came."""

    told: Told
    now: datetime


def report_row(told: Told, now: datetime) -> New:
    """A report as it came."""
    values = {
        "violation_id": told.violation_id,
        "digest": told.digest,
        "body": dict(told.body),
        "received_at": now,
    }
    return New(ReportRow, values)


def evidence_rows(
    violation_id: UUID, sighting: int | None, files: Sequence[EvidenceFile]
) -> list[New]:
    """Which files a report, or a sighting of it, brought."""
    return [
        New(
            EvidenceRow,
            {
                "violation_id": violation_id,
                "sighting": sighting,
                "position": position,
                "sha256": file.sha256,
                "role": file.role.value,
                "media_type": file.media_type,
                "size": file.size,
                "captured_at": file.captured_at,
            },
        )
        for position, file in enumerate(files)
    ]


def witness_row(
    told: Told, case_id: int, position: int, distance_m: float | None, now: datetime
) -> New:
    """A report as one of those of a case."""
    values = {
        "violation_id": told.violation_id,
        "case_id": case_id,
        "position": position,
        "source": told.source,
        "camera_id": told.place.camera_id,
        "place": told.place.model_dump(mode="json"),
        "attached_at": now,
        "distance_m": None if distance_m is None else round(distance_m, 2),
        "cleared_at": None,
    }
    return New(WitnessRow, values)


def source_of(told: Told, number: str, catalogue: str, now: datetime) -> Source:
    """What the manifest of a report is made of, that became or joined a case."""
    return Source(
        case=number,
        catalogue=catalogue,
        violation_id=str(told.violation_id),
        report=told.body,
        sighting=None,
        kept={"digest": told.digest, "received_at": now.isoformat()},
        files=[
            (i, file.sha256, file.role.value, file.media_type, file.size, file.captured_at)
            for i, file in enumerate(told.evidence)
        ],
    )

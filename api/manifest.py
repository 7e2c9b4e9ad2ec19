"""The manifest of a piece of evidence, and the chain that manifests are links of. Pure.

A manifest says what was filed with what: the files by hash, the camera, when each was captured and
by which clock, the box, the model, the rule and the versions they had. Each link of the chain holds
the hash of the link before, so that nothing can be changed, taken out or slipped in without all
later hashes changing; whoever noted one of them elsewhere can tell.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FORM = 1
"""How a manifest is made; a new number when that changes, for old ones must stay provable."""
GENESIS = "0" * 64
"""What the first link holds in place of a link before it."""

_AS_REPORTED = (
    "kind",
    "label",
    "rule",
    "model",
    "first_seen",
    "confirmed_at",
    "last_seen",
    "score",
    "looks",
    "hits",
    "box",
    "frame_width",
    "frame_height",
    "configuration",
)


@dataclass(frozen=True, slots=True)
class Source:
    """What a manifest is made of, as the store has it.

    Attributes:
        case: the case's number; where it waited for a shop first, the number of that.
        catalogue: the catalogue's version that the case was filed under; empty where it waited.
        violation_id: the report's id.
        report: the report as it came.
        sighting: the follow-up as it came, for evidence that one brought.
        kept: what the store keeps beside the document: its digest, when it was received, and of a
            sighting its status and time.
        files: (position, sha256, role, media type, size in bytes, captured at) of each file.
        clock_offset_s: how far the worker's clock was behind this server's when it was last heard,
            the way there included; None where it was not known.
        filed: number and catalogue of the case, where it waited for a shop first and became one.
    """

    case: str
    catalogue: str
    violation_id: str
    report: Mapping[str, Any]
    sighting: Mapping[str, Any] | None
    kept: Mapping[str, str]
    files: Sequence[tuple[int, str, str, str, int, datetime]]
    clock_offset_s: float | None = None
    filed: tuple[str, str] | None = None


def manifest_of(source: Source) -> str:
    """The manifest as canonical JSON: one spelling for one meaning."""
    report = source.report
    document = {
        "form": FORM,
        "case": source.case,
        "catalogue": source.catalogue,
        "violation_id": source.violation_id,
        "camera": report.get("place", {}).get("camera_id", ""),
        "clock": {"source": report.get("clock"), "offset_s": source.clock_offset_s},
        "reported": {name: report[name] for name in _AS_REPORTED if name in report},
        # All that came, so that what is not spelt out above cannot be changed either.
        "report_sha256": _digest(report),
        "sighting": None if source.sighting is None else source.sighting.get("number"),
        "sighting_sha256": None if source.sighting is None else _digest(source.sighting),
        "kept": dict(source.kept),
        "files": [
            {
                "position": position,
                "sha256": sha256,
                "role": role,
                "media_type": media_type,
                "size": size,
                "captured_at": captured_at.isoformat(),
            }
            for position, sha256, role, media_type, size, captured_at in sorted(source.files)
        ],
    }
    return canonical(document)


def manifest_of_row(kind: str, case: str, row: Mapping[str, Any]) -> str:
    """The manifest of a row that brings pictures, all of it, as canonical JSON.

    Args:
        kind: `file`, `step` or `snapshot`.
        case: the case's number; empty where it belongs to none.
        row: its columns by name; times as moments.
    """
    said = {name: _plain(value) for name, value in row.items()}
    return canonical({"form": FORM, "kind": kind, "case": case, "row": said})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def link_hash(number: int, previous: str, sealed_at: datetime, manifest: str) -> str:
    """SHA-256, in hex, of a link: its number, the hash before it, its time and its manifest."""
    head = f"{number}\n{previous}\n{sealed_at.isoformat()}\n"
    return hashlib.sha256((head + manifest).encode()).hexdigest()


def canonical(document: Any) -> str:
    """JSON with sorted keys and without spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _digest(document: Any) -> str:
    return hashlib.sha256(canonical(document).encode()).hexdigest()

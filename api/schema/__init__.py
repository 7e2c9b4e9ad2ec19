"""What goes over the wire between workers, the API and its readers.

The only part of `api` that other rooms may import. Times are RFC 3339 with an offset and
are kept in UTC; unknown fields are refused, so that a misspelt one is never silently lost.
"""

from api.schema.base import (
    Moment,
    Name,
    Sha256,
    Share,
    Text,
    Wire,
)
from api.schema.cases import (
    Case,
    CasePage,
    Category,
    EvidenceView,
    FilingCondition,
    SightingView,
    Verdict,
    VerdictRequest,
    WitnessView,
)
from api.schema.life import (
    Action,
    ActionOffer,
    ActionOffers,
    ApprovalList,
    ApprovalView,
    CaseHistory,
    CaseStatus,
    HistoryEntry,
)
from api.schema.people import Role, Scope
from api.schema.places import CasePlace, Crs, Place, Spot
from api.schema.reports import (
    BoundingBox,
    EvidenceFile,
    EvidenceRole,
    Kind,
    Report,
    Sighting,
    SightingStatus,
)
from api.schema.service import (
    CameraHealth,
    FieldError,
    Health,
    Heartbeat,
    Login,
    Problem,
    WatchedCamera,
    WatchedKind,
    Watching,
    WorkerHealth,
)

__all__ = [
    "Action",
    "ActionOffer",
    "ActionOffers",
    "ApprovalList",
    "ApprovalView",
    "BoundingBox",
    "CameraHealth",
    "Case",
    "CaseHistory",
    "CasePage",
    "CasePlace",
    "CaseStatus",
    "Category",
    "Crs",
    "EvidenceFile",
    "EvidenceRole",
    "EvidenceView",
    "FieldError",
    "FilingCondition",
    "Health",
    "Heartbeat",
    "HistoryEntry",
    "Kind",
    "Login",
    "Moment",
    "Name",
    "Place",
    "Problem",
    "Report",
    "Role",
    "Scope",
    "Sha256",
    "Share",
    "Sighting",
    "SightingStatus",
    "SightingView",
    "Spot",
    "Text",
    "Verdict",
    "VerdictRequest",
    "WatchedCamera",
    "WatchedKind",
    "Watching",
    "Wire",
    "WitnessView",
    "WorkerHealth",
]

"""Cases led through their lives by the product's own code, each seen at every stop of the way.

What a store of many is multiplied from (`bench.multiply`). A way is led twice, in time and late, so
that whatever a case's age says of it (told to be late, the next chief told) is as the jobs make it.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.doors.arrival import Arrival
from api.doors.take_in import take_in, violation_id_of
from api.life.actors import Actor
from api.life.machine import BY_ACTION
from api.line.jobs import give_up_looks
from api.outward.outcome import Outcome, Result
from api.schema import Crs, Report, Sighting, SightingStatus, Spot
from api.schema.dispatch import ChiefAssignment
from api.schema.intake import Caller
from api.schema.life import Action, CaseStatus
from api.services import Services
from api.store import notices
from api.store.acting import act
from api.store.cases import add_sighting, file_report
from api.store.chiefs import put_assignments
from api.store.escalating import escalate
from api.store.models import CaseRow
from api.store.timer_tables import TimerRow
from api.store.timer_views import announce_overdue
from bench.ways import CLERK, SUBJECTS, WAYS, Step, Subject

CAMERA, CAMERA_NAME = "camera-of-the-pattern", "样板点位"
OTHER_CAMERA, OTHER_CAMERA_NAME = "camera-that-saw-it-too", "样板另一点位"
ADDRESS, STREET, COMMUNITY = "样板路样板号", "样板街道", "样板社区"
CHIEFS = ("chief-of-the-lane", "chief-of-the-street")
_WEST, _SOUTH = 110.1, 30.1


@dataclass(frozen=True, slots=True)
class Stop:
    """A case as it rests for a while, on its way.

    Attributes:
        subject: what it is.
        way: which of `WAYS`.
        status: where it stands.
        late: how many of its limits have passed while it stands there.
        due_s: seconds after filing at which the limits that run here pass, earliest first.
        since_s: seconds after filing since when it stands there.
        case_id: in the store.
        violations: its witnesses, in order.
        place: longitude and latitude, degrees.
        ref: the source's own id; empty where a camera saw it.
    """

    subject: Subject
    way: str
    status: CaseStatus
    late: int
    due_s: tuple[float, ...]
    since_s: float
    case_id: int
    number: str
    violations: tuple[UUID, ...]
    place: tuple[float, float]
    ref: str = ""


Look = Callable[[Stop], None]


def lead_all(services: Services, filed_at: datetime, look: Look) -> None:
    """Lead each subject along each way, in time and late; `look` is called at every stop."""
    put_assignments(services.store, list(_chiefs()))
    chance = random.Random(370114)
    for subject in SUBJECTS:
        led = [(way, False) for way in subject.ways] + [(way, True) for way in subject.late]
        for way, late in led:
            _Leader(services, subject, way, late, filed_at, chance, look).lead(WAYS[way])


def _chiefs() -> Iterator[ChiefAssignment]:
    west, south, east, north = _WEST - 1, _SOUTH - 1, _WEST + 1, _SOUTH + 1
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    for code, role in zip(CHIEFS, ("building", "street"), strict=True):
        yield ChiefAssignment.model_validate(
            {
                "code": code,
                "role": role,
                "place": STREET,
                "chief": {"name": f"甲{code[-4:]}", "phone": "13800000001"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )


class _Leader:
    """One case on its way."""

    def __init__(
        self,
        services: Services,
        subject: Subject,
        way: str,
        late: bool,
        filed_at: datetime,
        chance: random.Random,
        look: Look,
    ) -> None:
        self._services, self._subject, self._way, self._late = services, subject, way, late
        self._filed_at = self._at = filed_at
        self._chance, self._look = chance, look
        # Far enough from each other that nothing is merged.
        self._place = (
            round(_WEST + chance.uniform(-0.5, 0.5), 6),
            round(_SOUTH + chance.uniform(-0.5, 0.5), 6),
        )
        self._violations: list[UUID] = []
        self._ref = ""

    def lead(self, steps: tuple[Step, ...]) -> None:
        """File it, and go all the way."""
        case_id = self._file()
        if self._way == "rework":
            self._seen_again()
        self._rest(case_id)
        if self._way != "void":
            self._verify(case_id)
        for action, actor, given in steps:
            self._do(case_id, action, actor, given)
            self._rest(case_id)

    def _verify(self, case_id: int) -> None:
        if self._stands(case_id)[0] is CaseStatus.PENDING_VERIFY:
            self._do(case_id, Action.VERIFY, CLERK, {})
            self._rest(case_id)

    def _stands(self, case_id: int) -> tuple[CaseStatus, str, list[datetime]]:
        """Its state, its number, and which limits run."""
        case = select(CaseRow.status, CaseRow.number).where(CaseRow.id == case_id)
        limits = select(TimerRow.deadline).where(TimerRow.case_id == case_id)
        with self._services.store.reading() as session:
            status, number = session.execute(case).one()
            deadlines = {limit for limit in session.scalars(limits) if limit is not None}
        return CaseStatus(status), number, sorted(deadlines)

    def _do(self, case_id: int, action: Action, actor: Actor, given: dict[str, Any]) -> None:
        self._at += timedelta(minutes=5)
        fields = BY_ACTION[action].takes.model_validate(given)
        act(self._services.store, case_id, action, actor, fields, None, self._at)

    def _rest(self, case_id: int) -> None:
        """What the jobs do meanwhile; then a look, and where it is late, one after each limit."""
        store = self._services.store
        for notice_id in notices.due(store, self._at, 10):
            row = notices.take(store, notice_id, self._at)
            if row is not None:
                notices.record(store, row.id, row.tries, Outcome(Result.DELIVERED), self._at)
        deadlines = self._stands(case_id)[2]
        if not (self._late and deadlines):
            self._stop(case_id, 0)
            return
        for passed, deadline in enumerate(deadlines, 1):
            self._at = max(self._at, deadline) + timedelta(seconds=2)
            announce_overdue(store, self._at)
            self._stop(case_id, passed)
        self._at += timedelta(days=1)
        escalate(store, self._at)
        give_up_looks(self._services, self._at)

    def _stop(self, case_id: int, late: int) -> None:
        status, number, due = self._stands(case_id)
        self._look(
            Stop(
                self._subject,
                self._way,
                status,
                late,
                tuple((moment - self._filed_at).total_seconds() for moment in due),
                (self._at - self._filed_at).total_seconds(),
                case_id,
                number,
                tuple(self._violations),
                self._place,
                self._ref,
            )
        )

    def _file(self) -> int:
        if self._subject.source != "camera":
            return self._told()
        report = self._report(CAMERA, CAMERA_NAME)
        outcome: Any = file_report(
            self._services.store, report, self._services.terms, self._filed_at
        )
        return int(outcome.case.id)

    def _seen_again(self) -> None:
        """By another camera, and by the first once more."""
        store, first = self._services.store, self._violations[0]
        self._at += timedelta(minutes=5)
        file_report(
            store, self._report(OTHER_CAMERA, OTHER_CAMERA_NAME), self._services.terms, self._at
        )
        for number, status in ((1, SightingStatus.STILL_THERE), (2, SightingStatus.CLEARED)):
            sighting = Sighting(number=number, status=status, at=self._at)
            add_sighting(store, first, sighting, self._at)

    def _told(self) -> int:
        longitude, latitude = self._place
        spot = Spot(
            address=ADDRESS,
            street=STREET,
            community=COMMUNITY,
            longitude=longitude,
            latitude=latitude,
            crs=Crs.WGS84,
        )
        self._ref = f"ticket-of-the-pattern-{self._chance.getrandbits(32):08x}"
        arrival = Arrival(
            ref=self._ref,
            at=self._filed_at,
            service_code=self._subject.service_code,
            label="",
            description="市民反映:此处脏乱,请处理",
            spot=spot,
            caller=Caller(name="某市民", phone="13800000002"),
        )
        receipt = take_in(self._services, self._subject.source, arrival, CLERK, self._filed_at)
        assert receipt.case_id is not None
        self._violations.append(violation_id_of(self._subject.source, self._ref))
        return receipt.case_id

    def _report(self, camera: str, camera_name: str) -> Report:
        violation = UUID(int=self._chance.getrandbits(128), version=4)
        self._violations.append(violation)
        seen, at = self._filed_at - timedelta(minutes=10), self._filed_at
        files = [("annotated", "image/jpeg"), ("snapshot", "image/jpeg"), ("clip", "video/mp4")]
        evidence = [
            {
                "sha256": file_mark(violation, position),
                "role": role,
                "media_type": media_type,
                "size": 131_234,
                "captured_at": at.isoformat(),
            }
            for position, (role, media_type) in enumerate(files)
        ]
        return Report.model_validate(
            {
                "violation_id": str(violation),
                "kind": self._subject.kind,
                "label": self._subject.label,
                "place": {
                    "camera_id": camera,
                    "camera_name": camera_name,
                    "address": ADDRESS,
                    "street": STREET,
                    "community": COMMUNITY,
                    "longitude": self._place[0],
                    "latitude": self._place[1],
                    "crs": "wgs84",
                },
                "rule": f"{self._subject.kind}-on-the-street",
                "model": f"{self._subject.kind}@1",
                "first_seen": seen.isoformat(),
                "confirmed_at": at.isoformat(),
                "last_seen": at.isoformat(),
                "clock": "arrival",
                "score": 0.71,
                "looks": 20,
                "hits": 15,
                "box": {"x0": 812, "y0": 540, "x1": 964, "y1": 633},
                "frame_width": 1920,
                "frame_height": 1080,
                "evidence": evidence,
            }
        )


def file_mark(violation: UUID, position: int) -> str:
    """The SHA-256 of a file that is nowhere, different for each."""
    return f"{violation.hex}{violation.hex[:28]}{position:04x}"

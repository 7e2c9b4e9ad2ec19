"""Makes cases of what was told: decided one by one, written together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.coordinates import cell_of
from api.life.actors import SYSTEM
from api.life.fields import Fields
from api.manifest import Source
from api.merging import Sight
from api.schema import EvidenceView, WitnessView
from api.schema.life import Action
from api.store import components
from api.store.acting import (
    Outcome,
    announce,
    bear,
    birth_events,
    go_on,
    goes_on,
    outcome_of,
    step,
)
from api.store.chain import seal
from api.store.engine import take_numbers
from api.store.inserting import New, insert_rows
from api.store.kinds import Kind, kinds_of
from api.store.merge_tables import AddressRow
from api.store.models import CaseRow
from api.store.told import (
    Filing,
    Numbering,
    Terms,
    Told,
    evidence_rows,
    report_row,
    source_of,
    witness_row,
)
from api.store.transition import Transition
from api.store.views import Course, view_of


@dataclass(frozen=True, slots=True)
class Draft:
    """The case that something that was told would make.

    Attributes:
        told: what was told, with the component that it is at.
        now: when it came.
        row: the case, in no session; its id, number and address come once it is made.
        kind: its kind in the catalogue that it is filed under.
        sight: what merging goes by.
    """

    told: Told
    now: datetime
    row: CaseRow
    kind: Kind
    sight: Sight


@dataclass(frozen=True, slots=True)
class Born:
    """A case that is made and not written yet: its draft, its first step, and what goes with it."""

    draft: Draft
    made: Transition
    rows: list[New]


_NEWEST = select(CaseRow.id).order_by(CaseRow.id.desc()).limit(1)


def draft(session: Session, filing: Filing, terms: Terms) -> Draft:
    """What a case of it would be."""
    told, now = filing.told, filing.now
    kind = kinds_of(session, terms.catalogue_version)[told.kind]
    standard = told.standard or kind.default(told.label, told.zone)
    filed, point = kind.category_under(standard).service_code, told.point
    surveyed = components.surveyed_at(session, filed, point, told.place.component_id)
    own = components.class_of(session, filed, surveyed, told.code)
    if surveyed is not None and surveyed.distance_m is not None:
        found = {"component_id": surveyed.number, "component_distance_m": surveyed.distance_m}
        told = replace(told, place=told.place.model_copy(update=found))
    rules, place = terms.merging, told.place
    urgent = told.urgent or (rules is not None and rules.is_urgent(own.service_code, told.label))
    row = CaseRow(
        violation_id=told.violation_id,
        catalogue_version=terms.catalogue_version,
        kind=told.kind,
        standard=standard,
        camera_id=place.camera_id,
        received_at=now,
        last_seen=told.seen_at,
        updated_at=now,
        source=told.source,
        service_code=own.service_code,
        component_class_version=own.version,
        urgent=urgent,
        longitude=place.longitude,
        latitude=place.latitude,
        cell=None if point is None else cell_of(point),
        component_id=place.component_id,
        grid=place.grid,
        street=place.street,
        community=place.community,
        sighting_count=1,
        reworks=0,
        postponed=0,
        thumbnail=told.thumbnail,
    )
    sight = Sight(own.service_code, point, urgent, place.component_id, place.camera_id, told.box)
    return Draft(told, now, row, kind, sight)


class Births:
    """The cases that are made in a transaction that holds the lock of merging.

    The lock is what lets them take ids: nobody else makes cases meanwhile.
    """

    def __init__(self, session: Session, numbering: Numbering) -> None:
        self._session = session
        self._numbering = numbering
        self._last_id: int | None = None
        self._waiting: list[tuple[int, Born]] = []
        self.outcomes: dict[int, Outcome] = {}
        """By the place at which each was added, once it is written."""

    def add(self, place: int, draft: Draft, recurs_of: int | None) -> None:
        """Make a case; it is written with the next `write`."""
        row = draft.row
        if self._last_id is None:
            self._last_id = self._session.connection().scalar(_NEWEST) or 0
        self._last_id += 1
        row.id, row.recurs_of = self._last_id, recurs_of
        made, rows = bear(self._session, row, draft.told.actor, draft.now)
        self._waiting.append((place, Born(draft, made, rows)))

    def write(self) -> None:
        """Write all that wait, with their numbers, their events and their seals."""
        if not self._waiting:
            return
        places, born = zip(*self._waiting, strict=True)
        self._waiting.clear()
        self._number(born)
        rows = [row for one in born for row in _rows(one)]
        events = birth_events(self._session, [one.made for one in born])
        insert_rows(self._session, [*rows, *events])
        # What was kept before it became a case was sealed then.
        new = [one.draft for one in born if not one.draft.told.kept]
        if new:
            seal(self._session, list(map(_source, new)), max(one.now for one in new))
        for place, one in zip(places, born, strict=True):
            self.outcomes[place] = self._outcome(one)

    def _number(self, born: Sequence[Born]) -> None:
        district = self._numbering.district
        known = address_ids(self._session, {one.draft.told.place.address for one in born} - {""})
        days: dict[str, list[Draft]] = {}
        for one in born:
            day = one.draft.now.astimezone(self._numbering.zone).strftime("%Y%m%d")
            days.setdefault(day, []).append(one.draft)
        for day, drafts in days.items():
            serials = take_numbers(self._session, f"case {district} {day}", len(drafts))
            for each, serial in zip(drafts, serials, strict=True):
                each.row.number = f"{district}-{day}-{serial:05d}"
                each.row.address_id = known.get(each.told.place.address)

    def _outcome(self, born: Born) -> Outcome:
        told, row, kind = born.draft.told, born.draft.row, born.draft.kind
        if told.verify or goes_on(self._session, born.made):
            return self._moved(born.draft)
        if row.service_code.startswith("C-"):  # whose component it is stands in the register
            return outcome_of(self._session, self._session.get_one(CaseRow, row.id))
        return Outcome(
            view_of(row, _course(told, row, kind, born.draft.now)), row.version, new=True
        )

    def _moved(self, draft: Draft) -> Outcome:
        row = self._session.get_one(CaseRow, draft.row.id)
        made = go_on(self._session, row, draft.now)
        if draft.told.verify:
            made += step(self._session, row, Action.ASK_VERIFY, SYSTEM, Fields(), draft.now)
        return announce(self._session, row, made)


def _rows(born: Born) -> list[New]:
    told, row, now = born.draft.told, born.draft.row, born.draft.now
    own = [New(CaseRow, _values(row)), witness_row(told, row.id, 1, None, now), *born.rows]
    if told.kept:
        return own
    return [report_row(told, now), *evidence_rows(told.violation_id, None, told.evidence), *own]


_COLUMNS = tuple(inspect(CaseRow).columns.keys())


def _values(row: CaseRow) -> dict[str, Any]:
    set_values = row.__dict__
    return {name: set_values.get(name) for name in _COLUMNS}


def _course(told: Told, row: CaseRow, kind: Kind, now: datetime) -> Course:
    """All that a reader sees of a case that was just made, so that nothing is read back."""
    condition = kind.condition(row.standard)
    return Course(
        category=kind.category_under(row.standard),
        condition=None if condition is None else condition.view,
        bodies=[told.body],
        witnesses=(
            WitnessView(
                number=1,
                violation_id=told.violation_id,
                source=told.source,
                place=told.place,
                attached_at=now,
                distance_m=None,
                cleared_at=None,
            ),
        ),
        evidence=tuple(
            EvidenceView(
                sha256=file.sha256,
                role=file.role,
                media_type=file.media_type,
                size=file.size,
                captured_at=file.captured_at,
                url=f"/v1/evidence/{file.sha256}",
            )
            for file in told.evidence
        ),
    )


def _source(draft: Draft) -> Source:
    return source_of(draft.told, draft.row.number, draft.row.catalogue_version, draft.now)


def address_ids(session: Session, texts: Iterable[str]) -> dict[str, int]:
    """The numbers of addresses; the same text has one number."""
    wanted = sorted(set(texts))
    if not wanted:
        return {}
    query = select(AddressRow.text, AddressRow.id).where(AddressRow.text.in_(wanted))
    known = dict(iter(session.execute(query)))
    if len(known) == len(wanted):
        return known
    for text in wanted:
        if text not in known:
            try:
                with session.begin_nested():
                    session.execute(insert(AddressRow).values(text=text))
            except IntegrityError:
                pass  # another transaction has just written it
    return dict(iter(session.execute(query)))

"""What the store keeps of a case's life, and what it does when a part of it fails."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from api.life.actors import SYSTEM, Actor, Who
from api.life.fields import Fields, SetStandard
from api.life.machine import BY_ACTION, replay
from api.schema import Action, Case, CaseStatus
from api.settings import Settings
from api.store import acting
from api.store.acting import act
from api.store.engine import Store, open_store
from api.store.errors import Conflict, NotAllowed, UnknownStandard
from api.store.life_tables import CaseHistoryRow, LookAgainRow, StageLimitRow
from api.store.lives import history_of
from api.store.look_again import Seen, answer, take
from api.store.migrate import alembic_config
from api.store.models import CaseRow, EventRow
from api.store.shelving import resume_due
from api.store.transition import Transition, then
from tests.api.conftest import report_of
from tests.api.test_postgres import database
from tests.life.conftest import CATALOGUE, NOW, file_case, fresh_store
from tests.life.test_lives import FIELDS, ONWARD

__all__ = ["database"]

CLERK = Actor("李", frozenset({Who.CLERK}))
A = Action


def do(store: Store, case: Case, action: Action, actor: Actor = CLERK) -> Case:
    fields = BY_ACTION[action].takes.model_validate(FIELDS.get(action, {}))
    return act(store, case.id, action, actor, fields, None, NOW).case


def onward(store: Store, case: Case, to: CaseStatus) -> Case:
    while case.status is not to:
        case = do(store, case, ONWARD[case.status])
    return case


def test_of_many_filings_at_once_each_district_and_day_is_numbered_without_gap(
    store: Store,
) -> None:
    numbered_without_gap(store)


def test_so_it_is_on_postgresql(database: str, tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "data", database)
    numbered_without_gap(store)
    store.engine.dispose()


def numbered_without_gap(store: Store) -> None:
    jobs = [
        (district, NOW + timedelta(days=day))
        for district in ("370114", "370102")
        for day in (0, 1)
        for _ in range(12)
    ]
    with ThreadPoolExecutor(16) as pool:
        cases = list(pool.map(lambda job: file_case(store, job[0], now=job[1]), jobs))
    wanted = {
        f"{district}-{day}-{serial:05d}"
        for district in ("370114", "370102")
        for day in ("20261125", "20261126")
        for serial in range(1, 13)
    }
    assert {case.number for case in cases} == wanted
    with store.reading() as session:
        events = session.scalars(select(EventRow.id).order_by(EventRow.id)).all()
    assert list(events) == list(range(1, len(jobs) + 1))


def test_a_shelved_case_rests_until_its_day_and_goes_on_by_itself(store: Store) -> None:
    case = onward(store, file_case(store), CaseStatus.HANDLING)
    do(store, case, A.ASK_SUSPEND)
    shelved = do(store, case, A.GRANT_SUSPEND, Actor("王", frozenset({Who.CLERK})))
    assert (shelved.shelved_at, shelved.shelved_until) == (NOW, date(2027, 3, 15))
    with pytest.raises(NotAllowed, match="shelved"):
        do(store, case, A.FINISH)
    later = NOW + timedelta(days=110)
    assert resume_due(store, date(2027, 3, 14), later) == 0
    assert resume_due(store, date(2027, 3, 15), later) == 1
    assert resume_due(store, date(2027, 3, 15), later) == 0
    history = history_of(store, case.id)
    assert history is not None
    assert (history[-1].action, history[-1].by, history[-1].at) == (A.RESUME, "system", later)
    assert do(store, case, A.FINISH).shelved_at is None


def test_a_void_that_was_granted_says_by_whom_and_why(store: Store) -> None:
    case = onward(store, file_case(store), CaseStatus.HANDLING)
    do(store, case, A.ASK_VOID)
    void = do(store, case, A.GRANT_VOID, Actor("王", frozenset({Who.ADMIN})))
    assert (void.status, void.decided_by, void.dismiss_reason, void.closed_at) == (
        CaseStatus.VOIDED,
        "王",
        "重复",
        NOW,
    )


def test_of_many_hands_at_once_one_dispatches(store: Store) -> None:
    case = onward(store, file_case(store), CaseStatus.PENDING_DISPATCH)

    def try_it(_number: int) -> bool:
        try:
            do(store, case, A.DISPATCH)
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(try_it, range(8))) == [False] * 7 + [True]


def test_a_follower_that_fails_undoes_the_step(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = file_case(store)

    def fails(_session: Session, _row: CaseRow, _made: Transition) -> None:
        raise RuntimeError("a timer cannot be written")

    with monkeypatch.context() as patch:
        patch.setattr(acting, "FOLLOWERS", (fails,))
        with pytest.raises(RuntimeError, match="a timer"):
            do(store, case, A.REGISTER)
    history = history_of(store, case.id)
    assert history is not None
    assert [step.action for step in history] == [A.FILE]
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == 1
        assert session.get_one(CaseRow, case.id).status == "reported"


def test_a_follower_can_have_the_system_go_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def dispatches(session: Session, row: CaseRow, made: Transition) -> tuple[()]:
        told.append(made.action)
        if made.after is CaseStatus.PENDING_DISPATCH:
            fields = BY_ACTION[A.DISPATCH].takes.model_validate(FIELDS[A.DISPATCH])
            then(session, row.id, A.DISPATCH, fields)
        return ()

    monkeypatch.setattr(acting, "FOLLOWERS", (dispatches,))
    case = do(store, file_case(store), A.REGISTER)
    assert (case.status, case.department) == (CaseStatus.DISPATCHED, "环卫所")
    assert told == [A.FILE, A.REGISTER, A.TO_DISPATCH, A.DISPATCH]
    with store.reading() as session:
        events = session.scalars(select(EventRow.type).order_by(EventRow.id)).all()
    assert list(events) == [BY_ACTION[action].event for action in told]


def test_what_a_follower_asks_for_must_be_allowed_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = file_case(store)

    def closes(session: Session, row: CaseRow, made: Transition) -> tuple[()]:
        if made.action is A.REGISTER:
            then(session, row.id, A.CLOSE)
        return ()

    monkeypatch.setattr(acting, "FOLLOWERS", (closes,))
    with pytest.raises(NotAllowed):
        do(store, case, A.REGISTER)
    history = history_of(store, case.id)
    assert history is not None
    assert len(history) == 1


def test_a_look_that_is_not_answered_in_time_goes_to_another(store: Store) -> None:
    case = onward(store, file_case(store), CaseStatus.PENDING_CHECK)
    lease = timedelta(minutes=5)
    assert take(store, "w1", {"other"}, NOW, lease) == []
    (first,) = take(store, "w1", {"gate-3"}, NOW, lease)
    assert take(store, "w2", {"gate-3"}, NOW + lease / 2, lease) == []
    (same,) = take(store, "w1", {"gate-3"}, NOW + lease / 2, lease)
    (other,) = take(store, "w2", {"gate-3"}, NOW + 2 * lease, lease)
    assert first.id == same.id == other.id
    seen = answer(store, other.id, Seen.STILL_THERE, (), NOW + 2 * lease)
    assert (seen.case.id, seen.case.status) == (case.id, CaseStatus.HANDLING)
    with pytest.raises(Conflict, match="still_there"):
        answer(store, first.id, Seen.CLEARED, (), NOW + 3 * lease)


def test_a_person_who_checks_first_drops_the_look_and_a_late_answer_changes_nothing(
    store: Store,
) -> None:
    case = onward(store, file_case(store), CaseStatus.PENDING_CHECK)
    (look,) = take(store, "w", {"gate-3"}, NOW)
    closed = do(store, case, A.PASS, Actor("王", frozenset({Who.OPERATOR})))
    assert closed.status is CaseStatus.CLOSED
    late = answer(store, look.id, Seen.STILL_THERE, (), NOW)
    assert (late.new, late.case.status) == (False, CaseStatus.CLOSED)
    with store.reading() as session:
        assert session.scalars(select(LookAgainRow.status)).all() == ["dropped"]
    assert take(store, "w", {"gate-3"}, NOW + timedelta(days=1)) == []


def test_whoever_did_the_work_does_not_check_it(store: Store) -> None:
    case = onward(store, file_case(store), CaseStatus.PENDING_CHECK)
    for name in ("李", "张", ""):  # who reported it as done, whose hands it was, who is not named
        with pytest.raises(NotAllowed, match="whoever did the work"):
            do(store, case, A.PASS, Actor(name, frozenset({Who.CLERK})))
    assert do(store, case, A.PASS, Actor("王", frozenset({Who.CLERK}))).status is CaseStatus.CLOSED


def test_looks_taken_by_many_workers_at_once_are_each_taken_by_one(store: Store) -> None:
    for _ in range(6):
        onward(store, file_case(store), CaseStatus.PENDING_CHECK)
    names = count()
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda _: take(store, f"w{next(names)}", {"gate-3"}, NOW), range(6)))
    ids = [look.id for looks in taken for look in looks]
    assert len(ids) == len(set(ids)) == 6


@pytest.mark.parametrize(
    ("kind", "label", "standard", "code"),
    [
        ("litter", "garbage_bag", "litter.exposed", "E-0102"),
        ("litter", "rubble", "litter.rubble", "E-0103"),
        ("litter", "a word that no condition has", "litter.exposed", "E-0102"),
        ("vending", "shop_overflow", "vending.overflow", "E-0504"),
        ("manhole", "grate_broken", "manhole.grate", "C-0104"),
        ("manhole", "uncovered", "manhole.missing", "C-0114"),
    ],
)
def test_kind_and_label_choose_the_filing_condition(
    store: Store, kind: str, label: str, standard: str, code: str
) -> None:
    case = file_case(store, kind=kind, label=label)
    assert case.condition is not None
    assert (case.condition.id, case.category.service_code) == (standard, code)


def test_the_pair_of_type_and_code_is_the_key(store: Store) -> None:
    road = file_case(store, kind="litter", label="scattered_litter").category
    grate = file_case(store, kind="manhole", label="grate_broken").category
    assert (road.code, grate.code) == ("0104", "0104")
    assert (road.service_code, grate.service_code) == ("E-0104", "C-0104")


def test_a_clerk_changes_the_condition_even_to_another_kinds(store: Store) -> None:
    case = file_case(store)
    wanted = SetStandard(reason="是店外经营", standard="vending.overflow")
    after = act(store, case.id, A.SET_STANDARD, CLERK, wanted, None, NOW).case
    assert (after.kind, after.category.service_code) == ("vending", "E-0504")
    unknown = SetStandard(reason="x", standard="vending.nothing")
    with pytest.raises(UnknownStandard, match=r"vending\.overflow"):
        act(store, case.id, A.SET_STANDARD, CLERK, unknown, None, NOW)
    onward(store, after, CaseStatus.DISPATCHED)
    with pytest.raises(NotAllowed):
        act(store, case.id, A.SET_STANDARD, CLERK, wanted, None, NOW)


def test_guarding_an_open_hole_and_repairing_it_have_limits_of_their_own(store: Store) -> None:
    with store.reading() as session:
        query = select(StageLimitRow).where(
            StageLimitRow.version == CATALOGUE.version,
            StageLimitRow.kind == "manhole",
            StageLimitRow.standard == "missing",
        )
        limits = {row.stage: (row.amount, row.unit) for row in session.scalars(query)}
    assert limits == {"guard": (0.5, "urgent_hour"), "handle": (6.0, "urgent_hour")}


def test_cases_of_before_get_the_history_that_their_verdicts_tell_of(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    store = open_store(Settings(folder, ("x" * 16,)))
    with store.engine.execution_options(writes=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0003")
        connection.execute(text("INSERT INTO catalogue_versions VALUES ('1', 'd', 's', :at)"), AT)
        connection.execute(
            text("INSERT INTO categories VALUES ('1','litter','s','事件','0102','E-0102','a','b')")
        )
        for number, (status, reason) in enumerate(
            [("reported", None), ("confirmed", None), ("dismissed", "影子")], 1
        ):
            violation = f"{number:032x}"
            connection.execute(
                text("INSERT INTO reports VALUES (:v, 'd', :body, :at)"),
                {"v": violation, "body": json.dumps(report_of()), **AT},
            )
            decided = None if status == "reported" else AT["at"]
            connection.execute(
                text(
                    "INSERT INTO cases (id, number, violation_id, catalogue_version, kind, "
                    "camera_id, status, received_at, last_seen, decided_at, decided_by, "
                    "dismiss_reason, updated_at, version) VALUES (:id, :no, :v, '1', 'litter', "
                    "'gate-3', :status, :at, :at, :decided, '李', :reason, :at, 1)"
                ),
                {
                    "id": number, "no": f"n-{number}", "v": violation, "status": status,
                    "decided": decided, "reason": reason, **AT,
                },
            )  # fmt: skip
        command.upgrade(alembic_config(connection), "head")
    with store.reading() as session:
        found = {}
        for row in session.execute(select(CaseRow.id, CaseRow.status)).all():
            steps = session.scalars(
                select(CaseHistoryRow)
                .where(CaseHistoryRow.case_id == row.id)
                .order_by(CaseHistoryRow.number)
            ).all()
            told = [
                (A(s.action), s.before and CaseStatus(s.before), CaseStatus(s.after)) for s in steps
            ]
            assert replay(told) == row.status
            found[row.id] = (row.status, steps[-1].by, steps[-1].fields)
    assert found == {
        1: ("reported", "gate-3", {}),
        2: ("pending_dispatch", "system", {}),
        3: ("voided", "李", {"reason": "影子"}),
    }
    after = act(store, 2, A.DISPATCH, CLERK, BY_ACTION[A.DISPATCH].takes(department="x"), None, NOW)
    assert after.case.status is CaseStatus.DISPATCHED
    store.engine.dispose()


AT = {"at": "2026-11-01 00:00:00.000000"}


def test_the_system_alone_lets_what_is_asked_lapse(store: Store) -> None:
    case = onward(store, file_case(store), CaseStatus.HANDLING)
    do(store, case, A.ASK_POSTPONE)
    with pytest.raises(NotAllowed):
        act(store, case.id, A.LAPSE, SYSTEM, Fields(), None, NOW)
    do(store, case, A.FINISH)
    history = history_of(store, case.id)
    assert history is not None
    assert A.LAPSE in [step.action for step in history]

"""Random people do random things to a case in a real store: no way leaves the table."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from api.life.actors import Actor, Who
from api.life.compliance import UNSIGNED
from api.life.machine import BY_ACTION, TERMINAL, TO_CHECK, replay
from api.life.standing import (
    OpenApproval,
    Standing,
    allowed,
    has_lapsed,
    next_by_itself,
    refusal,
)
from api.schema import Action, CaseStatus
from api.store.acting import act
from api.store.engine import Store
from api.store.errors import NotAllowed, Outdated
from api.store.life_tables import LookAgainRow
from api.store.lives import approvals_of, history_of
from api.store.look_again import Seen, answer, take
from api.store.models import CaseRow, EventRow
from tests.api.test_postgres import database
from tests.life.conftest import NOW, file_case, fresh_store, hand_in

__all__ = ["database"]

A = Action
FIELDS: Mapping[Action, dict[str, Any]] = {
    A.VOID: {"reason": "误报"},
    A.DISPATCH: {"department": "环卫所"},
    A.HAND_OVER: {"agency": "市场监管局", "reason": "职责所在"},
    A.TAKE_IN: {"agency": "交警大队", "document": "交移〔2026〕7号"},
    A.ASSIGN: {"handler": "张"},
    A.FINISH: {"opinion": "已清运"},
    A.ASK_POSTPONE: {"reason": "雨天", "limit": {"amount": 2, "unit": "work_day"}},
    A.ASK_ROLLBACK: {"reason": "不归我们管"},
    A.ASK_SUSPEND: {"reason": "冬季不能施工", "ground": "seasonal", "until": "2027-03-15"},
    A.ASK_VOID: {"reason": "重复"},
    A.REFUSE_POSTPONE: {"reason": "不同意"},
    A.REFUSE_ROLLBACK: {"reason": "不同意"},
    A.REFUSE_SUSPEND: {"reason": "不同意"},
    A.REFUSE_VOID: {"reason": "不同意"},
    A.SUPERVISE: {"reason": "领导批示"},
    A.SET_STANDARD: {"reason": "看清了", "standard": "litter.rubble"},
    A.TO_PENALTY: {"agency": "执法局"},
    A.NUMBER_PENALTY: {"penalty_file": "罚〔2026〕1号"},
}
ONWARD = {
    CaseStatus.REPORTED: A.REGISTER,
    CaseStatus.PENDING_VERIFY: A.VERIFY,
    CaseStatus.PENDING_REGISTER: A.REGISTER,
    CaseStatus.PENDING_DISPATCH: A.DISPATCH,
    CaseStatus.RETURNED: A.DISPATCH,
    CaseStatus.DISPATCHED: A.SIGN,
    CaseStatus.PENDING_HANDLE: A.ASSIGN,
    CaseStatus.HANDLING: A.FINISH,
    CaseStatus.PENDING_CHECK: A.PASS,
    CaseStatus.CHECKING: A.FAIL,
}
PEOPLE = st.builds(
    Actor,
    name=st.sampled_from(["李", "王", "张"]),
    who=st.sampled_from([{w} for w in Who] + [{Who.CLERK, Who.CHIEF}]).map(frozenset),
)


class Lives(RuleBasedStateMachine):
    """Holds the store against a standing that is kept by hand, from what was done alone."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.now = NOW

    @initialize(handed_in=st.booleans())
    def filed(self, handed_in: bool) -> None:
        self.case_id = file_case(self.store).id
        if handed_in:
            hand_in(self.store, self.case_id)
        self.wanted = Standing(CaseStatus.REPORTED, lacks=(UNSIGNED,), handed_in=handed_in)
        self.version = 1

    def follow(self, action: Action, actor: Actor) -> None:
        """What a step does to the standing; an oracle beside `api/store/effects.py`."""
        state = self.wanted.state
        assert state is not None
        self.wanted = replace(self.wanted, state=BY_ACTION[action].leads_to(state))
        asked = self.wanted.approval
        verb, _, kind = action.value.partition("_")
        if action in (A.ASK_POSTPONE, A.ASK_ROLLBACK, A.ASK_SUSPEND, A.ASK_VOID):
            self.wanted = replace(self.wanted, approval=OpenApproval(kind, actor.name))
        elif verb in ("grant", "refuse", "withdraw"):
            shelved = (self.wanted.shelved or action is A.GRANT_SUSPEND) and action != A.GRANT_VOID
            self.wanted = replace(self.wanted, approval=None, shelved=shelved)
        elif action is A.RESUME:
            self.wanted = replace(self.wanted, shelved=False)
        elif action in (A.ASSIGN, A.FINISH):
            name = "张" if action is A.ASSIGN else actor.name
            self.wanted = replace(self.wanted, worked_by=self.wanted.worked_by | {name})
        if has_lapsed(self.wanted):
            self.wanted = replace(self.wanted, approval=None)
        if asked is None or not has_lapsed(self.wanted):
            following = next_by_itself(self.wanted)
            if following is not None:
                self.follow(following.action, actor)

    @rule(action=st.sampled_from(list(Action)), actor=PEOPLE)
    def anybody_does_anything(self, action: Action, actor: Actor) -> None:
        self.now += timedelta(minutes=1)
        line = BY_ACTION[action]
        fields = line.takes.model_validate(FIELDS.get(action, {}))
        why_not = refusal(line, self.wanted, actor)
        if why_not is not None:
            with pytest.raises(NotAllowed) as refused:
                act(self.store, self.case_id, action, actor, fields, None, self.now)
            assert refused.value.refusal.why is why_not.why
            return
        outcome = act(self.store, self.case_id, action, actor, fields, None, self.now)
        self.follow(action, actor)
        assert outcome.case.status is self.wanted.state
        assert outcome.version > self.version
        self.version = outcome.version

    @rule(steps=st.integers(1, 7), by=st.sampled_from(["李", "王", "张"]))
    def the_desk_and_the_department_go_on(self, steps: int, by: str) -> None:
        for _ in range(steps):
            if self.wanted.state in ONWARD and not self.wanted.shelved:
                actor = Actor(by, frozenset({Who.CLERK, Who.CHIEF}))
                self.anybody_does_anything(ONWARD[self.wanted.state], actor)

    @rule(pick=st.integers(0, 99), actor=PEOPLE)
    def somebody_does_what_is_offered(self, pick: int, actor: Actor) -> None:
        able = [line.action for line in allowed(self.wanted, actor)]
        if able:
            self.anybody_does_anything(able[pick % len(able)], actor)

    @rule(seen=st.sampled_from(list(Seen)))
    def the_camera_looks_again(self, seen: Seen) -> None:
        self.now += timedelta(minutes=1)
        for look in take(self.store, "w", {"gate-3"}, self.now):
            if look.case_id != self.case_id:  # of a life that another run left there
                answer(self.store, look.id, Seen.CLEARED, (), self.now)
                continue
            outcome = answer(self.store, look.id, seen, (), self.now)
            step = {Seen.CLEARED: A.PASS, Seen.STILL_THERE: A.FAIL, Seen.CANNOT_TELL: A.HAND_CHECK}
            self.follow(step[seen], Actor("gate-3", frozenset({Who.CAMERA})))
            assert outcome.case.status is self.wanted.state
            self.version = outcome.version

    @rule(actor=PEOPLE)
    def an_old_tag_changes_nothing(self, actor: Actor) -> None:
        old = {self.version - 1}
        fields = BY_ACTION[A.PRESS].takes()
        with pytest.raises(Outdated):
            act(self.store, self.case_id, A.PRESS, actor, fields, old, self.now)

    @invariant()
    def the_history_tells_how_it_got_here(self) -> None:
        history = history_of(self.store, self.case_id)
        assert history is not None
        assert [step.number for step in history] == list(range(1, len(history) + 1))
        assert replay((s.action, s.before, s.after) for s in history) is self.wanted.state
        with self.store.reading() as session:
            row = session.get_one(CaseRow, self.case_id)
            assert row.status == self.wanted.state
            assert (row.shelved_at is not None) == self.wanted.shelved
            assert (row.closed_at is not None) == (self.wanted.state in TERMINAL)
            mine = select(EventRow).where(EventRow.case_id == self.case_id)
            events = session.scalars(mine.order_by(EventRow.id)).all()
            looks = session.scalars(
                select(LookAgainRow.id).where(
                    LookAgainRow.case_id == self.case_id,
                    LookAgainRow.status.in_(("waiting", "taken")),
                )
            ).all()
        assert [event.step for event in events] == [step.number for step in history]
        assert [event.type for event in events] == [BY_ACTION[s.action].event for s in history]
        assert len(looks) <= (self.wanted.state in TO_CHECK)

    @invariant()
    def one_thing_is_asked_at_most_and_it_is_the_one(self) -> None:
        asked = approvals_of(self.store, self.case_id)
        assert asked is not None
        still = [OpenApproval(one.kind, one.asked_by) for one in asked if one.status == "open"]
        assert still == ([] if self.wanted.approval is None else [self.wanted.approval])


def test_no_way_leaves_the_table(store: Store) -> None:
    run_lives(store, 10)


def test_so_it_is_on_postgresql(database: str, tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "data", database)
    run_lives(store, 2)
    store.engine.dispose()


def run_lives(store: Store, examples: int) -> None:
    run_state_machine_as_test(
        lambda: Lives(store),
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),  # to shrink a life takes minutes
        ),
    )
    with store.reading() as session:
        numbers = session.scalars(select(EventRow.id).order_by(EventRow.id)).all()
    assert list(numbers) == list(range(1, len(numbers) + 1))

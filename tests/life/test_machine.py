"""The table of a case's life: what it promises, whoever does whatever in whichever order."""

import re
from collections import deque
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.life.actors import SYSTEM, Actor, Who
from api.life.compliance import UNSIGNED, Record, lacking
from api.life.diagram import document_with
from api.life.machine import APPROVALS, BY_ACTION, RULES, TERMINAL, Broken, replay
from api.life.standing import (
    OpenApproval,
    Standing,
    Why,
    allowed,
    blocked,
    has_lapsed,
    next_by_itself,
    refusal,
)
from api.life.words import STATE_NAMES
from api.schema import Action, CaseStatus

S, A = CaseStatus, Action

actors = st.builds(
    Actor,
    name=st.sampled_from(["", "李", "王", "张"]),
    who=st.frozensets(st.sampled_from(list(Who)), max_size=3),
)
standings = st.builds(
    Standing,
    state=st.sampled_from(list(S)),
    worked_by=st.frozensets(st.sampled_from(["李", "王"]), max_size=2),
    approval=st.none()
    | st.builds(OpenApproval, st.sampled_from(list(APPROVALS)), st.sampled_from(["李", "张"])),
    shelved=st.booleans(),
    closes_on_check=st.booleans(),
    lacks=st.sampled_from([(), (UNSIGNED,)]),
    in_penalty=st.booleans(),
    penalty_numbered=st.booleans(),
    handed_in=st.booleans(),
)


def edges() -> list[tuple[S, S]]:
    return [(before, rule.leads_to(before)) for rule in RULES for before in rule.before]


def test_there_is_one_line_for_each_action_and_each_state_is_reached_and_left() -> None:
    assert [rule.action for rule in RULES] == list(dict.fromkeys(rule.action for rule in RULES))
    assert set(BY_ACTION) == set(A)
    reached, waiting = {S.REPORTED}, deque([S.REPORTED])
    while waiting:
        here = waiting.popleft()
        new = {after for before, after in edges() if before is here} - reached
        reached |= new
        waiting.extend(new)
    assert reached == set(S)
    assert {before for before, after in edges() if before is not after} == set(S) - TERMINAL


def test_from_everywhere_a_case_can_still_be_closed_or_voided() -> None:
    ends = set(TERMINAL)
    while more := {before for before, after in edges() if after in ends} - ends:
        ends |= more
    assert ends == set(S)


def test_the_way_of_the_field_is_the_tables() -> None:
    way = [
        S.REPORTED, S.PENDING_VERIFY, S.PENDING_REGISTER, S.ACCEPTED, S.PENDING_DISPATCH,
        S.DISPATCHED, S.PENDING_HANDLE, S.HANDLING, S.HANDLE_FINISH, S.PENDING_CHECK, S.CHECKING,
        S.CHECK_PASS, S.PENDING_CLOSE, S.CLOSED,
    ]  # fmt: skip
    assert set(pairwise(way)) <= set(edges())


def test_done_never_closes_a_case_only_a_check_does() -> None:
    without_check = [
        (before, rule.leads_to(before))
        for rule in RULES
        if rule.action is not A.PASS
        for before in rule.before
    ]
    reached, waiting = {S.REPORTED}, deque([S.REPORTED])
    while waiting:
        here = waiting.popleft()
        new = {after for before, after in without_check if before is here} - reached
        reached |= new
        waiting.extend(new)
    assert S.CLOSED not in reached
    checkers = BY_ACTION[A.PASS].who
    assert BY_ACTION[A.PASS].independent
    assert not checkers & {Who.CHIEF, Who.INTEGRATOR, Who.SYSTEM, Who.WORKER}


@given(standings, actors)
def test_what_is_allowed_is_in_the_table_and_for_this_actor(
    standing: Standing, actor: Actor
) -> None:
    for rule in allowed(standing, actor):
        assert standing.state in rule.before
        assert rule.who & actor.who
        assert rule.shelved or not standing.shelved
        if rule.action.startswith(("grant_", "refuse_")):
            assert standing.approval is not None
            assert rule.action.endswith(standing.approval.kind)
            assert actor.name != standing.approval.asked_by or Who.SYSTEM in actor.who
        if rule.independent and not actor.who & {Who.SYSTEM, Who.CAMERA}:
            assert actor.name
            assert actor.name not in standing.worked_by
        if rule.action is A.TO_PENALTY:
            assert not standing.lacks
            assert not standing.in_penalty
        if rule.action is A.NUMBER_PENALTY:
            assert standing.in_penalty
            assert not standing.penalty_numbered
        if rule.action is A.TAKE_IN:
            assert standing.handed_in


@given(standings, actors)
def test_what_is_not_allowed_says_why(standing: Standing, actor: Actor) -> None:
    can = allowed(standing, actor)
    for rule in RULES:
        why = refusal(rule, standing, actor)
        assert (why is None) == (rule in can)
        if why is not None:
            assert why.en
            assert re.search("[\u4e00-\u9fff]", why.zh)
            assert bool(why.lacks) == (why.why is Why.LACKS)


@given(standings, actors)
def test_what_is_blocked_could_be_done_if_nothing_were_missing(
    standing: Standing, actor: Actor
) -> None:
    for rule, lacks in blocked(standing, actor):
        assert lacks
        assert rule not in allowed(standing, actor)
        assert rule in allowed(replace(standing, lacks=()), actor)


@given(st.sampled_from(sorted(TERMINAL)), actors)
def test_an_end_is_an_end(state: S, actor: Actor) -> None:
    for rule in allowed(Standing(state), actor):
        assert rule.leads_to(state) is state


@given(standings)
def test_what_follows_by_itself_is_the_systems_and_comes_to_rest(standing: Standing) -> None:
    standing = replace(standing, approval=None, shelved=False)
    for _ in range(5):
        rule = next_by_itself(standing)
        if rule is None:
            return
        assert refusal(rule, standing, SYSTEM) is None
        assert standing.state is not None
        standing = replace(standing, state=rule.leads_to(standing.state))
    pytest.fail("it goes on for ever")


@given(standings)
def test_what_is_asked_lapses_exactly_when_it_could_not_be_asked_any_more(
    standing: Standing,
) -> None:
    asked = standing.approval
    if asked is None:
        assert not has_lapsed(standing)
        return
    again = replace(standing, approval=None, shelved=False)
    ask = refusal(APPROVALS[asked.kind], again, Actor("李", frozenset({Who.CLERK})))
    assert has_lapsed(standing) == (ask is not None)


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from(list(Who))), max_size=40))
def test_any_life_that_the_table_allows_replays_to_where_it_is(
    moves: list[tuple[int, Who]],
) -> None:
    standing = Standing(None)
    steps: list[tuple[A, S | None, S]] = []
    for number, who in [(0, Who.WORKER), *moves]:
        names = {"李"} if number % 2 else {"王"}
        choices = allowed(standing, Actor(min(names), frozenset({who})))
        if not choices:
            continue
        rule = choices[number % len(choices)]
        before = standing.state
        after = S.REPORTED if before is None else rule.leads_to(before)
        steps.append((rule.action, before, after))
        standing = replace(standing, state=after)
    assert replay(steps) is standing.state
    for cut in range(1, len(steps) - 1):
        _, before, _ = steps[cut]
        if steps[cut - 1][1] is not before and steps[cut + 1][1] is not before:
            with pytest.raises(Broken):
                replay(steps[:cut] + steps[cut + 1 :])


@pytest.mark.parametrize(
    "steps",
    [
        [(A.REGISTER, None, S.ACCEPTED)],
        [(A.FILE, None, S.REPORTED), (A.FINISH, S.REPORTED, S.HANDLE_FINISH)],
        [(A.FILE, None, S.REPORTED), (A.REGISTER, S.REPORTED, S.CLOSED)],
        [(A.FILE, None, S.REPORTED), (A.FILE, None, S.REPORTED)],
    ],
)
def test_a_life_that_the_table_does_not_allow_is_found_out(
    steps: list[tuple[A, S | None, S]],
) -> None:
    with pytest.raises(Broken):
        replay(steps)


def test_a_penalty_file_lacks_what_is_not_on_record() -> None:
    assert [lack.field for lack in lacking({"gate-3": Record()}, None)] == [
        "legal_review_id",
        "tech_review_id",
        "published_location_url",
        "sign_posted_on",
        "reviewed_by",
    ]
    full = Record("法审〔2026〕3号", "技审〔2026〕9号", "https://example.cn/p", date(2026, 1, 5))
    assert lacking({"gate-3": full}, "王芳") == ()
    for field in ("legal_review_id", "tech_review_id", "published_location_url", "sign_posted_on"):
        part = replace(full, **{field: None})
        (lack,) = lacking({"gate-3": full, "gate-4": part}, "王芳")
        assert (lack.field, lack.camera_id) == (field, "gate-4")
        assert "gate-4" in lack.zh
        assert "gate-4" in lack.en


def test_what_no_camera_saw_needs_the_signature_alone() -> None:
    assert lacking({}, None) == (UNSIGNED,)
    assert lacking({}, "王芳") == ()


def test_a_camera_that_nobody_names_cannot_have_a_record() -> None:
    assert [lack.field for lack in lacking({"": Record()}, "王芳")] == ["camera_id"]


def test_the_document_is_what_the_table_says() -> None:
    path = Path(__file__).parents[2] / "docs" / "case-life.md"
    text = path.read_text("utf-8")
    assert document_with(text) == text, "run: python -m api.life.diagram docs/case-life.md"
    for rule in RULES:
        assert f"| `{rule.action.value}` | {rule.name_zh} |" in text
    with pytest.raises(ValueError, match="no part between"):
        document_with("# another document")


def test_each_state_has_its_names() -> None:
    assert set(STATE_NAMES) == set(S)

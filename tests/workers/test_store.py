"""The outbox: nothing lost, nothing twice, in order."""

import json
import sqlite3
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.errors import StateInUse, StateUnusable
from workers.messages import Draft
from workers.store import Store


def a_report(violation: str = "v1", evidence: tuple[str, ...] = ()) -> Draft:
    return Draft(violation, json.dumps({"evidence": []}), True, evidence)


def a_sighting(violation: str = "v1") -> Draft:
    return Draft(violation, json.dumps({"evidence": []}), False)


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(tmp_path / "state")
    yield opened
    opened.close()


def test_state_and_messages_are_read_back_after_a_restart(tmp_path: Path) -> None:
    first = Store(tmp_path)
    first.save("cam", '{"open": 1}', [a_report()])
    first.close()
    again = Store(tmp_path)
    assert again.state_of("cam") == '{"open": 1}'
    assert again.due(0.0) is not None
    again.close()


def test_a_report_saved_twice_is_one_message(store: Store) -> None:
    store.save("cam", "a", [a_report()])
    store.save("cam", "b", [a_report()])
    assert store.counts().waiting == 1


def test_a_failed_save_changes_neither_state_nor_outbox(store: Store) -> None:
    store.save("cam", "before")
    broken = Draft("v1", None, True)  # type: ignore[arg-type]  # NOT NULL: the insert fails
    with pytest.raises(sqlite3.IntegrityError):
        store.save("cam", "after", [a_report("v0"), broken])
    assert store.state_of("cam") == "before"
    assert store.counts().waiting == 0


def test_sightings_wait_for_their_report(store: Store) -> None:
    store.save("cam", "s", [a_report("v1"), a_sighting("v1"), a_report("v2")])
    first = store.due(0.0)
    assert first is not None
    assert (first.violation_id, first.number) == ("v1", 0)
    store.postpone(first, until=100.0, answer="down")
    second = store.due(50.0)
    assert second is not None
    assert second.violation_id == "v2"  # v1's sighting does not overtake its report
    store.sent(second, "case")
    assert store.due(50.0) is None
    again = store.due(100.0)
    assert again is not None
    assert again.attempts == 1
    store.sent(again, "case")
    last = store.due(100.0)
    assert last is not None
    assert (last.violation_id, last.number) == ("v1", 1)


def test_a_refused_message_is_kept_and_holds_back_what_follows_it(store: Store) -> None:
    store.save("cam", "s", [a_report(), a_sighting()])
    first = store.due(0.0)
    assert first is not None
    store.rejected(first, "409 other content")
    assert store.due(1e12) is None
    assert [answer for _, answer in store.refused()] == ["409 other content"]
    assert store.retry_rejected() == 1
    assert store.due(0.0) is not None


def test_only_one_process_has_the_folder(tmp_path: Path, store: Store) -> None:
    with pytest.raises(StateInUse, match="another worker"):
        Store(tmp_path / "state")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StateUnusable, match="file"):
        Store(tmp_path / "file")


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "worker.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StateUnusable, match="schema 99"):
        Store(tmp_path)


def test_old_settled_messages_are_forgotten_but_not_open_or_unsettled_ones(store: Store) -> None:
    store.save("cam", '{"violations": ["open-one"]}', [a_report("open-one"), a_report("gone")])
    store.save("cam2", "{}", [a_report("waiting"), a_report("refused")])
    for violation in ("open-one", "gone", "waiting", "refused"):
        message = store.due(0.0)
        assert message is not None
        assert message.violation_id == violation
        if violation == "waiting":
            store.postpone(message, 1e12, "later")
        elif violation == "refused":
            store.rejected(message, "no")
        else:
            store.sent(message, "case")
    store.forget_sent(datetime.now(UTC) + timedelta(days=1))
    counts = store.counts()
    assert (counts.waiting, counts.sent, counts.rejected) == (1, 1, 1)


def test_a_kill_in_the_middle_of_a_save_leaves_both_or_neither(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from workers.messages import Draft
        from workers.store import Store
        import workers.store as module
        store = Store(Path(sys.argv[1]))
        store.save("cam", "before")
        insert = module._insert
        def dies(db, draft, now):
            insert(db, draft, now)
            os.kill(os.getpid(), 9)
        module._insert = dies
        store.save("cam", "after", [Draft("v1", "{}", True)])
        """
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert done.returncode == -9
    store = Store(tmp_path)
    assert store.state_of("cam") == "before"
    assert store.counts().waiting == 0
    store.close()


STEPS = st.lists(
    st.sampled_from(["report a", "report b", "see a", "see b", "send", "fail", "reopen"]),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_each_message_is_sent_once_and_in_order(
    steps: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("outbox")
    store = Store(folder)
    put: dict[str, int] = {"a": 0, "b": 0}
    sent: dict[str, list[int]] = {"a": [], "b": []}

    def send_one(*, works: bool) -> bool:
        message = store.due(1e12)
        if message is None:
            return False
        if works:
            store.sent(message, "case")
            sent[message.violation_id].append(message.number)
        else:
            store.postpone(message, 0.0, "down")
        return True

    for step in steps:
        match step.split():
            case ["report", name]:
                store.save("cam", step, [a_report(name)])
                put[name] = max(put[name], 1)
            case ["see", name] if put[name]:
                store.save("cam", step, [a_sighting(name)])
                put[name] += 1
            case ["send"]:
                send_one(works=True)
            case ["fail"]:
                send_one(works=False)
            case ["reopen"]:
                store.close()
                store = Store(folder)
    while send_one(works=True):
        pass
    store.close()
    assert sent == {name: list(range(count)) for name, count in put.items()}

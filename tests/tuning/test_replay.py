"""A recorded clip judged as a live camera is, and scored event by event."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.catalogue import catalogue_rules
from detector.errors import RuleInvalid
from detector.model import load_model
from detector.violation import Change, Event, State, Violation
from streams.clip import StreamInfo, probe
from tuning.annotated import write_annotated
from tuning.clip_config import read_config
from tuning.event_scores import filings, score_clip, summarise
from tuning.examples import DataInvalid
from tuning.replay import Judged, replay
from tuning.score import jobs_in, score
from tuning.timeline import draw_timeline
from tuning.truth import TrueEvent, Truth, TruthInvalid, read_truth, truth_path, write_truth

DEMO = Path(__file__).parents[2] / "configs" / "demo"
START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
INFO = StreamInfo("h264", 640, 360, 25.0, 100.0, 50)
PLACE = (100.0, 100.0, 200.0, 180.0)
ELSEWHERE = (400.0, 100.0, 500.0, 180.0)


def violation(number, box, begin, confirmed=None, kind="litter"):
    moment = START + timedelta(seconds=begin)
    return Violation(
        id=str(number), camera_id="c", rule="r", kind=kind, label=kind, model="m@1",
        state=State.CONFIRMED, box=box, score=0.7, first_seen=moment, last_seen=moment,
        confirmed_at=None if confirmed is None else START + timedelta(seconds=confirmed),
        cleared_at=None, looks=3, hits=3,
    )  # fmt: skip


def judged(*lives):
    """Each life: box, first seen, confirmed, cleared (or None), kind."""
    events = []
    for number, (box, begin, confirmed, cleared, kind) in enumerate(lives):
        one = violation(number, box, begin, confirmed, kind)
        events.append(Event(Change.CONFIRMED, one, START + timedelta(seconds=confirmed)))
        if cleared is not None:
            events.append(Event(Change.CLEARED, one, START + timedelta(seconds=cleared)))
    ordered = tuple(sorted(events, key=lambda event: event.at))
    return Judged(Path("a.mp4"), INFO, START, 100.0, 9, ordered)


def true(box=PLACE, begin=10.0, end=None, what="litter"):
    return TrueEvent(what=what, box=box, begin=begin, end=end)


def test_a_filing_in_time_and_place_is_found_with_its_delay():
    result = score_clip(judged((PLACE, 12, 25, None, "litter")), Truth(events=(true(),)))
    assert [delay for _, delay in result.found] == [15.0]
    assert not result.missed + result.doubled + result.false


def test_filed_again_is_a_duplicate_and_the_first_one_counts():
    twice = judged((PLACE, 12, 25, 40, "litter"), (PLACE, 50, 60, None, "litter"))
    result = score_clip(twice, Truth(events=(true(),)))
    assert [delay for _, delay in result.found] == [15.0]
    assert [filed.at for filed in result.doubled] == [60.0]
    figures = summarise([result])
    assert (figures["precision"], figures["recall"], figures["duplicates"]) == (0.5, 1.0, 1)
    assert figures["false_per_camera_day"] == 0


@pytest.mark.parametrize(
    "life",
    [
        (ELSEWHERE, 12, 25, None, "litter"),
        (PLACE, 12, 25, None, "vending"),
        (PLACE, 60, 70, None, "litter"),  # after the thing had gone
        (PLACE, 0, 5, None, "litter"),  # before it came: a false alarm that came true
    ],
)
def test_what_is_elsewhere_or_else_or_later_is_false(life):
    result = score_clip(judged(life), Truth(events=(true(end=50.0),)))
    assert len(result.false) == len(result.missed) == 1
    assert summarise([result])["false_per_camera_day"] == pytest.approx(864)


def test_two_things_side_by_side_are_two_pairs():
    both = judged((PLACE, 12, 25, None, "litter"), (ELSEWHERE, 12, 25, None, "litter"))
    result = score_clip(both, Truth(events=(true(ELSEWHERE), true(PLACE))))
    assert len(result.found) == 2


def test_nothing_to_measure_by_is_null():
    figures = summarise([score_clip(judged(), Truth())])
    assert figures["precision"] is figures["recall"] is figures["delay_s"] is None
    assert figures["per_class"] == {}
    json.dumps(figures)


place = st.sampled_from([PLACE, ELSEWHERE])
kind = st.sampled_from(["litter", "vending"])
life = st.tuples(
    place, st.integers(0, 40), st.integers(41, 60), st.integers(61, 90) | st.none(), kind
)
truths = st.lists(
    st.builds(true, place, st.integers(0, 80).map(float), st.none(), kind), max_size=4
)


@given(st.lists(life, max_size=5), truths)
def test_every_filing_and_every_true_event_is_counted_once(lives, events):
    one = judged(*lives)
    result = score_clip(one, Truth(events=tuple(events)))
    assert len(result.found) + len(result.doubled) + len(result.false) == len(filings(one))
    assert len(result.found) + len(result.missed) == len(events)
    figures = summarise([result])
    for figure in ("precision", "recall"):
        assert figures[figure] is None or 0 <= figures[figure] <= 1


def test_truth_reads_back_and_mistakes_are_told_with_file_line_and_key(tmp_path):
    truth = Truth(events=(true(end=30.0), true()), made={"seed": 7})
    path = tmp_path / "a.truth.yaml"
    write_truth(truth, path)
    assert read_truth(path) == truth
    path.write_text("events:\n  - {what: litter, box: [9, 0, 5, 5], from: 1}\n", "utf-8")
    with pytest.raises(TruthInvalid, match=r"a\.truth\.yaml:2: .*x0 < x1"):
        read_truth(path)
    path.write_text("events:\n  - {what: litter, box: [0, 0, 5, 5], form: 1}\n", "utf-8")
    with pytest.raises(
        TruthInvalid, match=r"known here: box, from, note, to, what|did you mean `from`"
    ):
        read_truth(path)


def test_the_catalogue_watches_each_kind_with_classes_that_are_wrong_alone():
    rules = {rule.kind: rule for rule in catalogue_rules()}
    assert set(rules) == {"litter", "vending", "manhole"}
    assert "cover_good" not in rules["manhole"].classes


def test_a_mistake_in_the_catalogues_watching_is_told(tmp_path):
    path = tmp_path / "violations.yaml"
    path.write_text("violations:\n  smoke:\n    watch: {model: smoke, clases: [smoke]}\n", "utf-8")
    with pytest.raises(RuleInvalid, match=r"violations\.yaml:\d+: violations\.smoke\.watch"):
        catalogue_rules(path)


@pytest.fixture(scope="module")
def models():
    return {"litter": load_model("litter")}


@pytest.fixture
def clips(tmp_path):
    """The demo's street, with a dwell that fits its length, for a model that is there."""
    clip = tmp_path / "street.mp4"
    clip.symlink_to(DEMO / "street.mp4")
    whole = read_truth(DEMO / "street.truth.yaml")
    events = tuple(event for event in whole.events if event.what == "litter")
    write_truth(Truth(events=events), truth_path(clip))
    clip.with_suffix(".config.yaml").write_text(
        """
rules:
  - id: litter
    kind: litter
    model: litter
    classes: [litter]
    dwell_s: 10
    cadence_s: 4
    zone: [[0.0, 0.42], [1.0, 0.36], [1.0, 0.52], [0.0, 0.68]]
""",
        "utf-8",
    )
    return tmp_path


def test_a_clip_is_judged_drawn_and_scored_and_files_the_same_when_restarted(clips, models):
    clip, told = clips / "street.mp4", []
    config = read_config(clip.with_suffix(".config.yaml"), models)
    first = replay(clip, config, models, progress=lambda done, of: told.append(done / of))
    (filed,) = first.confirmed
    dwelling = (first.at(filed.violation.first_seen) + first.at(filed.at)) / 2
    again = config.model_copy(update={"restarts": (first.at(filed.at) + 20, dwelling)})
    # How open places looked is not stored, so when a doubtful candidate goes may differ.
    restarted = replay(clip, again, models)
    assert [(one.violation.id, one.at) for one in restarted.confirmed] == [
        (filed.violation.id, filed.at)
    ]
    assert told == sorted(told)
    (result,) = score(jobs_in(clips, ["litter"]), models)
    figures = summarise([result])
    assert (figures["precision"], figures["recall"], figures["duplicates"]) == (1.0, 1.0, 0)
    assert 10 <= figures["delay_s"] <= 25
    draw_timeline(first, read_truth(truth_path(clip)), clips / "street.png")
    assert (clips / "street.png").stat().st_size > 5000


def test_the_annotated_clip_is_the_whole_clip(tmp_path):
    clip = tmp_path / "short.mp4"
    with av.open(str(DEMO / "street.mp4")) as source, av.open(str(clip), "w") as target:
        track = source.streams.video[0]
        copy = target.add_stream_from_template(track)
        for packet in source.demux(track):
            if packet.dts is None or packet.pts * track.time_base >= 4:
                continue
            packet.stream = copy
            target.mux(packet)
    whole = probe(clip)
    one = violation(0, PLACE, 1.0)
    seen = Event(Change.APPEARED, one, START + timedelta(seconds=1))
    write_annotated(
        Judged(clip, whole, START, whole.duration_s, 1, (seen,)), tmp_path / "drawn.mp4"
    )
    drawn = probe(tmp_path / "drawn.mp4")
    assert (drawn.width, drawn.height) == (whole.width, whole.height)
    assert drawn.duration_s == pytest.approx(whole.duration_s, abs=0.2)


def test_a_folder_that_cannot_be_scored_says_why(tmp_path):
    with pytest.raises(DataInvalid, match="no such folder"):
        jobs_in(tmp_path / "nowhere", [])
    with pytest.raises(DataInvalid, match="no clips"):
        jobs_in(tmp_path, [])
    (tmp_path / "a.mp4").touch()
    with pytest.raises(DataInvalid, match=r"no a\.truth\.yaml beside it; write `events: \[\]`"):
        jobs_in(tmp_path, [])

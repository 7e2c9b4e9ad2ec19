"""Why it fired, as data and as a sentence in two languages."""

import json
from pathlib import Path

from detector.explain import explain
from detector.violation import Change, Violation
from tuning.history import pictures, pipeline_of, read_history, run_history, show

STORIES = Path(__file__).parent / "histories"


def confirmed(name: str) -> Violation:
    history = read_history(STORIES / f"{name}.json")
    (event,) = (e for e in run_history(history) if e.change is Change.CONFIRMED)
    return event.violation


def test_a_cover_says_what_it_is_where_and_what_the_second_look_said():
    violation = confirmed("broken-cover-by-night")
    why = explain(violation)
    version = violation.reasons.rule_version
    assert why.text_zh == (
        "井盖破损（cover_damaged）在同一处10秒，6次观察中6次看到，置信度中位数0.60"
        "（要求10秒、3次、60%、0.25）；在部件“雨水井盖”；红外；复看：看不清；"
        f"规则covers（{version}），模型{violation.model}。"
    )
    assert why.text_en == (
        "damaged cover (cover_damaged) in one place for 10 s, seen in 6 of 6 looks, median score "
        "0.60 (asked for: 10 s, 3 looks, 60%, 0.25); at the component 雨水井盖; by infrared; "
        f"second look: cannot tell; rule covers ({version}), model {violation.model}."
    )
    assert why.data["zone"]["component_code"] == "3701140103000001"
    assert why.data["second_look"]["passes"] is None
    assert why.data["severity"] == "A"


def test_it_says_how_large_it_is_and_where_it_lies_where_the_ground_is_known():
    why = explain(confirmed("heap-in-metres"))
    assert "约0.9×0.8米" in why.text_zh
    assert "some 0.9 by 0.8 m" in why.text_en
    longitude, latitude = why.data["position"]
    assert 117.534 < longitude < 117.5341
    assert 36.7122 < latitude < 36.7124


def test_pieces_are_counted_and_named_by_what_they_are_together():
    why = explain(confirmed("scattered"))
    assert why.text_zh.startswith("道路不洁（scattered_litter）在同一处15分钟")
    assert "散落5处" in why.text_zh


def test_of_what_is_kept_back_it_says_why():
    history = read_history(STORIES / "nobody-attends.json")
    pipeline = pipeline_of(history)
    for picture in pictures(history):
        show(pipeline, history, picture)
    (candidate,) = pipeline.state.open
    why = explain(candidate)
    assert why.text_zh.endswith("未立案：复看未通过。")
    assert why.text_en.endswith("not filed, since it did not pass the second look.")
    assert why.data["suppressed"] == "second_look"


def test_the_data_is_json_and_the_sentences_fit_into_a_report():
    for name in ("scattered", "heap-in-metres", "broken-cover-by-night", "stall-gone-at-night"):
        why = explain(confirmed(name))
        assert json.loads(json.dumps(why.data)) == why.data
        assert max(len(why.text_zh), len(why.text_en)) < 500


def test_a_rules_version_follows_each_of_its_settings():
    rule = read_history(STORIES / "open-cover.json").rules[0]
    assert rule.version == rule.model_copy().version
    assert rule.version != rule.model_copy(update={"dwell_s": 11.0}).version

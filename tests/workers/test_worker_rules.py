"""Which rules a worker runs, and what it says of settings that are wrong."""

import re
from pathlib import Path

import pytest
import yaml

from workers.config import WorkerConfig, load_config
from workers.setup import from_wire, setups_of, to_wire
from yamlfile import YamlFileError

SHIPPED = Path(__file__).parents[2] / "configs" / "violations.yaml"


def load(folder: Path, **given) -> WorkerConfig:
    written = {
        "worker": "w",
        "state": "state",
        "api": {"url": "http://127.0.0.1:9", "key": "k" * 16},
        "cameras": [{"id": "cam", "url": "rtsp://192.0.2.1/1"}],
    }
    path = folder / "worker.yaml"
    path.write_text(yaml.safe_dump(written | given, sort_keys=False, allow_unicode=True), "utf-8")
    return load_config(path)


def wrong(folder: Path, **given) -> str:
    with pytest.raises(YamlFileError) as told:
        load(folder, **given)
    return str(told.value)


def test_a_worker_that_names_no_rules_runs_the_catalogues(tmp_path: Path) -> None:
    config = load(tmp_path)
    (setup,) = setups_of(config)
    assert {rule.kind for rule in setup.rules} == {"litter", "vending", "manhole"}
    vending = next(rule for rule in setup.rules if rule.kind == "vending")
    assert (vending.shop_label, vending.attended, vending.dwell_s) == ("shop_overflow", True, 300)


def test_a_rule_takes_from_the_catalogue_what_it_does_not_say(tmp_path: Path) -> None:
    config = load(tmp_path, rules=[{"id": "covers", "kind": "manhole", "dwell_s": 20}])
    (rule,) = config.rules
    assert (rule.model, rule.severity, rule.dwell_s) == ("manhole", "A", 20)


def test_further_kinds_are_watched_by_name(tmp_path: Path) -> None:
    config = load(tmp_path, rules=[{"id": "covers", "kind": "manhole"}], watch=["litter"])
    assert [rule.id for rule in config.rules] == ["covers", "litter"]
    assert "does not say how to watch smoke; it does for litter, vending, manhole" in wrong(
        tmp_path, watch=["smoke"]
    )
    assert "nothing to look for" in wrong(tmp_path, watch=[])


def test_a_districts_own_catalogue_is_taken_beside_the_file(tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8").replace("dwell_s: 300", "dwell_s: 240")
    (tmp_path / "ours.yaml").write_text(text, "utf-8")
    config = load(tmp_path, catalogue="ours.yaml", watch=["vending"])
    assert [rule.dwell_s for rule in config.rules] == [240]
    (setup,) = setups_of(config)
    assert from_wire(to_wire(setup), 1, config.catalogue).rules == setup.rules


def test_what_was_left_to_the_catalogue_is_not_sent_over_the_wire(tmp_path: Path) -> None:
    config = load(tmp_path, rules=[{"id": "covers", "kind": "manhole", "dwell_s": 20}])
    (setup,) = setups_of(config)
    (sent,) = to_wire(setup).rules
    assert sent.options == {}
    assert sent.dwell_s == 20
    assert from_wire(to_wire(setup), 1).rules == setup.rules


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"pauses": [{"hours": ["9"]}]}, r"worker\.yaml:\d+: rules\[0\]\.pauses\[0\]\.hours\[0\]"),
        ({"size": {"width": [1, 2]}}, r"rules\[0\]\.size\.width: unknown key; did you mean `width"),
        ({"severity": "urgent"}, r"rules\[0\]\.severity: .*'A', 'B' or 'C'"),
        ({"labels": {"cracked": {"lights": ["dusk"]}}}, r"labels\.cracked\.lights\[0\]: .*'day'"),
        ({"second_look": {"doubt": "wait"}}, r"second_look\.doubt: .*'file', 'ask' or 'hold'"),
        ({"coldown_s": 5}, r"rules\[0\]\.coldown_s: unknown key; did you mean `cooldown_s`"),
    ],
)
def test_a_wrong_setting_of_a_rule_is_told_with_file_line_key_and_fix(
    tmp_path: Path, rule: dict, said: str
) -> None:
    message = wrong(tmp_path, rules=[{"id": "r", "kind": "litter", **rule}])
    assert re.search(said, message), message


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ({"areas": [{"kind": "component", "polygon": [[0, 0], [1, 0], [1, 1]]}]}, "its `code`"),
        (
            {
                "areas": [
                    {"kind": "exclude", "rules": ["liter"], "polygon": [[0, 0], [1, 0], [1, 1]]}
                ]
            },
            r"areas\[0\]\.rules\[0\]: liter is not among .* did you mean `litter`",
        ),
        ({"ground": {"points": []}}, r"ground\.points: .*at least 4"),
    ],
)
def test_a_wrong_setting_of_a_view_is_told_likewise(
    tmp_path: Path, camera: dict, said: str
) -> None:
    base = {"id": "cam", "url": "rtsp://192.0.2.1/1"}
    message = wrong(tmp_path, cameras=[base | camera])
    assert re.search(r"worker\.yaml:\d+: cameras\[0\].*" + said, message), message

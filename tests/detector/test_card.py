from pathlib import Path

import pytest

from detector.card import find_model, load_card, shipped_models, verify_weights
from detector.errors import CardInvalid, WeightsMismatch, WeightsMissing


def edit(folder: Path, old: str, new: str) -> None:
    card = folder / "card.yaml"
    text = card.read_text(encoding="utf-8")
    assert old in text
    card.write_text(text.replace(old, new), encoding="utf-8")


def test_a_card_says_what_its_model_is(make_model):
    card = load_card(make_model())
    assert card.label == "tiny@1"
    assert card.classes == ("red", "green")
    assert (card.input.width, card.input.height) == (32, 32)
    assert card.nms_iou == 0.7


def test_an_unknown_key_is_told_with_its_line_and_the_nearest_known_one(make_model):
    folder = make_model()
    edit(folder, "threshold: 0.5", "treshold: 0.5")
    with pytest.raises(CardInvalid) as caught:
        load_card(folder)
    message = str(caught.value)
    assert f"{folder / 'card.yaml'}:14: treshold: unknown key; did you mean `threshold`?" in message
    assert "threshold: is missing; add it" in message


def test_an_unknown_key_of_the_input_is_told_among_the_inputs_keys(make_model):
    folder = make_model()
    edit(folder, "  width: 32", "  widht: 32")
    with pytest.raises(CardInvalid, match=r"card\.yaml:8: input\.widht: unknown key; did you mean"):
        load_card(folder)


def test_a_key_like_no_other_is_told_with_all_that_there_are(make_model):
    with pytest.raises(CardInvalid, match="zzz: unknown key; known here: apart, architecture, "):
        load_card(make_model(zzz=1))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 1.1}, 'version: .*write it in quotes: "1.1"'),
        ({"sha256": "ABC"}, "sha256: .*pattern"),
        ({"input": {"width": 33, "height": 32}}, r"card\.yaml:8: input\.width: .*multiple of 32"),
        ({"classes": []}, "classes: .*at least 1"),
        ({"classes": ["a", "a"]}, "classes: .*twice: a"),
        ({"classes": ["a", 3]}, r"card\.yaml:13: classes\[1\]: .*string"),
        ({"output": "boxes"}, "output: .*'raw' or 'end2end'"),
        ({"threshold": 1.5}, "threshold: .*less than 1"),
        ({"threshold": float("nan")}, "threshold: "),
        ({"cadence_s": 0}, "cadence_s: .*greater than 0"),
    ],
)
def test_a_wrong_value_is_told_with_file_key_and_fix(make_model, changes, said):
    folder = make_model(**changes)
    with pytest.raises(CardInvalid, match=said):
        load_card(folder)


def test_weights_elsewhere_are_refused(make_model):
    folder = make_model()
    edit(folder, "weights: raw.onnx", "weights: ../other/raw.onnx")
    with pytest.raises(CardInvalid, match=r"card\.yaml:4: weights: .*name alone"):
        load_card(folder)


@pytest.mark.parametrize("text", ["name: [", "- a\n- b\n", "", "just words", "\x00"])
def test_what_is_no_mapping_is_no_card(make_model, text):
    folder = make_model()
    (folder / "card.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CardInvalid, match=r"card\.yaml"):
        load_card(folder)


def test_bytes_that_are_no_text_are_no_card(make_model):
    folder = make_model()
    (folder / "card.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CardInvalid, match=r"card\.yaml"):
        load_card(folder)


def test_a_folder_without_a_card_is_told(tmp_path):
    with pytest.raises(CardInvalid, match="no such file"):
        load_card(tmp_path)


def test_a_model_is_found_by_its_folder_or_its_card(make_model):
    folder = make_model()
    assert find_model(folder) == folder
    assert find_model(str(folder / "card.yaml")) == folder


def test_a_shipped_model_is_found_by_its_name(make_model, monkeypatch):
    folder = make_model()
    monkeypatch.syspath_prepend(folder.parent.parent)
    assert "tiny" in shipped_models()
    assert find_model("tiny").samefile(folder)


def test_a_path_comes_before_a_name(make_model, monkeypatch, tmp_path):
    folder = make_model()
    monkeypatch.syspath_prepend(folder.parent.parent)
    here = tmp_path / "here" / "tiny"
    here.mkdir(parents=True)
    (here / "card.yaml").write_text("name: other", encoding="utf-8")
    monkeypatch.chdir(here.parent)
    assert find_model("tiny").resolve() == here


def test_a_model_that_is_nowhere_is_told(tmp_path):
    with pytest.raises(CardInvalid, match="no-such: neither a model's folder nor a shipped model"):
        find_model("no-such")
    with pytest.raises(CardInvalid, match=r"there is no card\.yaml in this folder"):
        find_model(tmp_path)


def test_weights_that_are_the_cards_are_taken(make_model):
    folder = make_model()
    assert verify_weights(folder, load_card(folder)) == folder / "raw.onnx"


def test_missing_weights_are_told_with_their_path(make_model):
    folder = make_model()
    (folder / "raw.onnx").unlink()
    with pytest.raises(WeightsMissing, match=r"raw\.onnx: the card names these weights"):
        verify_weights(folder, load_card(folder))


def test_other_weights_are_told_with_both_hashes_and_what_to_do(make_model):
    folder = make_model(sha256="0" * 64)
    with pytest.raises(WeightsMismatch) as caught:
        verify_weights(folder, load_card(folder))
    message = str(caught.value)
    assert "0" * 64 in message
    assert "fetch the weights again" in message
    assert len([word for word in message.split() if len(word.strip(",;")) == 64]) == 2

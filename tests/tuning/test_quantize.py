"""The variant in 8 bits: kept where it loses little, gone without a trace where it does not."""

import pytest
from test_evaluate import RED_BOX, Folder, model  # noqa: F401 - a fixture

from detector.card import load_card, verify_int8
from detector.errors import ModelUnusable, WeightsMismatch, WeightsMissing
from detector.model import load_model
from tuning.export import change_card
from tuning.quantize import Loss, quantize


def loss(lost, interval):
    return Loss(map50=0.5, map50_reduced=0.5, loss=lost, interval=interval, pictures=10)


@pytest.mark.parametrize(
    ("lost", "interval", "small"),
    [
        (0.01, (-0.01, 0.02), True),
        (-0.03, (-0.05, -0.01), True),  # it may also gain
        (0.011, (0.0, 0.02), False),
        (0.005, (-0.02, 0.021), False),
        (None, None, False),  # nothing measured, nothing shown
    ],
)
def test_a_variant_is_kept_for_a_point_of_loss_at_most(lost, interval, small):
    assert loss(lost, interval).is_small is small


def test_a_card_without_a_variant_says_how_to_make_one(model):  # noqa: F811
    with pytest.raises(ModelUnusable, match="five-chief quantize"):
        load_model(model, engine="openvino", precision="int8")


def test_a_variant_is_held_to_its_hashes(model):  # noqa: F811
    change_card(model, {"int8": {"raw.int8.xml": "0" * 64, "raw.int8.bin": "0" * 64}})
    with pytest.raises(WeightsMissing, match=r"raw\.int8\.xml"):
        verify_int8(model, load_card(model))
    (model / "raw.int8.xml").write_bytes(b"<net/>")
    with pytest.raises(WeightsMismatch, match=r"raw\.int8\.xml"):
        verify_int8(model, load_card(model))


@pytest.mark.tuning
def test_a_variant_that_finds_as_much_is_kept_and_runs(model, tmp_path):  # noqa: F811
    data = Folder(tmp_path / "data")
    for number in range(4):
        data.add(f"{number}.png", [RED_BOX], red=255 - number)
    found = quantize(model, data.root, None, [(data.root, None)])
    assert found.is_small
    assert load_model(model, engine="openvino", precision="int8").runtime.name == "openvino-int8"
    assert load_card(model).int8_loss["pictures"] == 4


@pytest.mark.tuning
def test_where_nothing_can_be_measured_nothing_is_kept(model, tmp_path):  # noqa: F811
    data = Folder(tmp_path / "data")
    data.add("empty.png", [])
    assert not quantize(model, data.root, None, [(data.root, None)]).is_small
    assert load_card(model).int8 == {}
    assert not list(model.glob("*.int8.*"))

"""From a checkpoint to a model's folder, and what is said when something is missing."""

import hashlib
import shutil
from pathlib import Path

import pytest
import yaml

from tuning.errors import TrainingError
from tuning.export import export, record

MODEL = Path(__file__).parents[2] / "models" / "litter"


@pytest.fixture
def folder(tmp_path):
    """A copy of the litter model's card and checkpoint, without its weights."""
    for name in ("card.yaml", "last.pt"):
        shutil.copy(MODEL / name, tmp_path / name)
    return tmp_path


def card_of(folder):
    return yaml.safe_load((folder / "card.yaml").read_text(encoding="utf-8"))


def test_a_missing_checkpoint_is_named(folder):
    with pytest.raises(TrainingError, match=r"none\.pt: not there"):
        export(folder / "none.pt", folder)


def test_recorded_figures_go_into_the_card_and_the_words_stay(folder):
    before = card_of(folder)
    record(folder, {"map50": 0.5})
    after = card_of(folder)
    assert after["metrics"] == {"map50": 0.5}
    assert {**before, "metrics": 0} == {**after, "metrics": 0}


def test_the_card_names_the_hash_of_the_weights_that_are_shipped():
    digest = hashlib.sha256((MODEL / "litter.onnx").read_bytes()).hexdigest()
    assert card_of(MODEL)["sha256"] == digest


def test_no_path_of_the_training_machine_is_in_the_checkpoint():
    assert b"/weights/" not in (MODEL / "last.pt").read_bytes()


@pytest.mark.tuning
@pytest.mark.parametrize(("output", "shape"), [("raw", (2, 5, 84)), ("end2end", (2, 84, 6))])
def test_an_export_takes_any_batch_and_its_hash_is_in_the_card(folder, output, shape):
    import numpy as np
    import onnxruntime

    target = export(folder / "last.pt", folder, width=64, height=64, output=output)
    session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
    (out,) = session.run(None, {"images": np.zeros((2, 3, 64, 64), dtype=np.float32)})
    assert out.shape == shape
    card = card_of(folder)
    assert card["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert card["output"] == output
    assert "metrics" not in card


def test_a_second_pass_needs_the_suppression_of_doubles(folder):
    with pytest.raises(TrainingError, match="export `raw`"):
        export(folder / "last.pt", folder, output="end2end", second=0.5)


@pytest.mark.tuning
def test_the_second_pass_is_the_same_network_on_the_smaller_picture(folder):
    import cv2
    import numpy as np
    import onnxruntime

    def boxes_in(picture, size, **how):
        target = export(folder / "last.pt", folder, width=size, height=size, **how)
        session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
        (out,) = session.run(None, {"images": picture.transpose(2, 0, 1)[None]})
        return out[0], target.stat().st_size

    rng = np.random.default_rng(0)
    picture = cv2.resize(rng.random((16, 16, 3), dtype=np.float32), (128, 128))
    both, larger = boxes_in(picture, 128, second=0.5)
    assert card_of(folder)["second_pass"] == 0.5
    first, plain = boxes_in(picture, 128)
    assert "second_pass" not in card_of(folder)
    second, _ = boxes_in(cv2.resize(picture, (64, 64)), 64)
    anchors = first.shape[1]
    np.testing.assert_allclose(both[:, :anchors], first, rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(both[:4, anchors:], second[:4] * 2, rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(both[4:, anchors:], second[4:], rtol=1e-3, atol=1e-4)
    assert larger < plain * 1.1

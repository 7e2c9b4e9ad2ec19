import numpy as np
import pytest

from detector.card import load_card
from detector.errors import ModelUnusable
from detector.model import load_model
from detector.runtime import load_runtime, quickest

ENGINES = ["onnxruntime", "openvino"]


@pytest.fixture(params=ENGINES)
def engine(request):
    if request.param == "openvino":
        pytest.importorskip("openvino", reason="OpenVINO is an extra")
    return request.param


@pytest.mark.parametrize("weights", ["raw.onnx", "raw_by_two.onnx", "end2end.onnx"])
@pytest.mark.parametrize("pictures", [1, 2, 3])
def test_each_picture_gets_its_own_detections(make_model, paint, engine, weights, pictures):
    model = load_model(make_model(weights), engine=engine, threads=1)
    images = [paint(red=255), paint(green=255), paint(red=204, green=204)][:pictures]
    found = model.detect(images)
    names = [picture.data["class_name"].tolist() for picture in found]
    assert names == [["red"], ["green"], ["red", "green"]][:pictures]
    assert found[0].xyxy.tolist() == [[4, 4, 12, 12]]


def test_boxes_fit_pictures_of_different_size_in_one_call(make_model, paint, engine):
    model = load_model(make_model(), engine=engine)
    small, large = model.detect([paint(red=255), paint(red=255, width=64, height=64)])
    assert np.allclose(large.xyxy, small.xyxy * 2)


def test_detections_below_the_cards_threshold_are_had_by_asking(make_model, paint, engine):
    model = load_model(make_model(), engine=engine)
    image = paint(red=51)
    assert len(model.detect([image])[0]) == 0
    assert model.detect([image], threshold=0.1)[0].confidence == pytest.approx([0.2])


def test_no_pictures_no_detections(make_model):
    model = load_model(make_model())
    assert model.detect([]) == []
    assert model.label == "tiny@1"


def test_both_engines_say_the_same(make_model, paint):
    pytest.importorskip("openvino", reason="OpenVINO is an extra")
    folder, image = make_model(), paint(red=200, green=150)
    first, second = (
        load_model(folder, engine=engine).detect([image], 0.01)[0] for engine in ENGINES
    )
    assert np.allclose(first.xyxy, second.xyxy)
    assert np.allclose(first.confidence, second.confidence)


def test_the_runtimes_name_says_engine_and_precision(make_model, engine):
    folder = make_model()
    runtime = load_runtime(folder / "raw.onnx", load_card(folder), engine)
    assert runtime.name == f"{engine}-f32"


def test_bfloat16_is_had_by_asking(make_model, paint):
    pytest.importorskip("openvino", reason="OpenVINO is an extra")
    model = load_model(make_model(), engine="openvino", precision="bf16")
    assert model.runtime.name == "openvino-bf16"
    assert model.detect([paint(red=255)])[0].data["class_name"].tolist() == ["red"]


def test_the_quickest_precision_is_one_that_the_processor_and_the_engine_have(monkeypatch):
    openvino = pytest.importorskip("openvino", reason="OpenVINO is an extra")
    assert quickest("onnxruntime") == "f32"
    for can, wanted in ((["FP32", "BF16"], "bf16"), (["FP32", "INT8"], "f32")):
        monkeypatch.setattr(openvino.Core, "get_property", lambda *_, can=can: can)
        assert quickest() == wanted


def test_openvino_is_taken_where_it_is_installed(make_model):
    pytest.importorskip("openvino", reason="OpenVINO is an extra")
    assert load_model(make_model()).runtime.name == "openvino-f32"


def test_openvino_asked_for_where_it_is_not_installed_is_told(make_model, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    folder = make_model()
    with pytest.raises(ModelUnusable, match="OpenVINO is not installed; `pip install"):
        load_model(folder, engine="openvino")
    assert load_model(folder).runtime.name == "onnxruntime-f32"


def test_a_file_that_is_no_onnx_is_told(make_model, engine):
    folder = make_model()
    card = load_card(folder)
    (folder / "raw.onnx").write_bytes(b"no model at all")
    with pytest.raises(ModelUnusable, match=r"raw\.onnx: .* cannot load it: .*whole ONNX"):
        load_runtime(folder / "raw.onnx", card, engine)


def test_half_a_file_is_told(make_model, engine):
    folder = make_model()
    card = load_card(folder)
    whole = (folder / "raw.onnx").read_bytes()
    (folder / "raw.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelUnusable):
        load_runtime(folder / "raw.onnx", card, engine)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"input": {"width": 64, "height": 32}}, r"input is \(any, 3, 32, 32\), but .* 3, 32, 64"),
        ({"classes": ["only"]}, r"output is \(any, 6, 2\), but .*\(any, 5, any\)"),
        ({"output": "end2end"}, r"output is \(any, 6, 2\), but .*\(any, any, 6\)"),
    ],
)
def test_shapes_that_are_not_the_cards_are_told(make_model, engine, changes, said):
    with pytest.raises(ModelUnusable, match=said):
        load_model(make_model(**changes), engine=engine)

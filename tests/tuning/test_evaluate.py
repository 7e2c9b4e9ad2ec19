import hashlib
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tuning.evaluate import evaluate
from tuning.examples import DataInvalid, read_examples, read_picture
from tuning.plots import contact_sheet, draw

TINY = Path(__file__).parents[1] / "detector" / "data" / "raw.onnx"

# The tiny model sees red at one place and green at another, in a picture of 32 by 32 pixels.
RED_BOX = "0 0.25 0.25 0.25 0.25"
GREEN_BOX = "1 0.75 0.5 0.25 0.5"


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    shutil.copy(TINY, folder / "raw.onnx")
    (folder / "card.yaml").write_text(
        f"""
name: tiny
version: "1"
kind: litter
weights: raw.onnx
sha256: {hashlib.sha256(TINY.read_bytes()).hexdigest()}
architecture: a mean and a matrix
input: {{width: 32, height: 32}}
output: raw
classes: [red, green]
threshold: 0.5
cadence_s: 30
licence: AGPL-3.0
""",
        encoding="utf-8",
    )
    return folder


class Folder:
    """A folder in YOLO format, written picture by picture."""

    def __init__(self, root, split=""):
        self.root, self.split = root, split

    def add(self, name, labels, red=0, green=0, ignore=None):
        image = np.zeros((32, 32, 3), dtype=np.uint8)
        image[:] = (0, green, red)
        self.write(name, cv2.imencode(Path(name).suffix, image)[1].tobytes(), "images")
        stem = f"{Path(name).stem}.txt"
        self.write(stem, "\n".join(labels).encode(), "labels")
        if ignore is not None:
            self.write(stem, "\n".join(ignore).encode(), "ignore")

    def write(self, name, content, part):
        folder = self.root / part / self.split
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.fixture
def data(tmp_path):
    return Folder(tmp_path / "data")


def test_a_model_that_is_right_scores_one(model, data):
    data.add("a.png", [RED_BOX], red=255)
    data.add("b.png", [GREEN_BOX], green=255)
    data.add("empty.png", [])
    scores, _ = evaluate(model, data.root)
    assert scores.map50 == 1
    assert scores.map50_95 == 1
    assert scores.per_class["red"].precision == 1
    assert scores.per_class["red"].recall == 1
    assert (scores.pictures, scores.boxes) == (3, 2)
    assert scores.threshold == 0.5
    assert scores.model == "tiny@1"


def test_figures_come_apart_by_class(model, data):
    data.add("a.png", [RED_BOX], red=255)
    data.add("b.png", [GREEN_BOX], red=255)  # a false red, and a green that is missed
    scores, _ = evaluate(model, data.root)
    red, green = scores.per_class["red"], scores.per_class["green"]
    assert (red.precision, red.recall, red.boxes) == (0.5, 1, 1)
    assert (green.map50, green.precision, green.recall) == (0, None, 0)
    assert scores.map50 == pytest.approx((red.map50 + green.map50) / 2)


def test_a_loose_box_counts_at_half_overlap_only(model, data):
    data.add("a.png", ["0 0.25 0.25 0.3125 0.3125"], red=255)  # overlap 64 / 100
    scores, _ = evaluate(model, data.root)
    assert scores.map50 == 1
    assert scores.map50_95 == pytest.approx(0.3)  # 0.50, 0.55 and 0.60 of ten


def test_precision_and_recall_hold_at_the_cards_threshold(model, data):
    data.add("a.png", [RED_BOX], red=100)
    scores, _ = evaluate(model, data.root)
    assert scores.map50 == 1
    assert scores.per_class["red"].recall == 0
    assert scores.per_class["red"].precision is None


def test_without_boxes_there_is_nothing_to_average(model, data):
    data.add("a.png", [], red=255)
    scores, _ = evaluate(model, data.root)
    assert scores.map50 is None
    assert scores.map50_95 is None
    assert scores.per_class["red"].precision == 0
    green = json.loads(json.dumps(scores.as_dict()))["per_class"]["green"]
    assert green.pop("boxes") == 0
    assert set(green.values()) == {None}


def test_a_false_alarm_in_an_ignore_region_does_not_count(model, data):
    data.add("a.png", [], red=255, ignore=["0 0.2 0.2 0.4 0.4"])
    data.add("b.png", [RED_BOX], red=255)
    assert evaluate(model, data.root)[0].per_class["red"].precision == 1


def test_a_hit_in_an_ignore_region_counts(model, data):
    data.add("a.png", [RED_BOX], red=255, ignore=["0 0.25 0.25 0.5 0.5"])
    assert evaluate(model, data.root)[0].per_class["red"].recall == 1


def test_figures_come_apart_by_size_and_light(model, data):
    data.add("a.png", [RED_BOX], red=255)  # 8 pixels of 32
    scores, _ = evaluate(model, data.root)
    assert scores.by_size["small"].ap50 == 1
    assert scores.by_size["from_20px"].ap50 is None
    assert (scores.by_light["day"].boxes, scores.by_light["night"].boxes) == (1, 0)


def test_false_alarms_are_counted_by_empty_picture(model, data):
    data.add("a.png", [RED_BOX], red=255)
    data.add("false.png", [], red=255)
    data.add("quiet.png", [])
    data.add("ignored.png", [], red=255, ignore=["0 0.25 0.25 0.5 0.5"])
    scores, _ = evaluate(model, data.root)
    assert (scores.false_on_empty.hits, scores.false_on_empty.of) == (1, 3)
    low, high = scores.false_on_empty.interval
    assert 0 <= low <= 1 / 3 <= high <= 1


def test_a_thing_found_under_another_name_is_found_and_confused(model, data):
    data.add("a.png", [RED_BOX.replace("0 ", "1 ", 1)], red=255)
    scores, _ = evaluate(model, data.root)
    assert scores.found_any_class.hits == 1
    assert scores.confusion["green"] == {"red": 1, "green": 0, "nothing": 0}
    assert scores.per_class["green"].recall == 0


def test_the_figures_are_drawn(model, data, tmp_path):
    data.add("a.png", [RED_BOX], red=255)
    data.add("false.png", [], red=255)
    data.add("missed.png", [GREEN_BOX])
    scores, pictures = evaluate(model, data.root)
    written = draw(tmp_path / "figures", pictures, scores, ["red", "green"])
    assert [path.name for path in written] == ["curves.png", "confusion.png", "worst.jpg"]
    assert all(cv2.imread(str(path)) is not None for path in written)
    sheet = contact_sheet(pictures, scores.threshold)
    tiles = [sheet[:240, x * 240 : (x + 1) * 240].any() for x in range(6)]
    assert tiles == [True, True, False, False, False, False]  # the false alarm, then the miss


def test_a_split_lies_below_each_folder(model, tmp_path):
    Folder(tmp_path / "data", "val").add("a.jpg", [RED_BOX], red=255, ignore=["0 0.9 0.9 0.1 0.1"])
    scores, _ = evaluate(model, tmp_path / "data", split="val")
    assert scores.pictures == 1
    assert scores.data == "data/val"


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.JPEG", "a.webp", "图片.png"])
def test_pictures_of_every_kind_are_read(data, name):
    data.add(name, [RED_BOX])
    (example,) = read_examples(data.root, None, 2)
    assert read_picture(example.picture).shape == (32, 32, 3)
    assert example.labels[0].tolist() == [0]


def test_progress_is_told_picture_by_picture(model, data):
    told = []
    data.add("a.png", [])
    data.add("b.png", [])
    evaluate(model, data.root, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0.5 0.5 0.1", "is no box"),
        ("0 0.5 0.5 0.1 0.1 0.9", "is no box"),
        ("0 0.5 0.5 0.1 1.1", "is no box"),
        ("0 nan 0.5 0.1 0.1", "is no box"),
        ("red 0.5 0.5 0.1 0.1", "is not all numbers"),
        ("0.5 0.5 0.5 0.1 0.1", "is no whole number"),
        ("-1 0.5 0.5 0.1 0.1", "is no whole number"),
        ("inf 0.5 0.5 0.1 0.1", "is no whole number"),
        ("2 0.5 0.5 0.1 0.1", "class 2, but the model has 2 classes"),
    ],
)
def test_a_malformed_label_is_told_with_file_and_line(data, line, said):
    data.add("a.png", [RED_BOX, "", line])
    with pytest.raises(DataInvalid, match=rf"a\.txt:3: .*{said}"):
        read_examples(data.root, None, 2)


def test_a_label_file_that_is_no_text_is_told(data):
    data.add("a.png", [])
    data.write("a.txt", b"\xff\xfe\x00 1 2 3 4", "labels")
    with pytest.raises(DataInvalid, match=r"a\.txt:1: "):
        read_examples(data.root, None, 2)


def test_an_ignore_region_may_be_of_any_class(data):
    data.add("a.png", [], ignore=["99 0.5 0.5 0.1 0.1"])
    assert len(read_examples(data.root, None, 2)[0].ignored) == 1


def test_missing_folders_are_told(data, tmp_path):
    with pytest.raises(DataInvalid, match=r"images: no such folder"):
        read_examples(tmp_path / "nowhere", None, 2)
    data.write("a.png", b"", "images")
    with pytest.raises(DataInvalid, match=r"labels: no such folder"):
        read_examples(data.root, None, 2)
    with pytest.raises(DataInvalid, match=r"each with val/ in it"):
        read_examples(data.root, "val", 2)


def test_a_folder_without_pictures_is_told_with_its_splits(data, tmp_path):
    Folder(tmp_path / "data", "val").add("a.png", [])
    Folder(tmp_path / "data", "train").add("a.png", [])
    with pytest.raises(DataInvalid, match="choose a split: train, val"):
        read_examples(data.root, None, 2)


def test_a_damaged_picture_is_told(model, data):
    data.add("a.png", [])
    data.write("a.png", b"no picture", "images")
    with pytest.raises(DataInvalid, match=r"a\.png: no picture that can be read"):
        evaluate(model, data.root)


def test_an_empty_picture_file_is_told(model, data):
    data.add("a.png", [])
    data.write("a.png", b"", "images")
    with pytest.raises(DataInvalid, match=r"a\.png: no picture that can be read"):
        evaluate(model, data.root)

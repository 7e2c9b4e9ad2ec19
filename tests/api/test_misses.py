"""What a camera missed: a box on its picture becomes a case, an example for training, a figure."""

import io
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from tests.api.conftest import Api, evidence_of, picture, report_of
from tests.api.test_workers_line import Worker, camera, put
from tuning.examples import read_examples

JPEG = picture(7, size=(640, 360))
PLACE = {
    "camera_id": "gate-3",
    "camera_name": "三号门",
    "longitude": 117.53,
    "latitude": 36.72,
    "crs": "wgs84",
}


@pytest.fixture
def snapshot(api: Api) -> int:
    """A picture that was asked of the camera, and has come."""
    worker = Worker(api)
    put(api, camera(place=PLACE))
    with worker.line({"camera_id": "gate-3", "version": 1, "config": camera(place=PLACE)}) as line:
        asked: int = api.post("/v1/cameras/gate-3/snapshots").json()["id"]
        order = worker.take(line)
        file = evidence_of(JPEG)
        taken = worker.answer(order, JPEG, type="snapshot", request=asked, evidence=[file])
        assert taken.status_code == 204, taken.text
    return asked


def missed(api: Api, snapshot: int, **changes: Any) -> Any:
    body = {
        "id": str(uuid4()),
        "snapshot_id": snapshot,
        "kind": "litter",
        "label": "garbage_bag",
        "box": [0.25, 0.5, 0.5, 0.75],
        "by": "王",
    } | changes
    with Api(api.url, api.settings, None) as desk:
        return desk.post("/v1/cameras/gate-3/misses", json=body)


def test_a_box_on_a_picture_becomes_a_case_that_says_who_filed_it(api: Api, snapshot: int) -> None:
    answer = missed(api, snapshot, note="树后的垃圾袋")
    assert answer.status_code == 201, answer.text
    miss = answer.json()
    assert (miss["known"], miss["by"], miss["camera_id"]) == (False, "王", "gate-3")
    case = api.get(f"/v1/cases/{miss['case_id']}").json()
    assert case["box"] == {"x0": 160.0, "y0": 180.0, "x1": 320.0, "y1": 270.0}
    assert (case["rule"], case["model"], case["source"]) == ("by-hand", "person", "camera")
    assert case["explanation"]["text_zh"] == "王从画面补报，摄像头未发现：树后的垃圾袋"
    assert case["place"]["longitude"] == pytest.approx(117.53, abs=0.01)
    assert api.get(miss["picture"]).content == JPEG


def test_the_same_box_twice_is_one_case(api: Api, snapshot: int) -> None:
    one = str(uuid4())
    first, again = missed(api, snapshot, id=one).json(), missed(api, snapshot, id=one).json()
    assert again == first
    assert len(api.get("/v1/misses").json()["items"]) == 1
    assert missed(api, snapshot, id=one, box=[0.1, 0.1, 0.2, 0.2]).status_code == 409


def test_what_there_was_a_case_of_was_not_missed(api: Api, snapshot: int) -> None:
    file = evidence_of(JPEG)
    known = report_of(file, place=PLACE, frame_width=640, frame_height=360)
    case = api.submit(known, JPEG).json()
    miss = missed(api, snapshot).json()
    assert (miss["case_id"], miss["known"]) == (case["id"], True)
    said = api.get("/v1/statistics/recall")
    assert said.status_code == 200, said.text
    (kind,) = said.json()["kinds"]
    assert (kind["found"], kind["missed"], kind["recall"]) == (1, 0, 1.0)


def test_recall_and_precision_in_service_are_counted_by_kind(api: Api, snapshot: int) -> None:
    missed(api, snapshot)
    cases = [api.file(JPEG, frame_width=640, frame_height=360) for _ in range(4)]
    for case, kind in zip(cases, ("shadow", "permitted_stall"), strict=False):
        verdict = {"verdict": "dismissed", "kind": kind, "by": "李"}
        assert api.post(f"/v1/cases/{case['id']}/verdict", json=verdict).status_code == 200
    said = api.get("/v1/statistics/recall").json()
    (kind,) = said["kinds"]
    assert (kind["found"], kind["missed"], kind["false_positives"]) == (2, 1, 1)
    assert (kind["recall"], kind["precision"]) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert "found / (found + missed)" in said["formula"]
    early = {"until": "2020-01-01T00:00:00Z"}
    assert api.get("/v1/statistics/recall", params=early).json()["kinds"] == []


def test_engineers_fetch_misses_as_their_tools_read_them(
    api: Api, snapshot: int, tmp_path: Path
) -> None:
    missed(api, snapshot)
    missed(api, snapshot, kind="vending", label="stall", box=[0.6, 0.1, 0.9, 0.4])
    with Api(api.url, api.settings, None) as engineer:
        answer = engineer.get("/v1/misses/export.zip")
        acts = engineer.get("/v1/audit", params={"act": "evidence.export"}).json()["items"]
    assert [entry["object"] for entry in acts] == ["2 misses"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    names = yaml.safe_load((tmp_path / "data.yaml").read_text("utf-8"))["names"]
    assert names == {0: "litter/garbage_bag", 1: "vending/stall"}
    (example,) = read_examples(tmp_path, "train", 2)
    assert example.picture.read_bytes() == JPEG
    assert sorted(example.labels[0].tolist()) == [0, 1]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"snapshot_id": 999}, 404),
        ({"kind": "graffiti"}, 422),
        ({"box": [0.5, 0.5, 0.5, 0.7]}, 422),
        ({"box": [0.5, 0.5, 1.2, 0.7]}, 422),
    ],
)
def test_what_cannot_be_filed_is_refused(
    api: Api, snapshot: int, changes: dict[str, Any], status: int
) -> None:
    assert missed(api, snapshot, **changes).status_code == status
    assert api.get("/v1/misses").json()["items"] == []

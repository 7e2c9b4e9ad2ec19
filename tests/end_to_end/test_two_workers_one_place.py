"""Two workers, each with a camera that sees the same rubbish from its own post: one case."""

from pathlib import Path

import pytest

from tests.end_to_end.conftest import Stage, eventually

pytestmark = pytest.mark.xdist_group("end_to_end")


def post(stage: Stage, name: str, latitude: float) -> Path:
    """The configuration of a worker whose camera stands there."""
    text = stage.config().read_text("utf-8")
    here = f"longitude: 117.534, latitude: {latitude:.6f}, crs: wgs84"
    for old, new in (
        ("worker: test-worker", f"worker: {name}"),
        (str(stage.folder / "worker"), str(stage.folder / name)),
        (f'{{id: street, url: "{stage.camera_url}"}}',
         f'{{id: {name}, url: "{stage.camera_url}", {here}}}'),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    path = stage.folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def test_two_cameras_on_one_place_make_one_case_with_two_witnesses(
    stage: Stage, littered: Path
) -> None:
    stage.camera(littered)
    stage.api()
    metre = 1 / 111_195
    for name, metres in (("east-post", 0), ("west-post", 30)):
        config = post(stage, name, 36.712 + metres * metre)
        stage.command(name, "work", "--config", str(config))

    def both_are_there() -> bool:
        seen = {witness["source"] for case in stage.cases() for witness in case["witnesses"]}
        cameras = {
            witness["place"]["camera_id"] for case in stage.cases() for witness in case["witnesses"]
        }
        return seen == {"camera"} and cameras == {"east-post", "west-post"}

    eventually(both_are_there, within=150, logs=stage)
    cases = stage.cases()
    shared = [case for case in cases if len(case["witnesses"]) > 1]
    assert shared, [case["witnesses"] for case in cases]
    (case,) = shared
    assert {witness["place"]["camera_id"] for witness in case["witnesses"]} == {
        "east-post",
        "west-post",
    }
    assert case["witnesses"][1]["distance_m"] == pytest.approx(30, abs=0.5)
    assert {item["witness"] for item in case["evidence"]} >= {1, 2}
    assert case["explanation"]["text_zh"]

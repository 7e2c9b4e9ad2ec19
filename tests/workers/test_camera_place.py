"""A camera's configuration says in which system its coordinates are."""

import re
from pathlib import Path

import pytest

from workers.config import load_config
from yamlfile import YamlFileError

SHIPPED = Path(__file__).parents[2] / "configs" / "district.yaml"


def test_the_shipped_example_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", "x")
    monkeypatch.setenv("FIVE_CHIEF_API_KEY", "a-key-of-sixteen-letters")
    (camera,) = load_config(SHIPPED).cameras
    assert camera.crs == "wgs84"


@pytest.mark.parametrize(("line", "fix"), [("crs", "crs: wgs84"), ("latitude", "come together")])
def test_one_that_does_not_is_refused_with_the_fix(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, fix: str
) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", "x")
    monkeypatch.setenv("FIVE_CHIEF_API_KEY", "a-key-of-sixteen-letters")
    kept = [row for row in SHIPPED.read_text("utf-8").splitlines() if f" {line}:" not in row]
    changed = tmp_path / "district.yaml"
    changed.write_text("\n".join(kept), "utf-8")
    with pytest.raises(YamlFileError, match=fix) as error:
        load_config(changed)
    assert str(error.value).startswith(f"{changed}:")


def test_a_camera_that_is_not_in_china_is_refused_before_its_reports_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", "x")
    monkeypatch.setenv("FIVE_CHIEF_API_KEY", "a-key-of-sixteen-letters")
    changed = tmp_path / "district.yaml"
    text, count = re.subn(r"longitude: [0-9.]+", "longitude: 2.35", SHIPPED.read_text("utf-8"))
    assert count == 1
    changed.write_text(text, "utf-8")
    with pytest.raises(YamlFileError, match=r"longitude 2\.35 .* not in China.*right way round"):
        load_config(changed)

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from yamlfile import YamlFileError, load_yaml


class Camera(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    url: str
    read_timeout_s: float = Field(default=10, gt=0)


class Config(BaseModel):
    model_config = ConfigDict(extra="forbid")
    cameras: list[Camera]
    extra: Camera | str | None = None


def problem(tmp_path: Path, text: str) -> str:
    path = tmp_path / "c.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(YamlFileError) as caught:
        load_yaml(path, Config, environment=True)
    return str(caught.value).replace(str(path), "c.yaml")


def test_a_right_file_becomes_the_model(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("cameras:\n  - id: a\n    url: rtsp://x\n", "utf-8")
    assert load_yaml(path, Config).cameras[0].url == "rtsp://x"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "cameras:\n  - id: a\n    url: x\n    read_timout_s: 3\n",
            "c.yaml:4: cameras[0].read_timout_s: unknown key; did you mean `read_timeout_s`?",
        ),
        ("camras: []\n", "c.yaml:1: camras: unknown key; did you mean `cameras`?"),
        ("cameras:\n  - id: a\n", "c.yaml:2: cameras[0].url: is missing; add it"),
        (
            "cameras:\n  - id: a\n    url: x\n    read_timeout_s: 0\n",
            "c.yaml:4: cameras[0].read_timeout_s: input should be greater than 0 (given: 0)",
        ),
        ("cameras: []\nextra: {id: a, url: x, idd: 3}\n", "c.yaml:2: extra.idd: unknown key"),
        ("cameras: []\ncameras: []\n", "c.yaml:2: cameras: given twice (first on line 1)"),
        ("cameras: [\n", "c.yaml:2: not valid YAML"),
        ("cameras: []\n? [a]\n: 1\n", "c.yaml:2: a key must be a plain word"),
        ("cameras: []\nextra: 2026-13-45\n", "put dates in quotes"),
        ("- a\n", "c.yaml:1: expected `key: value` lines"),
        (
            "cameras:\n  - id: a\n    url: ${NO_SUCH_VARIABLE_HERE}\n",
            "c.yaml:3: cameras[0].url: the environment has no variable NO_SUCH_VARIABLE_HERE",
        ),
        ("", "c.yaml:1: cameras: is missing; add it"),
    ],
)
def test_a_mistake_is_named_with_file_line_key_and_fix(
    tmp_path: Path, text: str, said: str
) -> None:
    assert said in problem(tmp_path, text)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(YamlFileError, match="no such file"):
        load_yaml(tmp_path / "none.yaml", Config)


def test_secrets_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAM_PASSWORD", "s3cret")
    path = tmp_path / "c.yaml"
    path.write_text("cameras:\n  - {id: a, url: 'rtsp://u:${CAM_PASSWORD}@h/1'}\n", "utf-8")
    assert load_yaml(path, Config, environment=True).cameras[0].url == "rtsp://u:s3cret@h/1"

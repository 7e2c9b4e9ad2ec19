"""Recipes: what they must say, and how a mistake in one is told."""

from pathlib import Path

import pytest

from tuning.recipe import load_recipe
from tuning.verifier_recipe import is_verifiers, load_verifier_recipe
from yamlfile import YamlFileError

MODELS = Path(__file__).parents[2] / "models"

RECIPE = """\
model: litter
classes: [litter]
start: start.pt
data: data
stages:
- epochs: 2
  mix:
  - {kind: tiles, from: streets, zoom: 1.5}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "start.pt").write_bytes(b"")
    (tmp_path / "data" / "streets").mkdir(parents=True)
    return tmp_path


def read(folder, text):
    path = folder / "recipe.yaml"
    path.write_text(text)
    return load_recipe(path)


def test_paths_are_relative_to_the_recipe(folder):
    recipe = read(folder, RECIPE)
    assert recipe.start == folder / "start.pt"
    assert recipe.data == folder / "data"
    assert recipe.stages[0].mix[0].zoom == 1.5


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("epochs: 2", "epoch: 2", r"recipe\.yaml:6: stages\[0\]\.epoch: .*did you mean `epochs`"),
        ("zoom: 1.5", "zoon: 1.5", r"recipe\.yaml:8: stages\[0\]\.mix\[0\]\.zoon: unknown key"),
        ("zoom: 1.5", "zoom: 0", r"recipe\.yaml:8: stages\[0\]\.mix\[0\]\.zoom: .*greater than 0"),
        ("kind: tiles", "kind: tile", r"recipe\.yaml:8: stages\[0\]\.mix\[0\]"),
        (
            "from: streets",
            "from: street",
            r"recipe\.yaml:8: stages\[0\]\.mix\[0\]\.from: no folder",
        ),
        ("start: start.pt", "start: gone.pt", r"recipe\.yaml:3: start: no weights at .*gone\.pt"),
        ("data: data", "data: gone", r"recipe\.yaml:4: data: no folder"),
    ],
)
def test_a_mistake_names_file_line_key_and_fix(folder, was, becomes, told):
    with pytest.raises(YamlFileError, match=told):
        read(folder, RECIPE.replace(was, becomes))


@pytest.mark.parametrize(
    "entry",
    [
        "  - {kind: rubbish, count: 1, seeds: [5, 9], bystanders: [1024, 1047]}\n",
        "  - {kind: covers, from: streets, count: 1, plates: streets, rubbish: [5, 9]}\n",
    ],
)
def test_the_demos_own_seeds_are_refused(folder, entry):
    with pytest.raises(YamlFileError, match="demo"):
        read(folder, RECIPE + entry)


@pytest.mark.parametrize(
    "path", sorted(MODELS.glob("*/recipe*.yaml")), ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_the_shipped_recipes_can_be_read(path):
    if not (path.parents[3] / "shared" / "data").is_dir():
        pytest.skip("the data folder is not beside this repository")
    if is_verifiers(path):
        assert load_verifier_recipe(path).sources
    else:
        assert load_recipe(path).model == path.parent.name

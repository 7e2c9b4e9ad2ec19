"""The tile set: what a tile holds, and that a seed always gives the same one."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.card import find_model, load_card
from tuning.composites import compose, read_covers, read_sprites, sheet
from tuning.dataset import build
from tuning.examples import DataInvalid, read_examples, read_picture
from tuning.recipe import Recipe
from tuning.scenes.seeds import DEMO_SEEDS
from tuning.tiles import (
    GREY,
    Picture,
    Tile,
    cut,
    grey_out,
    place_without,
    places_with,
    read,
)

SIZE = (1280, 720)
NONE = np.zeros((0, 4))


def picture(boxes=NONE, ignore=NONE, name="sm_a", shade=200):
    image = np.full((SIZE[1], SIZE[0], 3), shade, dtype=np.uint8)
    return Picture(name, image, np.array(boxes, dtype=float).reshape(-1, 4),
                   np.array(ignore, dtype=float).reshape(-1, 4))  # fmt: skip


@pytest.fixture
def data(tmp_path):
    """Six street pictures (every other one with litter) and eight of bags; val has two."""
    root = tmp_path / "data"
    rng = np.random.default_rng(0)
    names = {"train": [f"sm_{n}" for n in range(6)] + [f"wb_{n}" for n in range(8)]}
    names["val"] = ["sm_v0", "sm_v1"]
    for split, stems in names.items():
        for kind in ("images", "labels", "ignore"):
            (root / kind / split).mkdir(parents=True)
        for number, stem in enumerate(stems):
            size = (640, 640, 3) if stem.startswith("wb") else (720, 1280, 3)
            pixels = rng.integers(0, 255, size, dtype=np.uint8)
            cv2.imwrite(str(root / "images" / split / f"{stem}.png"), pixels)
            label = "0 0.5 0.5 0.05 0.05\n" if number % 2 == 0 or stem.startswith("wb") else ""
            (root / "labels" / split / f"{stem}.txt").write_text(label)
            (root / "ignore" / split / f"{stem}.txt").write_text("0 0.1 0.9 0.1 0.1\n")
    return root


def test_boxes_are_read_as_pixels_and_clipped_to_the_picture(data):
    label = data / "labels" / "train" / "sm_0.txt"
    label.write_text("0 0.5 0.5 0.1 0.2\n0 1.0 0.5 0.2 0.2\n")
    read_in = read(read_examples(data, "train", 1)[0])
    np.testing.assert_allclose(
        read_in.boxes, [[576, 288, 704, 432], [1152, 288, 1280, 432]], atol=0.01
    )
    np.testing.assert_allclose(read_in.ignore, [[64, 612, 192, 684]], atol=0.01)


def test_an_ignore_region_is_greyed_out_save_where_litter_lies():
    image = np.full((100, 100, 3), 200, dtype=np.uint8)
    out = grey_out(image, np.array([[10.0, 10, 50, 50]]), np.array([[20.0, 20, 30, 30]]))
    assert (out[12, 12] == GREY).all()
    assert (out[25, 25] == 200).all()
    assert (out[60, 60] == 200).all()
    assert (image == 200).all()


def test_a_box_is_clipped_to_its_tile():
    tile = cut(picture([[600, 100, 680, 200]]), 0, 0, 640, 0.5)
    np.testing.assert_allclose(tile.boxes, [[600, 100, 640, 200]])
    assert tile.image.shape == (640, 640, 3)


def test_a_sliver_of_a_box_is_greyed_out_instead_of_labelled():
    tile = cut(picture([[620, 100, 720, 200]]), 0, 0, 640, 0.5)
    assert len(tile.boxes) == 0
    assert (tile.image[150, 630] == GREY).all()


def test_a_picture_smaller_than_a_tile_is_taken_whole():
    small = Picture("sm_s", np.zeros((360, 480, 3), dtype=np.uint8), NONE, NONE)
    assert cut(small, 0, 0, 640, 0.5).image.shape == (360, 480, 3)


@settings(max_examples=60, deadline=None)
@given(
    corners=st.lists(
        st.tuples(st.floats(0, 1200), st.floats(0, 650), st.floats(10, 80), st.floats(10, 70)),
        min_size=1,
        max_size=8,
    ),
    seed=st.integers(0, 2**31),
)
def test_every_box_is_whole_in_some_tile(corners, seed):
    boxes = np.array([[x, y, min(x + w, 1280), min(y + h, 720)] for x, y, w, h in corners])
    places = places_with(boxes, SIZE, 640, np.random.default_rng(seed))
    assert all(0 <= x <= 640 and 0 <= y <= 80 for x, y in places)
    for x0, y0, x1, y1 in boxes:
        assert any(x <= x0 and y <= y0 and x1 <= x + 640 and y1 <= y + 640 for x, y in places)


def test_a_box_wider_than_a_tile_is_centred():
    (place,) = places_with(np.array([[200.0, 300, 1000, 400]]), SIZE, 640, np.random.default_rng(0))
    assert place[0] == 280


def test_a_tile_around_litter_holds_none_of_it():
    boxes = np.array([[100.0, 300, 200, 400]])
    place = place_without(boxes, SIZE, 640, np.random.default_rng(1))
    assert place is not None
    assert len(cut(picture(boxes), *place, 640, 0.5).boxes) == 0


def test_no_tile_around_litter_is_drawn_where_there_is_no_room():
    boxes = np.array([[0.0, 0, 1280, 720]])
    assert place_without(boxes, SIZE, 640, np.random.default_rng(1)) is None


def test_a_sheet_holds_four_pictures_at_half_size():
    bag = Picture("wb_0", np.full((640, 640, 3), 9, dtype=np.uint8),
                  np.array([[100.0, 200, 300, 400]]), NONE)  # fmt: skip
    tile = sheet([bag] * 4, "sheet", 640)
    assert tile.image.shape == (640, 640, 3)
    np.testing.assert_allclose(tile.boxes[0], [50, 100, 150, 200])
    np.testing.assert_allclose(tile.boxes[3], [370, 420, 470, 520])


def litter(data, *mix, seed=3, hold_out=None):
    """A recipe over the data with one stage of that mix, read as from a file."""
    read = {"model": "litter", "classes": ["litter"], "start": "x.pt", "data": data, "seed": seed}
    return Recipe.model_validate(
        {**read, "hold_out": hold_out, "stages": [{"epochs": 1, "mix": list(mix)}]}
    )


STREETS = {"kind": "tiles", "from": ".", "only": "sm_", "empty": 1.0}
BAGS = {"kind": "pictures", "from": ".", "only": "wb_", "count": 2}
SHEETS = {"kind": "sheets", "from": ".", "only": "wb_", "count": 1}


def made(recipe, out):
    """Builds the first stage; names of its pictures, entry after entry."""
    build(recipe, recipe.stages[0], out)
    mix = json.loads((out / "mix.json").read_text())["mix"]
    return [entry["pictures"] for entry in mix]


def test_the_same_seed_gives_the_same_pictures(data, tmp_path):
    for name in ("a", "b"):
        made(litter(data, STREETS, BAGS, SHEETS), tmp_path / name)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))
    assert len(files) > 10
    for file in files:
        if file.name != "data.yaml":  # holds the folder's own path
            assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_another_seed_gives_other_pictures(data, tmp_path):
    one, two = (made(litter(data, STREETS, seed=s), tmp_path / str(s)) for s in (1, 2))
    assert one != two


def test_neither_val_nor_the_dev_part_is_trained_on(data, tmp_path):
    recipe = litter(data, STREETS, BAGS, hold_out=2)
    held = {p.stem for p in (data / "images" / "train").iterdir() if recipe.is_dev(p.stem)}
    assert 0 < len(held) < 14
    names = [name for entry in made(recipe, tmp_path / "out") for name in entry]
    sources = {"_".join(name.split("_")[1:3]) for name in names}
    assert sources
    assert not sources & held
    assert not [name for name in names if "sm_v" in name]


def test_pictures_of_one_source_are_held_out_together(data):
    recipe = litter(data, STREETS, hold_out=2).model_copy(update={"same_source": {"b": "a"}})
    assert recipe.is_dev("a") == recipe.is_dev("b")


def test_every_picture_has_its_label_file_and_boxes_are_shares(data, tmp_path):
    made(litter(data, STREETS, BAGS, SHEETS), tmp_path / "out")
    images = sorted((tmp_path / "out" / "images" / "train").iterdir())
    labels = sorted((tmp_path / "out" / "labels" / "train").iterdir())
    assert [p.stem for p in images] == [p.stem for p in labels]
    for file in labels:
        for line in file.read_text().splitlines():
            kind, *shares = line.split()
            assert kind == "0"
            assert all(0 <= float(share) <= 1 for share in shares)


def test_a_zoomed_tile_shows_things_larger(data, tmp_path):
    zoomed_in = {**STREETS, "zoom": 2.0}
    made(litter(data, zoomed_in), tmp_path / "out")
    first = next((tmp_path / "out" / "images" / "train").glob("0_sm_0_*"))
    assert cv2.imread(str(first)).shape == (640, 640, 3)
    label = (tmp_path / "out" / "labels" / "train" / f"{first.stem}.txt").read_text().split()
    # 64 pixels of the picture's 1280 are 128 of the tile's 640.
    assert float(label[3]) == pytest.approx(0.2, abs=0.01)


def test_pictures_are_listed_as_often_as_they_repeat(data, tmp_path):
    made(
        litter(data, {"kind": "pictures", "from": ".", "only": "sm_", "repeat": 3}), tmp_path / "o"
    )
    lines = (tmp_path / "o" / "train.txt").read_text().splitlines()
    assert len(lines) == 3 * len(set(lines)) == 18
    assert all((tmp_path / "o" / line).is_file() for line in lines)


def test_classes_go_with_their_boxes(data, tmp_path):
    (data / "labels" / "train" / "sm_0.txt").write_text("2 0.5 0.5 0.1 0.1\n1 0.2 0.2 0.1 0.1\n")
    three = litter(data, STREETS).model_copy(update={"classes": ("a", "b", "c")})
    made(three, tmp_path / "out")
    labels = (tmp_path / "out" / "labels" / "train").glob("0_sm_0_*")
    assert {line[0] for file in labels for line in file.read_text().splitlines()} == {"1", "2"}


def test_a_folder_in_use_is_not_written_into(data, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(DataInvalid, match="not empty"):
        made(litter(data, STREETS), tmp_path / "out")


def test_a_folder_without_the_pictures_wanted_says_what_is_missing(data, tmp_path):
    with pytest.raises(DataInvalid, match="'zz_'"):
        made(litter(data, {**STREETS, "only": "zz_"}), tmp_path / "out")


def test_a_file_that_is_no_picture_is_named(data, tmp_path):
    (data / "images" / "train" / "sm_0.png").write_bytes(b"not a picture")
    with pytest.raises(DataInvalid, match=r"sm_0\.png"):
        made(litter(data, STREETS), tmp_path / "out")


@pytest.fixture
def sprites(tmp_path):
    """A round cut-out of seed 1000, with a soft edge, and one of seed 1001."""
    folder = tmp_path / "sprites"
    folder.mkdir()
    y, x = np.mgrid[0:80, 0:100]
    alpha = np.clip(60 * (38 - np.hypot((x - 50) / 1.25, y - 40)), 0, 255)
    for seed, shade in ((1000, 20), (1001, 230)):
        image = np.dstack([np.full((80, 100, 3), shade), alpha]).astype(np.uint8)
        cv2.imwrite(str(folder / f"bag-{seed}.webp"), image)
    return folder


def test_cut_outs_are_read_by_their_seeds(sprites):
    assert [s.name for s in read_sprites(sprites, (1001,))] == ["bag-1001"]


def test_a_seed_without_a_cut_out_is_named(sprites):
    with pytest.raises(DataInvalid, match="no cut-out of seed 7"):
        read_sprites(sprites, (1000, 7))


def test_a_composite_has_a_box_around_each_thing_put_there(sprites):
    ground = Tile("street", np.full((640, 640, 3), 120, dtype=np.uint8), NONE)
    rng = np.random.default_rng(4)
    tile = compose(ground, read_sprites(sprites, (1000,)), "c", rng)
    assert (ground.image == 120).all()
    assert 1 <= len(tile.boxes) <= 3
    dark = (tile.image < 40).all(axis=2)  # darker than any shadow
    for x0, y0, x1, y1 in tile.boxes.astype(int):
        assert dark[(y0 + y1) // 2, (x0 + x1) // 2]
        dark[y0 - 4 : y1 + 4, x0 - 4 : x1 + 4] = False  # the soft edge
    assert not dark.any()


def test_composites_stand_on_the_tiles_without_litter(data, sprites, tmp_path):
    clean = data / "clean"
    clean.mkdir()
    cv2.imwrite(str(clean / "a.png"), np.full((720, 1280, 3), 90, dtype=np.uint8))
    seeds = {"seeds": [1000, 1000], "bystanders": [1001, 1001], "sprites": str(sprites)}
    plain = {"kind": "clean", "folder": "clean", "count": 2}
    mix = [STREETS, plain, {"kind": "rubbish", "count": 5, **seeds}]
    names = made(litter(data, *mix), tmp_path / "out")
    assert [len(names[1]), len(names[2])] == [2, 5]
    assert all("composite" in name for name in names[2])


def test_composites_may_be_larger_and_dim_and_lie_on_the_days_tiles(data, sprites, tmp_path):
    clean = data / "clean"
    clean.mkdir()
    cv2.imwrite(str(clean / "a.png"), np.full((720, 1280, 3), 150, dtype=np.uint8))
    dim = {"kind": "clean", "folder": "clean", "count": 6, "dim": 1.0}
    bags = {"kind": "rubbish", "count": 12, "seeds": [1000, 1000], "bystanders": [1001, 1001],
            "sprites": str(sprites)}  # fmt: skip
    large = {**bags, "high": [150, 250]}
    names = made(litter(data, dim, bags, large, {**bags, "dim": 1.0}), tmp_path / "out")
    light = [[read_picture(tmp_path / "out" / "images" / "train" / f"{name}.jpg").mean()
              for name in part] for part in names]  # fmt: skip
    assert max(light[0]) < 135
    assert np.median(light[1]) > 135
    assert max(light[3]) < 135
    high = [[640 * float(line.split()[4]) for name in part for line in
             (tmp_path / "out" / "labels" / "train" / f"{name}.txt").read_text().splitlines()]
            for part in names]  # fmt: skip
    assert min(high[2]) > 60
    assert np.median(high[2]) > 1.5 * np.median(high[1])


PASTED = {"kind": "pasted", "from": ".", "only": "sm_", "zooms": [0.8, 1.5], "also": "wb_"}


def test_real_things_are_laid_into_other_streets_and_marked_there(data, tmp_path):
    (names,) = made(litter(data, {**PASTED, "count": 4}), tmp_path / "out")
    assert 3 <= len(names) <= 4
    boxes = [
        (tmp_path / "out" / "labels" / "train" / f"{name}.txt").read_text().splitlines()
        for name in names
    ]
    assert all(boxes)
    assert max(len(lines) for lines in boxes) > 1


def test_streets_without_a_thing_to_lay_are_named(data, tmp_path):
    for label in (data / "labels" / "train").glob("sm_*"):
        label.write_text("")
    with pytest.raises(DataInvalid, match="nothing marked"):
        made(litter(data, {**PASTED, "count": 1}), tmp_path / "out")


def test_rubbish_with_nothing_to_lie_on_is_refused(data, sprites, tmp_path):
    entry = {"kind": "rubbish", "count": 1, "seeds": [1000, 1000], "bystanders": [1001, 1001]}
    with pytest.raises(DataInvalid, match="before it"):
        made(litter(data, {**entry, "sprites": str(sprites)}), tmp_path / "out")


def test_manhole_covers_lie_in_composites_without_a_box(data, sprites):
    covers = read_covers(data, "train")
    assert covers
    ground = Tile("street", np.full((640, 640, 3), 120, dtype=np.uint8), NONE)
    cutouts = read_sprites(sprites, (1000,))
    changed = 0
    for seed in range(8):
        tile = compose(ground, cutouts, "c", np.random.default_rng(seed), covers)
        around = tile.image.copy()
        for x0, y0, x1, y1 in tile.boxes.astype(int):
            room = max(x1 - x0, y1 - y0)  # for the shadow
            around[max(y0 - room, 0) : y1 + room, max(x0 - room, 0) : x1 + room] = 120
        changed += bool((around != 120).any())
    assert changed > 3


def test_bystanders_stand_in_composites_without_a_box(sprites):
    ground = Tile("street", np.full((640, 640, 3), 120, dtype=np.uint8), NONE)
    dark, bright = (read_sprites(sprites, (seed,)) for seed in (1000, 1001))
    shown = 0
    for seed in range(8):
        tile = compose(ground, dark, "c", np.random.default_rng(seed), bystanders=bright)
        shown += bool((tile.image > 180).all(axis=2).any())
        for x0, y0, x1, y1 in tile.boxes.astype(int):
            assert (tile.image[(y0 + y1) // 2, (x0 + x1) // 2] < 60).all()
    assert shown > 3


def seeds_in(value: object, key: str = "") -> set[int]:
    """Each whole number that stands under a key with `seed` in it, however deep."""
    if isinstance(value, dict):
        return {seed for k, v in value.items() for seed in seeds_in(v, str(k))}
    if isinstance(value, list):
        return {seed for item in value for seed in seeds_in(item, key)}
    return {value} if isinstance(value, int) and "seed" in key else set()


def test_no_demo_seed_is_in_the_recipe_of_the_shipped_model():
    used = seeds_in(dict(load_card(find_model("litter")).training))
    assert used
    assert not used & set(DEMO_SEEDS)


def test_frames_of_a_clip_serve_as_pictures_without_anything(data, tmp_path):
    clips = data / "clips"
    clips.mkdir()
    writer = cv2.VideoWriter(str(clips / "a.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 5, (320, 240))
    for shade in (40, 90, 140, 190):
        writer.write(np.full((240, 320, 3), shade, dtype=np.uint8))
    writer.release()
    (names,) = made(litter(data, {"kind": "clean", "folder": "clips", "count": 6}), tmp_path / "o")
    assert len(names) == 6
    shades = {
        round(float(cv2.imread(str(tmp_path / "o" / "images" / "train" / f"{n}.jpg")).mean()), -1)
        for n in names
    }
    assert len(shades) > 1

import numpy as np
import pytest

from detector.draw import annotate


@pytest.mark.parametrize("size", [(240, 320), (720, 1280), (2160, 3840)])
def test_boxes_and_labels_are_drawn_on_a_copy(size):
    height, width = size
    image = np.zeros((height, width, 3), dtype=np.uint8)
    box = (width * 0.25, height * 0.25, width * 0.75, height * 0.75)
    drawn = annotate(image, [box], ["litter 0.62"])
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    assert not image.any()
    edge = drawn[height // 2, round(box[0])]
    assert edge[2] > 150
    assert edge[0] < 100
    assert not drawn[height // 2 + 2, width // 2 : width // 2 + 4].any()


def test_without_labels_there_are_only_boxes():
    image = np.zeros((720, 1280, 3), dtype=np.uint8)
    plain = annotate(image, [(100, 100, 200, 200)])
    labelled = annotate(image, [(100, 100, 200, 200)], ["litter"])
    assert plain.any()
    assert labelled.any(axis=2).sum() > plain.any(axis=2).sum()


def test_nothing_to_draw_leaves_an_equal_picture():
    image = np.full((36, 64, 3), 9, dtype=np.uint8)
    drawn = annotate(image, [])
    assert drawn is not image
    assert np.array_equal(drawn, image)


@pytest.mark.parametrize("box", [(0, 0, 60, 40), (600, 0, 640, 20), (500, 330, 640, 360)])
def test_a_label_stays_within_the_picture(box):
    image = np.zeros((360, 640, 3), dtype=np.uint8)
    plain, labelled = annotate(image, [box]), annotate(image, [box], ["vendor_vehicle 0.62"])
    letters = (labelled != plain).any(axis=2)
    rows, columns = np.nonzero(letters)
    assert columns.max() - columns.min() > 120
    assert rows.max() - rows.min() > 20

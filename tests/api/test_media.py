"""Pictures are looked into at an eighth of their size; what is said of them is as of the whole."""

import io
import random

import cv2
import numpy as np
import pytest

from api.media import MediaError, check_media
from tests.api.conftest import picture

JPEG = picture(3)
MOST = 10_000_000


def whole(data: bytes) -> bool:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is not None
    except cv2.error:
        return False


def refusal(data: bytes) -> str | None:
    try:
        check_media(io.BytesIO(data), "image/jpeg", MOST)
    except MediaError as error:
        return str(error)
    return None


@pytest.mark.parametrize("seed", range(200))
def test_a_damaged_jpeg_is_refused_just_where_the_whole_cannot_be_decoded(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(JPEG)
    for _ in range(chance.choice((1, 3, 20))):
        # The head, where damage is fatal more often, as much as the rest; the size stays.
        at = chance.randrange(2, len(data) - 2 if chance.random() < 0.5 else 600)
        data[at] = chance.randrange(256)
    said = refusal(bytes(data))
    if said is None:
        assert whole(bytes(data))
    elif "decoded" in said:
        assert not whole(bytes(data))


@pytest.mark.parametrize("size", [(64, 48), (48, 64), (1920, 1080), (65, 64), (64, 64), (9, 1)])
def test_the_size_is_that_of_the_whole(size: tuple[int, int]) -> None:
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    data = cv2.imencode(".jpg", image)[1].tobytes()
    assert check_media(io.BytesIO(data), "image/jpeg", MOST) == size

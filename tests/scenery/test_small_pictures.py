"""The small grey picture: the same from a live stream's planes, its sub-stream's, and a clip's."""

from datetime import UTC, datetime

import cv2
import numpy as np
from av.video.frame import VideoFrame

from streams.frame import ClockSource, Frame
from streams.shot import Shot, SubShot
from streams.small import shrunk

AT = datetime(2026, 6, 1, tzinfo=UTC)


def a_shot(image) -> Shot:
    frame = VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p")
    return Shot("cam", AT, ClockSource.ARRIVAL, 0.0, frame)


def test_planes_give_the_picture_that_pixels_give(street):
    planes = a_shot(street[2]).grey().astype(int)
    pixels = Frame("cam", AT, ClockSource.CLIP, 0.0, street[2]).grey().astype(int)
    assert planes.shape == pixels.shape == (270, 480)
    assert np.abs(planes - pixels).mean() < 2


def test_a_sub_stream_of_other_proportions_gives_the_main_streams(street):
    squeezed = cv2.resize(street[2], (704, 576), interpolation=cv2.INTER_AREA)
    sub = SubShot(a_shot(np.asarray(squeezed, np.uint8)), 1280, 720, lambda: None)
    main = a_shot(street[2]).grey().astype(int)
    assert sub.grey().shape == (270, 480)
    assert np.abs(sub.grey().astype(int) - main).mean() < 4


def test_the_longer_side_counts_and_nothing_becomes_empty():
    assert shrunk(np.zeros((1280, 720), np.uint8)).shape == (480, 270)
    assert shrunk(np.zeros((4, 4000), np.uint8)).shape == (1, 480)

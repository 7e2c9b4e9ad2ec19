"""Our way from picture to boxes against ultralytics' own, on the same weights and pictures.

Runs in the training environment, which has both. Scores are wanted down to almost nothing, so that
there are boxes to compare on any picture and doubles to suppress.
"""

import os
import re
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import supervision as sv

from detector.image import Image
from detector.model import Model, load_model

pytestmark = [
    pytest.mark.tuning,
    # ultralytics renames an argument now and then; its notices are none of ours.
    pytest.mark.filterwarnings("ignore"),
]

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "litter"
CLIP = ROOT / "configs" / "demo" / "street.mp4"
WIDTH, HEIGHT = 640, 384
LOW = 0.001


def reference(checkpoint: Path, image: Image, output: str, iou: float) -> sv.Detections:
    """What ultralytics makes of a picture, with the trainer's own weights."""
    os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false")
    from tuning.torchvision_ops import register

    register()
    from ultralytics import YOLO

    (result,) = YOLO(checkpoint).predict(
        image,
        imgsz=(HEIGHT, WIDTH),
        rect=False,
        conf=LOW,
        iou=iou,
        max_det=300,
        # None: the head whose boxes want suppression; False: the one whose boxes don't.
        nms=None if output == "raw" else False,
        device="cpu",
        verbose=False,
    )
    return sv.Detections.from_ultralytics(result)


def frames(clip: Path) -> list[Image]:
    """Three pictures from a clip, and one of them in other proportions."""
    with av.open(clip) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        keyframes = [frame.to_ndarray(format="bgr24") for frame in container.decode(stream)]
    chosen = [keyframes[0], keyframes[len(keyframes) // 2], keyframes[-1]]
    return [*chosen, cv2.resize(chosen[1], (563, 1001))]


@pytest.fixture(scope="module")
def pictures() -> list[Image]:
    return frames(CLIP)


@pytest.fixture(scope="module", params=["raw", "end2end"])
def exported(request, tmp_path_factory) -> tuple[Model, str]:
    """The shipped checkpoint, exported anew, small and either way."""
    from tuning.export import export

    folder = tmp_path_factory.mktemp("models") / "litter"
    folder.mkdir()
    # Ultralytics has nothing like `nms_inside`.
    card = (MODEL / "card.yaml").read_text("utf-8")
    (folder / "card.yaml").write_text(re.sub(r"^nms_inside: .*\n", "", card, flags=re.M), "utf-8")
    export(MODEL / "last.pt", folder, width=WIDTH, height=HEIGHT, output=request.param)
    return load_model(folder, engine="onnxruntime"), request.param


def test_boxes_classes_and_scores_are_ultralytics_own(exported, pictures):
    model, output = exported
    compared = 0
    for image in pictures:
        ours = model.detect([image], threshold=LOW)[0]
        theirs = reference(MODEL / "last.pt", image, output, model.card.nms_iou)
        assert len(ours) == len(theirs)
        for one, other in pairs(ours, theirs):
            assert np.abs(ours.xyxy[one] - theirs.xyxy[other]).max() < 1
            assert ours.class_id[one] == theirs.class_id[other]
            assert ours.confidence[one] == pytest.approx(theirs.confidence[other], abs=1e-3)
        compared += len(ours)
    assert compared >= 10


def pairs(ours: sv.Detections, theirs: sv.Detections) -> list[tuple[int, int]]:
    """Each of our boxes with its nearest of theirs: equal scores may come in another order."""
    distances = np.abs(ours.xyxy[:, None] - theirs.xyxy[None, :]).max(axis=2)
    nearest = distances.argmin(axis=1) if len(ours) else np.array([], dtype=int)
    assert len(set(nearest.tolist())) == len(ours)
    return list(enumerate(nearest.tolist()))


def test_pictures_seen_together_are_seen_as_if_alone(exported, pictures):
    model, _ = exported
    together = model.detect(pictures, threshold=LOW)
    for image, found in zip(pictures, together, strict=True):
        (alone,) = model.detect([image], threshold=LOW)
        assert np.allclose(alone.xyxy, found.xyxy, atol=0.01)

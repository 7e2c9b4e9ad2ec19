"""How others would do the same: one method a run, in the environment that has their packages.

    .venv-bench/bin/python -m bench.peers METHOD FILE

FILE is JSON: the cameras' addresses, the models' ONNX files, and for how long. Each method decodes
as its project's own examples do, and gives each camera the same analyses at the same cadences; a
look is on time if it is done in its slot. When all cameras give pictures it prints `ready`; at the
end, what came of the analyses.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.ledger import Boxes, Ledger
from bench.work import TASKS, Task

Image = npt.NDArray[np.uint8]
Detect = Callable[[Image], Boxes]
THRESHOLD = 0.25


def main() -> None:
    """Runs one method."""
    method, job = sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8"))
    import cv2

    cv2.setNumThreads(1)
    cameras: list[dict[str, Any]] = job["cameras"]
    ledger, stop, ready = Ledger(cameras), threading.Event(), threading.Event()
    work = threading.Thread(target=METHODS[method], args=(job, ledger, stop, ready), daemon=True)
    work.start()
    if not ready.wait(120):
        raise SystemExit(f"{method}: not all cameras gave pictures within 120 s")
    time.sleep(job["settle_s"])
    ledger.begin()
    print("ready", flush=True)
    time.sleep(job["seconds"])
    print(json.dumps(ledger.result(job["seconds"])), flush=True)
    stop.set()
    sys.stdin.read()  # the one who measures ends us, once he has read /proc
    sys.exit(0)


class Latest:
    """The newest picture of each camera."""

    def __init__(self, count: int) -> None:
        self.pictures: list[tuple[float, Image] | None] = [None] * count

    def put(self, camera: int, image: Image) -> None:
        """A camera has a new one."""
        self.pictures[camera] = time.monotonic(), image

    @property
    def complete(self) -> bool:
        """Whether each camera has given one."""
        return all(one is not None for one in self.pictures)


def analyse(
    latest: Latest,
    detect: dict[str, Detect],
    ledger: Ledger,
    stop: threading.Event,
    ready: threading.Event,
) -> None:
    """Looks at each camera's newest picture whenever a slot of it is open and not served."""
    while not stop.is_set():
        if not ready.is_set() and latest.complete:
            ready.set()
        idle = True
        for camera, entry in enumerate(latest.pictures):
            for task in TASKS:
                if entry is not None and ledger.due(camera, task):
                    idle = False
                    taken_at, image = latest.pictures[camera] or entry
                    ledger.done(camera, task, taken_at, detect[task.name](image))
        if idle:
            time.sleep(0.02)


def onnx_detectors(job: dict[str, Any]) -> dict[str, Detect]:
    """Each task's model in onnxruntime, boxes through supervision's `Detections`."""
    import cv2
    import onnxruntime as ort
    import supervision as sv

    def made(task: Task) -> Detect:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        session = ort.InferenceSession(
            job["weights"][task.name], options, providers=["CPUExecutionProvider"]
        )
        name = session.get_inputs()[0].name

        def detect(image: Image) -> Boxes:
            scale = min(task.width / image.shape[1], task.height / image.shape[0])
            small = cv2.resize(image, None, fx=scale, fy=scale)
            canvas = np.full((task.height, task.width, 3), 114, np.uint8)
            canvas[: small.shape[0], : small.shape[1]] = small
            batch = cv2.dnn.blobFromImage(canvas, 1 / 255, swapRB=True)
            (output,) = session.run(None, {name: batch})
            rows = output[0].T
            rows = rows[rows[:, 4:].max(axis=1) > THRESHOLD]
            half, scores = rows[:, 2:4] / 2, rows[:, 4:]
            corners = np.concatenate([rows[:, :2] - half, rows[:, :2] + half], axis=1) / scale
            found = sv.Detections(
                corners, confidence=scores.max(axis=1), class_id=scores.argmax(axis=1)
            )
            return [tuple(map(float, box)) for box in found.with_nms(0.5).xyxy]  # type: ignore[misc]

        return detect

    return {task.name: made(task) for task in TASKS}


def ultralytics_stream(
    job: dict[str, Any], ledger: Ledger, stop: threading.Event, ready: threading.Event
) -> None:
    """`predict(stream=True)` on the list of cameras; the models that are due less often look at
    the pictures that it hands on, so that each camera is decoded once.
    """
    from tuning.torchvision_ops import register

    register()
    import torch
    from ultralytics import YOLO

    torch.set_num_threads(2)
    models = {task.name: YOLO(job["weights"][task.name], task="detect") for task in TASKS}
    listed = Path(job["folder"]) / "cameras.streams"
    listed.write_text("\n".join(camera["url"] for camera in job["cameras"]), "utf-8")
    often, *others = TASKS

    def boxes(result: Any) -> Boxes:
        return [tuple(map(float, box)) for box in result.boxes.xyxy.tolist()]  # type: ignore[misc]

    size = {task.name: (task.height, task.width) for task in TASKS}
    how = {"conf": THRESHOLD, "verbose": False, "device": "cpu", "rect": False}
    rounds = models[often.name].predict(str(listed), stream=True, imgsz=size[often.name], **how)
    count = len(job["cameras"])
    cycle = time.monotonic()
    pending: list[Any] = []
    for index, result in enumerate(rounds):
        taken_at = time.monotonic()
        camera = index % count
        ledger.done(camera, often, taken_at, boxes(result))
        for task in others:
            if ledger.due(camera, task):
                (seen,) = models[task.name].predict(result.orig_img, imgsz=size[task.name], **how)
                ledger.done(camera, task, taken_at, boxes(seen))
        if camera == count - 1:
            ready.set()
            pending.clear()
            cycle = max(cycle + often.cadence_s, time.monotonic())
            stop.wait(max(cycle - time.monotonic(), 0.0))
        if stop.is_set():
            return


def opencv_threads(
    job: dict[str, Any], ledger: Ledger, stop: threading.Event, ready: threading.Event
) -> None:
    """A thread a camera around `cv2.VideoCapture`, the newest picture kept; supervision's boxes."""
    import cv2

    latest = Latest(len(job["cameras"]))

    def read(camera: int, url: str) -> None:
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        while not stop.is_set():
            there, image = capture.read()
            if there:
                latest.put(camera, image)  # type: ignore[arg-type]

    for camera, one in enumerate(job["cameras"]):
        threading.Thread(target=read, args=(camera, one["url"]), daemon=True).start()
    analyse(latest, onnx_detectors(job), ledger, stop, ready)


def frigate_recreated(
    job: dict[str, Any], ledger: Ledger, stop: threading.Event, ready: threading.Event
) -> None:
    """Frigate's method re-created, not Frigate: an `ffmpeg` process a camera that decodes all and
    scales to 5 pictures a second at 1280x720 through a pipe; motion against a running average on
    a small grey picture. Detection is spared what Frigate would add (regions at 5 a second where
    something moves): each camera gets the same analyses as everywhere here.
    """
    import cv2
    import imageio_ffmpeg

    width, height, fps = 1280, 720, 5
    latest = Latest(len(job["cameras"]))

    def read(camera: int, url: str) -> None:
        # A pipe of yuv420p at the detection size and rate, as its documentation describes.
        wanted = [
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p",
            "-s",
            f"{width}x{height}",
            "-r",
            str(fps),
        ]
        ffmpeg = [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-loglevel",
            "error",
            "-threads",
            "1",
            "-rtsp_transport",
            "tcp",
        ]
        process = subprocess.Popen(
            [*ffmpeg, "-i", url, *wanted, "pipe:"], stdout=subprocess.PIPE, bufsize=0
        )
        assert process.stdout is not None
        size, average = width * height * 3 // 2, None
        while not stop.is_set():
            data = bytearray()
            while len(data) < size:
                piece = process.stdout.read(size - len(data))
                if not piece:
                    return
                data += piece
            planes = np.frombuffer(data, np.uint8).reshape(height * 3 // 2, width)
            small = cv2.resize(planes[:height], (178, 100))
            blurred = cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)
            average = blurred if average is None else average
            moved = cv2.threshold(cv2.absdiff(blurred, average), 30, 255, cv2.THRESH_BINARY)[1]
            cv2.findContours(
                cv2.dilate(moved.astype(np.uint8), None, iterations=1),  # type: ignore[call-overload]
                cv2.RETR_EXTERNAL,
                cv2.CHAIN_APPROX_SIMPLE,
            )
            cv2.accumulateWeighted(blurred, average, 0.01)
            latest.put(camera, planes)

    for camera, one in enumerate(job["cameras"]):
        threading.Thread(target=read, args=(camera, one["url"]), daemon=True).start()
    detectors = onnx_detectors(job)

    def coloured(name: str) -> Detect:
        def detect(planes: Image) -> Boxes:
            image = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
            # Boxes in 1080p pixels, as the label is.
            return [
                tuple(side * 1.5 for side in box)  # type: ignore[misc]
                for box in detectors[name](image)  # type: ignore[arg-type]
            ]

        return detect

    analyse(latest, {task.name: coloured(task.name) for task in TASKS}, ledger, stop, ready)


def inference_pipeline(
    job: dict[str, Any], ledger: Ledger, stop: threading.Event, ready: threading.Event
) -> None:
    """Roboflow's `InferencePipeline` over all cameras with the same models as its own logic."""
    from inference import InferencePipeline

    detectors = onnx_detectors(job)
    latest = Latest(len(job["cameras"]))

    def look(frames: list[Any]) -> list[dict[str, Any]]:
        for frame in frames:
            latest.put(frame.source_id, frame.image)
            for task in TASKS:
                if ledger.due(frame.source_id, task):
                    at, image = latest.pictures[frame.source_id] or (0.0, frame.image)
                    ledger.done(frame.source_id, task, at, detectors[task.name](image))
        if latest.complete:
            ready.set()
        return [{} for _ in frames]

    pipeline = InferencePipeline.init_with_custom_logic(
        video_reference=[camera["url"] for camera in job["cameras"]],
        on_video_frame=look,
        on_prediction=lambda *_: None,
    )
    pipeline.start(use_main_thread=False)
    stop.wait()
    pipeline.terminate()


METHODS = {
    "ultralytics": ultralytics_stream,
    "opencv": opencv_threads,
    "frigate": frigate_recreated,
    "inference": inference_pipeline,
}

if __name__ == "__main__":
    main()

"""What every contender is given: the same cameras, weights, input sizes and cadences."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.clips import cache, clip, corrupt_clip

ROOT = Path(__file__).resolve().parents[1]
LITTER = ROOT / "models" / "litter"
CHECKPOINT = LITTER / "last.pt"


@dataclass(frozen=True)
class Task:
    """A model on every camera: how often it looks, and its input's size."""

    name: str
    cadence_s: float
    width: int
    height: int


# The same network three times, since what is compared is not what it finds.
TASKS = (
    Task("vending", 5.0, 640, 640),
    Task("litter", 30.0, 1280, 736),
    Task("covers", 60.0, 640, 640),
)
GOP_SHARES = ((25, 4), (50, 5), (250, 1))
"""Of ten cameras so many have a keyframe each so many pictures."""
LABELLED_EVERY = 25
"""Of so many cameras one shows the street with a heap of litter in it."""
TRUTH = tuple(1.5 * side for side in (229, 315, 445, 416))
"""Where it lies, in pixels of 1080p: configs/demo/street.truth.json."""


@dataclass(frozen=True)
class Camera:
    """A simulated camera."""

    name: str
    url: str
    gop: int
    labelled: bool
    bad: bool


def plan(count: int, *, bad: bool) -> list[dict[str, object]]:
    """What each of the cameras shows; two bad ones come on top."""
    gops = [gop for gop, share in GOP_SHARES for _ in range(share)]
    cameras: list[dict[str, object]] = []
    for index in range(count):
        labelled = index % LABELLED_EVERY == LABELLED_EVERY // 2
        gop = 50 if labelled else gops[index * 7 % len(gops)]
        codec = "h264" if labelled or index // 10 % 2 == 0 else "hevc"
        path = clip(codec, gop, "littered" if labelled else "clean")
        shown = {"path": str(path), "start_s": index * 0.617 % 10}
        cameras.append({"name": f"c{index:03}", "gop": gop, "labelled": labelled, **shown})
    if bad:
        cameras.append({"name": "corrupt", "gop": 25, "bad": True, "path": str(corrupt_clip())})
        stops = {"name": "stops", "gop": 25, "bad": True, "loop": False}
        cameras.append({**stops, "path": str(clip("h264", 25))})
    return cameras


@contextmanager
def cameras(count: int, *, bad: bool) -> Iterator[tuple[list[Camera], int]]:
    """Serves cameras from a process of its own; gives them and the process's id."""
    wanted = plan(count, bad=bad)
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.work"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        server.stdin.write(json.dumps(wanted) + "\n")
        server.stdin.flush()
        base = server.stdout.readline().strip()
        if not base:
            raise RuntimeError("the simulated cameras did not start")
        yield (
            [
                Camera(
                    name=str(one["name"]),
                    url=f"{base}/{one['name']}",
                    gop=int(str(one["gop"])),
                    labelled=bool(one.get("labelled")),
                    bad=bool(one.get("bad")),
                )
                for one in wanted
            ],
            server.pid,
        )
    finally:
        server.kill()
        server.wait()
        server.stdin.close()
        server.stdout.close()


def weights(python: Path | None) -> dict[str, Path]:
    """A model folder a task; the smaller inputs are exported once, by an environment that can.

    Args:
        python: of an environment with ultralytics; None where there is none, and then they must
            be in the cache.
    """
    folders = {}
    for task in TASKS:
        if (task.width, task.height) == (1280, 736):
            folders[task.name] = LITTER
            continue
        folder = cache() / f"{task.name}-{task.width}-{_digest()}"
        if not (folder / "litter.onnx").exists():
            _export(folder, task, python)
        folders[task.name] = folder
    return folders


def _digest() -> str:
    import hashlib

    return hashlib.sha256(CHECKPOINT.read_bytes()).hexdigest()[:8]


def _export(folder: Path, task: Task, python: Path | None) -> None:
    if python is None:
        raise SystemExit(
            "the models at 640 are not made yet: run `make bench` once, or `make tuning`"
        )
    import yaml

    folder.mkdir(parents=True, exist_ok=True)
    card = yaml.safe_load((LITTER / "card.yaml").read_text("utf-8"))
    card = {key: value for key, value in card.items() if key not in ("int8", "calibration")}
    card["input"] = {"width": task.width, "height": task.height}
    (folder / "card.yaml").write_text(yaml.safe_dump(card, allow_unicode=True), "utf-8")
    code = (
        "import sys; from pathlib import Path; from tuning.export import export; "
        "export(Path(sys.argv[1]), Path(sys.argv[2]), width=int(sys.argv[3]), "
        "height=int(sys.argv[4]))"
    )
    arguments = [str(CHECKPOINT), str(folder), str(task.width), str(task.height)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([str(python), "-c", code, *arguments], check=True, cwd=ROOT, env=environment)


def serve() -> None:
    """The cameras' process: reads what to show, prints where, serves until it is killed."""
    from streams.simulator import MountOptions, Simulator

    wanted = json.loads(sys.stdin.readline())
    mounts = {
        one["name"]: MountOptions(
            Path(one["path"]), loop=one.get("loop", True), start_s=one.get("start_s", 0.0)
        )
        for one in wanted
    }
    with Simulator(mounts) as simulator:
        print(simulator.url("").rstrip("/"), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve()

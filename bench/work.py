"""What every contender is given: the same cameras, weights, input sizes and cadences."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from bench.clips import DEMO, cache, clip, corrupt_clip, sub_clip

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
SCALE = 1.5
"""The demo's street is 1280x720, its labels too; what is shown here is 1080p."""


@dataclass(frozen=True)
class Task:
    """A model on every camera.

    Attributes:
        name: the shipped model's, and what it finds.
        cadence_s: how often it looks.
        width: of its input, pixels.
        height: likewise.
        classes: of them a find counts.
    """

    name: str
    cadence_s: float
    width: int
    height: int
    classes: tuple[str, ...]


# A picture of 16:9 takes no more of an input than this; 1280x736 and 640x384 are what ultralytics
# makes of `imgsz` 1280 and 640 for such a stream.
TASKS = (
    Task("vending", 5.0, 640, 384, ("stall", "vendor_vehicle")),
    Task("litter", 30.0, 1280, 736, ("litter",)),
    Task("manhole", 60.0, 640, 384, ("cover_missing", "cover_damaged")),
)


def shipped() -> tuple[Task, ...]:
    """The same at the sizes that the models are shipped in."""
    return tuple(replace(task, **_card(task.name)["input"]) for task in TASKS)


def truth() -> dict[str, tuple[float, ...]]:
    """What a labelled camera shows by task, a box in pixels of 1080p."""
    events = yaml.safe_load((DEMO / "street.truth.yaml").read_text("utf-8"))["events"]
    return {one["what"]: tuple(SCALE * side for side in one["box"]) for one in events}


GOP_SHARES = ((25, 4), (50, 5), (250, 1))
"""Of ten cameras so many have a keyframe each so many pictures."""
_SUB = "-sub"
LABELLED_EVERY = 25
"""Of so many cameras one shows the street with a heap of litter, a stall and an open manhole."""


@dataclass(frozen=True)
class Camera:
    """A simulated camera."""

    name: str
    url: str
    gop: int
    labelled: bool
    bad: bool
    sub_url: str | None = None


def plan(count: int, *, bad: bool, subs: bool = False) -> list[dict[str, object]]:
    """What each of the cameras shows; two bad ones come on top.

    Args:
        count: of good cameras.
        bad: whether there are bad ones.
        subs: whether those with the keyframes farthest apart offer a sub-stream.
    """
    gops = [gop for gop, share in GOP_SHARES for _ in range(share)]
    cameras: list[dict[str, object]] = []
    for index in range(count):
        labelled = index % LABELLED_EVERY == min(LABELLED_EVERY, count) // 2
        gop = 50 if labelled else gops[index * 7 % len(gops)]
        codec = "h264" if labelled or index // 10 % 2 == 0 else "hevc"
        path = clip(codec, gop, "labelled" if labelled else "clean")
        shown = {"path": str(path), "start_s": index * 0.617 % 10}
        if subs and gop == GOP_SHARES[-1][0]:
            shown["sub"] = str(sub_clip())
        cameras.append({"name": f"c{index:03}", "gop": gop, "labelled": labelled, **shown})
    if bad:
        cameras.append({"name": "corrupt", "gop": 25, "bad": True, "path": str(corrupt_clip())})
        stops = {"name": "stops", "gop": 25, "bad": True, "loop": False}
        cameras.append({**stops, "path": str(clip("h264", 25))})
    return cameras


@contextmanager
def cameras(count: int, *, bad: bool, subs: bool = False) -> Iterator[tuple[list[Camera], int]]:
    """Serves cameras from a process of its own; gives them and the process's id; see `plan`."""
    wanted = plan(count, bad=bad, subs=subs)
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
                    sub_url=f"{base}/{one['name']}{_SUB}" if one.get("sub") else None,
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


def weights(python: Path | None, tasks: Sequence[Task] = TASKS) -> dict[str, Path]:
    """A model folder a task; other sizes than the shipped one are exported once.

    Args:
        python: of an environment with ultralytics; None where there is none, and then they must
            be in the cache.
        tasks: whose.
    """
    folders = {}
    for task in tasks:
        card = _card(task.name)
        if card["input"] == {"width": task.width, "height": task.height}:
            folders[task.name] = MODELS / task.name
            continue
        folder = cache() / f"{task.name}-{task.width}x{task.height}-{card['sha256'][:8]}"
        if not (folder / card["weights"]).exists():
            _export(folder, task, card, python)
        folders[task.name] = folder
    return folders


def _card(name: str) -> dict[str, Any]:
    card: dict[str, Any] = yaml.safe_load((MODELS / name / "card.yaml").read_text("utf-8"))
    return card


def _export(folder: Path, task: Task, card: dict[str, Any], python: Path | None) -> None:
    if python is None:
        raise SystemExit(
            "the models at the sizes compared are not made yet: run `make bench` once, or "
            "`make tuning`"
        )
    # Nobody else has a second stage, so that the detectors alone are compared.
    left = ("int8", "int8_loss", "rescoring")
    kept = {key: value for key, value in card.items() if key not in left}
    with tempfile.TemporaryDirectory(dir=cache()) as name:
        part = Path(name)
        file = part / "card.yaml"
        file.write_text(yaml.safe_dump(kept, allow_unicode=True), "utf-8")
        code = (
            "import sys; from pathlib import Path; from tuning.export import export; "
            "export(Path(sys.argv[1]), Path(sys.argv[2]), width=int(sys.argv[3]), "
            "height=int(sys.argv[4]))"
        )
        checkpoint = MODELS / task.name / "last.pt"
        arguments = [str(checkpoint), str(part), str(task.width), str(task.height)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([str(python), "-c", code, *arguments], check=True, cwd=ROOT, env=environment)
        # The weights are the shipped ones, so their scale of scores is too.
        made = {**yaml.safe_load(file.read_text("utf-8"))}
        made |= {key: card[key] for key in ("calibration",) if key in card}
        file.write_text(yaml.safe_dump(made, allow_unicode=True), "utf-8")
        shutil.copytree(part, folder, dirs_exist_ok=True)


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
    mounts |= {
        one["name"] + _SUB: MountOptions(Path(one["sub"]), start_s=one["start_s"])
        for one in wanted
        if "sub" in one
    }
    with Simulator(mounts) as simulator:
        print(simulator.url("").rstrip("/"), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve()

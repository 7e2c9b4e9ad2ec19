"""How many cameras a core carries: our worker beside the ways others take, on the same cameras.

    make bench                       the peers' environment and the clips, then all of it (30 min)
    .venv/bin/python bench/cameras.py --quick [--json]      ours alone, one run, under 50 s

N simulated 1080p25 cameras over real RTSP (H.264 and H.265; a keyframe each 25, 50 or 250 pictures
on 40, 50 and 10 % of them), a corrupt one and one that stops on top. Each is looked at by the three
shipped models: vending each 5 s at 640, litter each 30 s at 1280, covers each 60 s at 640. On time
is the share of due analyses of the good cameras that were done in their slot; `cameras_per_core` is
N over the CPU-seconds a second of the contender's processes, from /proc; the simulated cameras' own
are not in it. N is the largest of 100, 80 and 60 at which ours is at least 99 % on time. Results of
finished runs are kept, so a broken-off full run goes on where it stopped; `--again` starts over.
With `--only` nothing but that is run, kept and shown; the document is written by the full run.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not this folder, whose modules would hide packages

from rich.console import Console  # noqa: E402

from bench import ours  # noqa: E402
from bench.clips import all_clips, cache  # noqa: E402
from bench.measure import watch  # noqa: E402
from bench.show import ENOUGH, PEERS, into_document, show, summary  # noqa: E402
from bench.work import cameras, shipped, weights  # noqa: E402

say = Console(stderr=True)
RESULTS = ROOT / "bench" / "results" / "cameras.json"
DOCUMENT = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
PRECISION = "bf16"
COUNTS = (100, 80, 60)
FEW = 20
"""So many cameras are measured as well: from there to the full number memory grows by the slope."""
SECONDS, SETTLE_S, RUNS = 60.0, 25.0, 3
QUICK_START_S, QUICK_SECONDS, QUICK_SETTLE_S = 20.0, 18.0, 10.0
Rows = dict[str, list[dict[str, Any]]]


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="ours alone, one run")
    parser.add_argument("--json", action="store_true", help="JSON on stdout")
    parser.add_argument("--cameras", type=int, help="how many for ours, instead of trying")
    parser.add_argument("--peer-cameras", type=int, default=4, help="how many for each peer")
    parser.add_argument("--only", choices=["ours", *PEERS], action="append")
    parser.add_argument("--precision", choices=["f32", "bf16", "int8"], default=PRECISION)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--subs", action="store_true", help="quick: far keyframes, sub-streams")
    parser.add_argument("--again", action="store_true", help="forget earlier results")
    args = parser.parse_args()
    say.print("clips and models (made once; minutes)", style="dim")
    all_clips()
    result = quick(args) if args.quick else full(args)
    show(result, say)
    if args.json:
        sys.stdout.write(json.dumps(result) + "\n")


def quick(args: argparse.Namespace) -> dict[str, Any]:
    """Ours, once; the peers' rows from the last full run."""
    last = _last()
    most = args.cameras or last.get("ours", {}).get("cameras", COUNTS[0])
    how = {"seconds": QUICK_SECONDS, "settle_s": QUICK_SETTLE_S, "precision": args.precision}
    how |= {"within_s": QUICK_START_S, "subs": args.subs}
    mine: dict[str, Any] = {}
    for count in (most, *[fewer for fewer in COUNTS if fewer < most]):
        try:
            mine = ours.run(count, weights(_environment()), **how)
            break
        except ours.NotConnected as error:
            say.print(f"{error}; fewer", style="yellow")
    else:
        raise SystemExit("the cameras did not connect: has the machine other work?")
    return {
        "at": _now(),
        "ours": mine,
        "peers": last.get("peers", {}),
        "peers_measured_at": last.get("at"),
    }


def full(args: argparse.Namespace) -> dict[str, Any]:
    """Everybody, several runs each; what is done already is not done again."""
    store = cache() / "cameras-runs.json"
    done: Rows = {}
    if store.exists() and not args.again:
        done = json.loads(store.read_text("utf-8"))

    def keep(name: str, one: dict[str, Any]) -> dict[str, Any]:
        done.setdefault(name, []).append(one)
        part = store.with_suffix(".part")
        part.write_text(json.dumps(done), "utf-8")
        part.replace(store)
        if "left_out" in one:
            say.print(f"{name}: left out: {one['left_out']}", style="yellow")
        else:
            say.print(f"{name}: {one['cameras_per_core']:.1f} a core, on time {one['on_time']:.1%}")
        return one

    wanted = args.only or ["ours", *PEERS]
    folders = weights(_environment())
    if "ours" in wanted:
        _run_ours(args, folders, done, keep)
    for name in PEERS:
        while name in wanted and len(done.get(name, [])) < args.runs:
            if any("left_out" in one for one in done.get(name, [])):
                break
            try:
                keep(name, _peer(name, args.peer_cameras, folders, args.seconds))
            except RuntimeError as error:
                keep(name, {"left_out": str(error)})
    result = summary(done, _machine(), _now())
    if args.only:
        return result  # a part: the next full run goes on from it, and writes
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    _draw()
    into_document(result, DOCUMENT)
    store.unlink(missing_ok=True)  # whole: the next one begins anew
    return result


def _run_ours(
    args: argparse.Namespace,
    folders: dict[str, Path],
    done: Rows,
    keep: Callable[[str, dict[str, Any]], dict[str, Any]],
) -> None:
    """Ours at the largest number that it keeps up with, then what else is to be known of it."""
    how = {"seconds": args.seconds, "settle_s": SETTLE_S, "precision": args.precision}
    count = 0
    for count in (args.cameras,) if args.cameras else COUNTS:
        name = f"ours at {count}"
        if name not in done:
            try:
                keep(name, ours.run(count, folders, **how))
            except ours.NotConnected as error:
                keep(name, {"cameras": count, "on_time": 0.0, "left_out": str(error)})
        if done[name][0]["on_time"] >= ENOUGH:
            break
    if "left_out" in done[f"ours at {count}"][0]:
        done.pop(f"ours at {count}")
        raise SystemExit(f"{count} cameras did not connect: has the machine other work?")
    while len(done[f"ours at {count}"]) < args.runs:
        keep(f"ours at {count}", ours.run(count, folders, **how))
    done["ours"] = done[f"ours at {count}"]
    sizes = weights(_environment(), shipped())
    fewer = min(count, COUNTS[-1])  # what these take of a core is more
    others: dict[str, Callable[[], dict[str, Any]]] = {
        "none bad": lambda: ours.run(count, folders, bad=False, **how),
        "few": lambda: ours.run(FEW, folders, bad=False, **how),
        "f32": lambda: ours.run(fewer, folders, **how | {"precision": "f32"}),
        "sub-streams": lambda: ours.run(count, folders, subs=True, **how),
        "shipped sizes": lambda: ours.run(fewer, sizes, tasks=shipped(), **how),
    }
    for name, run in others.items():
        if not done.get(f"ours, {name}"):
            keep(f"ours, {name}", run())


def _peer(name: str, count: int, folders: dict[str, Path], seconds: float) -> dict[str, Any]:
    python = _environment(name)
    if python is None:
        raise RuntimeError("its environment is not there: `make bench` makes it")
    with (
        tempfile.TemporaryDirectory(prefix="five-chief-bench-") as folder,
        cameras(count, bad=False) as (shown, cameras_pid),
    ):
        job = Path(folder) / "job.json"
        job.write_text(
            json.dumps(
                {
                    "cameras": [
                        {k: getattr(c, k) for k in ("name", "url", "labelled")} for c in shown
                    ],
                    "weights": {n: str(next(f.glob("*.onnx"))) for n, f in folders.items()},
                    "folder": folder,
                    "seconds": seconds,
                    "settle_s": 5.0,
                }
            ),
            "utf-8",
        )
        log = Path(folder) / "log"
        with log.open("w") as stderr:
            child = subprocess.Popen(
                [str(python), "-m", "bench.peers", name, str(job)],
                cwd=ROOT,
                env={**os.environ, **_QUIET, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )
        assert child.stdout is not None
        assert child.stdin is not None
        try:
            while (line := child.stdout.readline().strip()) != "ready":
                if not line and child.poll() is not None:
                    raise RuntimeError(_last_line(log))
            window = watch(child.pid, cameras_pid, seconds)
            said = json.loads(child.stdout.readline())
        finally:
            _end(child)
    per_second = window.cpu_s / window.seconds
    return {
        "cameras": count,
        "on_time": said["done"] / said["due"] if said["due"] else 0.0,
        "cameras_per_core": count / per_second,
        "cpu_s_per_camera_hour": per_second * 3600 / count,
        "cpu_s": window.cpu_s,
        "seconds": window.seconds,
        "camera_side_cpu_s": window.camera_side_cpu_s,
        "memory_mb": window.memory_end / 2**20,
        "memory_mb_per_camera": window.memory_end / 2**20 / count,
        **said,
    }


_QUIET = {
    "YOLO_OFFLINE": "true",
    "YOLO_AUTOINSTALL": "false",
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "rtsp_transport;tcp",
    "OMP_NUM_THREADS": "2",
    "METRICS_ENABLED": "False",
    "TELEMETRY_OPT_OUT": "True",
}


def _end(child: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _draw() -> None:
    python = _environment()
    if python is None:
        return
    subprocess.run(
        [str(python), "-m", "bench.draw", str(RESULTS), str(PICTURE)], check=False, cwd=ROOT
    )


def _environment(peer: str = "") -> Path | None:
    """The Python that has what others need; Roboflow's pins clash with the rest."""
    names = [".venv-bench-inference"] if peer == "inference" else [".venv-bench", ".venv-tuning"]
    found = [ROOT / name / "bin" / "python" for name in names]
    return next((python for python in found if python.exists()), None)


def _last() -> dict[str, Any]:
    if not RESULTS.exists():
        return {}
    value: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return value


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it ended without a word"


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), "CPU")
    return f"{len(os.sched_getaffinity(0))} cores of {model}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()

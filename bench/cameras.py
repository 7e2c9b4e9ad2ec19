"""How many cameras a core carries: our worker beside the ways others take, on the same cameras.

    make bench                       the peers' environment and the clips, then all of it (25 min)
    .venv/bin/python bench/cameras.py --quick [--json]      ours alone, one run, under 50 s

N simulated 1080p25 cameras over real RTSP (H.264 and H.265; a keyframe each 25, 50 or 250 pictures
on 40, 50 and 10 % of them), a corrupt one and one that stops on top. Each is looked at by three
models: 5 s at 640, 30 s at 1280, 60 s at 640. `on_time` is the share of due analyses of the good
cameras that were done in their slot. `cameras_per_core` is N over the CPU-seconds a second of the
contender's processes, from /proc; the simulated cameras' own are not in it. Results of finished
runs are kept, so a broken-off full run goes on where it stopped; `--again` starts over.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not this folder, whose modules would hide packages

from rich.console import Console  # noqa: E402

from bench import ours  # noqa: E402
from bench.clips import all_clips, cache  # noqa: E402
from bench.measure import watch  # noqa: E402
from bench.show import PEERS, into_document, show  # noqa: E402
from bench.work import cameras, weights  # noqa: E402

say = Console(stderr=True)
RESULTS = ROOT / "bench" / "results" / "cameras.json"
DOCUMENT = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
PRECISION = "f32"
SECONDS, SETTLE_S, RUNS = 60.0, 25.0, 3
QUICK_SECONDS, QUICK_SETTLE_S = 18.0, 9.0


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="ours alone, one run")
    parser.add_argument("--json", action="store_true", help="JSON on stdout")
    parser.add_argument("--cameras", type=int, default=100, help="how many for ours")
    parser.add_argument("--peer-cameras", type=int, default=8, help="how many for each peer")
    parser.add_argument("--only", choices=["ours", *PEERS], action="append")
    parser.add_argument("--precision", choices=["f32", "bf16", "int8"], default=PRECISION)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--again", action="store_true", help="forget earlier results")
    args = parser.parse_args()
    say.print("clips and models (made once; minutes)", style="dim")
    all_clips()
    folders = weights(_environment())
    result = quick(args, folders) if args.quick else full(args, folders)
    show(result, say)
    if args.json:
        sys.stdout.write(json.dumps(result) + "\n")


def quick(args: argparse.Namespace, folders: dict[str, Path]) -> dict[str, Any]:
    """Ours, once; the peers' rows from the last full run."""
    how = {"seconds": QUICK_SECONDS, "settle_s": QUICK_SETTLE_S, "precision": args.precision}
    one = ours.run(args.cameras, folders, **how)
    last = _last()
    return {
        "at": _now(),
        "ours": one,
        "peers": last.get("peers", {}),
        "peers_measured_at": last.get("at"),
    }


def full(args: argparse.Namespace, folders: dict[str, Path]) -> dict[str, Any]:
    """Everybody, several runs each; what is done already is not done again."""
    store = cache() / "cameras-runs.json"
    done: dict[str, list[dict[str, Any]]] = {}
    if store.exists() and not args.again:
        done = json.loads(store.read_text("utf-8"))

    def keep(name: str, one: dict[str, Any]) -> None:
        done.setdefault(name, []).append(one)
        store.write_text(json.dumps(done), "utf-8")
        say.print(f"{name}: {one['cameras_per_core']:.1f} a core, on time {one['on_time']:.1%}")

    wanted = args.only or ["ours", *PEERS]
    how = {"seconds": args.seconds, "settle_s": SETTLE_S, "precision": args.precision}
    if "ours" in wanted:
        while len(done.get("ours", [])) < args.runs:
            keep("ours", ours.run(args.cameras, folders, **how))
        if not done.get("ours, none bad"):
            keep("ours, none bad", ours.run(args.cameras, folders, bad=False, **how))
        if not done.get("ours, one camera"):
            keep("ours, one camera", ours.run(1, folders, seconds=10, settle_s=10, bad=False))
    for name in PEERS:
        while name in wanted and len(done.get(name, [])) < args.runs:
            try:
                keep(name, _peer(name, args.peer_cameras, folders, args.seconds))
            except RuntimeError as error:
                say.print(f"{name}: left out: {error}", style="yellow")
                done[name] = [{"left_out": str(error)}] * args.runs
                store.write_text(json.dumps(done), "utf-8")
    result = _summary(done)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    _draw()
    into_document(result, DOCUMENT)
    return result


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
                    "weights": {n: str(f / "litter.onnx") for n, f in folders.items()},
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


def _summary(done: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    def median(name: str) -> dict[str, Any]:
        runs = done.get(name, [])
        if not runs or "left_out" in runs[0]:
            return dict(runs[0]) if runs else {"left_out": "not run"}
        ranked = sorted(runs, key=lambda one: float(one["cameras_per_core"]))
        middle = dict(ranked[len(ranked) // 2])
        figures = [float(one["cameras_per_core"]) for one in runs]
        middle["spread"] = [min(figures), max(figures)]
        middle["on_time"] = statistics.median(float(one["on_time"]) for one in runs)
        middle["runs"] = len(runs)
        return middle

    mine = median("ours")
    if done.get("ours, one camera") and "memory_mb" in mine:
        alone = done["ours, one camera"][0]
        rest = mine["memory_mb"] - mine["ring_mb"] - (alone["memory_mb"] - alone["ring_mb"])
        mine["memory_mb_per_camera"] = rest / max(mine["cameras"] - 1, 1)
    if done.get("ours, none bad"):
        mine["none_bad"] = done["ours, none bad"][0]
    return {
        "at": _now(),
        "machine": _machine(),
        "ours": mine,
        "peers": {name: median(name) for name in PEERS},
    }


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

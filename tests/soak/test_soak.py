"""Fifty cameras for half an hour, dropping at random: nothing grows, nobody stays away.

pytest -m soak        FIVE_CHIEF_SOAK_S=300 makes it five minutes
"""

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("FIVE_CHIEF_SOAK_S", "1800"))
SITES, PER_SITE = 10, 5
WARM_S = min(90.0, SECONDS / 3)

pytestmark = [pytest.mark.soak, pytest.mark.timeout(SECONDS + 600)]

CONFIG = """
worker: soak
state: {state}
api: {{url: "http://127.0.0.1:9", key: "0123456789abcdef"}}
evidence: {{ring_s: 10, ring_mb: 4, pre_roll_s: 2}}
rules:
  - {{id: litter, kind: litter, model: litter, classes: [litter], cadence_s: 30, threshold: 0.99}}
cameras:
{cameras}
"""

CAMERA = '  - {{id: {name}, url: "{url}", read_timeout_s: 5}}'


class Site:
    """A few cameras behind one switch: a process that can be killed, stopped and started."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    def start(self) -> None:
        code = (
            "import sys, threading; from pathlib import Path; "
            "from streams.simulator import MountOptions, Simulator; "
            f"m = {{f'c{{i}}': MountOptions(Path(sys.argv[1]), start_s=i * 3) "
            f"for i in range({PER_SITE})}}; "
            "s = Simulator(m, port=int(sys.argv[2])); s.start(); print(s.port, flush=True); "
            "threading.Event().wait()"
        )
        clip = ROOT / "configs" / "demo" / "clean.mp4"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(clip), str(self.port)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def url(self, index: int) -> str:
        return f"rtsp://127.0.0.1:{self.port}/c{index}"


@pytest.fixture
def sites() -> Iterator[list[Site]]:
    made = [Site() for _ in range(SITES)]
    yield made
    for site in made:
        site.kill()


def status(folder: Path) -> dict:
    return json.loads((folder / "status.json").read_text("utf-8"))


def live(folder: Path) -> int:
    try:
        return sum(camera["state"] == "live" for camera in status(folder)["cameras"])
    except FileNotFoundError:
        return 0


def until_all_live(folder: Path, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while live(folder) < SITES * PER_SITE:
        assert time.monotonic() < deadline, [
            (c["camera_id"], c["state"], c["detail"])
            for c in status(folder)["cameras"]
            if c["state"] != "live"
        ]
        time.sleep(1.0)


def trouble(site: Site, luck: random.Random) -> None:
    """Something that happens to a site, and passes."""
    if luck.random() < 0.5:
        site.kill()
        time.sleep(luck.uniform(0.5, 8.0))
        site.start()
    else:
        os.kill(site.process.pid, signal.SIGSTOP)
        time.sleep(luck.uniform(1.0, 12.0))
        os.kill(site.process.pid, signal.SIGCONT)


def end(worker: subprocess.Popen[bytes]) -> int:
    """Its exit status; where it does not end, its threads' stacks go into its log."""
    try:
        return worker.wait(30)
    except subprocess.TimeoutExpired:
        worker.send_signal(signal.SIGABRT)
        return worker.wait(30)


def test_nothing_grows_and_all_come_back(sites: list[Site], tmp_path: Path) -> None:
    cameras = [
        CAMERA.format(name=f"s{number}-c{index}", url=site.url(index))
        for number, site in enumerate(sites)
        for index in range(PER_SITE)
    ]
    state, config = tmp_path / "state", tmp_path / "worker.yaml"
    config.write_text(CONFIG.format(state=state, cameras="\n".join(cameras)), "utf-8")
    log = (tmp_path / "worker.log").open("w")
    worker = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "work", "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"},
        stderr=log,
    )
    luck, samples = random.Random(5), []
    try:
        until_all_live(state, 120)
        began = time.monotonic()
        while time.monotonic() - began < SECONDS:
            trouble(luck.choice(sites), luck)
            time.sleep(luck.uniform(0.5, 3.0))
            assert worker.poll() is None
            if time.monotonic() - began > WARM_S:
                samples.append(status(state))
        until_all_live(state, 120)
        time.sleep(15)
        last = status(state)
    finally:
        worker.terminate()
        ended = end(worker)
        log.close()
    size = max(len(samples) // 5, 1)
    own = [one["memory_bytes"] - one["ring_bytes"] for one in samples]
    first, newest = statistics.median(own[:size]), statistics.median(own[-size:])
    print(
        f"{len(samples)} samples; memory beside the rings {first / 2**20:.0f} MB at first, "
        f"{newest / 2**20:.0f} MB at last; threads {sorted({s['threads'] for s in samples})}; "
        f"descriptors {min(s['descriptors'] for s in samples)} to "
        f"{max(s['descriptors'] for s in samples)}, {last['descriptors']} at the end; "
        f"connects {sum(c['connects'] for c in last['cameras'])}; analyses {last['analyses']}"
    )
    assert ended == 0
    assert "Traceback" not in (tmp_path / "worker.log").read_text("utf-8")
    assert newest - first < 0.05 * first + 16 * 2**20
    assert max(s["threads"] for s in samples) - min(s["threads"] for s in samples) <= 2
    assert last["descriptors"] <= SITES * PER_SITE + 60
    assert sum(c["connects"] for c in last["cameras"]) > SITES * PER_SITE
    assert max(c["ring_bytes"] for c in last["cameras"]) <= 4 * 2**20

"""The demo clips that ship: what players, the pipeline and their truth files rely on."""

from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from tuning.scenes.film import truth_of
from tuning.scenes.scenario import scenario
from tuning.truth import read_truth, truth_path

DEMO = Path(__file__).parents[2] / "configs" / "demo"
CLIPS = {"street.mp4": (60, 90, 6.0), "clean.mp4": (30, 40, 3.0)}
"""Clip: least and most seconds, most megabytes."""


@dataclass(frozen=True)
class Probe:
    codec: str
    size: tuple[int, int]
    rate: float
    seconds: float
    keyframes: list[int]
    packets: int


def _probe(path: Path) -> Probe:
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        packets = [p for p in file.demux(stream) if p.size]
        order = sorted(range(len(packets)), key=lambda i: packets[i].pts or 0)
        keys = [place for place, i in enumerate(order) if packets[i].is_keyframe]
        assert stream.average_rate is not None
        return Probe(
            codec=stream.codec_context.name,
            size=(stream.codec_context.width, stream.codec_context.height),
            rate=float(stream.average_rate),
            seconds=len(packets) / float(stream.average_rate),
            keyframes=keys,
            packets=len(packets),
        )


@pytest.mark.parametrize("name", CLIPS)
def test_a_clip_is_what_a_camera_would_send(name: str) -> None:
    shortest, longest, megabytes = CLIPS[name]
    probe = _probe(DEMO / name)
    assert probe.codec == "h264"
    assert probe.size == (1280, 720)
    assert probe.rate == 25
    assert shortest <= probe.seconds <= longest
    assert (DEMO / name).stat().st_size <= megabytes * 1e6
    gaps = [
        b - a
        for a, b in zip(
            [*probe.keyframes, probe.packets][:-1],
            [*probe.keyframes, probe.packets][1:],
            strict=True,
        )
    ]
    assert probe.keyframes[0] == 0
    assert max(gaps) <= 50


@pytest.mark.parametrize(("name", "seed"), [("street.mp4", 7), ("clean.mp4", 8)])
def test_a_clips_truth_is_its_scenarios(name: str, seed: int) -> None:
    truth = read_truth(truth_path(DEMO / name))
    assert truth == truth_of(scenario(seed))
    width, height = truth.made["size"]
    for event in truth.events:
        x0, y0, x1, y1 = event.box
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        assert 0 <= event.begin < event.end <= truth.made["seconds"]


def test_the_street_clip_has_litter_soon_and_large_then_a_stall_then_a_hole() -> None:
    truth = read_truth(DEMO / "street.truth.yaml")
    assert [e.what for e in truth.events] == ["litter", "vending", "manhole"]
    litter, stall, hole = truth.events
    assert litter.begin <= 10
    assert litter.box[2] - litter.box[0] >= 60
    assert 25 <= stall.begin <= 35
    assert 45 <= hole.begin <= 55


def test_the_clean_clip_has_nothing_to_file() -> None:
    assert read_truth(DEMO / "clean.truth.yaml").events == ()


def test_every_model_in_the_clips_is_credited() -> None:
    credits_file = (DEMO / "CREDITS.md").read_text(encoding="utf-8")
    for scene in (scenario(7), scenario(8)):
        props = [*scene.props, *(p for e in scene.events for p in e.props)]
        for model in {p.model for p in props} | {m.model for m in scene.movers}:
            assert f"`{model}`" in credits_file, f"{model} is shown but not credited"

"""Makes the scenario clips: `python -m tuning.scenes.scenarios OUT`.

Each is a story of ten to twenty minutes at a picture in eight seconds, so that it is small and
quick to judge, with its truth beside it. Needs the demo clip and the sprites alone.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import yaml

from tuning.pasting import SOLID, Bgra, resized
from tuning.scenes.camera import Camera
from tuning.scenes.compose import Floats, Image, shade, stamp
from tuning.scenes.encode import encode_moments
from tuning.scenes.stories import STORIES, Lens, Sprite, Stands, Story, There
from tuning.scenes.street import FOOTWAY
from tuning.scenes.taken import RATE, Passer, Taken, take_apart
from tuning.truth import Truth, truth_path, write_truth

SPRITES = Path(__file__).parent / "sprites"
CRF = 32
_LONGEST_S = 70
"""So much of the demo's passers-by is played over and over."""
_SHADOWED = ("innocent-", "vending-")
"""Cut-outs that bring a shadow of their own."""
_FADE = 70
"""Alpha of a shadow at the edge of a cut-out."""


def pictures(story: Story, taken: Taken) -> Iterator[tuple[float, Image]]:
    """A story's pictures, uint8 BGR, with their seconds."""
    rng = np.random.default_rng(sum(story.name.encode()))
    start = datetime.fromisoformat(story.start)
    for number in range(int(story.seconds / story.step_s)):
        t = number * story.step_s
        if any(begin <= t < end for begin, end in story.gaps):
            continue
        image = _filmed(_street(story, taken, t), rng)
        for part in story.parts:
            if isinstance(part, Lens) and part.since <= t < part.until:
                image = part.apply(image, number)
        clock = start + timedelta(seconds=t)
        stamp(image, [(f"{clock:%Y-%m-%d %H:%M:%S}", (20, 36)), (story.name, (1010, 700))])
        yield t, image


def write(
    story: Story, taken: Taken, folder: Path, by: str = "python -m tuning.scenes.scenarios"
) -> Path:
    """Writes a story's clip, its truth, and how it is judged if that is its own.

    Args:
        story: what happens.
        taken: the street that it happens in.
        folder: for the files.
        by: the command that makes them.

    Raises:
        OSError: a file cannot be written.
    """
    clip = folder / f"{story.name}.mp4"
    encode_moments(pictures(story, taken), clip, crf=CRF)
    made = {"about": story.about, "by": by}
    write_truth(Truth(events=story.events, made=made), truth_path(clip))
    config: dict[str, object] = {"start": story.start}
    if story.areas:
        config["areas"] = [dict(area) for area in story.areas]
    if story.restarts:
        config["restarts"] = list(story.restarts)
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    clip.with_suffix(".config.yaml").write_text(text, "utf-8")
    return clip


def _filmed(frame: Floats, rng: np.random.Generator) -> Image:
    """With noise alone: the layers went through a camera's softness when the demo was made."""
    noise = rng.normal(0, 1.2, frame.shape[:2]).astype(np.float32)[..., None]
    return np.asarray(np.clip(frame * 255 + noise, 0, 255), np.uint8)


def _street(story: Story, taken: Taken, t: float) -> Floats:
    """The street at a moment: who is lower in the picture is nearer, and is drawn later."""
    frame = taken.bare.copy()
    for part in story.parts:
        if isinstance(part, There) and part.since <= t < part.until:
            frame = taken.put(frame, part.thing)
    passers = list(taken.passing[int((t % _LONGEST_S) * RATE)])
    for part in story.parts:
        if isinstance(part, Stands) and part.since <= t < part.until:
            passers += taken.passing[round(part.moment * RATE)]
    draw = [(float(one.foot), partial(_pass, passer=one)) for one in passers]
    for part in story.parts:
        if isinstance(part, Sprite) and part.way[0][0] <= t <= part.way[-1][0]:
            foot, metre = _standing(part, t, taken.camera)
            draw.append((foot[1], partial(_paste, sprite=part, foot=foot, metre=metre)))
    for _, one_more in sorted(draw, key=lambda each: each[0]):
        one_more(frame)
    return frame


def _pass(frame: Floats, passer: Passer) -> None:
    height, width = passer.share.shape
    part = frame[passer.top : passer.top + height, passer.left : passer.left + width]
    share = passer.share[..., None]
    part *= 1 - share
    part += passer.image * share


def _standing(sprite: Sprite, t: float, camera: Camera) -> tuple[tuple[float, float], float]:
    """Where its foot is at a time, and how long a metre is there, pixels."""
    times = [moment for moment, _, _ in sprite.way]
    x, y = (float(np.interp(t, times, [place[i] for place in sprite.way])) for i in (1, 2))
    at = [(x, y, FOOTWAY if y > 0 else 0.0)]
    foot = camera.project(at)[0]
    return (float(foot[0]), float(foot[1])), camera.focal / float(camera.depth(at)[0])


def _paste(frame: Floats, sprite: Sprite, foot: tuple[float, float], metre: float) -> None:
    """Lays a cut-out into the street, its foot at a place, as large as it is there."""
    cutout = suitcase() if sprite.name == "suitcase" else _cutout(sprite.name)
    if sprite.mirrored:
        cutout = np.ascontiguousarray(cutout[:, ::-1])
    wide = max(4, round(sprite.metres * metre))
    small = resized(cutout, wide, max(4, round(wide * cutout.shape[0] / cutout.shape[1])))
    height, width = small.shape[:2]
    rows, columns = np.nonzero(small[..., 3] > SOLID)
    x = round(foot[0] - (columns.min() + columns.max()) / 2)
    y = round(foot[1] - rows.max())
    if not sprite.name.startswith(_SHADOWED):
        reach = np.array([[-0.42, -0.14], [0.42, -0.14], [0.42, 0.02], [-0.42, 0.02]]) * width
        shade(frame, reach + np.array(foot), 0.45, 6.0)
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + width, frame.shape[1]), min(y + height, frame.shape[0])
    if x1 > x0 and y1 > y0:
        seen = small[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.float32) / np.float32(255)
        under = frame[y0:y1, x0:x1]
        under *= 1 - seen[..., 3:]
        under += seen[..., :3] * seen[..., 3:] * np.float32(0.9)


def _cutout(name: str) -> Bgra:
    image = cv2.imread(str(SPRITES / name), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise FileNotFoundError(f"{SPRITES / name}: no such cut-out")
    bgra = np.asarray(image, np.uint8).copy()
    # A shadow's far end is cut off there: it is made to fade out before.
    alpha = bgra[..., 3].astype(np.float32)
    bgra[..., 3] = np.clip((alpha - _FADE) * (255 / (255 - _FADE)), 0, 255).astype(np.uint8)
    return bgra


def suitcase() -> Bgra:
    """A dark blue suitcase on wheels, seen from the front and a little from above."""
    out = np.zeros((150, 90, 4), np.uint8)
    cv2.rectangle(out, (30, 4), (58, 40), (70, 70, 70, 255), 4)
    cv2.rectangle(out, (8, 34), (82, 140), (92, 52, 30, 255), -1)
    cv2.rectangle(out, (8, 34), (82, 48), (120, 74, 48, 255), -1)
    for x in (22, 36, 52, 66):
        cv2.line(out, (x, 52), (x, 136), (72, 40, 22, 255), 2)
    for x in (18, 72):
        cv2.circle(out, (x, 143), 5, (25, 25, 25, 255), -1)
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 0.8), np.uint8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes all stories, or those that are named."""
    names = [story.name for story in STORIES]
    parser = argparse.ArgumentParser(
        prog="python -m tuning.scenes.scenarios", description="Makes the scenario clips."
    )
    parser.add_argument("out", type=Path, help="folder for clips and truth files")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="these alone")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    taken = take_apart()
    for story in STORIES:
        if story.name in options.only:
            clip = write(story, taken, options.out)
            sys.stderr.write(f"{clip}: {clip.stat().st_size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()

"""How well places are known again: `python -m bench.scenery ../shared/data`.

Labelled things on real pictures, and the same place without them (a patch of the ground beside,
cloned in), each in simulated lights: day with a jitter of exposure and white balance, a shadow's
edge across the place, night with street lamps, infrared. Noise, a shift of up to a pixel and JPEG
come on top. Each figure is the share of things that are known again at the limit at which 2 % of
other things, or of empty places, are taken for them.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from detector.image import Image
from detector.scenery.descriptor import crop, describe, resemblance
from detector.scenery.likeness import LEAST, likeness, shrink
from detector.scenery.reference import Reference
from detector.violation import Box
from streams.small import SIDE, shrunk

LIGHTS = ("day", "shadow", "night", "infrared")
Floats = npt.NDArray[np.float64]
Score = Callable[[Image, Image], float]


def relit(image: Image, light: str, rng: np.random.Generator) -> Image:
    """A picture in another light, shifted by up to a pixel, with noise and JPEG's marks."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    share, noise = image / 255.0, 2.5
    if light == "day":
        share = share ** rng.uniform(0.6, 1.6) * rng.uniform(0.6, 1.4)
        share = share * np.array([rng.uniform(0.85, 1.15), 1.0, rng.uniform(0.85, 1.15)])
    elif light == "shadow":
        turn, soft = rng.uniform(0, np.pi), rng.uniform(2, 15)
        along = (x - rng.uniform(0.2, 0.8) * width) * np.cos(turn)
        along = along + (y - rng.uniform(0.2, 0.8) * height) * np.sin(turn)
        share = share * (0.5 + 0.5 / (1 + np.exp(-along / soft)))[..., None]
    else:
        away = (x - rng.uniform(0, width)) ** 2 + (y - rng.uniform(0, height)) ** 2
        lamp = np.exp(-away / (2 * (0.4 * width) ** 2))[..., None]
        if light == "infrared":
            share = np.repeat(share.mean(axis=2, keepdims=True), 3, axis=2) * (0.4 + lamp)
        else:
            share = share ** rng.uniform(1.2, 2.0) * (0.3 + 0.8 * lamp) * np.array([0.7, 0.9, 1.1])
        noise = rng.uniform(3, 8)
    grains = cv2.GaussianBlur(rng.normal(0, 1.6 * noise, image.shape), (0, 0), 0.8)
    lit = np.clip(share * 255 + grains, 0, 255).astype(np.uint8)
    shift = np.array([[1, 0, rng.uniform(-1, 1)], [0, 1, rng.uniform(-1, 1)]])
    lit = cv2.warpAffine(lit, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    data = cv2.imencode(".jpg", lit, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 90))])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def laid(image: Image, box: Box, source: Image) -> Image:
    """Another content in a place, its edges blended in.

    A little more than the box is covered: labels are drawn to within three pixels, and an edge of
    the thing that stays would be blended into what is laid over it.
    """
    rows, columns = image.shape[:2]
    more = 3 + 0.05 * max(box[2] - box[0], box[3] - box[1])
    x0, y0 = (max(round(side - more), 1) for side in box[:2])
    x1, y1 = min(round(box[2] + more), columns - 1), min(round(box[3] + more), rows - 1)
    patch = cv2.resize(source, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    mask = np.full(patch.shape[:2], 255, np.uint8)
    middle = ((x0 + x1) // 2, (y0 + y1) // 2)
    try:
        return np.asarray(cv2.seamlessClone(patch, image, mask, middle, cv2.NORMAL_CLONE), np.uint8)
    except cv2.error:
        changed = image.copy()
        changed[y0:y1, x0:x1] = patch
        return changed


def things(data: Path, most: int) -> Iterator[tuple[Image, Box, float]]:
    """Labelled things with what is around them, and the small picture's share of the full one."""
    rng = np.random.default_rng(1)
    pictures = [
        p
        for kind in ("litter", "manhole", "vending")
        for p in sorted((data / kind / "images" / "val").glob("*"))
    ]
    found = []
    for path in pictures:
        labels = Path(str(path).replace("/images/", "/labels/")).with_suffix(".txt")
        for line in labels.read_text().splitlines() if labels.exists() else []:
            x, y, w, h = (float(one) for one in line.split()[1:5])
            found += [(path, (x, y, w, h))]
    for index in rng.permutation(len(found))[:most]:
        path, (x, y, w, h) = found[index]
        image = np.asarray(cv2.imread(str(path)), np.uint8)
        rows, columns = image.shape[:2]
        if max(w, h) > 0.3 or min(w * columns, h * rows) * SIDE / max(rows, columns) < LEAST:
            continue
        middle, side = (x * columns, y * rows), max(160.0, 1.6 * max(w * columns, h * rows))
        left, top = max(int(middle[0] - side), 0), max(int(middle[1] - side), 0)
        near = image[top : int(middle[1] + side), left : int(middle[0] + side)].copy()
        x0, y0 = middle[0] - w * columns / 2 - left, middle[1] - h * rows / 2 - top
        yield near, (x0, y0, x0 + w * columns, y0 + h * rows), SIDE / max(rows, columns)


def colours(a: Image, b: Image) -> float:
    """The intersection of two histograms of hue and saturation."""
    both = [
        cv2.calcHist([cv2.cvtColor(p, cv2.COLOR_BGR2HSV)], [0, 1], None, [12, 4], [0, 180, 0, 256])
        for p in (a, b)
    ]
    return float(np.minimum(*(one / one.sum() for one in both)).sum())


def ssim(a: Image, b: Image) -> float:
    """SSIM's contrast and structure, light taken out, as for whether a place can be seen."""
    grey = [np.asarray(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY), np.uint8) for one in (a, b)]
    return likeness(grey[0], grey[1], (8, 8, 88, 88))[0]


SCORES: dict[str, Score] = {
    "gradients (SIFT on a grid)": lambda a, b: float(describe(a) @ describe(b)),
    "SSIM": ssim,
    "colours": colours,
}


def small(image: Image, share: float) -> npt.NDArray[np.uint8]:
    """A part of a picture in the small picture's scale."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    return shrunk(grey, max(round(max(grey.shape) * share), 16))


def measure(data: Path, most: int) -> dict[str, object]:
    """Both figures: things that were dismissed, and places against their past."""
    rng = np.random.default_rng(2)
    known = list(things(data, most))
    same: dict[str, dict[str, list[float]]] = {
        name: {light: [] for light in LIGHTS} for name in (*SCORES, "place")
    }
    other: dict[str, list[float]] = {name: [] for name in same}
    for index, (near, box, share) in enumerate(known):
        away, its, _ = known[(index + 7) % len(known)]
        x0, y0, x1, y1 = (round(side) for side in its)
        another = laid(near, box, away[max(y0, 0) : y1, max(x0, 0) : x1])
        width = round(box[2] - box[0])
        from_x = (
            round(box[2]) + 2
            if box[2] + 2 + width <= near.shape[1]
            else max(round(box[0]) - 2 - width, 0)
        )
        ground = near[max(round(box[1]), 0) : round(box[3]), from_x : from_x + width]
        empty = laid(near, box, ground)
        first = crop(relit(near, "day", rng), box)
        past = [
            np.mean([small(relit(one, "day", rng), share) for _ in range(3)], axis=0).astype(
                np.uint8
            )
            for one in (near, empty)
        ]
        where = tuple(side * past[0].shape[1] / near.shape[1] for side in box)
        for light in LIGHTS:
            now = relit(near, light, rng)
            for name, score in SCORES.items():
                same[name][light].append(score(first, crop(now, box)))
                for wrong in (another, empty):
                    other[name].append(score(first, crop(relit(wrong, light, rng), box)))
            same["place"][light].append(resemblance(small(now, share), past[0], where))
            other["place"].append(resemblance(small(now, share), past[1], where))
    figures: dict[str, object] = {"things": len(known)}
    for name, by_light in same.items():
        limit = float(np.quantile(other[name], 0.98))
        figures[name] = {
            "limit": round(limit, 2),
            "known again": round(
                float(np.mean([s > limit for v in by_light.values() for s in v])), 3
            ),
            "at 0.85": round(float(np.mean([s >= 0.85 for v in by_light.values() for s in v])), 3),
            "wrong at 0.85": round(float(np.mean(np.array(other[name]) >= 0.85)), 3),
            **{
                light: round(float(np.mean(np.array(v) > limit)), 3)
                for light, v in by_light.items()
            },
        }
    return figures


def costs() -> dict[str, float]:
    """CPU milliseconds of each step, on pictures of noise, the median of thirty."""
    rng = np.random.default_rng(3)
    luma = rng.integers(0, 255, (1080, 1920)).astype(np.uint8)
    grey, before = (rng.integers(0, 255, (270, 480)).astype(np.uint8) for _ in range(2))
    place = shrink((800, 600, 900, 700), 1920, grey)
    reference, free = Reference(before), np.ones(grey.shape, bool)
    steps: dict[str, Callable[[], object]] = {
        "small grey picture of 1080p, each look": lambda: shrunk(luma, limited=True),
        "learning, each five minutes": lambda: reference.learn(grey, 5, free),
        "can a place be seen": lambda: likeness(grey, before, place),
        "is a place as ever": lambda: resemblance(grey, before, place),
    }
    figures = {}
    for name, step in steps.items():
        spent = []
        for _ in range(30):
            begun = time.thread_time()
            step()
            spent.append(time.thread_time() - begun)
        figures[name] = round(1e3 * float(np.median(spent)), 2)
    return figures


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--things", type=int, default=80)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    print(json.dumps({"cpu_ms": costs(), **measure(given.data, given.things)}, indent=1))


if __name__ == "__main__":
    main()

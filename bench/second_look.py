"""What the closer look keeps and rejects, on labelled pictures: `python -m bench.second_look`.

A detection that matches a labelled box is true; one that matches neither such a box nor an ignore
region is false.
"""

import argparse
import json
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from detector.boxes import same_place
from detector.look import sightings
from detector.model import load_model
from detector.rules import Rule
from detector.second_look.closer import look_closer
from detector.violation import Box, State, Violation

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def boxes_of(path: Path, width: int, height: int) -> list[tuple[int, Box]]:
    """Labelled boxes in pixels, with their class numbers; none where there is no file."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text().splitlines():
        number, x, y, w, h = (float(one) for one in line.split()[:5])
        box = (x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height
        found.append((int(number), box))
    return found


def main() -> None:
    """Prints shares kept of true and of false detections as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", default="val")
    parser.add_argument("--pictures", type=int, default=80)
    given = parser.parse_args()
    model = load_model(given.model, threads=2)
    rule = Rule(id="r", kind=model.card.kind, model=given.model, classes=model.card.classes)
    leans: dict[bool, list[float]] = {True: [], False: []}
    spent = []
    pictures = sorted((given.data / "images" / given.split).glob("*"))
    random.Random(1).shuffle(pictures)
    for path in pictures[: given.pictures]:
        image = np.asarray(cv2.imread(str(path)), np.uint8)
        height, width = image.shape[:2]
        files = [
            given.data / kind / given.split / f"{path.stem}.txt" for kind in ("labels", "ignore")
        ]
        true, ignored = (boxes_of(file, width, height) for file in files)
        for one in sightings(model.detect([image])[0]):
            is_true = any(same_place(box, one.box, 0.3) for _, box in true)
            if not is_true and any(same_place(box, one.box, 0.1) for _, box in ignored):
                continue
            violation = Violation(
                "v", "cam", "r", rule.kind, one.label, model.label, State.CANDIDATE, one.box,
                one.score, NOW, NOW, None, None, 1, 1,
            )  # fmt: skip
            begun = time.process_time()
            part = look_closer(model, image, violation, rule)
            spent.append(time.process_time() - begun)
            leans[is_true].append(part.lean or 0.0)
    figures: dict[str, object] = {
        "true": len(leans[True]),
        "false": len(leans[False]),
        "cpu_ms": round(1e3 * float(np.median(spent)), 1) if spent else None,
    }
    for limit in (0.05, 0.2, 0.3, 0.4, 0.5):
        kept = {
            k: round(float(np.mean(np.array(v) >= limit)), 3) if v else None
            for k, v in leans.items()
        }
        figures[f"lean >= {limit}"] = {"true kept": kept[True], "false kept": kept[False]}
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

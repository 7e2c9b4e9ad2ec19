"""Clips of real pictures: `python -m tuning.real_clips OUT DATA`, then `five-chief score OUT`.

Each labelled picture stays for a quarter of an hour before a camera's noise and a light that
wavers, so that what is in it can be filed at the catalogue's settings. The pictures are strangers'
and stay where they are: the clips are for measuring, not for shipping.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from detector.card import ModelCard, find_model, load_card
from detector.catalogue import catalogue_rules
from detector.image import Image
from tuning.examples import Example, corners, read_examples, read_picture
from tuning.scenes.encode import encode_moments
from tuning.truth import TrueEvent, Truth, truth_path, write_truth

SECONDS = 1000
STEP_S = 100
"""From picture to picture: more than three looks in the longest dwell that is usual."""
NOISE = 2.0
"""A sensor's, grey levels; without it a picture that stays is a frozen one."""
WAVER = 0.02
"""By so much the light goes up and down."""


def moments(picture: Image, seed: int) -> Iterator[tuple[float, Image]]:
    """A picture as a camera would show it over and over, with its seconds.

    Args:
        picture: uint8, (H, W, 3), BGR; an odd last row or column is left out.
        seed: of noise and light.
    """
    rng = np.random.default_rng(seed)
    height, width = (side // 2 * 2 for side in picture.shape[:2])
    for second in range(0, SECONDS, STEP_S):
        gain = 1 + rng.uniform(-WAVER, WAVER)
        noise = rng.normal(0, NOISE, (height, width, 1))
        yield second, np.clip(picture[:height, :width] * gain + noise, 0, 255).astype(np.uint8)


def truth_of(example: Example, image: Image, card: ModelCard, wrong: Sequence[str]) -> Truth:
    """What is to be filed in a picture that stays.

    Args:
        example: with what people marked.
        image: its pixels.
        card: of the model whose class numbers the labels are.
        wrong: the classes that are violations.
    """
    classes, boxes = example.labels
    events = []
    for number, box in zip(classes.tolist(), corners(boxes, image).tolist(), strict=True):
        if card.classes[number] in wrong:
            x0, y0, x1, y1 = (max(0.0, side) for side in box)
            events.append(TrueEvent(what=card.kind, box=(x0, y0, x1, y1), begin=0))
    return Truth(events=tuple(events), made={"of": example.picture.name})


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes a clip for each picture of the kinds' folders that leaves nothing in doubt."""
    parser = argparse.ArgumentParser(
        prog="python -m tuning.real_clips", description="Makes clips of labelled pictures."
    )
    parser.add_argument("out", type=Path, help="folder for clips and truth files")
    parser.add_argument("data", type=Path, help="holds a folder a kind: images/, labels/, ignore/")
    parser.add_argument("--split", default="val", help="folder below these (default: val)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for rule in catalogue_rules():
        card = load_card(find_model(rule.model))
        data = options.data / rule.kind
        if not data.is_dir():
            continue
        for number, example in enumerate(read_examples(data, options.split, len(card.classes))):
            if len(example.ignored):
                continue  # what is doubtful there is neither right nor wrong to file
            image = read_picture(example.picture)
            clip = options.out / f"{rule.kind}-{example.picture.stem}.mp4"
            encode_moments(moments(image, number), clip, crf=23, keyint=1)
            write_truth(truth_of(example, image, card, rule.classes), truth_path(clip))
            sys.stderr.write(f"{clip}\n")


if __name__ == "__main__":
    main()

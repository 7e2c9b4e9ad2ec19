"""What the makers of training pictures share: which pictures may be used, and where they lie."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from tuning.entries import SHIPPED_SPRITES
from tuning.examples import SUFFIXES, DataInvalid, Example, read_examples, read_picture
from tuning.recipe import Recipe
from tuning.tiles import Picture, Tile

VIDEOS = frozenset({".mp4", ".avi", ".mkv", ".mov"})


@dataclass(slots=True)
class Mixing:
    """What the makers of a stage's pictures share.

    Attributes:
        recipe: whose stage it is.
        rng: draws everything, entry after entry.
        grounds: tiles without anything in them, sort after sort: composites stand on them.
    """

    recipe: Recipe
    rng: np.random.Generator
    grounds: list[list[Tile]] = field(default_factory=list)

    def examples(
        self, source: str, split: str, only: str, leave_out: tuple[str, ...] = ()
    ) -> list[Example]:
        """A folder's pictures that may be trained on: the dev part is left out.

        Raises:
            DataInvalid: there are none.
        """
        folder = self.recipe.data / source
        found = [
            e
            for e in read_examples(folder, split, len(self.recipe.classes))
            if e.picture.stem.startswith(only)
            and e.picture.stem not in leave_out
            and not self.recipe.is_dev(e.picture.stem)
        ]
        if not found:
            raise DataInvalid(
                f"{folder / 'images' / split}: no picture whose name starts with {only!r} to train "
                "on; correct `only`"
            )
        return found

    def plates(self, folder: str, only: str, leave_out: tuple[str, ...] = ()) -> list[Path]:
        """Pictures without labels of their own, and clips, of which frames are drawn.

        Raises:
            DataInvalid: there are none.
        """
        below = self.recipe.data / folder
        found = sorted(
            p
            for p in below.iterdir()
            if p.suffix.lower() in SUFFIXES | VIDEOS
            and p.stem.startswith(only)
            and p.stem not in leave_out
            and not self.recipe.is_dev(p.stem)
        )
        if not found:
            raise DataInvalid(f"{below}: no picture whose name starts with {only!r}; correct it")
        return found


def sprites_of(recipe: Recipe, folder: str | None) -> Path:
    """The folder of cut-outs: one below the recipe's data, or those that are shipped."""
    return recipe.data / folder if folder else SHIPPED_SPRITES


def bare(path: Path, rng: np.random.Generator) -> Picture:
    """A picture, or a frame drawn from a clip, with nothing marked in it.

    Raises:
        DataInvalid: it cannot be read.
    """
    none = np.zeros((0, 4))
    if path.suffix.lower() not in VIDEOS:
        return Picture(path.stem, read_picture(path), none, none)
    clip = cv2.VideoCapture(str(path))
    number = int(rng.integers(max(int(clip.get(cv2.CAP_PROP_FRAME_COUNT)), 1)))
    clip.set(cv2.CAP_PROP_POS_FRAMES, number)
    good, frame = clip.read()
    clip.release()
    if not good:
        raise DataInvalid(f"{path}: frame {number} cannot be read; replace or remove the clip")
    return Picture(f"{path.stem}-{number}", np.asarray(frame, dtype=np.uint8), none, none)

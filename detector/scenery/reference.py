"""How one camera's place looks in one light when nothing is there, and for how long it has.

Two layers a pixel, after the cached layer of Kim et al. ("Real-time foreground-background
segmentation using codebook model", 2005): the picture that is held, and another that has been
seen in its place since. The held one follows the light by steps, an approximate median (McFarlane
and Schofield, 1995); the other takes its place once it has stood for long enough.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from detector.scenery.likeness import Grey, likeness_map, outline
from detector.violation import Box

Minutes = npt.NDArray[np.uint8]
"""Minutes of being watched, uint8, (height, width); 255 is so many or more."""

SAME = 0.5
"""A pixel's likeness from which on its neighbourhood counts as unchanged while it is learnt."""
ADOPT = 120
"""So many minutes something new must have stood, undetected, to become part of the place; where the
place is not settled yet, longer than what was there."""
SETTLED = 60
"""What has looked the same for so many minutes is known; before, a place has no past to go by."""
COVERED = 0.8
"""The share of a place's pixels that must be settled."""


class Reference:
    """A place in one light. A class because it guards four arrays that change together."""

    def __init__(self, picture: Grey, age: Minutes | None = None) -> None:
        """A reference that knows nothing yet, or what was stored.

        Args:
            picture: how the place looks; without `age` only its size counts.
            age: for how long each pixel has looked so; 0 is unknown.
        """
        self.picture = picture.copy()
        self.age: Minutes = np.zeros(picture.shape, np.uint8) if age is None else age.copy()
        self._other = picture.copy()
        self._other_age: Minutes = np.zeros(picture.shape, np.uint8)

    @property
    def nbytes(self) -> int:
        """What it takes in memory, bytes."""
        return 4 * self.picture.nbytes

    def learn(
        self,
        grey: Grey,
        minutes: int,
        free: npt.NDArray[np.bool_],
        pinned: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Take one look in.

        Args:
            grey: the small picture, of the reference's size.
            minutes: for how long it stands, whole minutes, at least 1.
            free: (height, width), True where nothing is detected.
            pinned: likewise, True where nothing new ever takes the place of what is settled.
        """
        known = self.age > 0
        same = likeness_map(grey, self.picture) >= SAME
        first, kept, changed = free & ~known, free & known & same, free & known & ~same
        self.picture[first] = grey[first]
        _step(self.picture, grey, kept)
        _grow(self.age, first | kept, minutes)
        self._other_age[kept] = 0
        if not changed.any():
            return
        again = changed & (self._other_age > 0) & (likeness_map(grey, self._other) >= SAME)
        fresh = changed & ~again
        self._other[fresh] = grey[fresh]
        self._other_age[fresh] = 0
        _step(self._other, grey, again)
        _grow(self._other_age, again | fresh, minutes)
        longest = np.where(self.age >= SETTLED, np.uint8(ADOPT), self.age + 1)
        stays = self._other_age >= longest
        if pinned is not None:
            stays &= ~(pinned & (self.age >= SETTLED))
        self.picture[stays] = self._other[stays]
        self.age[stays] = self._other_age[stays]
        self._other_age[stays] = 0

    def knows(self, box: Box) -> bool:
        """Whether a place has looked the same for long enough to have a past.

        Args:
            box: the place, in pixels of the small picture.
        """
        settled = self.age[outline(box, self.age.shape)] >= SETTLED
        return float(settled.mean()) >= COVERED


def free_of(
    boxes: Sequence[Box], shape: tuple[int, ...], margin: float = 0.25
) -> npt.NDArray[np.bool_]:
    """Where none of some boxes lies, each widened by a share of its sides."""
    free = np.ones(shape[:2], np.uint8)
    for box in boxes:
        rows, columns = outline(box, shape, margin, 2)
        free[rows, columns] = 0
    return free.astype(bool)


def _grow(age: Minutes, where: npt.NDArray[np.bool_], minutes: int) -> None:
    age[where] = cv2.add(age, np.full_like(age, minutes))[where]  # adds and stays at 255


def _step(held: Grey, seen: Grey, where: npt.NDArray[np.bool_]) -> None:
    """One grey level towards what is seen: light is followed, but nothing is blended in."""
    up, down = where & (seen > held), where & (seen < held)
    held[up] += 1
    held[down] -= 1

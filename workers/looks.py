"""What the schedule gives out, and what it counts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """One camera to be looked at.

    Attributes:
        camera: whose picture.
        models: who is to look; none for a look that only proves that the camera lives.
        deadline: when the first of them ought to be done.
        onward: where no keyframe comes in time, the moment from which on any picture will do: the
            first is had for the least decoding, however late the look comes.
    """

    camera: str
    models: tuple[str, ...]
    deadline: float
    onward: float | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What has become of due analyses.

    Attributes:
        done: looked at in their slot.
        shed: slots that went by while the camera gave pictures: this machine was too slow.
        missed: slots that went by while the camera gave none, or none that could be decoded.
    """

    done: int = 0
    shed: int = 0
    missed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.done + other.done, self.shed + other.shed, self.missed + other.missed)

    @property
    def on_time(self) -> float:
        """The share of analyses done in their slot, of those the cameras gave pictures for."""
        due = self.done + self.shed
        return self.done / due if due else 1.0

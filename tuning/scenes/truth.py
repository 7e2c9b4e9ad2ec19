"""What a clip really shows, as a small JSON file beside it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """One violation in a clip.

    Attributes:
        kind: "litter", "vending" or "manhole".
        label: what it is, in words.
        box: x0, y0, x1, y1 in pixels.
        from_s: first seen, seconds into the clip.
        to_s: last seen; the clip's end for what stays.
    """

    kind: str
    label: str
    box: tuple[int, int, int, int]
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """One clip: its file name, size in pixels, frame rate, seed and violations in time's order."""

    clip: str
    size: tuple[int, int]
    fps: int
    seconds: int
    seed: int
    events: tuple[TrueEvent, ...]


def truth_path(clip: Path) -> Path:
    """Where a clip's truth lies: street.mp4 has street.truth.json."""
    return clip.with_suffix(".truth.json")


def write_truth(truth: Truth, path: Path) -> None:
    """Writes the file whole or not at all."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(asdict(truth), indent=2) + "\n", encoding="utf-8")
    partial.replace(path)


def read_truth(path: Path) -> Truth:
    """Reads a truth file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no truth file; says which file and what is wrong.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        events = tuple(
            TrueEvent(
                kind=str(e["kind"]),
                label=str(e["label"]),
                box=_box(e["box"]),
                from_s=float(e["from_s"]),
                to_s=float(e["to_s"]),
            )
            for e in raw["events"]
        )
        width, height = (int(v) for v in raw["size"])
        return Truth(
            clip=str(raw["clip"]),
            size=(width, height),
            fps=int(raw["fps"]),
            seconds=int(raw["seconds"]),
            seed=int(raw["seed"]),
            events=events,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no truth file ({error!r}); render the clip again") from error


def _box(raw: list[int]) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = (int(v) for v in raw)
    return x0, y0, x1, y1

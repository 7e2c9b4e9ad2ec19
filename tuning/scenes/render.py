"""Renders a demo clip and its truth: `python -m tuning.scenes.render --seed 7 --out street.mp4`.

Rendering needs Python 3.11 with `bpy==5.0.1`, and the packages `sweethome3d-furniture` and
`fonts-noto-cjk` of Debian. Composing layers that exist needs none of them.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tuning.scenes.encode import encode
from tuning.scenes.film import frames, load_layers, truth_of
from tuning.scenes.scenario import FPS, scenario
from tuning.scenes.seeds import DEMO_SEEDS
from tuning.truth import truth_path, write_truth


def main(arguments: Sequence[str] | None = None) -> None:
    """Parses the command line, renders what is missing, composes and encodes."""
    options = _parser().parse_args(arguments)
    scene = scenario(options.seed)
    started = time.monotonic()

    def say(step: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - started:6.0f} s] {step}\n")

    folder: Path = options.layers / f"seed{options.seed}"
    if not options.compose_only:
        from tuning.scenes.layers import render_layers

        render_layers(scene, folder, samples=options.samples, threads=options.threads, say=say)
    clip: Path = options.out
    clip.parent.mkdir(parents=True, exist_ok=True)
    encode(
        frames(scene, load_layers(scene, folder), say),
        clip,
        fps=FPS,
        size=scene.camera.size,
        crf=options.crf,
        threads=options.threads,
    )
    write_truth(truth_of(scene), truth_path(clip))
    say(f"{clip}: {clip.stat().st_size / 1e6:.1f} MB")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tuning.scenes.render",
        description="Renders a demo clip and the truth file beside it.",
    )
    parser.add_argument(
        "--seed", type=int, choices=DEMO_SEEDS, required=True, help="7: three violations; 8: none"
    )
    parser.add_argument("--out", type=Path, required=True, help="the MP4 file to write")
    parser.add_argument(
        "--layers",
        type=Path,
        default=Path("runs/scenes"),
        help="folder for rendered layers, kept and used again (%(default)s)",
    )
    parser.add_argument(
        "--samples", type=int, default=16, help="light paths a pixel of still layers (%(default)s)"
    )
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (%(default)s)")
    parser.add_argument("--crf", type=int, default=27, help="x264 quality (%(default)s)")
    parser.add_argument(
        "--compose-only", action="store_true", help="use the layers there are; needs no bpy"
    )
    return parser


if __name__ == "__main__":
    main()

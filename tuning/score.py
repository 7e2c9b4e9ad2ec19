"""A folder of clips with truth, judged and scored: `five-chief score`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.model import Model
from detector.second_look.judge import SecondLooker
from tuning.clip_config import ClipConfig, config_path, read_config
from tuning.event_scores import ClipScore, score_clip
from tuning.examples import DataInvalid
from tuning.replay import replay
from tuning.truth import Truth, read_truth, truth_path

CLIPS = frozenset({".mp4", ".mkv", ".mov", ".avi", ".ts"})


@dataclass(frozen=True, slots=True)
class Job:
    """A clip that is to be scored."""

    clip: Path
    config: ClipConfig
    truth: Truth


def jobs_in(folder: Path, models: Sequence[str]) -> list[Job]:
    """The clips of a folder, with their truth and configuration, by name.

    Everything is read before anything is judged, so that a mistake shows at once.

    Args:
        folder: clips, each with `NAME.truth.yaml` and perhaps `NAME.config.yaml` beside it.
        models: the names of the models that are there.

    Raises:
        DataInvalid: there is no such folder, no clip in it, or a clip without truth.
        TruthInvalid: a truth file is wrong.
        RuleInvalid: a configuration is wrong.
    """
    if not folder.is_dir():
        raise DataInvalid(f"{folder}: no such folder; name one with clips and their truth files")
    clips = sorted(path for path in folder.iterdir() if path.suffix.lower() in CLIPS)
    if not clips:
        raise DataInvalid(f"{folder}: no clips in it; {', '.join(sorted(CLIPS))} are read")
    for clip in clips:
        if not truth_path(clip).exists():
            raise DataInvalid(
                f"{clip}: there is no {truth_path(clip).name} beside it; write `events: []` into "
                "it if there is nothing to file in the clip"
            )
    return [
        Job(
            clip,
            read_config(config_path(clip), dict.fromkeys(models)),
            read_truth(truth_path(clip)),
        )
        for clip in clips
    ]


def score(
    jobs: Sequence[Job],
    models: Mapping[str, Model],
    progress: Callable[[float, float], None] | None = None,
    looker: SecondLooker | None = None,
) -> list[ClipScore]:
    """Judge and score clips.

    Args:
        jobs: which, and how.
        models: loaded, by the names that the rules call them.
        progress: called with the clips done, in parts of one, and the number of all.
        looker: looks once more at what is proved; None confirms it as it is.

    Raises:
        CameraError: a clip cannot be read.
        RuleInvalid: a rule asks for a model or a class that is not there.
    """
    scores = []
    for number, job in enumerate(jobs):

        def told(done: float, of: float, number: int = number) -> None:
            if progress is not None:
                progress(number + (done / of if of else 0), len(jobs))

        judged = replay(job.clip, job.config, models, looker=looker, progress=told)
        scores.append(score_clip(judged, job.truth))
    return scores

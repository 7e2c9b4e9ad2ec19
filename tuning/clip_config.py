"""How a clip is to be judged: `NAME.config.yaml` beside `NAME.mp4` (docs/truth.md)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from detector.catalogue import KindRule, catalogue_rules
from detector.errors import RuleInvalid
from detector.ground import Ground
from detector.schedule import TimeZone
from detector.site import Area
from yamlfile import YamlFileError, load_yaml

START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
"""When a clip begins that does not say: ten in the morning in China, on a Monday."""


class ClipConfig(BaseModel):
    """How a clip is to be judged.

    Attributes:
        rules: as a camera's in the worker's configuration; none takes the catalogue's, over the
            whole picture.
        start: capture time of the first picture, since some rules go by the hour.
        timezone: in which rules name hours of the day.
        areas: what is drawn in the camera's view.
        ground: its calibration.
        restarts: seconds into the clip at which the worker is started again, and goes on from what
            it had stored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[KindRule, ...] = ()
    start: AwareDatetime = Field(default=START)
    timezone: TimeZone = "Asia/Shanghai"
    areas: tuple[Area, ...] = ()
    ground: Ground | None = None
    restarts: tuple[Annotated[float, Field(ge=0)], ...] = ()


def config_path(clip: Path) -> Path:
    """Where a clip's configuration lies, if it has one."""
    return clip.with_suffix(".config.yaml")


def read_config(path: Path | None, models: Mapping[str, object]) -> ClipConfig:
    """How a clip is to be judged.

    Args:
        path: its configuration; None, or a file that is not there, takes the catalogue's rules.
        models: the models that are there, by name; the catalogue's rules of others are left out.

    Raises:
        RuleInvalid: the file is wrong; the message names file, line, key and fix.
    """
    config = ClipConfig()
    if path is not None and path.exists():
        try:
            config = load_yaml(path, ClipConfig)
        except YamlFileError as error:
            raise RuleInvalid(str(error)) from error
    if config.rules:
        return config
    known = tuple(rule for rule in catalogue_rules() if rule.model in models)
    return config.model_copy(update={"rules": known})

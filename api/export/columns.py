"""The columns of an export, in order: those of a deployed case system, and what follows them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from api.config_file import config_file
from api.errors import CatalogueInvalid
from yamlfile import load_yaml

Cell = str | int | float | datetime | None
"""A cell's value; times are the district's own, without an offset, since Excel knows none."""

_Names = dict[Annotated[str, Field(pattern=r"^[0-9]{2}$")], str]


class MainClasses(BaseModel):
    """The names of 大类, by type and the first two digits of a code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    scheme: str
    source: str
    events: Annotated[_Names, Field(alias="事件")]
    components: Annotated[_Names, Field(alias="部件")]

    def name(self, type_: str, code: str) -> str:
        """The 大类 of a code; empty when it is unknown."""
        names = self.components if type_ == "部件" else self.events
        return names.get(code[:2], "")


def read_main_classes() -> MainClasses:
    """The shipped names.

    Raises:
        CatalogueInvalid: the file breaks its schema.
    """
    with config_file(None, "main_classes.yaml", CatalogueInvalid) as file:
        return load_yaml(file, MainClasses)


@dataclass(frozen=True, slots=True)
class Line:
    """A case as the export needs it; times in UTC, coordinates WGS 84."""

    number: str
    received_at: datetime
    type: str
    code: str
    name_zh: str
    source_zh: str
    description: str
    stage_zh: str
    department: str | None
    due_at: datetime | None
    closed_at: datetime | None
    area: str | None
    street: str | None
    community: str | None
    address: str
    watcher: str | None
    postponed: int
    reworks: int
    overtime: bool
    longitude: float | None
    latitude: float | None
    grid: str | None
    component_id: str | None
    medias: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """What cells lean on besides their case."""

    zone: ZoneInfo
    classes: MainClasses

    def local(self, moment: datetime | None) -> datetime | None:
        """A moment as the district's clocks showed it."""
        return None if moment is None else moment.astimezone(self.zone).replace(tzinfo=None)


_YES = {True: "是", False: "否"}

COLUMNS: tuple[tuple[str, Callable[[Line, Context], Cell]], ...] = (
    ("任务号", lambda line, _: line.number),
    ("上报时间", lambda line, here: here.local(line.received_at)),
    ("大类名称", lambda line, here: here.classes.name(line.type, line.code)),
    ("小类名称", lambda line, _: line.name_zh),
    ("问题来源", lambda line, _: line.source_zh),
    ("问题描述", lambda line, _: line.description),
    ("问题类型", lambda line, _: line.type),
    ("当前阶段名称", lambda line, _: line.stage_zh),
    ("处置部门", lambda line, _: line.department),
    ("处置截止时间", lambda line, here: here.local(line.due_at)),
    # Bound cases (捆绑) share one deadline; merged reports are one case, which has but its own.
    ("捆绑处置截止时间", lambda line, here: here.local(line.due_at)),
    ("结案时间", lambda line, here: here.local(line.closed_at)),
    ("所属片区", lambda line, _: line.area),
    ("所属街道", lambda line, _: line.street),
    ("所属社区", lambda line, _: line.community),
    ("地址描述", lambda line, _: line.address),
    ("监督员", lambda line, _: line.watcher),
    ("延期案件", lambda line, _: _YES[line.postponed > 0]),
    ("返工案件", lambda line, _: _YES[line.reworks > 0]),
    ("is_overtime", lambda line, _: int(line.overtime)),
    ("X坐标", lambda line, _: line.longitude),
    ("Y坐标", lambda line, _: line.latitude),
    ("单元网格", lambda line, _: line.grid),
    ("部件编码", lambda line, _: line.component_id),
    ("上报medias", lambda line, _: line.medias[0]),
    ("核实medias", lambda line, _: line.medias[1]),
    ("处置medias", lambda line, _: line.medias[2]),
    ("核查medias", lambda line, _: line.medias[3]),
)

HEADER = tuple(name for name, _ in COLUMNS)


def cells(line: Line, context: Context) -> list[Cell]:
    """A case's row, in the order of `HEADER`."""
    return [value(line, context) for _, value in COLUMNS]

"""Whether a report is another sight of an open case: pure, by the figures of `merging.yaml`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.config_file import config_file
from api.coordinates import Point, distance_m
from api.errors import SettingsInvalid
from yamlfile import load_yaml

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of the picture."""

_Metres = Annotated[float, Field(gt=0, le=1000)]
_Hours = Annotated[float, Field(ge=0, le=24 * 365)]
_Code = Annotated[str, Field(pattern=r"^[EC]-[0-9]{4,6}$")]
_Codes = Annotated[tuple[_Code, ...], Field(min_length=1)]
_Source = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Default(_Strict):
    radius_m: _Metres
    component_radius_m: _Metres
    recurs_within_h: _Hours
    source: _Source


class _Together(_Strict):
    codes: _Codes
    source: _Source


class _Class(_Strict):
    codes: _Codes
    radius_m: _Metres | None = None
    recurs_within_h: _Hours | None = None
    same_camera_overlap: Annotated[float, Field(ge=0, le=1)] | None = None
    urgent_labels: frozenset[str] = frozenset()
    source: _Source


class MergingRules(_Strict):
    """The whole file."""

    version: Annotated[str, Field(min_length=1, max_length=32)]
    default: _Default
    together: tuple[_Together, ...] = ()
    classes: tuple[_Class, ...] = ()

    def alike(self, code: str) -> frozenset[str]:
        """The classes that are kept as one with `code`, itself among them."""
        sets = (set(entry.codes) for entry in self.together if code in entry.codes)
        return frozenset({code}.union(*sets))

    def recurs_within(self, code: str) -> timedelta:
        """How long after closing a new case counts as the old one come back."""
        own = self._own(code)
        hours = None if own is None else own.recurs_within_h
        return timedelta(hours=self.default.recurs_within_h if hours is None else hours)

    def is_urgent(self, code: str, label: str) -> bool:
        """Whether a report is of the second tier: never held up by grouping."""
        own = self._own(code)
        return own is not None and label in own.urgent_labels

    def reach_m(self, code: str) -> float:
        """The farthest that a sight of the same case can be."""
        return max(self._radius_m(code), self.default.component_radius_m)

    def _radius_m(self, code: str) -> float:
        own = self._own(code)
        return self.default.radius_m if own is None or own.radius_m is None else own.radius_m

    def _own(self, code: str) -> _Class | None:
        return next((entry for entry in self.classes if code in entry.codes), None)

    def distance_if_same(self, new: "Sight", old: "Sight") -> float | None:
        """How far apart two sights are, in metres, or None if they are of different things.

        Sights without a position are never the same: nobody knows how far apart they are.
        """
        if old.code not in self.alike(new.code) or (new.urgent and not old.urgent):
            return None
        if new.point is None or old.point is None:
            return None
        distance = distance_m(new.point, old.point)
        limit = self._limit_m(new, old)
        if limit is None or distance > limit or self._apart_in_the_picture(new, old):
            return None
        return distance

    def _limit_m(self, new: "Sight", old: "Sight") -> float | None:
        if new.component_id is None and old.component_id is None:
            return self._radius_m(new.code)
        if new.component_id is not None and old.component_id is not None:
            # The same number is the same thing, however well the two know where they stand.
            return self._radius_m(new.code) if new.component_id == old.component_id else None
        return self.default.component_radius_m

    def _apart_in_the_picture(self, new: "Sight", old: "Sight") -> bool:
        own = self._own(new.code)
        if own is None or own.same_camera_overlap is None or new.box is None:
            return False
        same_view = [box for camera, box in old.boxes if camera == new.camera_id]
        return bool(same_view) and all(
            _overlap(new.box, box) < own.same_camera_overlap for box in same_view
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """What a report, or an open case, says for merging.

    Attributes:
        code: the service code, such as `E-0102`.
        point: where, in WGS 84; None when unknown.
        urgent: of the second tier.
        component_id: the surveyed number of a 部件, if known.
        camera_id: the camera of a report; empty without one.
        box: a report's box, if a camera saw it.
        boxes: of a case: camera and box of each sight that has one.
    """

    code: str
    point: Point | None
    urgent: bool = False
    component_id: str | None = None
    camera_id: str = ""
    box: Box | None = None
    boxes: Sequence[tuple[str, Box]] = ()


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (_area(one) + _area(other) - both)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def read_merging(path: Path | None = None) -> MergingRules:
    """Read and check the rules of merging, the shipped ones by default.

    Raises:
        SettingsInvalid: the file is missing, is no YAML, or breaks the schema.
    """
    with config_file(path, "merging.yaml", SettingsInvalid) as file:
        return load_yaml(file, MergingRules)

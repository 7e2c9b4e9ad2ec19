"""Between a camera's configuration and what people draw in its picture.

Zones and calibration are the worker's to understand: in the configuration they stand among the
options `areas` and `ground`, and a rule's own zone in the rule. Here they become one list, and are
checked well enough that whoever draws is told at once which zone is wrong; the worker checks again.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import shapely
from pydantic import JsonValue

from api.schema.cameras import CameraConfig, Corner, RuleConfig
from api.schema.zones import CalibrationPoint, DrawnZone, ZonesWrite

Fault = tuple[str, str, str]
"""A field, and what is wrong with it: in Chinese, in English."""
KIND_ZH = {
    "include": "检测区",
    "exclude": "排除区",
    "shopfront": "店前区",
    "roadway": "车行道",
    "component": "部件",
}
_AREA = 1e-6
"""A zone of less, as a share of the picture, encloses nothing."""
_ON_A_LINE = 1e-4
"""Three points that span less, as a share of the picture, lie on one line."""


def drawn_in(config: CameraConfig) -> tuple[DrawnZone, ...]:
    """All zones of a configuration: the camera's own first, then those of each rule."""
    areas: Any = config.options.get("areas") or ()
    return (
        *(DrawnZone.model_validate(area) for area in areas),
        *(zone for rule in config.rules for zone in _of_rule(rule)),
    )


def calibration_in(config: CameraConfig) -> tuple[CalibrationPoint, ...]:
    """The calibration's points; none where the camera has none."""
    ground: Any = config.options.get("ground") or {}
    return tuple(CalibrationPoint.model_validate(one) for one in ground.get("points", ()))


def redrawn(config: CameraConfig, wanted: ZonesWrite) -> CameraConfig:
    """The configuration with all that is drawn in place of what was; all else as it is."""
    areas: list[JsonValue] = [_area(zone) for zone in wanted.zones if zone.of_rule is None]
    points: list[JsonValue] = [
        one.model_dump(mode="json", exclude_none=True) for one in wanted.calibration
    ]
    options = {k: v for k, v in config.options.items() if k not in ("areas", "ground")}
    if areas:
        options["areas"] = areas
    if points:
        options["ground"] = {"points": points}
    rules = tuple(_with_own(rule, wanted.zones) for rule in config.rules)
    return config.model_copy(update={"options": options, "rules": rules})


def faults_of(config: CameraConfig, wanted: ZonesWrite) -> Iterator[Fault]:
    """What is wrong with a drawing, each fault with the zone that it is about."""
    ids = [rule.id for rule in config.rules]
    known = {*ids, *(rule.kind for rule in config.rules)}
    owners: set[str] = set()
    for index, zone in enumerate(wanted.zones):
        name = f"{KIND_ZH[zone.kind]}“{zone.name or index + 1}”"
        for key, zh, en in (*_shape_faults(zone.polygon), *_kind_faults(zone, ids, owners)):
            yield f"zones.{index}.{key}", f"{name}{zh}", en
        for rule in zone.rules:
            if rule not in known:
                en = f"there is no rule {rule}; there: {', '.join(sorted(known))}"
                yield f"zones.{index}.rules", f"{name}所指规则 {rule} 不存在", en
    for key, zh, en in _calibration_faults(wanted.calibration):
        yield f"calibration{key}", f"标定{zh}", en


def _of_rule(rule: RuleConfig) -> Iterator[DrawnZone]:
    if rule.zone is not None:
        yield DrawnZone(kind="include", polygon=rule.zone, of_rule=rule.id)
    for polygon in rule.exclude:
        yield DrawnZone(kind="exclude", polygon=polygon, of_rule=rule.id)


def _with_own(rule: RuleConfig, zones: Sequence[DrawnZone]) -> RuleConfig:
    own = [zone for zone in zones if zone.of_rule == rule.id]
    inner = next((zone.polygon for zone in own if zone.kind == "include"), None)
    outer = tuple(zone.polygon for zone in own if zone.kind == "exclude")
    return rule.model_copy(update={"zone": inner, "exclude": outer})


def _area(zone: DrawnZone) -> dict[str, Any]:
    return zone.model_dump(mode="json", exclude={"of_rule"}, exclude_defaults=True) | {
        "kind": zone.kind,
        "polygon": [list(corner) for corner in zone.polygon],
    }


def _shape_faults(polygon: Sequence[Corner]) -> Iterator[Fault]:
    if len(polygon) < 3 or len(set(polygon)) < len(polygon):
        zh = "至少要有三个不同的角点，角点不得重复"
        yield "polygon", zh, "needs at least 3 corners, all different"
        return
    shape = shapely.Polygon(polygon)
    if shape.area < _AREA and shape.convex_hull.area < _AREA:
        yield (
            "polygon",
            "没有面积，各角点在一条线上",
            "encloses nothing: its corners lie on one line",
        )
    elif not shape.is_valid:
        zh = "边线相互交叉，请按绕行顺序排列角点"
        yield "polygon", zh, "crosses itself; give its corners in the order of a walk around it"


def _kind_faults(zone: DrawnZone, ids: Sequence[str], owners: set[str]) -> Iterator[Fault]:
    if (zone.kind == "component") != (zone.code is not None):
        zh = "须填写十六位部件编码，其他区域不得填写"
        yield "code", zh, "a component needs its code of 16 digits, and no other zone has one"
    if zone.when and zone.kind not in ("include", "exclude"):
        yield "when", "不能设时段", f"a {zone.kind} is one at all times"
    if zone.of_rule is None:
        return
    if zone.of_rule not in ids:
        yield "of_rule", f"所属规则 {zone.of_rule} 不存在", f"there is no rule {zone.of_rule}"
    if zone.kind not in ("include", "exclude") or zone.when or zone.rules:
        zh = "属于单条规则，只能是不设时段的检测区或排除区"
        yield "of_rule", zh, "a rule's own zone is an include or an exclude, at all times"
    if zone.kind == "include" and zone.of_rule in owners:
        yield "of_rule", "重复：一条规则只能有一个检测区", "a rule has one zone of its own"
    owners |= {zone.of_rule} if zone.kind == "include" else set()


def _calibration_faults(points: Sequence[CalibrationPoint]) -> Iterator[Fault]:
    if not points:
        return
    if len(points) < 4:
        yield "", "至少需要四个点", "needs at least 4 points"
    for index, point in enumerate(points):
        if (point.lonlat is None) == (point.metres is None):
            zh = f"第 {index + 1} 点须填写经纬度或米，二者取一"
            yield f".{index}", zh, "needs `lonlat` or `metres`, one of the two"
    if len({point.lonlat is None for point in points}) > 1:
        yield "", "各点须统一用经纬度或统一用米", "all points in `lonlat`, or all in `metres`"
    if len(points) == 4:
        for three in combinations(points, 3):
            if shapely.Polygon([one.picture for one in three]).area < _ON_A_LINE:
                yield "", "有三个点在一条线上", "three of its points lie on one line"
                return

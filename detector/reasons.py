"""Why a violation is confirmed, put together by the look that confirms it."""

from detector.filing import LabelSection
from detector.ground import foot
from detector.look import Look
from detector.place import Place
from detector.rules import Rule
from detector.scene import SceneView
from detector.site import area_of
from detector.violation import Reasons


def reasons_for(rule: Rule, place: Place, look: Look, scene: SceneView) -> Reasons:
    """What speaks for a proved candidate, and what follows for how it is filed.

    Args:
        rule: its rule.
        place: the candidate, its label settled.
        look: the one that proved it.
        scene: what else is known of the picture.
    """
    violation = place.violation
    area = area_of(rule, look.site, violation.box, look.frame)
    ground = look.site.ground
    label = rule.labels.get(violation.label, LabelSection())
    confirm = label.confirm_before_filing
    unsure = violation.verdict is not None and violation.verdict.passes is None
    asked = unsure and rule.second_look.doubt == "ask"
    return Reasons(
        rule_version=rule.version,
        dwell_s=round(place.watched_s, 3),
        needed_s=rule.dwell_of(violation.label),
        needed_looks=rule.min_looks,
        needed_ratio=rule.confirm_ratio,
        needed_score=rule.opens(look.threshold),
        severity=label.severity or rule.severity,
        confirm_before_filing=asked or (rule.confirm_before_filing if confirm is None else confirm),
        light=look.light,
        familiar=scene.familiar(rule, violation.box),
        zone_kind=None if area is None else area.kind,
        zone=None if area is None else area.name or None,
        component_code=None if area is None else area.code,
        position=None if ground is None else ground.lonlat(*foot(violation.box, *look.frame)),
        size_m=look.size_of(violation.box).m,
        pieces=place.pieces,
        name_zh=label.name_zh or rule.name_zh,
        name_en=label.name_en or rule.name_en,
    )

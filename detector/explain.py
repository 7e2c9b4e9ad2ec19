"""Why a violation fired, or why a candidate is kept back: as data, and as a sentence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from detector.violation import Reasons, Verdict, Violation

_LIGHT_ZH = {"day": "白天", "night": "夜间", "infrared": "红外"}
_LIGHT_EN = {"day": "by day", "night": "by night", "infrared": "by infrared"}
_ZONE_ZH = {"shopfront": "触及店面", "roadway": "在车行道", "component": "在部件", "include": "在"}
_ZONE_EN = {
    "shopfront": "touching the shopfront",
    "roadway": "on the roadway",
    "component": "at the component",
    "include": "in",
}
_KEPT_ZH = {
    "paused": "此时此地允许",
    "light": "此光线下不作判断",
    "cooldown": "同一处刚刚消除",
    "familiar": "与该处平时景象一致",
    "known": "同类另一规则已立案",
    "second_look": "复看未通过",
}
_KEPT_EN = {
    "paused": "it is allowed here at this time",
    "light": "it is not judged in this light",
    "cooldown": "one was cleared here just now",
    "familiar": "the place looks as it always does",
    "known": "another rule of its kind has filed it",
    "second_look": "it did not pass the second look",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why it fired.

    Attributes:
        data: all of it, as plain JSON values.
        text_zh: one sentence in Chinese.
        text_en: the same in English.
    """

    data: dict[str, Any]
    text_zh: str
    text_en: str


def explain(violation: Violation) -> Explanation:
    """Why a violation was confirmed; of a candidate, what is known and what keeps it back."""
    return Explanation(_data(violation), _sentence_zh(violation), _sentence_en(violation))


def _data(violation: Violation) -> dict[str, Any]:
    reasons, verdict = violation.reasons, violation.verdict
    data: dict[str, Any] = {
        "kind": violation.kind,
        "label": violation.label,
        "rule": {"id": violation.rule},
        "model": violation.model,
        "looks": violation.looks,
        "hits": violation.hits,
        "score": round(violation.score, 4),
        "first_seen": violation.first_seen.isoformat(),
        "confirmed_at": _iso(violation.confirmed_at),
        "suppressed": violation.suppressed,
        "second_look": None if verdict is None else _verdict(verdict),
    }
    return data if reasons is None else _with_reasons(data, reasons)


def _with_reasons(data: dict[str, Any], reasons: Reasons) -> dict[str, Any]:
    return data | {
        "rule": data["rule"] | {"version": reasons.rule_version},
        "dwell_s": reasons.dwell_s,
        "needed": {
            "dwell_s": reasons.needed_s,
            "looks": reasons.needed_looks,
            "ratio": reasons.needed_ratio,
            "score": reasons.needed_score,
        },
        "pieces": reasons.pieces,
        "size_m": None if reasons.size_m is None else [round(side, 2) for side in reasons.size_m],
        "zone": {
            "kind": reasons.zone_kind,
            "name": reasons.zone,
            "component_code": reasons.component_code,
        },
        "position": None if reasons.position is None else list(reasons.position),
        "scene": {"light": reasons.light, "familiar": reasons.familiar},
        "severity": reasons.severity,
        "confirm_before_filing": reasons.confirm_before_filing,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "passes": verdict.passes,
        "score": verdict.score,
        "label": verdict.label,
        "evidence": dict(verdict.evidence),
    }


def _sentence_zh(violation: Violation) -> str:
    reasons = violation.reasons
    seen = f"{violation.looks}次观察中{violation.hits}次看到，置信度中位数{violation.score:.2f}"
    if reasons is None:
        kept = _KEPT_ZH.get(violation.suppressed or "", "观察中")
        return f"{violation.label}：{seen}；未立案：{kept}。"
    parts = [
        f"{reasons.name_zh or violation.kind}（{violation.label}）在同一处"
        f"{_duration_zh(reasons.dwell_s)}，{seen}"
        f"（要求{_duration_zh(reasons.needed_s)}、{reasons.needed_looks}次、"
        f"{reasons.needed_ratio:.0%}、{reasons.needed_score:.2f}）"
    ]
    if reasons.pieces > 1:
        parts.append(f"散落{reasons.pieces}处")
    if reasons.size_m is not None:
        parts.append(f"约{reasons.size_m[0]:.1f}×{reasons.size_m[1]:.1f}米")
    if reasons.zone_kind is not None:
        name = reasons.zone or reasons.component_code or ""
        parts.append(f"{_ZONE_ZH[reasons.zone_kind]}{f'“{name}”' if name else ''}")
    if reasons.light is not None:
        parts.append(_LIGHT_ZH[reasons.light])
    if reasons.familiar is not None:
        parts.append(f"与平时景象相似度{reasons.familiar:.2f}")
    if violation.verdict is not None:
        parts.append(f"复看：{violation.verdict.words_zh or _passes_zh(violation.verdict)}")
    parts.append(f"规则{violation.rule}（{reasons.rule_version}），模型{violation.model}")
    return "；".join(parts) + "。"


def _sentence_en(violation: Violation) -> str:
    reasons = violation.reasons
    seen = (
        f"seen in {violation.hits} of {violation.looks} looks, median score {violation.score:.2f}"
    )
    if reasons is None:
        kept = _KEPT_EN.get(violation.suppressed or "", "it is still watched")
        return f"{violation.label}: {seen}; not filed, since {kept}."
    parts = [
        f"{reasons.name_en or violation.kind} ({violation.label}) in one place for "
        f"{_duration_en(reasons.dwell_s)}, {seen} (asked for: {_duration_en(reasons.needed_s)}, "
        f"{reasons.needed_looks} looks, {reasons.needed_ratio:.0%}, {reasons.needed_score:.2f})"
    ]
    if reasons.pieces > 1:
        parts.append(f"{reasons.pieces} pieces")
    if reasons.size_m is not None:
        parts.append(f"some {reasons.size_m[0]:.1f} by {reasons.size_m[1]:.1f} m")
    if reasons.zone_kind is not None:
        name = reasons.zone or reasons.component_code
        parts.append(f"{_ZONE_EN[reasons.zone_kind]} {name or 'there'}")
    if reasons.light is not None:
        parts.append(_LIGHT_EN[reasons.light])
    if reasons.familiar is not None:
        parts.append(f"{reasons.familiar:.2f} like what the place always looks like")
    if violation.verdict is not None:
        words = violation.verdict.words_en or _passes_en(violation.verdict)
        parts.append(f"second look: {words}")
    parts.append(f"rule {violation.rule} ({reasons.rule_version}), model {violation.model}")
    return "; ".join(parts) + "."


def _passes_zh(verdict: Verdict) -> str:
    return {True: "通过", False: "未通过", None: "无法判断"}[verdict.passes]


def _passes_en(verdict: Verdict) -> str:
    return {True: "it passes", False: "it does not pass", None: "it cannot tell"}[verdict.passes]


def _duration_zh(seconds: float) -> str:
    return f"{seconds / 60:.3g}分钟" if seconds >= 120 else f"{seconds:.0f}秒"


def _duration_en(seconds: float) -> str:
    return f"{seconds / 60:.3g} min" if seconds >= 120 else f"{seconds:.0f} s"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

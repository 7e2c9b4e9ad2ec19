"""What must be on record before what a camera saw can go on to a penalty file.

Source: 行政处罚法 (2021) art. 41, from secondary texts: devices need a legal and a technical
review, a published place and a conspicuous sign; records are reviewed by a person before use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Record:
    """What is on record of a camera; None where there is nothing."""

    legal_review_id: str | None = None
    tech_review_id: str | None = None
    published_location_url: str | None = None
    sign_posted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing for a penalty file.

    Attributes:
        field: how the API calls it.
        zh: in Chinese, with the camera's name.
        en: in English likewise.
        camera_id: of which camera; None where it is the case's own.
    """

    field: str
    zh: str
    en: str
    camera_id: str | None = None


_RECORD = (
    ("legal_review_id", "法制审核编号", "legal review"),
    ("tech_review_id", "技术审核编号", "technical review"),
    ("published_location_url", "设置地点公布网址", "published place"),
    ("sign_posted_on", "标志设置日期", "posted sign"),
)
UNSIGNED = Lack("reviewed_by", "审核人签字", "the signature of a named reviewer (review)")


def lacking(cameras: Mapping[str, Record], reviewed_by: str | None) -> tuple[Lack, ...]:
    """What is missing; empty when a penalty file may be opened.

    Args:
        cameras: each camera that saw the case, by its id, empty for one that nobody has named;
            none at all where no camera saw it, so that nothing but the signature is needed.
        reviewed_by: who has signed the review of the case.
    """
    of_cameras = [lack for name, record in cameras.items() for lack in _of_camera(name, record)]
    return (*of_cameras, *(() if reviewed_by else (UNSIGNED,)))


def _of_camera(camera_id: str, record: Record) -> list[Lack]:
    if not camera_id:
        en = "the name of a camera whose alarm names none, without which it has no record"
        return [Lack("camera_id", "一路摄像机的编号（告警未写明，无从查验备案）", en, "")]
    return [
        Lack(field, f"摄像机 {camera_id} 的{zh}", f"the {en} of camera {camera_id}", camera_id)
        for field, zh, en in _RECORD
        if not getattr(record, field)
    ]

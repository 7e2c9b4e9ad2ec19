"""What must be on record before what a camera saw can go on to a penalty file.

Source: 行政处罚法 (2021) art. 41, from secondary texts: devices need a legal and a technical
review, a published place and a conspicuous sign; records are reviewed by a person before use.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Record:
    """What is on record of a camera; None where there is nothing."""

    legal_review_id: str | None = None
    tech_review_id: str | None = None
    published_location_url: str | None = None
    sign_posted_on: date | None = None


def lacking(record: Record, reviewed_by: str | None) -> tuple[tuple[str, str], ...]:
    """What is missing, as (field, words); empty when a penalty file may be opened."""
    wanted = (
        ("legal_review_id", record.legal_review_id, "the camera's legal review (法制审核)"),
        ("tech_review_id", record.tech_review_id, "the camera's technical review (技术审核)"),
        (
            "published_location_url",
            record.published_location_url,
            "where the camera's place is published (设置地点公布)",
        ),
        ("sign_posted_on", record.sign_posted_on, "the day its sign was put up (标志明显)"),
        ("reviewed_by", reviewed_by, "a named reviewer's signature on the case (人工审核)"),
    )
    return tuple((field, words) for field, value, words in wanted if not value)

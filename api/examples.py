"""Examples for the API's description; a test holds each against its schema."""

from typing import Any

_VIOLATION = "0b9f1d5e-6f5c-4c0e-9f0a-2f6f0a1f7c11"
_SNAPSHOT = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_CLIP = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
_PLACE = {
    "camera_id": "gate-3",
    "camera_name": "三号门",
    "address": "经十路 3 号",
    "longitude": 117.2201,
    "latitude": 36.6912,
    "crs": "wgs84",
}
_BOX = {"x0": 812.0, "y0": 540.5, "x1": 964.0, "y1": 633.0}
_FILES = [
    {
        "sha256": _SNAPSHOT,
        "role": "snapshot",
        "media_type": "image/jpeg",
        "size": 183204,
        "captured_at": "2026-11-25T08:00:20+08:00",
    },
    {
        "sha256": _CLIP,
        "role": "clip",
        "media_type": "video/mp4",
        "size": 2401877,
        "captured_at": "2026-11-25T08:00:12+08:00",
    },
]
_SEEN = {
    "kind": "litter",
    "label": "garbage_bag",
    "place": _PLACE,
    "rule": "kerb-litter",
    "model": "litter@2026.11",
    "first_seen": "2026-11-25T08:00:00+08:00",
    "confirmed_at": "2026-11-25T08:00:20+08:00",
    "last_seen": "2026-11-25T08:00:20+08:00",
    "clock": "arrival",
    "score": 0.71,
    "looks": 5,
    "hits": 4,
    "box": _BOX,
    "frame_width": 1920,
    "frame_height": 1080,
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "Report": {"violation_id": _VIOLATION, **_SEEN, "evidence": _FILES},
    "Sighting": {
        "number": 1,
        "status": "still_there",
        "at": "2026-11-25T08:10:20+08:00",
        "score": 0.69,
        "box": _BOX,
        "evidence": [],
    },
    "VerdictRequest": {"verdict": "dismissed", "reason": "影子，不是垃圾", "by": "李"},
    "Register": {"standard": "litter.exposed", "by": "李"},
    "Dispatch": {"department": "明水环卫所", "note": "请尽快清运", "by": "李"},
    "Assign": {"handler": "张", "by": "明水环卫所"},
    "Finish": {"opinion": "已清运，地面已冲洗", "pictures": [_SNAPSHOT], "by": "张"},
    "Check": {"opinion": "同一视角已看不到", "by": "王"},
    "AskPostpone": {
        "reason": "连续降雨，无法施工",
        "limit": {"amount": 2, "unit": "work_day"},
        "by": "张",
    },
    "AskSuspend": {
        "reason": "冬季不能铺沥青",
        "ground": "seasonal",
        "until": "2027-03-15",
        "by": "张",
    },
    "HandOver": {"agency": "市场监督管理局", "reason": "食品摊点，归市场监管", "by": "李"},
    "ComplianceWrite": {
        "legal_review_id": "法审〔2026〕3号",
        "legal_reviewed_on": "2026-01-05",
        "tech_review_id": "技审〔2026〕9号",
        "tech_reviewed_on": "2026-01-06",
        "published_location_url": "https://www.example.gov.cn/cameras",
        "sign_posted_on": "2026-01-08",
    },
    "HistoryEntry": {
        "number": 2,
        "action": "register",
        "name_zh": "立案",
        "name_en": "register",
        "before": "reported",
        "after": "accepted",
        "by": "李",
        "by_kind": "person",
        "at": "2026-11-25T00:05:00Z",
        "fields": {"standard": "litter.exposed"},
    },
    "Heartbeat": {
        "worker": "district-a",
        "at": "2026-11-25T08:00:20+08:00",
        "kinds": ["litter"],
        "cameras": [{"camera_id": "gate-3", "state": "live", "since": "2026-11-25T07:58:00+08:00"}],
        "outbox_waiting": 0,
    },
    "Case": {
        "id": 9,
        "number": "370114-20261125-00009",
        "violation_id": _VIOLATION,
        "status": "reported",
        "cleared_at": None,
        **_SEEN,
        "category": {
            "scheme": "cjj214-2",
            "type": "事件",
            "code": "0102",
            "service_code": "E-0102",
            "name_zh": "暴露垃圾",
            "name_en": "exposed litter",
        },
        "first_seen": "2026-11-25T00:00:00Z",
        "confirmed_at": "2026-11-25T00:00:20Z",
        "last_seen": "2026-11-25T00:10:20Z",
        "received_at": "2026-11-25T00:00:21Z",
        "dismiss_reason": None,
        "decided_at": None,
        "decided_by": None,
        "evidence": [
            {**file, "url": f"/v1/evidence/{file['sha256']}", "sighting": None} for file in _FILES
        ],
        "sightings": [
            {
                "number": 1,
                "status": "still_there",
                "at": "2026-11-25T00:10:20Z",
                "received_at": "2026-11-25T00:10:21Z",
            }
        ],
    },
    "Problem": {
        "type": "urn:five-chief:problem:invalid",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "the catalogue 2026.11.2 has no violation of kind 'parking'",
        "errors": [{"field": "kind", "message": "is unknown; known are: litter, vending, manhole"}],
    },
}

"""Every kind of question that the API and its page ask of cases, timed over HTTP.

Each is asked many times, with other values each time, taken from cases of the store itself.
"""

import http.client
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from bench.reporting import Client, p95_ms

_SAMPLES = 200
_PAGE = "/v1/cases?limit=50&"

QUICK = (
    "list", "list_deep", "filter_state", "filter_class", "filter_camera", "filter_street",
    "filter_chief", "filter_circle", "filter_time", "filter_overdue", "filter_text", "filter_all",
    "detail",
)  # fmt: skip
"""Those that a quick run asks."""

QUESTIONS = {
    "list": "",
    "list_deep": "cursor={deep}",
    "list_by_deadline": "sort=deadline",
    "list_by_deadline_deep": "sort=deadline&cursor={deep_due}",
    "filter_state": "status={status}",
    "filter_state_rare": "status=returned",
    "filter_state_closed_deep": "status=closed&cursor={deep}",
    "filter_states": "status=dispatched&status=pending_handle&status=handling",
    "filter_states_over": "status=closed&status=voided",
    "filter_kind": "kind=manhole",
    "filter_class": "service_code={service_code}",
    "filter_class_rare": "type=部件&code=0114",
    "filter_class_absent": "service_code=E-9999",
    "filter_classes": "service_code=E-0102&service_code=E-0501",
    "filter_camera": "camera_id={camera}",
    "filter_camera_rare": "camera_id=cam-0599",
    "filter_source": "source=12345",
    "filter_sources": "source=12345&source=dahua",
    "filter_street": "street={street}",
    "filter_street_absent": "street=无此街道",
    "filter_community": "community={community}",
    "filter_department": "department=环卫",
    "filter_chief": "chief={lane_chief}",
    "filter_chief_common": "chief={street_chief}",
    "filter_urgent": "urgent=true",
    "filter_not_urgent": "urgent=false",
    "filter_recurring": "recurring=true",
    "filter_overdue": "overdue=true",
    "filter_overdue_by_deadline": "overdue=true&sort=deadline",
    "filter_not_overdue": "overdue=false",
    "filter_circle": "near={point}&radius_m=200",
    "filter_circle_wide": "near={point}&radius_m=5000",
    "filter_circle_empty": "near=117.0,36.2&radius_m=2000",
    "filter_box": "bbox={box}",
    "filter_box_wide": "bbox={wide_box}",
    "filter_box_empty": "bbox=116.0,36.0,116.9,36.4",
    "filter_time": "since={since}",
    "filter_time_deep": "since={since}&cursor={deep}",
    "filter_until": "until={since}",
    "filter_day": "since={since}&until={day_later}",
    "filter_text": "q={address}",
    "filter_text_common": "q=泉",
    "filter_text_part": "q={road}",
    "filter_text_absent": "q=无此地址",
    "filter_text_number": "q={number}",
    "filter_text_digits": "q={digits}",
    "filter_text_digits_absent": "q=99999-99",
    "filter_all": "status=voided&kind=manhole&camera_id={camera}",
    "both_state_class": "status=closed&service_code=C-0114",
    "both_state_class_none": "status=returned&service_code=C-0114",
    "both_state_street": "status={status}&street={street}",
    "both_class_source_none": "service_code=C-0114&source=12345",
    "both_state_text": "status=reported&q=泉",
    "both_state_box": "status={status}&bbox={wide_box}",
    "both_street_overdue": "street={street}&overdue=true",
    "both_chief_state": "chief={street_chief}&status=voided",
    "both_class_circle": "service_code=C-0114&near={point}&radius_m=2000",
    "both_street_day": "street={street}&since={since}&until={day_later}",
    "both_department_void": "department=环卫&status=voided",
    "both_urgent_overdue": "urgent=true&overdue=true&sort=deadline",
    "both_camera_deadline": "camera_id={camera}&sort=deadline",
    "both_recurring_state": "recurring=true&status=reported",
    "many": "status=closed&kind=litter&source=camera&street={street}&urgent=false&since={since}",
}
"""What is asked of the list of cases."""

PLACES = {
    "detail": "/v1/cases/{id}",
    "detail_timers": "/v1/cases/{id}/timers",
    "detail_history": "/v1/cases/{id}/history",
    "detail_actions": "/v1/cases/{id}/actions",
    "detail_notices": "/v1/cases/{id}/notices",
    "detail_route": "/v1/cases/{id}/route",
    "detail_tickets": "/v1/cases/{id}/tickets",
    "open311_day": "/open311/v2/requests.json?start_date={since}&end_date={day_later}&page_size=50",
    "open311_open": "/open311/v2/requests.json?status=open&page_size=50",
    "open311_class": "/open311/v2/requests.json?service_code=C-0114&status=closed&page_size=50",
    "open311_one": "/open311/v2/requests/{number}.json",
    "notices": "/v1/notices?limit=50",
    "notices_failed": "/v1/notices?limit=50&state=failed",
    "known_before": "/v1/statistics/known-before",
    "watching": "/v1/watching",
    "evidence_head": "/v1/evidence-chain/head",
}
"""What else is asked of cases."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How long answers took.

    Attributes:
        p50_ms: the median, milliseconds, as the client waits.
        p95_ms: the 95th percentile.
        cpu_ms: what the server spent on one in the mean: on a busy machine it says more.
        items: how many cases came, in the mean.
    """

    p50_ms: float
    p95_ms: float
    cpu_ms: float
    items: float


def ask(
    client: Client, cases: int, times: int, cpu_s: Callable[[], float], *, quick: bool = False
) -> dict[str, Answered]:
    """Ask each question so many times.

    Args:
        cpu_s: the CPU time that the server has had, seconds.
        quick: only the questions of `QUICK`.
    """
    values = _Values(client, cases)
    forms = {name: _PAGE + form for name, form in QUESTIONS.items()} | PLACES
    found = {}
    for name in QUICK if quick else forms:
        took, items, before = [], 0, cpu_s()
        for turn in range(times):
            seconds, body = client.get(values.fill(forms[name], turn))
            took.append(seconds)
            items += body.count(b'"number":')
        spent = cpu_s() - before
        median = sorted(took)[len(took) // 2] * 1000
        found[name] = Answered(median, p95_ms(took), 1000 * spent / times, items / times)
    return found


class _Values:
    """What to ask for, from cases that are there."""

    def __init__(self, client: Client, cases: int) -> None:
        chance = random.Random(7)
        self._cases = cases
        ids = sorted(chance.sample(range(1, cases), min(_SAMPLES, cases - 1)))
        self._samples = [json.loads(client.get(f"/v1/cases/{id_}")[1]) for id_ in ids]
        chance.shuffle(self._samples)
        page = json.loads(client.get(f"{_PAGE}sort=deadline&limit=10")[1])
        self._deep_due = page["next"]

    def fill(self, form: str, turn: int) -> str:
        """The address, with the values of a turn."""
        case = self._samples[turn % len(self._samples)]
        place = case["place"]
        longitude, latitude = place["longitude"], place["latitude"]
        since = datetime.fromisoformat(case["received_at"])
        index = int(place["camera_id"][4:] or 0) if place["camera_id"] else turn
        values = {
            "deep": case["id"] + 1,
            "deep_due": self._deep_due,
            "status": ("reported", "handling", "dispatched", "closed", "voided")[turn % 5],
            "service_code": case["category"]["service_code"],
            "camera": f"cam-{index:04d}",
            "street": place["street"],
            "community": place["community"],
            "lane_chief": f"lane-{index % 120:03d}",
            "street_chief": f"street-{index % 18:02d}",
            "point": f"{longitude},{latitude}",
            "box": _box(longitude, latitude, 0.004),
            "wide_box": _box(longitude, latitude, 0.05),
            "since": _at(since),
            "day_later": _at(since + timedelta(days=1)),
            "address": place["address"],
            "road": place["address"][3:6],
            "number": case["number"],
            "digits": case["number"][7:15],
            "id": case["id"],
        }
        return quote(form.format(**values), safe="/?&=:,-.")


def _box(longitude: float, latitude: float, half: float) -> str:
    corners = longitude - half, latitude - half, longitude + half, latitude + half
    return ",".join(f"{corner:.6f}" for corner in corners)


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def export(
    url: str, key: str, form: str, query: str, most: int | None = None
) -> tuple[float, float, int]:
    """Export cases as `csv` or `xlsx`: seconds to the first byte and to the last; bytes.

    Args:
        most: hang up after so many bytes.
    """
    answer, began = _open(
        url, f"/v1/cases/export.{form}?{query}", {"Authorization": f"Bearer {key}"}
    )
    size = len(answer.read(1))
    first = time.perf_counter() - began
    while (most is None or size < most) and (piece := answer.read(1 << 16)):
        size += len(piece)
    answer.close()
    return first, time.perf_counter() - began, size


def resume(url: str, key: str, after: int, events: int) -> tuple[float, float]:
    """Take the live stream up again: seconds to the first event after `after`, and to the last."""
    headers = {"Authorization": f"Bearer {key}", "Last-Event-ID": str(after)}
    line, began = _open(url, "/v1/alerts/stream", headers)
    seen, first = 0, 0.0
    while seen < events:
        if line.readline().startswith(b"event:"):
            seen += 1
            first = first or time.perf_counter() - began
    seconds = time.perf_counter() - began
    line.close()
    return first, seconds


def _open(url: str, path: str, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, float]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, f"{path}: {answer.status} {answer.read(500)!r}"
    return answer, began

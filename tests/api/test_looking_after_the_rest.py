"""What an administrator looks after besides: catalogue, reasons, calendar, areas, audit."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.api.conftest import Api, picture, sha256

ROOT = Path(__file__).parents[2]
JPEG = picture()
REASON = {"name_zh": "塑料袋影子", "name_en": "a bag's shadow", "false_positive": True}
NOTED = re.compile(r'\bnote(?:_alone)?\((?:\s*[\w.]+(?:\(\w*\))?,){3}\s*"([a-z._-]+)"')


def test_the_catalogue_shows_versions_conditions_and_limits_with_their_sources(shared: Api) -> None:
    found = shared.get("/v1/catalogue").json()
    assert found["in_force"] is True
    assert found["source"] != ""
    assert [one["version"] for one in found["versions"]] == [found["version"]]
    litter = next(kind for kind in found["kinds"] if kind["kind"] == "litter")
    assert (litter["service_code"], litter["type"]) == ("E-0102", "事件")
    (first, *_) = litter["standards"]
    assert first["limits"][0]["stage"] == "handle"
    assert all(one["source"] for one in litter["standards"])
    assert shared.get("/v1/catalogue", params={"version": found["version"]}).json() == found
    assert shared.get("/v1/catalogue", params={"version": "1900.1"}).status_code == 404


def test_who_writes_a_reason_second_is_told(api: Api) -> None:
    address = "/v1/dismissal-reasons/bag_shadow"
    made = api.put(address, json=REASON)
    assert made.status_code == 201
    seen = {"If-Match": made.json()["etag"]}
    off = api.put(address, json=REASON | {"active": False}, headers=seen)
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert off.json()["position"] == made.json()["position"]
    late = api.put(address, json=REASON | {"name_zh": "影子"}, headers=seen)
    assert late.status_code == 412
    missing = api.put("/v1/dismissal-reasons/none_such", json=REASON, headers=seen)
    assert missing.status_code == 412
    noted = api.get("/v1/audit", params={"act": "reason.put"}).json()["items"]
    assert [one["object"] for one in noted] == ["bag_shadow"] * 2


def test_days_off_have_their_names(shared: Api) -> None:
    days = shared.get("/v1/clocks", params={"year": 2026}).json()["special_days"]
    by_date = {one["date"]: one for one in days}
    assert by_date["2026-01-01"] == {
        "date": "2026-01-01",
        "works": False,
        "name_zh": "元旦",
        "name_en": "New Year's Day",
        "own": False,
    }
    assert by_date["2026-01-04"]["works"] is True


def test_areas_that_are_written_and_dropped_are_in_the_audit(api: Api) -> None:
    line = {"type": "LineString", "coordinates": [[117.5, 36.7], [117.51, 36.7]]}
    lane = {"code": "lane-7", "role": "lane", "place": "南巷", "chief": {"name": "赵"}}
    address = "/v1/chiefs/assignments/lane-7"
    assert api.put(address, json=lane | {"geometry": line}).status_code == 201
    assert api.put(address, json=lane | {"geometry": line}).status_code == 200, "nothing new"
    assert api.delete(address).status_code == 204
    noted = api.get("/v1/audit", params={"object": "lane-7"}).json()["items"]
    assert [one["act"] for one in noted] == ["area.drop", "area.put"]


def entries(api: Api, **which: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/audit", params=which).json()["items"]
    return found


def test_the_audit_is_asked_by_time_and_exported_as_it_was_asked(api: Api) -> None:
    api.file(JPEG)
    assert api.get(f"/v1/evidence/{sha256(JPEG)}").is_success
    api.put("/v1/dismissal-reasons/bag_shadow", json=REASON)
    (seen,) = entries(api, act="evidence.view")
    after = datetime.fromisoformat(seen["at"]) + timedelta(microseconds=1)
    assert [one["act"] for one in entries(api, since=after.isoformat())] == ["reason.put"]
    assert entries(api, until=seen["at"]) == []
    answer = api.get("/v1/audit/export.csv", params={"object": sha256(JPEG)})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header[:5] == ["时间", "类别", "何人", "操作", "对象"]
    assert row[3:5] == ["evidence.view", sha256(JPEG)]
    local = datetime.strptime(row[0] + " +0800", "%Y-%m-%d %H:%M:%S %z")
    assert abs(local - datetime.fromisoformat(seen["at"])) < timedelta(seconds=1)
    assert entries(api)[0]["act"] == "audit.export"
    assert datetime.fromisoformat(entries(api)[0]["at"]) < datetime.now(UTC)


def test_the_page_has_a_word_for_all_that_is_noted() -> None:
    code = [path.read_text("utf-8") for path in (ROOT / "api").rglob("*.py")]
    noted = {act for text in code for act in NOTED.findall(text)}
    assert {"person.add", "key.rotate", "subscription.replay", "evidence.export"} <= noted
    page = (ROOT / "page/src/views/admin/audit.ts").read_text("utf-8")
    known = set(re.findall(r'^  "([a-z._-]+)",$', page, re.MULTILINE))
    assert noted - known == set(), "list it in ACTS, with a word act_word.… in both catalogues"

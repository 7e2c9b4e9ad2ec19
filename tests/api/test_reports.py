"""Reports become cases, exactly once each."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies

from tests.api.conftest import (
    Api,
    evidence_of,
    picture,
    report_of,
    sha256,
    sighting_of,
)


def test_a_report_becomes_a_case_with_number_code_place_time_and_evidence(
    api: Api, jpeg: bytes, mp4: bytes
) -> None:
    report = report_of(evidence_of(jpeg), evidence_of(mp4, "clip", "video/mp4"))
    answer = api.submit(report, jpeg, mp4)
    assert answer.status_code == 201
    case = answer.json()
    assert answer.headers["Location"] == f"/v1/cases/{case['id']}"
    assert api.get(answer.headers["Location"]).json() == case
    assert case["number"].startswith("370114-2")
    assert case["number"].endswith("-00001")
    assert case["category"]["service_code"] == "E-0102"
    assert case["category"]["type"] == "事件"
    assert case["place"] == report["place"]
    assert case["first_seen"] == "2025-11-25T00:00:00Z"
    assert case["status"] == "reported"
    assert [item["role"] for item in case["evidence"]] == ["snapshot", "clip"]
    assert api.get(case["evidence"][1]["url"]).content == mp4


def test_an_acknowledgement_has_the_version_that_readers_see(api: Api, jpeg: bytes) -> None:
    report = report_of(evidence_of(jpeg))
    for status in (201, 200):
        answer = api.submit(report, jpeg)
        assert answer.status_code == status
        assert answer.headers["ETag"] == api.get(answer.headers["Location"]).headers["ETag"]
    path = f"/v1/reports/{report['violation_id']}/sightings"
    answer = api.post(path, json=sighting_of(1))
    assert answer.headers["ETag"] == api.get(answer.headers["Location"]).headers["ETag"]


def test_a_component_of_the_code_table_is_filed_as_one(api: Api, jpeg: bytes) -> None:
    assert api.file(jpeg, kind="manhole")["category"]["service_code"] == "C-0114"


def test_png_pictures_are_taken_too(api: Api) -> None:
    png = picture(1, ".png")
    answer = api.submit(report_of(evidence_of(png, "annotated", "image/png")), png)
    assert answer.status_code == 201


def test_an_extension_after_the_files_name_and_a_document_sent_as_a_file_are_fine(
    api: Api, jpeg: bytes
) -> None:
    report = json.dumps(report_of(evidence_of(jpeg)))
    parts = [
        ("report", ("report.json", report, "application/json")),
        ("files", (sha256(jpeg) + ".jpg", jpeg)),
    ]
    assert api.post("/v1/reports", files=parts).status_code == 201


def test_the_same_report_again_is_the_same_case(api: Api, jpeg: bytes) -> None:
    report = report_of(evidence_of(jpeg))
    first, again = api.submit(report, jpeg), api.submit(report, jpeg)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["Location"] == again.headers["Location"]
    assert len(api.cases()) == 1


def test_another_spelling_of_the_same_report_is_the_same_report(api: Api, jpeg: bytes) -> None:
    report = report_of(evidence_of(jpeg))
    api.submit(report, jpeg)
    same: dict[str, Any] = dict(reversed(report.items())) | {"first_seen": "2025-11-25T00:00:00Z"}
    assert api.submit(same, jpeg).status_code == 200


def test_an_id_that_returns_with_other_content_is_refused(api: Api, jpeg: bytes) -> None:
    report = report_of(evidence_of(jpeg))
    case = api.submit(report, jpeg).json()
    other = picture(9)
    answer = api.submit(report | {"score": 0.5, "evidence": [evidence_of(other)]}, other)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith(":other-content")
    assert case["number"] in answer.json()["detail"]
    assert [path.name for path in api.kept_files()] == [sha256(jpeg)]


def test_two_reports_may_share_a_picture(api: Api, jpeg: bytes) -> None:
    api.file(jpeg)
    api.file(jpeg)
    assert len(api.cases()) == 2
    assert len(api.kept_files()) == 1


def test_twelve_posts_of_one_report_at_once_make_one_case(api: Api, jpeg: bytes) -> None:
    report = report_of(evidence_of(jpeg))
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: api.submit(report, jpeg), range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(api.cases()) == 1


def test_posts_of_one_id_with_two_contents_at_once_make_one_case(api: Api, jpeg: bytes) -> None:
    report = report_of(evidence_of(jpeg))
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda i: api.submit(report | {"score": 0.1 * (i % 2)}, jpeg), range(8))
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [201] + [409] * 4
    assert len(api.cases()) == 1


def test_twenty_reports_at_once_are_numbered_without_gap_or_clash(api: Api, jpeg: bytes) -> None:
    with ThreadPoolExecutor(20) as pool:
        cases = list(pool.map(lambda _: api.file(jpeg), range(20)))
    numbers = sorted(case["number"] for case in cases)
    # A test that runs over midnight sees two days, each numbered from one.
    for day in {number[:15] for number in numbers}:
        serials = [int(number[-5:]) for number in numbers if number.startswith(day)]
        assert serials == list(range(1, len(serials) + 1))


POSTS = strategies.lists(
    strategies.tuples(strategies.integers(0, 2), strategies.booleans()), max_size=8
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(posts=POSTS)
def test_whatever_the_order_the_first_content_of_an_id_stays(
    shared: Api, posts: list[tuple[int, bool]]
) -> None:
    data = picture()
    reports = [report_of(evidence_of(data)) for _ in range(3)]
    first: dict[int, bool] = {}
    before = newest(shared)
    for index, variant in posts:
        report = reports[index] | {"label": "bag" if variant else "heap"}
        status = shared.submit(report, data).status_code
        if index not in first:
            assert status == 201
            first[index] = variant
        else:
            assert status == (200 if first[index] == variant else 409)
    assert newest(shared) - before == len(first)


def newest(api: Api) -> int:
    items = api.get("/v1/cases?limit=1").json()["items"]
    return int(items[0]["id"]) if items else 0

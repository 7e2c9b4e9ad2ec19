"""Reports become cases, exactly once each."""

from typing import Any

from tests.api.conftest import Api, evidence_of, report_of


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
    assert case["first_seen"] == "2026-11-25T00:00:00Z"
    assert case["status"] == "reported"
    assert [item["role"] for item in case["evidence"]] == ["snapshot", "clip"]
    assert api.get(case["evidence"][1]["url"]).content == mp4


def test_a_part_of_the_code_table_is_filed_as_a_component(api: Api, jpeg: bytes) -> None:
    assert api.file(jpeg, kind="manhole")["category"]["service_code"] == "C-0114"


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
    same: dict[str, Any] = dict(reversed(report.items())) | {"first_seen": "2026-11-25T00:00:00Z"}
    assert api.submit(same, jpeg).status_code == 200

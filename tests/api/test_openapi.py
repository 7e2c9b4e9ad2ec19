"""The API describes itself, completely and correctly."""

import html
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api import schema
from api.examples import EXAMPLES
from api.life import fields
from api.schema import Case, CasePage, compliance
from tests.api.conftest import WORKER_KEY, Api, evidence_of, picture, report_of, sighting_of

ROUTES = {
    ("post", "/v1/reports"),
    ("post", "/v1/reports/{violation_id}/sightings"),
    ("post", "/v1/heartbeats"),
    ("post", "/v1/intake/{source}"),
    ("get", "/v1/cases/{case_id}/tickets"),
    ("post", "/v1/cases/{case_id}/callbacks"),
    ("get", "/v1/statistics/known-before"),
    ("get", "/v1/cases"),
    ("get", "/v1/cases/export.csv"),
    ("get", "/v1/cases/export.xlsx"),
    ("get", "/v1/cases/{case_id}"),
    ("get", "/v1/cases/{case_id}/actions"),
    ("post", "/v1/cases/{case_id}/actions/{action}"),
    ("get", "/v1/cases/{case_id}/history"),
    ("get", "/v1/cases/{case_id}/approvals"),
    ("get", "/v1/cases/{case_id}/transfers"),
    ("post", "/v1/cases/{case_id}/files"),
    ("get", "/v1/cameras/{camera_id}/compliance"),
    ("put", "/v1/cameras/{camera_id}/compliance"),
    ("get", "/v1/standards"),
    ("get", "/v1/catalogue"),
    ("post", "/v1/cases/{case_id}/verdict"),
    ("delete", "/v1/cases/{case_id}/verdict"),
    ("post", "/v1/cases/{case_id}/snooze"),
    ("put", "/v1/cases/{case_id}/assignee"),
    ("get", "/v1/colleagues"),
    ("get", "/v1/snoozes"),
    ("delete", "/v1/snoozes/{snooze_id}"),
    ("get", "/v1/dismissal-reasons"),
    ("put", "/v1/dismissal-reasons/{code}"),
    ("get", "/v1/cases/{case_id}/notices"),
    ("get", "/v1/cases/{case_id}/route"),
    ("get", "/v1/notices"),
    ("get", "/v1/rectifications"),
    ("post", "/v1/notices/{notice_id}/send"),
    ("get", "/v1/cases/{case_id}/timers"),
    ("post", "/v1/cases/{case_id}/timers/{stage}/finish"),
    ("get", "/v1/clocks"),
    ("get", "/v1/clocks/reckon"),
    ("get", "/v1/chiefs"),
    ("get", "/v1/chiefs/at"),
    ("put", "/v1/chiefs/roles/{code}"),
    ("delete", "/v1/chiefs/roles/{code}"),
    ("put", "/v1/chiefs/assignments/{code}"),
    ("delete", "/v1/chiefs/assignments/{code}"),
    ("post", "/v1/chiefs/import"),
    ("post", "/v1/shops/import"),
    ("get", "/v1/shops"),
    ("get", "/v1/shops/{code}"),
    ("get", "/v1/shop-records"),
    ("post", "/v1/components/import"),
    ("get", "/v1/components"),
    ("get", "/v1/components/at"),
    ("get", "/v1/components/{number}"),
    ("get", "/v1/evidence/{sha256}"),
    ("get", "/v1/links/{link}"),
    ("get", "/v1/alerts/stream"),
    ("post", "/v1/camera-alerts"),
    ("get", "/v1/camera-alerts"),
    ("get", "/v1/watching"),
    ("get", "/v1/health"),
    ("get", "/v1/cameras"),
    ("get", "/v1/cameras/{camera_id}/zones"),
    ("put", "/v1/cameras/{camera_id}/zones"),
    ("get", "/v1/wall"),
    ("get", "/v1/mine"),
    ("post", "/v1/chief-sessions"),
    ("post", "/v1/chief-links"),
    ("delete", "/v1/chief-links/{assignment}"),
    ("get", "/v1/statistics/figures"),
    ("get", "/v1/statistics/hot-spots"),
    ("get", "/v1/map"),
    ("get", "/v1/map/components"),
    ("get", "/v1/map/{layer}"),
    ("post", "/v1/cameras/{camera_id}/misses"),
    ("get", "/v1/misses"),
    ("get", "/v1/misses/export.zip"),
    ("get", "/v1/statistics/recall"),
    ("get", "/v1/memory"),
    ("post", "/v1/memory"),
    ("post", "/v1/memory/{violation_id}/forget"),
    ("post", "/v1/memory/{violation_id}/take-back"),
    ("post", "/v1/cameras/{camera_id}/confirm-view"),
    ("get", "/v1/cameras/{camera_id}/latest"),
    ("get", "/v1/cameras/{camera_id}"),
    ("put", "/v1/cameras/{camera_id}"),
    ("get", "/v1/cameras/{camera_id}/versions"),
    ("post", "/v1/cameras/{camera_id}/versions/{version}/restore"),
    ("post", "/v1/cameras/{camera_id}/snapshots"),
    ("get", "/v1/cameras/{camera_id}/snapshots/{snapshot_id}"),
    ("get", "/v1/cameras/{camera_id}/snapshots/{snapshot_id}/picture"),
    ("get", "/v1/cameras/{camera_id}/live"),
    ("post", "/v1/cameras/probes"),
    ("get", "/v1/cameras/probes/{probe_id}"),
    ("get", "/v1/cameras/probes/{probe_id}/picture"),
    ("post", "/v1/cameras/discoveries"),
    ("get", "/v1/cameras/discoveries/{discovery_id}"),
    ("get", "/v1/line"),
    ("post", "/v1/line/answers"),
    ("post", "/v1/login"),
    ("post", "/v1/logout"),
    ("post", "/v1/subscriptions"),
    ("get", "/v1/subscriptions"),
    ("get", "/v1/subscriptions/{subscription_id}"),
    ("patch", "/v1/subscriptions/{subscription_id}"),
    ("delete", "/v1/subscriptions/{subscription_id}"),
    ("post", "/v1/subscriptions/{subscription_id}/secrets"),
    ("post", "/v1/subscriptions/{subscription_id}/replay"),
    ("get", "/v1/subscriptions/{subscription_id}/deliveries"),
    ("post", "/v1/subscriptions/{subscription_id}/deliveries/{delivery_id}/replay"),
    ("post", "/v1/egova/actions"),
    ("get", "/open311/v2/discovery.{format}"),
    ("get", "/open311/v2/services.{format}"),
    ("get", "/open311/v2/services/{service_code}.{format}"),
    ("get", "/open311/v2/requests.{format}"),
    ("post", "/open311/v2/requests.{format}"),
    ("get", "/open311/v2/tokens/{token}.{format}"),
    ("get", "/open311/v2/requests/{service_request_id}.{format}"),
    ("get", "/v1/evidence-chain/head"),
    ("get", "/v1/cases/{case_id}/manifests"),
    ("get", "/v1/sign-in"),
    ("get", "/v1/oidc/start"),
    ("get", "/v1/oidc/callback"),
    ("post", "/v1/first-run"),
    ("get", "/v1/me"),
    ("post", "/v1/logout-everywhere"),
    ("post", "/v1/password"),
    ("get", "/v1/people"),
    ("get", "/v1/audit/export.csv"),
    ("post", "/v1/people"),
    ("patch", "/v1/people/{person_id}"),
    ("get", "/v1/keys"),
    ("post", "/v1/keys"),
    ("post", "/v1/keys/{key_id}/rotate"),
    ("post", "/v1/keys/{key_id}/revoke"),
    ("get", "/v1/audit"),
}


@pytest.fixture(scope="module")
def document(shared: Api) -> dict[str, Any]:
    found: dict[str, Any] = shared.get("/v1/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_route_is_described_with_summary_tag_and_text(document: dict[str, Any]) -> None:
    assert {(method, path) for method, path, _ in operations(document)} == ROUTES
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, operation in operations(document):
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert set(operation["tags"]) <= tags
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_every_error_is_described_as_a_problem(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        if path.startswith("/open311/"):
            continue  # that protocol has errors of its own
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (method, path)
                shape = response["content"]["application/problem+json"]["schema"]
                assert shape == {"$ref": "#/components/schemas/Problem"}


def test_every_route_says_which_key_it_wants(document: dict[str, Any]) -> None:
    assert set(document["components"]["securitySchemes"]) == {"key", "session"}
    open_to_all = {"/v1/health", "/v1/login", "/v1/logout", "/v1/sign-in", "/v1/first-run"}
    open_to_all |= {"/v1/oidc/start", "/v1/oidc/callback", "/v1/links/{link}", "/v1/chief-sessions"}
    open_to_all |= {
        f"/open311/v2/{what}.{{format}}"
        for what in ("discovery", "services", "services/{service_code}")
    }
    for _, path, operation in operations(document):
        assert bool(operation.get("security")) == (path not in open_to_all), path


def test_every_reference_leads_somewhere_and_every_schema_is_one(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for reference in references(document):
        head, _, name = reference.rpartition("/")
        assert head == "#/components/schemas"
        assert name in schemas, name
    for each in schemas.values():
        Draft202012Validator.check_schema(each)
    assert "HTTPValidationError" not in schemas


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def checker(document: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"})


def test_real_documents_and_answers_fit_their_schemas(
    document: dict[str, Any], shared: Api
) -> None:
    data = picture()
    report = report_of(evidence_of(data))
    checker(document, "Report").validate(report)
    checker(document, "Sighting").validate(sighting_of(1))
    checker(document, "Case").validate(shared.submit(report, data).json())
    checker(document, "CasePage").validate(shared.get("/v1/cases").json())
    checker(document, "Watching").validate(shared.get("/v1/watching").json())
    checker(document, "Problem").validate(shared.get("/nothing").json())
    assert not checker(document, "Report").is_valid(report | {"kind": 1})


def test_reports_are_described_as_multipart(document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/reports"]["post"]["requestBody"]
    form = body["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["report"]
    assert form["properties"]["report"] == {"$ref": "#/components/schemas/Report"}
    sighting = document["paths"]["/v1/reports/{violation_id}/sightings"]["post"]["requestBody"]
    assert set(sighting["content"]) == {"multipart/form-data", "application/json"}


def test_every_example_fits_its_schema_and_its_model(document: dict[str, Any]) -> None:
    for name, example in EXAMPLES.items():
        assert document["components"]["schemas"][name]["examples"] == [example]
        checker(document, name).validate(example)
        places = (schema, fields, compliance)
        next(getattr(place, name) for place in places if hasattr(place, name)).model_validate(
            example
        )


def test_the_description_can_be_read_without_scripts_or_the_internet(
    document: dict[str, Any], shared: Api
) -> None:
    answer = shared.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    for method, path, operation in operations(document):
        assert f"{method.upper()} {path}" in answer.text
        assert f'id="{operation["operationId"]}"' in answer.text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in answer.text
    links = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
    assert all(link.startswith(("/", "#")) for link in links)
    anchors = {link[1:] for link in links if link.startswith("#")}
    assert anchors <= set(re.findall(r'id="([^"]+)"', answer.text))
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert shared.get("/docs/style.css").headers["content-type"].startswith("text/css")


def test_the_description_is_also_where_tools_look_first(shared: Api) -> None:
    answer = shared.get("/openapi.json")
    assert (answer.status_code, answer.headers["location"]) == (307, "/v1/openapi.json")


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples are for curl")
def test_the_examples_of_the_description_work_as_they_are_written(
    shared: Api, tmp_path: Path
) -> None:
    text = shared.get("/docs").text
    assert "Authorization: Bearer KEY" in text
    blocks = [html.unescape(code) for code in re.findall("<pre>(.*?)</pre>", text, re.DOTALL)]
    report, cases = [code for code in blocks if "curl" in code]
    (tmp_path / "street.jpg").write_bytes(picture(size=(1920, 1080)))

    def run(code: str) -> str:
        return subprocess.run(
            ["sh", "-ec", code.replace("http://127.0.0.1:8000", shared.url)],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "KEY": WORKER_KEY},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    case = Case.model_validate_json(run(report))
    assert case.evidence[0].role == "snapshot"
    assert CasePage.model_validate_json(run(cases)).items[0].id == case.id

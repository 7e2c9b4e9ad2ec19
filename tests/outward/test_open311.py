"""Open311 GeoReport v2 as strangers' clients and validators meet it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest
from jsonschema import Draft202012Validator

from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, picture, running

JPEG = picture()
ROOT = "/open311/v2"
FORMATS = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One server for all tests of this file, with a case of each kind and a voided one."""
    settings = Settings(tmp_path_factory.mktemp("open311"), (WORKER_KEY,))
    with running(settings) as url, Api(url, settings) as client:
        for kind in ("litter", "vending", "manhole"):
            client.file(JPEG, kind=kind, label=kind)
        voided = client.file(JPEG)
        answer = client.post(
            f"/v1/cases/{voided['id']}/verdict",
            json={"verdict": "dismissed", "reason": "影子\x01 & <>"},
        )
        assert answer.status_code == 200
        yield client


def get(server: Api, path: str, form: str = "json", **query: Any) -> httpx.Response:
    answer = server.get(f"{ROOT}/{path}.{form}", params=query)
    assert answer.headers["content-type"] == FORMATS[form]
    if form == "xml":
        assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    return answer


def as_dict(element: Element) -> Any:
    """What the JSON of the same document would be, all values being text."""
    lists = {"services", "attributes", "values", "service_requests", "errors", "endpoints"}
    if element.tag in lists | {"formats"}:
        return [as_dict(child) for child in element]
    if len(element):
        return {child.tag: as_dict(child) for child in element}
    return element.text


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_text(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value).replace("\x01", "")


PATHS = ["discovery", "services", "services/E-0102", "requests", "requests/{number}"]


@pytest.mark.parametrize("path", PATHS)
def test_both_formats_say_the_same(server: Api, path: str) -> None:
    number = get(server, "requests").json()[0]["service_request_id"]
    path = path.format(number=number)
    xml, said = get(server, path, "xml"), get(server, path)
    assert (xml.status_code, said.status_code) == (200, 200)
    assert as_dict(fromstring(xml.text)) == as_text(said.json())  # noqa: S314 (our own)


@pytest.mark.parametrize("path", PATHS)
def test_the_json_is_as_the_api_describes_it(server: Api, path: str) -> None:
    number = get(server, "requests").json()[0]["service_request_id"]
    document = server.get("/v1/openapi.json").json()
    described = next(
        operation["get"]
        for address, operation in document["paths"].items()
        if address.startswith(ROOT)
        and len(address.split("/")) == 3 + len(path.split("/"))
        and path.split("/")[0] in address
    )
    ref = described["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    answer = get(server, path.format(number=number)).json()
    Draft202012Validator({**document, "$ref": ref}).validate(answer)


@pytest.mark.parametrize("form", FORMATS)
def test_discovery_names_the_endpoint_and_is_of_the_past(server: Api, form: str) -> None:
    """What the rspec validator of SeeClickFix asks of a discovery document."""
    answer = get(server, "discovery", form)
    found = answer.json() if form == "json" else as_dict(fromstring(answer.text))  # noqa: S314
    assert found["contact"]
    assert found["key_service"]
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["type"] in ("production", "test")
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert endpoint["url"] == f"{server.url}{ROOT}"
    for changeset in (found["changeset"], endpoint["changeset"]):
        assert datetime.fromisoformat(changeset) <= datetime.now(UTC)


def test_services_are_the_catalogues_and_each_has_a_definition(server: Api) -> None:
    services = get(server, "services").json()
    codes = [service["service_code"] for service in services]
    assert {"E-0102", "E-0501", "E-0504", "C-0114"} <= set(codes)
    assert len(codes) == len(set(codes))
    for service in services:
        assert service["metadata"] is True, "a boolean, not a word"
        assert service["type"] == "realtime"
        definition = get(server, f"services/{service['service_code']}").json()
        assert definition["service_code"] == service["service_code"]
        for attribute in definition["attributes"]:
            assert attribute["values"]
            assert all(isinstance(value["key"], str) for value in attribute["values"])


def test_requests_have_what_validators_look_for(server: Api) -> None:
    """The required fields and types of open311/schema-validation, and of validopen311."""
    for request in get(server, "requests").json():
        assert isinstance(request["service_request_id"], str)
        assert request["status"] in ("open", "closed")
        assert isinstance(request["service_code"], str)
        assert isinstance(request["lat"], float)
        assert isinstance(request["long"], float)
        assert "zipcode" in request
        assert len(request["description"]) <= 4000
        for name in ("requested_datetime", "updated_datetime"):
            assert datetime.fromisoformat(request[name]).tzinfo is not None
        assert request["media_url"].startswith(f"{server.url}/v1/links/")


def test_what_is_over_is_closed_and_says_why(server: Api) -> None:
    (closed,) = get(server, "requests", status="closed").json()
    assert closed["status_notes"].startswith("作废:影子")
    assert len(get(server, "requests", status="open").json()) == 3
    assert len(get(server, "requests", status="open,closed").json()) == 4


def test_filters_and_that_ids_override_them(server: Api) -> None:
    everything = get(server, "requests", page_size="4", page="1").json()
    numbers = [each["service_request_id"] for each in everything]
    assert numbers == sorted(numbers, reverse=True)

    def codes(**query: str) -> list[str]:
        return [each["service_code"] for each in get(server, "requests", **query).json()]

    assert codes(service_code="E-0501,C-0114") == ["C-0114", "E-0501"]
    assert codes(service_code="E-9999") == []
    some = ",".join(numbers[:2])
    found = get(server, "requests", service_request_id=some, status="closed", service_code="x")
    assert [each["service_request_id"] for each in found.json()] == numbers[:2]
    now = datetime.now(UTC)
    day = timedelta(days=1)
    assert codes(end_date=(now - day).isoformat()) == []
    assert len(codes(start_date=(now - day).isoformat())) == 4
    assert len(codes(start_date=(now - day).strftime("%Y-%m-%dT%H:%M:%S"))) == 4, "no zone"
    assert len(codes(page_size="3")) == 3
    assert len(codes(page_size="3", page="2")) == 1


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"start_date": "yesterday"}, "start_date"),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, "90 days"),
        ({"start_date": "2026-05-02T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, "before"),
        ({"end_date": "0001-01-01T00:00:00Z"}, "calendar"),
        ({"start_date": "9999-12-31T00:00:00Z"}, "calendar"),
        ({"status": "reopened"}, "open or closed"),
        ({"page_size": "0"}, "page_size"),
        ({"page": "x"}, "page"),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_what_cannot_be_understood_is_a_400_in_the_protocols_form(
    server: Api, form: str, query: dict[str, str], why: str
) -> None:
    answer = get(server, "requests", form, **query)
    assert answer.status_code == 400
    found = answer.json() if form == "json" else as_dict(fromstring(answer.text))  # noqa: S314
    (error,) = found
    assert int(error["code"]) == 400
    assert why in error["description"]
    assert "body" not in error["description"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("services/E-9999", {}),
        ("requests/370114-20990101-00001", {}),
        ("services", {"jurisdiction_id": "somewhere.else"}),
        ("requests", {"jurisdiction_id": "somewhere.else"}),
        ("nothing", {}),
        ("tokens/unknown", {}),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_unknown_is_a_404(server: Api, form: str, path: str, query: dict[str, str]) -> None:
    answer = get(server, path, form, **query)
    assert answer.status_code == 404
    found = answer.json() if form == "json" else as_dict(fromstring(answer.text))  # noqa: S314
    assert [int(error["code"]) for error in found] == [404]


def test_the_districts_own_jurisdiction_may_be_named(server: Api) -> None:
    assert get(server, "services", jurisdiction_id="370114").status_code == 200


def test_with_keys_requests_want_one_and_services_do_not(guarded: Any) -> None:
    stranger, worker = guarded(None), guarded("worker-key-for-tests")
    assert get(stranger, "services").status_code == 200
    refused = get(stranger, "requests")
    assert refused.status_code == 403
    assert refused.json()[0]["code"] == 403
    assert get(stranger, "requests", api_key="wrong").status_code == 403
    assert get(stranger, "requests", api_key="worker-key-for-tests").json() == []
    assert get(worker, "requests").json() == []
    assert json.loads(get(stranger, "requests/1").text)[0]["code"] == 403


def post(server: Api, form: str = "json", **fields: Any) -> httpx.Response:
    answer = server.post(f"{ROOT}/requests.{form}", data=fields, headers={"Authorization": ""})
    assert answer.headers["content-type"] == FORMATS[form]
    return answer


def places() -> Any:
    """Places far from each other, and from every other case."""
    for step in range(1000):
        yield {"lat": str(36.2 + step / 100), "long": "117.9"}


PLACES = places()


def filed(server: Api, form: str = "json", **fields: Any) -> dict[str, Any]:
    said = {"api_key": WORKER_KEY, "service_code": "E-0102", **next(PLACES), **fields}
    answer = post(server, form, **said)
    assert answer.status_code == 201, answer.text
    items = answer.json() if form == "json" else as_dict(fromstring(answer.text))  # noqa: S314
    (item,) = items
    assert set(item) == {"service_request_id", "service_notice", "account_id"}
    return dict(item)


@pytest.mark.parametrize("form", FORMATS)
def test_a_request_is_filed_and_read_back(server: Api, form: str) -> None:
    item = filed(server, form, description="路口有垃圾", address_string="经十路 9 号")
    (found,) = get(server, f"requests/{item['service_request_id']}").json()
    assert found["status"] == "open"
    assert found["status_notes"] == "待核实"
    assert (found["description"], found["address"]) == ("路口有垃圾", "经十路 9 号")
    assert found["service_code"] == "E-0102"
    assert found["long"] == 117.9


def test_the_filing_condition_may_be_chosen(server: Api) -> None:
    (definition,) = get(server, "services/E-0103").json()["attributes"]
    key = definition["values"][0]["key"]
    item = filed(server, service_code="E-0103", **{"attribute[condition]": key})
    (found,) = get(server, f"requests/{item['service_request_id']}").json()
    assert found["service_code"] == "E-0103"


def test_a_token_of_the_clients_own_makes_repeats_safe(server: Api) -> None:
    place = next(PLACES)
    first = filed(server, token="mine-1", **place)
    again = filed(server, "xml", token="mine-1", **place)
    assert again["service_request_id"] == first["service_request_id"]
    expected = [{"service_request_id": first["service_request_id"], "token": "mine-1"}]
    assert get(server, "tokens/mine-1").json() == expected
    assert as_dict(fromstring(get(server, "tokens/mine-1", "xml").text)) == expected  # noqa: S314


def test_what_is_posted_as_json_is_told_to_be_a_form(guarded: Any) -> None:
    said = {"service_code": "E-0102", "api_key": WORKER_KEY}
    answer = guarded(None).post("/open311/v2/requests.json", json=said)
    assert answer.status_code == 403
    assert "send a form" in answer.json()[0]["description"]


def test_what_others_told_of_already_is_one_case(server: Api) -> None:
    place = next(PLACES)
    first, second = filed(server, **place), filed(server, **place)
    assert first["service_request_id"] == second["service_request_id"]
    assert "并入" in second["service_notice"]


def test_a_picture_may_come_with_it(server: Api) -> None:
    said = {"api_key": WORKER_KEY, "service_code": "E-0102", **next(PLACES)}
    files = {"media": ("street.jpg", JPEG, "image/jpeg")}
    answer = server.post(f"{ROOT}/requests.json", data=said, files=files)
    assert answer.status_code == 201, answer.text
    (found,) = get(server, f"requests/{answer.json()[0]['service_request_id']}").json()
    assert server.get(found["media_url"]).content == JPEG


GOOD = {"api_key": WORKER_KEY, "service_code": "E-0102", "lat": "36.1", "long": "117.1"}


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"api_key": None}, 403, "api_key"),
        ({"api_key": "wrong"}, 403, "api_key"),
        ({"service_code": None}, 400, "service_code"),
        ({"service_code": "E-9999"}, 404, "E-9999"),
        ({"jurisdiction_id": "elsewhere"}, 404, "elsewhere"),
        ({"lat": None}, 400, "lat"),
        ({"lat": None, "long": None}, 400, "address_string"),
        ({"lat": None, "long": None, "address_id": "7"}, 400, "address_id"),
        ({"lat": "north"}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": "123"}, 400, "degrees"),
        ({"description": "x" * 4001}, 400, "description"),
        ({"attribute[colour]": "red"}, 400, "colour"),
        ({"attribute[condition]": "litter.none"}, 400, "condition"),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_a_wrong_request_is_refused_in_the_protocols_form_and_files_nothing(
    server: Api, form: str, change: dict[str, str | None], status: int, why: str
) -> None:
    before = len(get(server, "requests").json())
    said = {name: value for name, value in (GOOD | change).items() if value is not None}
    answer = post(server, form, **said)
    assert answer.status_code == status, answer.text
    items = answer.json() if form == "json" else as_dict(fromstring(answer.text))  # noqa: S314
    (error,) = items
    assert int(error["code"]) == status
    assert why in error["description"]
    assert len(get(server, "requests").json()) == before

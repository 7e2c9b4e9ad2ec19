"""What GeoReport v2 says of each document's fields, as JSON Schema, against what is really served.

Fields, types and what must be there: the specification's tables (open311.github.io, GeoReport/v2).
As the public validators read them: `metadata` a boolean, ids text, optional fields may be null.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, picture, running
from tests.api.test_life import done

FORMATS = FormatChecker(formats=())
JPEG = picture()


@FORMATS.checks("zoned", raises=ValueError)
def is_zoned(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("address")
def is_address(value: object) -> bool:
    return not isinstance(value, str) or urlsplit(value).scheme in ("http", "https")


def text(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


def maybe(shape: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [shape, {"type": "null"}]}


def shape_of(must: dict[str, Any], may: dict[str, Any]) -> dict[str, Any]:
    """An object with these fields and no others; what is optional may be null."""
    optional = {name: maybe(shape) for name, shape in may.items()}
    return {
        "type": "object",
        "required": list(must),
        "properties": must | optional,
        "additionalProperties": False,
    }


def list_of(shape: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": shape}


BOOLEAN, NUMBER, WHOLE = {"type": "boolean"}, {"type": "number"}, {"type": "integer"}
WHEN, LINK = text(format="zoned"), text(format="address")
SERVICE = shape_of(
    {
        "service_code": text(minLength=1),
        "service_name": text(minLength=1),
        "metadata": BOOLEAN,
        "type": {"enum": ["realtime", "batch", "blackbox"]},
    },
    {"description": text(), "keywords": text(), "group": text()},
)
VALUE = shape_of({"key": text(), "name": text()}, {})
ATTRIBUTE = shape_of(
    {
        "variable": BOOLEAN,
        "code": text(),
        "datatype": {
            "enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
        },
        "required": BOOLEAN,
    },
    {
        "datatype_description": text(),
        "order": WHOLE,
        "description": text(),
        "values": list_of(VALUE),
    },
)
DEFINITION = shape_of({"service_code": text(), "attributes": list_of(ATTRIBUTE)}, {})
REQUEST = shape_of(
    {
        "service_request_id": text(minLength=1),
        "status": {"enum": ["open", "closed"]},
        "service_code": text(minLength=1),
        "requested_datetime": WHEN,
    },
    {
        "status_notes": text(),
        "service_name": text(),
        "description": text(maxLength=4000),
        "agency_responsible": text(),
        "service_notice": text(),
        "updated_datetime": WHEN,
        "expected_datetime": WHEN,
        "address": text(),
        "address_id": text(),
        "zipcode": text(),
        "lat": NUMBER,
        "long": NUMBER,
        "media_url": LINK,
    },
)
ERROR = shape_of({"code": WHOLE, "description": text(minLength=1)}, {})


def holds(document: Any, shape: dict[str, Any]) -> None:
    found = Draft202012Validator(shape, format_checker=FORMATS).iter_errors(document)
    assert [f"{list(error.path)}: {error.message}" for error in found] == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Cases of each kind: new, at work, closed, void, without a place, told of by a citizen."""
    settings = Settings(tmp_path_factory.mktemp("shapes"), (WORKER_KEY,))
    with running(settings) as url, Api(url, settings) as client:
        for kind in ("litter", "vending", "manhole"):
            client.file(JPEG, kind=kind, label=kind)
        nowhere = client.file(JPEG, place={"camera_id": "nowhere"})
        done(client, nowhere, "register")
        done(client, nowhere, "dispatch", department="环卫所")
        done(client, client.file(JPEG), "void", reason="影子")
        form = {"service_code": "E-0102", "lat": "36.7", "long": "117.5", "description": "垃圾"}
        assert client.post("/open311/v2/requests.json", data=form).status_code == 201
        yield client


def test_services_and_their_definitions(server: Api) -> None:
    services = server.get("/open311/v2/services.json").json()
    holds(services, list_of(SERVICE))
    for service in services:
        assert service["metadata"] is True
        code = service["service_code"]
        holds(server.get(f"/open311/v2/services/{code}.json").json(), DEFINITION)


def test_requests_and_one_request(server: Api) -> None:
    requests = server.get("/open311/v2/requests.json").json()
    assert len(requests) == 6
    holds(requests, list_of(REQUEST))
    offered = {each["service_code"] for each in server.get("/open311/v2/services.json").json()}
    for request in requests:
        assert request["service_code"] in offered
        number = request["service_request_id"]
        one = server.get(f"/open311/v2/requests/{number}.json").json()
        holds(one, list_of(REQUEST))
        assert one == [request]


@pytest.mark.parametrize(
    ("path", "status"),
    [("services/E-9999", 404), ("requests/none", 404), ("tokens/none", 404)],
)
def test_errors(server: Api, path: str, status: int) -> None:
    answer = server.get(f"/open311/v2/{path}.json")
    assert answer.status_code == status
    holds(answer.json(), list_of(ERROR))
    assert answer.json()[0]["code"] == status

"""A stranger's fuzzer holds every route to its description: no 5xx, every answer as described."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis import GenerationMode, checks

from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, picture, report_of, running
from tests.api.conftest import evidence_of as evidence

EXAMPLES = 3
KEY = {"Authorization": f"Bearer {WORKER_KEY}"}
ENDLESS = {"/v1/alerts/stream", "/v1/line"}
CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    chosen = Settings(tmp_path_factory.mktemp("contract"), (WORKER_KEY,))
    with running(chosen) as url, Api(url, chosen) as client:
        yield client


@pytest.fixture(scope="module")
def known(server: Api) -> dict[str, Any]:
    """What there is, by the name that paths have for it."""
    data = picture()
    cases = [server.submit(report_of(evidence(data)), data).json() for _ in range(3)]
    wanted = {"name": "x", "url": "https://not-here.invalid/"}
    made = server.post("/v1/subscriptions", json=wanted)
    assert made.status_code == 201, made.text
    return {
        "case_id": cases[0]["id"],
        "violation_id": cases[1]["violation_id"],
        "sha256": cases[0]["evidence"][0]["sha256"],
        "subscription_id": made.json()["id"],
        "service_request_id": cases[2]["number"],
        "service_code": cases[0]["category"]["service_code"],
        "camera_id": cases[0]["place"]["camera_id"],
    }


def test_every_route_answers_as_it_is_described(server: Api, known: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/v1/openapi.json")
    found: dict[str, str] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in ENDLESS:
            continue
        try:
            for mode in GenerationMode:
                with contextlib.suppress(Unsatisfiable):  # some have nothing to be wrong about
                    fuzz(operation, mode, known)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 (all are wanted)
            found[operation.label] = told(error)[:1500]
    assert not found, "\n\n".join(f"{label}\n{error}" for label, error in found.items())


def fuzz(operation: Any, mode: GenerationMode, known: dict[str, Any]) -> None:
    @seed(2026)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=booleans())
    def each(case: Any, real: bool) -> None:
        if real:  # made-up names alone would seldom get beyond a 404
            for name in set(case.path_parameters) & set(known):
                case.path_parameters[name] = known[name]
        case.call_and_validate(headers=KEY, checks=CHECKS, timeout=20)

    each()


def told(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "\n".join(told(each) for each in error.exceptions)
    return str(error)


def test_no_schema_is_named_after_a_module_of_ours(shared: Api) -> None:
    """Which happens where two have one name, and moves when files do."""
    names = shared.get("/v1/openapi.json").json()["components"]["schemas"]
    assert [name for name in names if "__" in name] == []

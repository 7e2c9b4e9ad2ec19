"""Who may do what."""

import logging
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from api.auth import PUBLIC, check_closed, requires
from api.cookies import is_session, make_session
from api.errors import RouteOpen, SettingsInvalid
from api.schema import Role
from api.settings import Settings
from tests.api.conftest import OPERATOR_KEY, WORKER_KEY, Api, picture, running

Clients = Callable[[str | None], Api]
JPEG = picture()
READS = (
    "/v1/cases",
    "/v1/cases/1",
    "/v1/watching",
    "/v1/alerts/stream",
    f"/v1/evidence/{'0' * 64}",
)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "district.example"])  # noqa: S104
def test_where_others_can_reach_it_nobody_is_let_in_for_being_near(
    tmp_path: Path, host: str
) -> None:
    assert not Settings(tmp_path, (WORKER_KEY,), host=host).trusts_this_machine


def test_a_server_that_others_can_reach_is_closed_from_the_start(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", (WORKER_KEY,), host="0.0.0.0")  # noqa: S104
    with running(settings) as url:
        near = url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        with Api(near, settings, key=None) as stranger:
            for address in READS:
                assert stranger.get(address).status_code == 401, address
            assert stranger.post("/v1/login", json={"key": "any"}).status_code == 401
            assert stranger.get("/v1/sign-in").json()["first_run"] is True


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_a_server_for_this_machine_alone_trusts_it_until_there_is_an_operator_key(
    tmp_path: Path, host: str
) -> None:
    assert Settings(tmp_path, (WORKER_KEY,), host=host).trusts_this_machine
    assert not Settings(tmp_path, (WORKER_KEY,), OPERATOR_KEY, host=host).trusts_this_machine


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"worker_keys": ("short",)}, r"^worker_keys \(FIVE_CHIEF_WORKER_KEYS\): .* 16"),
        ({"operator_key": ""}, r"^operator_key \(FIVE_CHIEF_OPERATOR_KEY\): .* 16"),
        ({"operator_key": "钥匙" * 10}, "ASCII"),
        ({"worker_keys": ("x",), "operator_key": "y"}, r"FIVE_CHIEF_WORKER_KEYS.*_OPERATOR_KEY"),
        ({"operator_key": WORKER_KEY}, r"FIVE_CHIEF_OPERATOR_KEY.*Use two keys"),
        ({"database_url": "db.example"}, r"FIVE_CHIEF_DATABASE_URL\): is no database's address"),
        ({"database_url": "mysql://u:pw@h/d"}, r"FIVE_CHIEF_DATABASE_URL\): is mysql; write post"),
        ({"district": "37011"}, "district"),
        ({"timezone": "Asia/Jinan"}, "timezone"),
        ({"timezone": "../etc"}, "timezone"),
    ],
)
def test_settings_that_cannot_work_say_which_and_why(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsInvalid, match=message):
        Settings(**{"data": tmp_path, "worker_keys": (WORKER_KEY,)} | changes)  # type: ignore[arg-type]


def test_settings_do_not_show_keys(tmp_path: Path) -> None:
    settings = Settings(tmp_path, (WORKER_KEY,), OPERATOR_KEY, database_url="postgresql://u:pw@h/d")
    assert not any(secret in repr(settings) for secret in (WORKER_KEY, OPERATOR_KEY, "pw"))


def test_only_loopback_names_are_answered_without_a_key(api: Api) -> None:
    """Against a page elsewhere whose name was made to point to this machine."""
    port = api.url.rsplit(":", 1)[1]
    with Api(api.url, api.settings, key=None) as near:
        for host in ("localhost", "127.0.0.1", "[::1]", f"localhost:{port}"):
            assert near.get("/v1/cases", headers={"Host": host}).status_code == 200
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "", "["):
            answer = near.get("/v1/cases", headers={"Host": host})
            assert answer.status_code == 401, host
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "Via"])
def test_behind_a_proxy_being_near_is_no_key(api: Api, header: str) -> None:
    with Api(api.url, api.settings, key=None) as proxy:
        assert proxy.get("/v1/cases", headers={header: "for=10.0.0.9"}).status_code == 401


def test_reading_needs_a_key_and_a_workers_key_will_do(guarded: Clients) -> None:
    with_key = guarded(WORKER_KEY)
    with_key.file(JPEG)
    for address in READS:
        answer = guarded(None).get(address)
        assert answer.status_code == 401, address
        assert answer.headers["content-type"] == "application/problem+json"
        assert guarded("wrong-key-for-tests").get(address).status_code == 401
    for key in (WORKER_KEY, OPERATOR_KEY):
        assert guarded(key).get("/v1/cases/1").status_code == 200


def test_the_page_and_health_hold_no_data_and_need_no_key(guarded: Clients) -> None:
    assert guarded(None).get("/v1/health").status_code == 200
    assert guarded(None).get("/v1/openapi.json").status_code == 200
    assert guarded(None).get("/").headers["location"] == "/shift/"
    assert guarded(None).get("/shift/").status_code in (200, 404)  # a build without page has none


def test_each_key_opens_its_own_doors(guarded: Clients) -> None:
    worker, operator = guarded(WORKER_KEY), guarded(OPERATOR_KEY)
    case = worker.file(JPEG)
    address = f"/v1/cases/{case['id']}/verdict"
    assert worker.post(address, json={"verdict": "confirmed"}).status_code == 403
    assert operator.post("/v1/heartbeats", json={}).status_code == 403
    assert operator.submit({}, JPEG).status_code == 403
    assert operator.post(address, json={"verdict": "confirmed"}).status_code == 200


def test_a_browser_trades_the_key_for_a_cookie_that_scripts_cannot_read(guarded: Clients) -> None:
    case = guarded(WORKER_KEY).file(JPEG)
    browser = guarded(None)
    assert browser.post("/v1/login", json={"key": "not-the-key"}).status_code == 401
    answer = browser.post("/v1/login", json={"key": OPERATOR_KEY})
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert OPERATOR_KEY not in cookie
    assert browser.get("/v1/cases").status_code == 200
    address, verdict = f"/v1/cases/{case['id']}/verdict", {"verdict": "confirmed"}
    assert browser.post(address, json=verdict).status_code == 403, "it does not say from where"
    browser.headers["Origin"] = browser.url
    assert browser.post(address, json=verdict).status_code == 200
    assert browser.post("/v1/logout").status_code == 204
    assert browser.get("/v1/cases").status_code == 401


def test_a_forged_or_ended_session_is_none(guarded: Clients) -> None:
    session = make_session(OPERATOR_KEY, now=1000.0)
    assert is_session(OPERATOR_KEY, session, now=1001.0)
    assert not is_session(OPERATOR_KEY, session, now=1000.0 + 13 * 3600)
    assert not is_session("another-operator-key", session, now=1001.0)
    end, _, signature = session.partition(".")
    for forged in ("", ".", f"{int(end) + 1}.{signature}", f"x.{signature}", end, "é.ü"):
        assert not is_session(OPERATOR_KEY, forged, now=1001.0)
        cookie = (b"Cookie", f"five_chief_session={forged}".encode())
        raw = httpx.Request("GET", guarded(None).url + "/v1/cases", headers=[cookie])
        assert guarded(None).send(raw).status_code == 401


def test_without_an_operator_key_logging_in_is_not_needed(api: Api) -> None:
    answer = api.post("/v1/login", json={"key": "anything"})
    assert answer.status_code == 204
    assert "set-cookie" not in answer.headers


def test_keys_are_never_logged(guarded: Clients, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    guarded(WORKER_KEY).file(JPEG)
    guarded(OPERATOR_KEY).get("/v1/cases")
    guarded(None).post("/v1/login", json={"key": OPERATOR_KEY})
    guarded(None).post("/v1/login", json={"key": OPERATOR_KEY, "more": 1})
    guarded(WORKER_KEY + "x").get("/v1/cases")
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert ours
    assert not any(key in r.getMessage() for r in ours for key in (WORKER_KEY, OPERATOR_KEY))


def test_a_422_does_not_send_a_key_back(guarded: Clients) -> None:
    answer = guarded(None).post("/v1/login", json={"key": OPERATOR_KEY, "more": 1})
    assert answer.status_code == 422
    assert OPERATOR_KEY not in answer.text


def test_every_answer_forbids_what_the_page_does_not_need(api: Api) -> None:
    for address in ("/v1/cases", "/nothing", "/"):
        headers = api.get(address).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; ")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_a_route_that_does_not_say_whom_it_lets_in_keeps_the_app_from_starting() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    router = APIRouter(dependencies=[requires(Role.ADMIN)])
    app.get("/open", dependencies=[PUBLIC])(lambda: None)
    router.get("/closed")(lambda: None)
    app.include_router(router, prefix="/inner")
    check_closed(app)
    app.post("/forgotten")(lambda: None)
    with pytest.raises(RouteOpen, match=r"^POST /forgotten: does not say who may call it"):
        check_closed(app)

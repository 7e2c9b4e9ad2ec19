"""The demo's district, the files that a district copies, can be used as they stand."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.dispatch.channels import read_channels
from api.dispatch.rules import read_dispatch
from api.dispatch.seed import read_chiefs_file
from api.errors import DispatchInvalid
from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, running
from tests.dispatch.test_imports import send

DEMO = Path("configs/demo")
SHIPPED = Path("configs/dispatch.yaml").read_text("utf-8")


def test_the_demos_chiefs_shops_and_covers_answer_for_the_demos_camera(tmp_path: Path) -> None:
    settings = Settings(tmp_path, (WORKER_KEY,), chiefs=DEMO / "chiefs.yaml")
    with running(settings) as url, Api(url, settings) as api:
        assert send(api, (DEMO / "shops.csv").read_bytes()).json()["added"] == 2
        covers = send(api, (DEMO / "covers.csv").read_bytes(), "components")
        assert covers.json()["added"] == 2, covers.text
        noon = datetime(2026, 11, 25, 4, tzinfo=UTC).isoformat()
        where = {"longitude": 117.5266, "latitude": 36.7140, "at": noon}
        found = api.get("/v1/chiefs/at", params=where).json()
        assert (found["shop"], found["owner"]) == ("ZQ-00001", "演示水务（虚构）")
        assert [each["role_zh"] for each in found["chiefs"]] == ["店长", "路长", "街长"]
        assert all("虚构" in each["name"] for each in found["chiefs"])
        lane = {"longitude": 117.52705, "latitude": 36.7150, "at": noon}
        roles = [each["role_zh"] for each in api.get("/v1/chiefs/at", params=lane).json()["chiefs"]]
        assert roles == ["巷长", "街长"]


def test_the_demos_channels_take_secrets_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(DispatchInvalid, match="SMS_GATEWAY_URL"):
        read_channels(DEMO / "channels.yaml")
    monkeypatch.setenv("SMS_GATEWAY_URL", "http://127.0.0.1:9/sms")
    monkeypatch.setenv("SMTP_PASSWORD", "x")
    assert set(read_channels(DEMO / "channels.yaml")) == {"sms", "email"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{number}）", "{nummer}）", "{nummer} is unknown"),
        ("{name}您好", "{name您好", "braces do not match"),
        ("yellow: 4", "yellow: 40", "yellow and red must rise"),
        ("E-0504]", "0504]", "shops.service_codes"),
        ("amount: 0.5, unit: urgent_hour", "amount: 99999, unit: urgent_hour", "window"),
        ("  keeper:\n    title", "  shopkeeper:\n    title", "texts"),
        ("auto_dispatch:", "auto_despatch:", "auto_despatch"),
        ("escalate_in: [dispatched", "escalate_in: [sent", "escalate_in"),
    ],
)
def test_a_mistake_in_the_rules_is_told_by_file_line_and_key(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in SHIPPED
    file = tmp_path / "dispatch.yaml"
    file.write_text(SHIPPED.replace(old, new, 1), "utf-8")
    with pytest.raises(DispatchInvalid) as caught:
        read_dispatch(file)
    assert told in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("role: road", "role: highway", "assignments[1].role: is no role"),
        ("order: 5", "order: 4", "roles[4].order: 4 stands twice"),
        ("code: ZQ-L-01", "code: ZQ-J-01", "ZQ-J-01 stands twice"),
        ("type: LineString", "type: Point", "geometry"),
        ("ref: ZQ-00001", "place: x", "place"),
        ('hours: "08:00-18:00"', "hours: 8-18", "hours"),
    ],
)
def test_a_mistake_among_the_chiefs_is_told_too(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = (DEMO / "chiefs.yaml").read_text("utf-8")
    assert old in text
    file = tmp_path / "chiefs.yaml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(DispatchInvalid) as caught:
        read_chiefs_file(file)
    assert told in str(caught.value)
    assert str(file) in str(caught.value)

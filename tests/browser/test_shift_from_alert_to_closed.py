"""The shift as a story: a running worker's alert, a key, a chief's work, the camera's own check."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from streams.clip import clip_frames
from streams.ring import PacketRing
from tests.browser.test_shift_zone_edited_and_obeyed import page, shot  # noqa: F401
from tests.end_to_end.conftest import KEY, STREET, Process, Stage, littered, stage  # noqa: F401
from tests.page.conftest import FILES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("from-alert-to-closed"),
    pytest.mark.timeout(300),
]

OPERATOR = secrets.token_urlsafe(24)
HEADERS = {"Authorization": f"Bearer {OPERATOR}"}
PLACE = "name: 演示路口, address: 演示路1号, longitude: 117.5, latitude: 36.7, crs: wgs84"
CHIEFS = """
roles:
  - {code: road, name_zh: 路长, name_en: road chief, order: 1, geometry: polygon}
assignments:
  - code: east
    role: road
    place: 演示路
    chief: {name: 赵, phone: "13800000001"}
    geometry:
      type: Polygon
      coordinates: [[[117.4, 36.6], [117.6, 36.6], [117.6, 36.8], [117.4, 36.8], [117.4, 36.6]]]
"""


@pytest.fixture
def cleaned(littered: Path, tmp_path: Path) -> Path:  # noqa: F811
    """The same street before the rubbish came, under the name by which the camera is known."""
    ring = PacketRing(max_seconds=600, max_bytes=2**26)
    epoch = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in clip_frames(STREET, "clip", epoch, wanted=lambda _: False, ring=ring):
        pass
    path = tmp_path / "cleaned" / littered.name
    path.parent.mkdir()
    ring.cut(path, epoch, datetime.fromtimestamp(epoch.timestamp() + 5, UTC))
    return path


def show(stage: Stage, clip: Path, port: str = "0") -> Process:  # noqa: F811
    """The camera, with what it looks at; it keeps its address."""
    camera = stage.command("camera", "simulate", str(clip), "--port", port, "--json")
    stage.camera_url = camera.ready()["cameras"][clip.stem]
    return camera


def district(stage: Stage) -> None:  # noqa: F811
    """An API whose district has a chief where the camera stands, and a worker."""
    chiefs = stage.folder / "chiefs.yaml"
    chiefs.write_text(CHIEFS, "utf-8")
    arguments = ["-m", "cli.main", "serve", "--data", str(stage.folder / "api"), "--port", "0"]
    keys = {"FIVE_CHIEF_WORKER_KEYS": KEY, "FIVE_CHIEF_OPERATOR_KEY": OPERATOR}
    api = stage.spawn("api", [*arguments, "--chiefs", str(chiefs), "--json"], **keys)
    stage.api_url = api.ready()["url"].rstrip("/")
    path = stage.config()
    path.write_text(path.read_text("utf-8").replace("{id: street,", f"{{id: street, {PLACE},"))
    stage.worker()


def step(page: Page, name: str, **fields: str) -> None:  # noqa: F811
    page.locator(f"[data-name=act-{name}]").click()
    for label, value in fields.items():
        page.locator("article form label", has_text=label).locator("input").fill(value)
    page.locator("article form [type=submit]").click()


def test_rubbish_is_seen_confirmed_cleared_away_and_checked_by_its_camera(
    stage: Stage,  # noqa: F811
    littered: Path,  # noqa: F811
    cleaned: Path,
    page: Page,  # noqa: F811
) -> None:
    camera = show(stage, littered)
    district(stage)
    page.request.post(f"{stage.api_url}/v1/login", data={"key": OPERATOR})
    page.goto(f"{stage.api_url}/shift/")
    alert = page.locator(".alerts li")
    expect(alert).to_contain_text("演示路1号", timeout=60_000)
    expect(page.locator("article img").first).to_be_visible()
    shot(page, "story-1-alert")
    found = httpx.get(f"{stage.api_url}/v1/cases", headers=HEADERS, trust_env=False).json()
    (case,) = found["items"]

    page.keyboard.press("c")
    expect(alert).to_have_count(0)
    camera.kill()  # the street is swept while the verdict may still be taken back
    show(stage, cleaned, stage.camera_url.rsplit(":", 1)[1].split("/")[0])

    page.goto(f"{stage.api_url}/shift/cases/{case['id']}")
    expect(page.locator(".chip")).to_have_text("待派遣", timeout=30_000)
    step(page, "dispatch", 处置部门="环卫所")
    expect(page.locator(".chip")).to_have_text("已派遣")
    shot(page, "story-2-case")
    marked_handled(stage, page, case["id"])

    expect(page.locator(".chip")).to_have_text("已结案", timeout=60_000)
    expect(page.locator(".course")).to_contain_text("核查通过")
    expect(page.locator(".pair input")).to_be_visible()  # before, and what the camera saw again
    shot(page, "story-4-closed")


def marked_handled(stage: Stage, page: Page, case_id: int) -> None:  # noqa: F811
    """What the chief does, on a phone, by the link of a notice."""
    link = {"assignment": "east", "name": "赵"}
    address = f"{stage.api_url}/v1/chief-links"
    made = httpx.post(address, json=link, headers=HEADERS, trust_env=False).json()
    path, _, secret = made["path"].partition("#")
    picture = stage.folder / "after.jpg"
    picture.write_bytes(FILES["snapshot"])
    assert page.context.browser is not None
    phone = page.context.browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    theirs = phone.new_page()
    theirs.goto(f"{stage.api_url}{path}?case={case_id}#{secret}")
    step(theirs, "sign")
    step(theirs, "assign", 处置人="赵")
    theirs.locator("[data-name=act-finish]").click()
    form = theirs.locator("article form")
    form.locator("label", has_text="意见").locator("input").fill("已清运")
    form.locator("[type=file]").set_input_files(picture)
    shot(theirs, "story-3-chief-360")
    form.locator("[type=submit]").click()
    expect(theirs.locator(".course")).to_contain_text("已清运")
    phone.close()

"""An administrator's day: a chief with a lane, a key, a delivery sent again, all in the audit."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, picture, running
from tests.outward.receiver import LOCAL, Receiver, receiving
from tests.outward.test_webhooks import eventually, log, subscribe
from tests.page.conftest import chromium  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("admin"), pytest.mark.timeout(120)]

SHOTS = Path(os.environ.get("FIVE_CHIEF_SCREENSHOTS", "build/screenshots"))
AXE = Path(__file__).parents[2] / "page/node_modules/axe-core/axe.min.js"
PASSWORD = "correct horse battery"
ON_WALL = {"subscription", "calendars"}
"""Pictures of a wall's size take a second each."""
LANE = {
    "code": "lane-7",
    "role": "lane",
    "place": "山泉路南巷",
    "chief": {"name": "赵", "phone": "13800000001"},
    "geometry": {"type": "LineString", "coordinates": [[117.5, 36.7], [117.51, 36.7]]},
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Api]:
    """A server with an administrator and a lane."""
    settings = Settings(tmp_path / "data", (WORKER_KEY,), outward_networks=LOCAL)
    with running(settings) as url, Api(url, settings) as client:
        assert client.put("/v1/chiefs/assignments/lane-7", json=LANE).is_success
        yield client


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:  # noqa: F811
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def is_sound(page: Page, name: str) -> None:
    """Fits a phone and a wall, in both themes, with nothing serious by axe; pictures are kept."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    if AXE.is_file():
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], f"{name}: {found}"
    for width, theme in ((360, "light"), (3840, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": max(780, round(width * 0.6))})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
        if width < 3840 or name in ON_WALL:
            page.screenshot(path=SHOTS / f"admin-{name}-{width}.png", full_page=width < 3840)


def sign_in(page: Page, office: Api) -> None:
    new = {"name": "admin", "roles": ["admin"], "password": PASSWORD}
    office.post("/v1/people", json=new).raise_for_status()
    page.goto(f"{office.url}/shift/admin")
    page.get_by_label("账号").fill("admin")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="进入").click()
    page.wait_for_url("**/shift/admin/people")


def add_chief(page: Page) -> None:
    page.get_by_role("button", name="新建账号").click()
    form = page.locator("form")
    form.get_by_label("账号").fill("zhao")
    form.get_by_label("显示姓名").fill("赵巷长")
    form.get_by_label("五长").check()
    form.get_by_label("山泉路南巷").check()
    form.get_by_role("button", name="随机生成").click()
    is_sound(page, "person")
    form.get_by_role("button", name="保存").click()
    expect(page.locator(".tab .rows li", has_text="赵巷长")).to_contain_text("责任区： 山泉路南巷")


def make_key(page: Page, office: Api) -> None:
    page.get_by_role("link", name="接口密钥").click()
    expect(page.get_by_text("还没有密钥")).to_be_visible()
    page.get_by_role("button", name="新建密钥").click()
    page.locator("form").get_by_label("名称").fill("reader-1")
    page.locator("form").get_by_label("读取案卷").check()
    page.get_by_role("button", name="生成密钥").click()
    secret = page.get_by_label("reader-1 的密钥").locator("input").input_value()
    with Api(office.url, office.settings, secret) as program:
        assert program.get("/v1/cases").is_success
    is_sound(page, "keys")
    page.get_by_role("button", name="我已保存").click()
    expect(page.get_by_text(secret)).to_have_count(0)
    page.get_by_role("button", name="吊销").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("不能再读取案卷和实时告警")
    page.get_by_role("button", name="取消").click()


def test_an_administrators_day(office: Api, receiver: Receiver, page: Page) -> None:
    made = subscribe(office, receiver, name="区指挥中心")
    office.file(picture())
    receiver.wait_for(1)
    eventually(lambda: log(office, made, state="delivered"))
    sign_in(page, office)
    add_chief(page)
    make_key(page, office)

    page.get_by_role("link", name="订阅推送").click()
    page.get_by_role("link", name="区指挥中心").click()
    expect(page.locator(".log > li")).to_contain_text("已送达")
    page.get_by_role("button", name="重发", exact=True).click()
    receiver.wait_for(2)
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]
    expect(page.locator(".log > li")).to_contain_text("尝试 2 次")
    is_sound(page, "subscription")

    page.get_by_role("link", name="工作日历").click()
    page.goto(f"{office.url}/shift/admin/calendars?year=2026")
    expect(page.locator("table")).to_have_count(12)
    expect(page.locator("td .day.holiday").first).to_have_attribute(
        "title", "2026-01-01 · 放假 · 元旦"
    )
    is_sound(page, "calendars")

    page.get_by_role("link", name="目录与立案条件").click()
    expect(page.get_by_text("来自文件 violations.yaml")).to_be_visible()
    is_sound(page, "catalogue")

    page.get_by_role("link", name="审计").click()
    page.get_by_label("操作").select_option("重发一条推送")
    expect(page.locator(".tab .rows li")).to_have_count(1)
    expect(page.locator(".tab .rows li")).to_contain_text(made["id"])
    assert page.url.endswith("/admin/audit?act=delivery.replay")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 CSV").click()
    table = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(table) == 2
    assert "delivery.replay" in table[1]
    page.get_by_role("button", name="清除筛选").click()
    expect(page.locator(".tab .rows")).to_contain_text("reader-1")
    expect(page.locator(".tab .rows")).to_contain_text("zhao")
    is_sound(page, "audit")

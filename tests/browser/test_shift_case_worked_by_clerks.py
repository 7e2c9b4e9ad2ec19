"""A case found by its filters, worked through its steps by two clerks, who clash once."""

import os
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import (  # noqa: F401
    FILES,
    Api,
    Complaints,
    OpenPage,
    api,
    chromium,
    complaints,
    open_page,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("case-worked-by-clerks"),
    pytest.mark.timeout(120),
]

SHOTS = Path(os.environ.get("FIVE_CHIEF_SCREENSHOTS", "build/screenshots"))


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def step(page: Page, name: str, **fields: str) -> None:
    page.locator(f"[data-name=act-{name}]").click()
    for label, value in fields.items():
        page.locator("article form label", has_text=label).locator("input").fill(value)
    page.locator("article form [type=submit]").click()


def status(api: Api, case: int) -> str:  # noqa: F811
    return str(httpx.get(f"{api.url}/v1/cases/{case}").json()["status"])


def test_filters_are_kept_in_the_address(api: Api, open_page: OpenPage) -> None:  # noqa: F811
    case = api.report()
    page = open_page(f"{api.url}/shift/cases?group=ended", live=False)
    expect(page.get_by_text("没有符合条件的案卷。")).to_be_visible()
    page.get_by_label("阶段").select_option("waiting")
    expect(page.locator(".list li")).to_contain_text(case["number"])
    assert page.url.endswith("?group=waiting")
    page.reload()
    expect(page.get_by_label("阶段")).to_have_value("waiting")
    expect(page.locator(".list li")).to_have_count(1)
    shot(page, "cases-1440")
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    shot(page, "cases-360")


def test_a_case_is_worked_to_its_end_by_what_its_state_allows(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
    tmp_path: Path,
) -> None:
    case = api.report()
    page = open_page(f"{api.url}/shift/cases/{case['id']}", live=False)
    expect(page.locator("[data-name=act-finish]")).to_have_count(0)
    step(page, "register")
    expect(page.locator(".chip")).to_have_text("待派遣")
    step(page, "dispatch", 处置部门="环卫所")
    step(page, "sign")
    step(page, "assign", 处置人="张三")
    expect(page.locator(".chip")).to_have_text("处置中")

    picture = tmp_path / "after.jpg"
    picture.write_bytes(FILES["annotated"])
    page.locator("[data-name=act-finish]").click()
    form = page.locator("article form")
    form.locator("label", has_text="意见").locator("input").fill("已清理")
    form.locator("[type=file]").set_input_files(picture)
    form.locator("[type=submit]").click()
    expect(page.locator(".course")).to_contain_text("已清理")
    assert status(api, case["id"]) in ("pending_check", "checking")
    expect(page.locator(".pair input")).to_have_value("50")
    page.locator(".pair input").fill("20")
    expect(page.locator(".stack img").nth(1)).to_have_css("clip-path", "inset(0px 0px 0px 20%)")
    shot(page, "case-1440")
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    shot(page, "case-360")


def test_who_comes_second_is_told_and_shown_what_is_there_now(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
    complaints: Complaints,  # noqa: F811
) -> None:
    complaints.network_expected = True
    case = api.report()
    page = open_page(f"{api.url}/shift/cases/{case['id']}", live=False)
    page.locator("[data-name=act-register]").click()
    # The other's step is not heard of before this one is sent.
    page.route("**/actions/register", lambda route: (other(), route.continue_()))

    def other() -> None:
        path = f"{api.url}/v1/cases/{case['id']}/actions/void"
        httpx.post(path, json={"reason": "阴影", "by": "李四"}).raise_for_status()

    page.locator("article form [type=submit]").click()
    # The words are there twice for a moment: once to be seen, once to be read aloud.
    expect(page.get_by_text("已有他人先行办理").last).to_be_visible()
    expect(page.locator(".chip")).to_have_text("已作废")
    assert status(api, case["id"]) == "voided"

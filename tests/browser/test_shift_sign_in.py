"""A shift begins with a sign-in: by the operators' key, or with an account of one's own."""

import os
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import (  # noqa: F401
    OPERATOR_KEY,
    Api,
    Complaints,
    OpenPage,
    chromium,
    complaints,
    locked_api,
    open_page,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sign-in"), pytest.mark.timeout(120)]

SHOTS = Path(os.environ.get("FIVE_CHIEF_SCREENSHOTS", "build/screenshots"))


@pytest.fixture
def page(
    locked_api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
    complaints: Complaints,  # noqa: F811
) -> Page:
    """What somebody sees who comes without a session."""
    complaints.network_expected = True  # who asks without a session is answered 401
    opened = open_page(f"{locked_api.url}/shift/", live=False)
    expect(opened.get_by_role("form", name="请登录")).to_be_visible()
    return opened


def test_the_key_lets_in_and_the_wrong_one_does_not(page: Page) -> None:
    expect(page.get_by_label("值班口令")).to_be_focused()
    page.get_by_label("值班口令").fill("not-the-key-of-these-tests")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("口令不正确，请重新输入。")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / "sign-in.png")
    page.get_by_label("值班口令").fill(OPERATOR_KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有待处理的告警。")).to_be_visible()
    expect(page.get_by_text("实时", exact=True)).to_be_visible()


def test_who_signs_out_sees_nothing_any_more(page: Page, locked_api: Api) -> None:  # noqa: F811
    page.get_by_label("值班口令").fill(OPERATOR_KEY)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="案卷").click()
    expect(page.get_by_text("没有符合条件的案卷。")).to_be_visible()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("form", name="请登录")).to_be_visible()
    expect(page.get_by_text("没有符合条件的案卷。")).to_have_count(0)
    assert httpx.get(f"{locked_api.url}/v1/cases").status_code == 401

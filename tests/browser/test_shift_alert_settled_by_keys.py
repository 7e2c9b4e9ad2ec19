"""An alert arrives on an open page, is settled by keys, and its verdict is taken back."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Api, OpenPage, api, chromium, complaints, open_page  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SHOTS = Path("build/screenshots")


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_an_alert_is_dismissed_by_two_keys_and_can_be_taken_back(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
) -> None:
    page = open_page(f"{api.url}/shift/", live=False)
    expect(page.get_by_text("没有待处理的告警。")).to_be_visible()

    api.report()
    row = page.locator(".alerts li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("明水大街 118 号门前")
    expect(page.locator("article img")).to_be_visible()
    shot(page, "alert")

    page.keyboard.press("d")
    page.keyboard.press("1")
    expect(page.get_by_text("没有待处理的告警。")).to_be_visible()

    page.get_by_role("button", name="撤销").click()
    expect(row).to_have_count(1)
    page.keyboard.press("c")
    expect(row).to_have_count(0)

"""What a reader sets for this browser: language, theme, single keys."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_single_keys_can_be_turned_off(api, open_page) -> None:
    page = open_page(f"{api.url}/#/cases/{api.report()['id']}")
    page.keyboard.press("?")
    page.get_by_label("启用单键操作").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="属实，立案")).to_be_visible()
    expect(page.locator(".reasons")).to_have_count(0)


def test_language_and_theme_are_switched_and_remembered(api, open_page) -> None:
    page = open_page(f"{api.url}/#/cases/{api.report()['id']}")
    page.emulate_media(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Confirm")).to_be_visible()
    expect(page).to_have_title("(1) Smart Five Chief")
    page.locator("#theme").click()
    page.locator("#theme").click()
    expect(page.locator("#theme")).to_contain_text("Dark")
    page.reload()
    expect(page.get_by_role("button", name="Confirm")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate(ground) != light
    text = page.locator("body").inner_text()
    assert set(re.findall(r"[\u4e00-\u9fff]+", text)) <= {
        "中文",
        "明水大街北",
        "明水大街",
        "号门前",
    }

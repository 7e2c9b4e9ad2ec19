"""Signing in, and what the page shows of itself before that."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def expect_only_the_question(page: Page) -> None:
    """Nothing behind the dialog speaks of a broken line, for none is."""
    expect(page.locator("#login")).to_be_visible()
    expect(page.locator("#line")).to_have_text("未登录")
    expect(page.locator("#banner")).to_be_hidden()


def test_where_a_key_is_set_the_page_asks_for_it(locked_api, open_page, complaints) -> None:
    complaints.network_expected = True
    case = locked_api.report()
    page = open_page(f"{locked_api.url}/#/cases/{case['id']}", live=False)
    page.get_by_label("值班口令").fill("not the key at all")
    page.keyboard.press("Enter")
    expect(page.locator("#login-wrong")).to_have_text("口令不正确，请重新输入。")
    page.get_by_label("值班口令").fill(locked_api.operator_key)
    page.keyboard.press("Enter")
    expect(page.locator("#login")).to_be_hidden()
    expect(page.locator("#line")).to_have_text("实时")
    page.get_by_role("button", name="属实，立案").click()
    expect(page.locator(".decided")).to_contain_text("待派遣")
    page.reload()
    expect(page.locator(".decided")).to_contain_text("待派遣")


def test_before_the_sign_in_the_page_neither_tries_the_live_line_nor_calls_it_broken(
    locked_api, open_page, complaints
) -> None:
    complaints.network_expected = True
    page = open_page("about:blank", live=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(locked_api.url)
    expect_only_the_question(page)
    expect(page.locator("#cameras")).to_be_hidden()
    assert not [url for url in asked if url.endswith("/alerts/stream")]
    page.get_by_label("值班口令").fill(locked_api.operator_key)
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_have_text("实时")
    expect(page.locator("#cameras summary")).to_have_text("没有摄像机上报")


def test_when_a_sign_in_runs_out_the_key_is_asked_for_and_the_work_goes_on(
    locked_api, open_page, complaints
) -> None:
    complaints.network_expected = True
    locked_api.report()
    page = open_page(locked_api.url, live=False)
    page.get_by_label("值班口令").fill(locked_api.operator_key)
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_have_text("实时")
    page.context.clear_cookies()
    page.get_by_role("button", name="属实，立案").click()
    expect_only_the_question(page)
    page.get_by_label("值班口令").fill(locked_api.operator_key)
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_have_text("实时")
    page.get_by_role("button", name="属实，立案").click()
    expect(page.locator(".decided")).to_contain_text("待派遣")

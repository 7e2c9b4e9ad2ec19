"""Signing in, and what the page shows of itself before that."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from api.settings import Settings
from api.store.engine import open_store
from api.store.people import offer_first_run


def expect_only_the_question(page: Page) -> None:
    """Nothing beside the question speaks of a broken line, for none is."""
    expect(page.locator("form.sign-in")).to_be_visible()
    expect(page.locator(".line")).to_have_text("未登录")
    expect(page.locator(".banner")).to_have_count(0)
    expect(page.locator(".watch")).to_have_count(0)


def enter(page: Page, key: str) -> None:
    page.get_by_label("值班口令").fill(key)
    page.keyboard.press("Enter")


def register(page: Page) -> None:
    page.locator("[data-name=act-register]").click()
    page.get_by_role("button", name="提交").click()


def test_where_a_key_is_set_the_page_asks_for_it(locked_api, open_page, complaints) -> None:
    complaints.network_expected = True
    case = locked_api.report()
    page = open_page(f"{locked_api.url}/shift/cases/{case['id']}", live=False)
    enter(page, "not the key at all")
    expect(page.get_by_role("alert")).to_have_text("口令不正确，请重新输入。")
    enter(page, locked_api.operator_key)
    expect(page.locator(".line")).to_have_text("实时")
    register(page)
    expect(page.locator(".case .chip")).to_have_text("待派遣")
    page.reload()
    expect(page.locator(".case .chip")).to_have_text("待派遣")


def test_before_the_sign_in_the_page_neither_tries_the_live_line_nor_calls_it_broken(
    locked_api, open_page, complaints
) -> None:
    complaints.network_expected = True
    page = open_page("about:blank", live=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(locked_api.url)
    expect_only_the_question(page)
    assert not [url for url in asked if url.endswith("/alerts/stream")]
    enter(page, locked_api.operator_key)
    expect(page.locator(".line")).to_have_text("实时")
    expect(page.locator(".watch summary")).to_have_text("没有摄像机上报")


def test_when_a_sign_in_runs_out_the_key_is_asked_for_and_the_work_goes_on(
    locked_api, open_page, complaints
) -> None:
    complaints.network_expected = True
    case = locked_api.report()
    page = open_page(f"{locked_api.url}/shift/cases/{case['id']}", live=False)
    enter(page, locked_api.operator_key)
    expect(page.locator(".line")).to_have_text("实时")
    page.context.clear_cookies()
    page.reload()
    expect_only_the_question(page)
    enter(page, locked_api.operator_key)
    expect(page.locator(".line")).to_have_text("实时")
    register(page)
    expect(page.locator(".case .chip")).to_have_text("待派遣")


PASSWORD = "correct horse battery"


def test_the_first_administrator_is_made_on_the_page_and_signs_in_with_the_account(
    locked_api, open_page, complaints
) -> None:
    complaints.network_expected = True
    store = open_store(Settings(locked_api.data, ()))
    assert offer_first_run(store, "first_token", datetime.now(UTC))
    case = locked_api.report()
    page = open_page(f"{locked_api.url}/shift/cases/{case['id']}", live=False)
    page.get_by_role("button", name="建立第一个管理员").click()
    page.get_by_label("一次性令牌").fill("first_guess")
    page.get_by_label("账号").fill("wang")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("令牌不正确，或已用过、已过期。")
    page.get_by_label("一次性令牌").fill("first_token")
    page.keyboard.press("Enter")
    expect(page.locator(".line")).to_have_text("实时")
    register(page)
    expect(page.locator(".course")).to_contain_text("立案 · wang")
    page.get_by_role("button", name="退出（wang）").click()
    expect_only_the_question(page)
    page.get_by_label("账号").fill("wang")
    page.get_by_label("密码").fill("a wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("账号或密码不正确，请重新输入。")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".line")).to_have_text("实时")
    store.engine.dispose()

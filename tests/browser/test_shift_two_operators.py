"""Two operators at two desks: what one settles the other sees at once, and is told when second."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.page.conftest import Api, api, chromium  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("two-operators")]

Sit = Callable[[str], Page]


@pytest.fixture
def sit(chromium: Browser, api: Api) -> Iterator[Sit]:  # noqa: F811
    """A desk of somebody's own: another browser, the page open, the name said."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def sit(name: str) -> Page:
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{api.url}/shift/")
        page.locator("[data-name=operator]").click()
        page.get_by_label("值班员姓名").fill(name)
        page.keyboard.press("Enter")
        expect(page.locator("[data-name=operator]")).to_have_text(name)
        return page

    yield sit
    for context in contexts:
        context.close()
    assert faults == []


def settling(api: Api, case: dict[str, int]) -> str:  # noqa: F811
    found = httpx.get(f"{api.url}/v1/cases/{case['id']}").json()
    return str(found["settling"]["by"])


def test_what_one_settles_the_other_sees_at_once_with_the_name_on_it(
    api: Api,  # noqa: F811
    sit: Sit,
) -> None:
    case = api.report()
    zhang, li = sit("张三"), sit("李四")
    for desk in (zhang, li):
        expect(desk.locator("article img")).to_be_visible()
    li.keyboard.press("c")
    expect(li.locator(".alerts li")).to_have_count(0)
    row = zhang.locator(".alerts li")
    expect(row).to_contain_text("李四 已于")
    expect(zhang.locator("article .said")).to_contain_text("立案")
    expect(zhang.locator(".verdict")).to_have_count(0)
    zhang.keyboard.press("d")
    zhang.keyboard.press("1")
    assert settling(api, case) == "李四"

    li.get_by_role("button", name="撤销").click()
    expect(row).not_to_contain_text("李四")
    expect(zhang.locator(".verdict")).to_be_visible()


def test_who_is_second_is_told_who_was_first_also_on_a_page_that_hears_nothing(
    api: Api,  # noqa: F811
    sit: Sit,
) -> None:
    case = api.report()
    zhang, li = sit("张三"), sit("李四")
    zhang.route("**/v1/alerts/stream", lambda route: route.abort())
    zhang.reload()
    expect(zhang.get_by_text("与服务器的实时连接已断开")).to_be_visible()
    for desk in (zhang, li):
        expect(desk.locator("article img")).to_be_visible()
    li.keyboard.press("c")
    expect(li.locator(".alerts li")).to_have_count(0)
    expect(zhang.locator(".verdict")).to_be_visible()

    zhang.keyboard.press("d")
    zhang.keyboard.press("1")
    expect(zhang.locator(".toast")).to_contain_text("已有人先处理：李四 已于")
    expect(zhang.locator(".alerts li")).to_contain_text("李四 已于")
    assert settling(api, case) == "李四"

    zhang.unroute("**/v1/alerts/stream")
    expect(zhang.locator(".line.live")).to_be_visible()
    expect(zhang.get_by_text("与服务器的实时连接已断开")).to_have_count(0)
    api.report(address="2 号")
    expect(zhang.locator(".alerts li").first).to_contain_text("2 号")


def test_a_line_that_died_without_a_word_is_noticed_and_opened_anew(
    api: Api,  # noqa: F811
    chromium: Browser,  # noqa: F811
) -> None:
    context = chromium.new_context(locale="zh-CN")
    page = context.new_page()
    page.clock.install()
    page.goto(f"{api.url}/shift/")
    expect(page.locator(".line.live")).to_be_visible()
    # The stream itself stays open: only the server gives no other answer any more.
    page.route("**/v1/health", lambda route: route.abort())
    page.clock.fast_forward(16_000)
    expect(page.get_by_text("与服务器的实时连接已断开")).to_be_visible()

    page.unroute("**/v1/health")
    page.clock.fast_forward(16_000)
    expect(page.locator(".line.live")).to_be_visible()
    api.report()
    expect(page.locator(".alerts li")).to_have_count(1)
    context.close()

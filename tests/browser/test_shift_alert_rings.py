"""What is urgent rings and is noticed once, however many tabs are open; the switch is kept."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.page.conftest import Api, api, chromium  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("alert-rings")]

COUNTED = """
  window.rung = { tones: 0, notices: [] };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) {
    window.rung.tones += 1;
    return start.apply(this, at);
  };
  window.Notification = class extends window.Notification {
    constructor(title, more) {
      super(title, more);
      window.rung.notices.push(title);
    }
  };
"""


@pytest.fixture
def context(chromium: Browser, api: Api) -> Iterator[BrowserContext]:  # noqa: F811
    context = chromium.new_context(locale="zh-CN")
    context.grant_permissions(["notifications"], origin=api.url)
    context.add_init_script(COUNTED)
    yield context
    context.close()


def rung(*pages: Page) -> tuple[int, int]:
    """Tones and notices of all tabs."""
    told = [page.evaluate("window.rung") for page in pages]
    return sum(one["tones"] for one in told), sum(len(one["notices"]) for one in told)


def test_what_is_urgent_rings_once_in_all_tabs_together(
    context: BrowserContext,
    api: Api,  # noqa: F811
) -> None:
    tabs = [context.new_page() for _ in range(2)]
    for tab in tabs:
        tab.goto(f"{api.url}/shift/")
        expect(tab.get_by_text("没有待处理的告警。")).to_be_visible()
        # A browser lets a page sound once it was touched.
        tab.get_by_role("heading", name="告警").click()
        expect(tab.get_by_role("button", name="声音和通知：开")).to_be_visible()
    api.report()
    expect(tabs[0].locator(".alerts li")).to_have_count(1)
    assert rung(*tabs) == (0, 0)

    for times in (1, 2):
        api.report(kind="manhole", label="missing", address=f"{times} 号井")
        for tab in tabs:
            expect(tab.locator(".alerts li").first).to_contain_text(f"{times} 号井")
            tab.wait_for_timeout(400)
        assert rung(*tabs) == (2 * times, times)

    tabs[1].reload()
    expect(tabs[1].locator(".alerts li")).to_have_count(3)
    tabs[1].wait_for_timeout(400)
    assert rung(tabs[1]) == (0, 0)


def test_the_switch_is_kept_and_obeyed(
    context: BrowserContext,
    api: Api,  # noqa: F811
) -> None:
    page = context.new_page()
    page.goto(f"{api.url}/shift/")
    switch = page.locator("[data-name=sound]")
    switch.click()
    expect(switch).to_have_text("声音和通知：开")
    switch.click()
    expect(switch).to_have_text("声音和通知：关")
    page.reload()
    expect(switch).to_have_text("声音和通知：关")
    api.report(kind="manhole", label="missing")
    expect(page.locator(".alerts li.urgent")).to_have_count(1)
    page.wait_for_timeout(400)
    assert rung(page) == (0, 0)

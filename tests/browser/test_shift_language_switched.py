"""The page speaks Chinese first, and English to who wants it: everywhere, and next time too."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.conftest import Api, OpenPage, api, chromium, complaints, open_page  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("language-switched"),
    pytest.mark.timeout(120),
]

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_view_speaks_the_language_that_was_chosen(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
) -> None:
    page = open_page(f"{api.url}/shift/", live=False)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("link", name="告警")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Alerts")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")

    page.reload()  # it is remembered
    expect(page.get_by_role("link", name="Alerts")).to_be_visible()
    for view in ("", "cameras", "new-camera", "map", "cases", "figures"):
        page.goto(f"{api.url}/shift/{view}")
        expect(page.locator("main")).not_to_be_empty()
        page.wait_for_timeout(300)
        said = page.locator("main").inner_text()
        assert said.strip()
        assert not CHINESE.search(said), (view, said)

    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("link", name="告警")).to_be_visible()

"""What axe finds on the alerts, in both themes, at a phone's width, at a desk and on a wall."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.page.conftest import Api, OpenPage, api, chromium, complaints, open_page  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("alerts-accessible")]

SHOTS = Path(os.environ.get("FIVE_CHIEF_SCREENSHOTS", "build/screenshots"))
SERIOUS = ("serious", "critical")
SIZES = {360: 780, 1440: 900, 3840: 2160}
ZHANGQIU = {"longitude": 117.526, "latitude": 36.681, "crs": "wgs84"}
MAP = (".place-map .here", ".place-map")


def found_on(page: Page) -> list[str]:
    """What is serious, and where."""
    return [
        f"{one['id']}: {node['html']}"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_is_found_and_nothing_is_wider_than_the_screen(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
    theme: str,
) -> None:
    place = {"camera_id": "cam-017", "camera_name": "明水大街北", "address": "明水大街 118 号"}
    why = {"text_zh": "垃圾堆在路沿已 12 分钟", "text_en": "a heap at the kerb for 12 minutes"}
    api.report(explanation=why, place=place | ZHANGQIU)
    api.report(kind="manhole", label="missing", address="双山路 9 号", place=place | ZHANGQIU)
    page = open_page(f"{api.url}/shift/", live=False)
    page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    page.reload()
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator("article img")).to_be_visible()
        expect(page.locator(".place-map .here")).to_be_visible()
        here, around = (page.locator(where).bounding_box() for where in MAP)
        assert here is not None
        assert around is not None
        middle = around["x"] + around["width"] / 2
        assert here["x"] + here["width"] / 2 == pytest.approx(middle, abs=2)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"alerts-{theme}-{width}.png", full_page=width == 360)
        if width < max(SIZES):  # a wall has what a desk has, only greater
            assert found_on(page) == []
    page.keyboard.press("d")
    expect(page.get_by_role("group", name="作废")).to_be_visible()
    assert found_on(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert found_on(page) == []

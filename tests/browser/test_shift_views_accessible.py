"""What axe finds on each view but the alerts', in both themes, at a desk and on a phone."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_shift_alerts_accessible import found_on
from tests.page.conftest import Api, OpenPage, api, chromium, complaints, open_page  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("views-accessible"),
    pytest.mark.timeout(120),
]

SHOTS = Path(os.environ.get("FIVE_CHIEF_SCREENSHOTS", "build/screenshots"))
ZHANGQIU = {"longitude": 117.526, "latitude": 36.681, "crs": "wgs84"}
VIEWS = {
    "cameras": ".tools",
    "new-camera": ".head",
    "map": ".map",
    "cases": ".list li",
    "figures": "h2",
    "admin": "main",
}


@pytest.fixture
def case(api: Api) -> Any:  # noqa: F811
    place = {"camera_id": "cam-017", "camera_name": "明水大街北", "address": "明水大街 118 号"}
    api.heartbeat(["litter"], [{"camera_id": "cam-017", "state": "live", "reason": ""}])
    return api.report(place=place | ZHANGQIU)


def looked_at(page: Page, name: str) -> None:
    for width, height in ((1440, 900), (360, 780)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") == width, name
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"view-{name}-{width}.png")
        assert found_on(page) == [], name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_is_found_on_any_view(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
    case: Any,
    theme: str,
) -> None:
    page = open_page(f"{api.url}/shift/cases/{case['id']}", live=False)
    page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    page.reload()
    expect(page.locator(".course")).to_be_visible()
    looked_at(page, f"case-{theme}")
    for view, there in VIEWS.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{api.url}/shift/{view}")
        expect(page.locator(there).first).to_be_visible()
        looked_at(page, f"{view}-{theme}")

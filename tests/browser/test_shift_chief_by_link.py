"""A chief presses the link of a notice, sees the own cases, and does what its state allows."""

import os
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.api.conftest import Api
from tests.api.test_chief_access import ELSEWHERE, HERE, desk, dispatched  # noqa: F401
from tests.page.conftest import chromium  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("chief-by-link"),
    pytest.mark.timeout(120),
]

SHOTS = Path(os.environ.get("FIVE_CHIEF_SCREENSHOTS", "build/screenshots"))


def test_the_link_opens_the_case_that_the_notice_was_of(
    desk: Api,  # noqa: F811
    chromium: Browser,  # noqa: F811
) -> None:
    mine, other = dispatched(desk, HERE), dispatched(desk, ELSEWHERE)
    path, _, secret = (
        desk.post("/v1/chief-links", json={"assignment": "east", "name": "赵"})
        .json()["path"]
        .partition("#")
    )
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        page.goto(f"{desk.url}{path}?case={mine['id']}#{secret}")
        expect(page.locator(".case h2")).to_contain_text(mine["number"])
        assert secret not in page.url
        expect(page.get_by_role("heading", name="办理")).to_be_visible()
        expect(page.locator(".place-map path.here")).to_be_visible()
        expect(page.locator(".toast")).to_have_count(0)
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / "chief-case-360.png", full_page=True)

        page.get_by_role("link", name="我的案卷").click()
        expect(page.locator("ol li")).to_have_count(1)
        expect(page.get_by_text(other["number"])).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.screenshot(path=SHOTS / "chief-360.png", full_page=True)

        page.goto(f"{desk.url}{path}#chief_wrong")
        expect(page.locator(".toast")).to_contain_text("链接不正确、已过期或已作废")
    finally:
        context.close()
    assert complaints == []


def test_an_address_of_a_view_is_the_page_and_a_missing_file_is_none(desk: Api) -> None:  # noqa: F811
    with httpx.Client(base_url=desk.url, trust_env=False) as reader:
        assert "text/html" in reader.get("/shift/cameras/gate.3").headers["content-type"]
        assert reader.get("/shift/assets/index.js").status_code == 200
        assert reader.get("/shift/assets/none.js").status_code == 404
        assert reader.get("/shift/%2e%2e/app.py").status_code in (200, 404)
        assert "create_app" not in reader.get("/shift/%2e%2e/app.py").text

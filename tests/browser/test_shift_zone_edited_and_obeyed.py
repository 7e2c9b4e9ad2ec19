"""A zone is moved on a camera's live picture, saved, and obeyed by its running worker."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.end_to_end.conftest import Stage, eventually, littered, stage  # noqa: F401
from tests.page.conftest import CHROMIUM, FLAGS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("zone-edited-and-obeyed"),
    pytest.mark.timeout(300),
]

WHOLE = "[[0, 0], [1, 0], [1, 1], [0, 1]]"
SHOTS = Path(os.environ.get("FIVE_CHIEF_SCREENSHOTS", "build/screenshots"))
"""Where pictures of the page are left, to be looked at."""


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of an engineer; whatever it complains of fails the test."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there: apt-get install chromium")
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = browser.new_page(locale="zh-CN", viewport={"width": 1440, "height": 900})
        opened.on("console", heard)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        browser.close()
    assert complaints == []


def excluded(stage: Stage, clip: Path) -> None:  # noqa: F811
    """A camera that sees rubbish, in a zone in which nothing counts."""
    stage.camera(clip)
    stage.api()
    path = stage.config()
    area = f'areas: [{{kind: exclude, name: "全部", polygon: {WHOLE}}}]'
    path.write_text(path.read_text("utf-8").replace("{id: street,", f"{{id: street, {area},"))
    stage.worker()


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def drag(page: Page, corner: Locator, stage_of: Locator, x: float, y: float) -> None:
    box, start = stage_of.bounding_box(), corner.bounding_box()
    assert box is not None
    assert start is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
    page.mouse.up()


def test_a_zone_that_is_moved_on_the_live_picture_is_obeyed_without_a_restart(
    stage: Stage,  # noqa: F811
    littered: Path,  # noqa: F811
    page: Page,
) -> None:
    excluded(stage, littered)
    page.goto(f"{stage.api_url}/shift/cameras")
    camera = page.get_by_role("link", name="street")
    expect(camera.locator("img")).to_be_visible(timeout=60_000)
    expect(camera).to_contain_text("正常", timeout=30_000)
    shot(page, "cameras-wall")
    camera.click()
    expect(page.locator(".live.seen img")).to_be_visible(timeout=20_000)
    shot(page, "camera-live")

    page.get_by_role("tab", name="区域与标定").click()
    expect(page.get_by_text("第 1 版 · 已生效")).to_be_visible()
    expect(page.locator(".live.seen img")).to_be_visible(timeout=20_000)
    assert stage.cases() == []
    page.get_by_role("button", name="1. 排除区 全部").click()
    layer, corner = page.locator(".layer"), page.get_by_role("button", name="第 2 个角点")
    drag(page, corner, layer, 0.3, 0.0)
    polygon = page.locator("polygon")
    expect(polygon).to_have_attribute("points", "0,0 0.3,0 1,1 0,1")
    page.keyboard.press("Control+z")
    expect(polygon).to_have_attribute("points", "0,0 1,0 1,1 0,1")
    expect(page.get_by_role("button", name="保存")).to_be_disabled()

    drag(page, corner, layer, 0.02, 0.0)
    page.get_by_role("button", name="第 3 个角点").focus()
    for _ in range(49):  # by keyboard alone: two hundredths at a time
        page.keyboard.press("Shift+ArrowLeft")
    expect(polygon).to_have_attribute("points", "0,0 0.02,0 0.02,1 0,1")
    shot(page, "camera-zones")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("第 2 版 · 已生效")).to_be_visible(timeout=20_000)
    eventually(lambda: stage.cases(), within=60, logs=stage)  # what was excluded is filed now

    page.get_by_text("历史版本（2）").click()
    page.get_by_role("button", name="恢复此版").click()
    expect(page.get_by_text("第 3 版 · 已生效")).to_be_visible(timeout=20_000)
    expect(polygon).to_have_attribute("points", "0,0 1,0 1,1 0,1")
    shot(page, "camera-versions")

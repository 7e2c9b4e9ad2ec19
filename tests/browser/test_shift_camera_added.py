"""A camera is added on the page: its address is tried, its picture seen, its worker watches it."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_shift_alerts_accessible import found_on
from tests.browser.test_shift_zone_edited_and_obeyed import page, shot  # noqa: F401
from tests.end_to_end.conftest import Stage, littered, stage  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("camera-added"),
    pytest.mark.timeout(300),
]

USER, PASSWORD = "viewer", "pa55:of/the@yard"


def two_cameras(stage: Stage, clip: Path) -> str:  # noqa: F811
    """Cameras that want a password, one of them with a running worker; the other's address."""
    yard = clip.with_name("yard.mp4")
    if not yard.exists():
        yard.symlink_to(clip)
    arguments = ("simulate", str(clip), str(yard), "--port", "0", "--user", USER, "--json")
    ready = stage.command("camera", *arguments, FIVE_CHIEF_CAMERA_PASSWORD=PASSWORD).ready()
    whom = f"rtsp://{USER}:{quote(PASSWORD, safe='')}@"
    stage.camera_url = ready["cameras"][clip.stem].replace("rtsp://", whom)
    stage.api()
    stage.config()
    stage.worker()
    address: str = ready["cameras"]["yard"]
    return address


def test_a_camera_is_tried_seen_placed_and_watched(
    stage: Stage,  # noqa: F811
    littered: Path,  # noqa: F811
    page: Page,  # noqa: F811
) -> None:
    address = two_cameras(stage, littered)
    page.goto(f"{stage.api_url}/shift/cameras")
    expect(page.get_by_role("link", name="street")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="添加摄像机").click()

    page.get_by_label("RTSP 地址").fill(address)
    page.get_by_label("用户名").fill(USER)
    page.get_by_label("密码").fill("wr0ng")
    page.get_by_role("button", name="试连").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不对", timeout=20_000)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="试连").click()
    picture = page.get_by_alt_text("第一张画面")
    expect(picture).to_be_visible(timeout=30_000)
    expect(picture).to_have_js_property("naturalWidth", 1280)
    expect(page.locator("figcaption")).to_contain_text("H264 · 1280×720")

    page.get_by_label("名称").fill("后院")
    expect(page.get_by_label("编号")).to_have_value("cam-127-0-0-1")
    page.get_by_label("编号").fill("yard")
    page.get_by_label("街道（镇）").fill("明水街道")
    page.get_by_role("application", name="摄像机位置").click(position={"x": 120, "y": 90})
    expect(page.get_by_label("经度")).not_to_have_value("")
    expect(page.locator(".picker path.camera")).to_have_count(1)
    expect(page.get_by_role("checkbox")).to_be_checked()
    shot(page, "camera-added")
    assert found_on(page) == []
    page.get_by_role("button", name="保存并开始检测").click()

    expect(page.get_by_role("heading", name="后院")).to_be_visible(timeout=30_000)
    expect(page.locator(".live.seen img")).to_be_visible(timeout=20_000)
    for log in stage.folder.glob("*.log"):
        assert "the@yard" not in log.read_text("utf-8"), log

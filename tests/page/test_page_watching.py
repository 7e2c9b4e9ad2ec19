"""What the page says of cameras, of their workers and of what is watched."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_what_is_watched_what_is_not_and_how_cameras_fare(api, open_page) -> None:
    stalled = {"camera_id": "cam-018", "state": "stalled", "reason": "no packet for 10 s"}
    api.heartbeat(["litter"], [{"camera_id": "cam-017", "state": "live"}, stalled])
    page = open_page(api.url)
    groups = page.locator(".kinds")
    expect(groups.filter(has_text="正在监看")).to_contain_text("暴露垃圾")
    expect(groups.filter(has_text="尚未监看")).to_contain_text("无照经营游商")
    expect(groups.filter(has_text="尚未监看")).to_contain_text("无主井盖")
    expect(page.locator("#empty")).to_contain_text("1 路摄像机正在监看：暴露垃圾")
    page.locator("#cameras summary").click()
    expect(page.locator("#cameras")).to_contain_text("摄像机 2 路 · 在线 1 · 画面停滞 1")
    expect(page.locator("#cameras li").first).to_contain_text("no packet for 10 s")


def test_why_a_camera_gives_no_picture_is_said_in_the_readers_words(api, open_page) -> None:
    missing = {"camera_id": "cam-018", "state": "refused", "reason": "not_found"}
    api.heartbeat(["litter"], [missing])
    page = open_page(api.url)
    cameras = page.locator("#cameras")
    cameras.locator("summary").click()
    camera = cameras.locator("li").first
    expect(camera).to_contain_text("无法取流")
    expect(camera.locator(".reason")).to_have_text("找不到这路视频：流地址或录像文件不存在")
    page.get_by_role("button", name="English").click()
    expect(camera.locator(".reason")).to_have_text("No such stream or recording at this address")
    expect(cameras).to_have_class("cameras troubled")


def test_without_any_camera_nothing_is_shown_as_well(api, open_page) -> None:
    page = open_page(api.url)
    cameras = page.locator("#cameras")
    icon = cameras.locator("summary .icon")
    colour = "icon => getComputedStyle(icon).fill"
    expect(cameras.locator("summary")).to_have_text("没有摄像机上报")
    expect(cameras).to_have_class("cameras none")
    unknown = icon.evaluate(colour)
    api.heartbeat(["litter"], [{"camera_id": "cam-017", "state": "live"}])
    page.reload()
    expect(cameras).to_have_class("cameras live")
    assert icon.evaluate(colour) != unknown

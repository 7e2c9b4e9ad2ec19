"""What the page says of cameras, of their workers and of what is watched."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from playwright.sync_api import expect


def test_what_is_watched_what_is_not_and_how_cameras_fare(api, open_page) -> None:
    stalled = {"camera_id": "cam-018", "state": "stalled", "reason": "no packet for 10 s"}
    api.heartbeat(["litter"], [{"camera_id": "cam-017", "state": "live"}, stalled])
    page = open_page(f"{api.url}/shift/cases")
    groups = page.locator(".kinds")
    expect(groups.filter(has_text="正在监看")).to_contain_text("暴露垃圾")
    expect(groups.filter(has_text="尚未监看")).to_contain_text("无照经营游商")
    expect(groups.filter(has_text="尚未监看")).to_contain_text("无主井盖")
    page.locator(".watch summary").click()
    expect(page.locator(".watch .cameras")).to_contain_text("摄像机 2 路 · 在线 1 · 画面停滞 1")
    expect(page.locator(".watch .cameras li").first).to_contain_text("no packet for 10 s")


def test_why_a_camera_gives_no_picture_is_said_in_the_readers_words(api, open_page) -> None:
    missing = {"camera_id": "cam-018", "state": "refused", "reason": "not_found"}
    api.heartbeat(["litter"], [missing])
    page = open_page(f"{api.url}/shift/cases")
    cameras = page.locator(".watch .cameras")
    cameras.locator("summary").click()
    camera = cameras.locator("li").first
    expect(camera).to_contain_text("无法取流")
    expect(camera.locator(".reason")).to_have_text("找不到这路视频：流地址或录像文件不存在")
    page.get_by_role("button", name="English").click()
    expect(camera.locator(".reason")).to_have_text("No such stream or recording at this address")
    expect(cameras).to_contain_class("troubled")


def test_without_any_camera_nothing_is_shown_as_well(api, open_page) -> None:
    page = open_page(f"{api.url}/shift/cases")
    cameras = page.locator(".watch .cameras")
    icon = cameras.locator("summary .dot")
    colour = "icon => getComputedStyle(icon).backgroundColor"
    expect(cameras.locator("summary")).to_have_text("没有摄像机上报")
    expect(cameras).to_contain_class("none")
    unknown = icon.evaluate(colour)
    api.heartbeat(["litter"], [{"camera_id": "cam-017", "state": "live"}])
    page.reload()
    expect(cameras).to_contain_class("live")
    assert icon.evaluate(colour) != unknown


def test_a_camera_whose_picture_cannot_be_relied_on_is_marked_at_once(api, open_page) -> None:
    api.heartbeat(["litter"], [{"camera_id": "cam-017", "state": "live"}])
    page = open_page(f"{api.url}/shift/cases")
    cameras = page.locator(".watch .cameras")
    expect(cameras).to_contain_class("live")
    now = datetime.now(UTC)
    alert = {
        "alert_id": str(uuid4()),
        "worker": "district-a",
        "camera_id": "cam-017",
        "kind": "covered",
        "at": now.isoformat(),
        "since": now.isoformat(),
        "text_zh": "边缘少于参考画面的一成",
        "text_en": "fewer than a tenth of the reference's edges",
    }
    api.post("/v1/camera-alerts", json=alert)
    expect(cameras).to_contain_class("troubled")  # told by the live line, not by the next poll
    cameras.locator("summary").click()
    marked = cameras.locator('[data-alert="covered"]')
    expect(marked).to_contain_text("cam-017 镜头被遮挡")
    expect(marked).to_contain_text("期间暂停上报")
    page.get_by_role("button", name="English").click()
    expect(marked).to_contain_text("fewer than a tenth")
    over = (now + timedelta(seconds=1)).isoformat()
    api.post("/v1/camera-alerts", json=alert | {"at": over, "until": over})
    expect(cameras).to_contain_class("live")


def test_why_it_fired_is_told_and_a_doubtful_case_waits_for_the_operator(api, open_page) -> None:
    why = {"text_zh": "看了 12 次，11 次看到", "text_en": "seen in 11 of 12 looks"}
    looked = {"passes": None, "text_zh": "看不清", "text_en": "cannot tell"}
    case = api.report(explanation=why, second_look=looked, confirm_before_filing=True)
    page = open_page(f"{api.url}/shift/cases/{case['id']}")
    detail = page.locator(".case header")
    expect(detail).to_contain_text("看了 12 次，11 次看到")
    expect(detail).to_contain_text("复看：看不清")
    expect(page.locator(".case .chip")).to_have_text("待核实")

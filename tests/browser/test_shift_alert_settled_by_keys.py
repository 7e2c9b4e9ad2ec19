"""Alerts on an open page: settled by keys, taken back, snoozed, given away, looked at from near."""

import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import (  # noqa: F401
    Api,
    Complaints,
    OpenPage,
    api,
    chromium,
    complaints,
    hevc,
    open_page,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("alert-settled-by-keys")]

SHOTS = Path(os.environ.get("FIVE_CHIEF_SCREENSHOTS", "build/screenshots"))
ZHANGQIU = {"longitude": 117.526, "latitude": 36.681, "crs": "wgs84"}


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def case_of(api: Api, case: Any) -> Any:  # noqa: F811
    return httpx.get(f"{api.url}/v1/cases/{case['id']}").json()


def in_sight(page: Page) -> None:
    """Keys are heeded once the alert is there with its picture."""
    expect(page.locator("article img")).to_be_visible()


def test_an_alert_is_dismissed_by_two_keys_and_can_be_taken_back(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
) -> None:
    page = open_page(f"{api.url}/shift/", live=False)
    expect(page.get_by_text("没有待处理的告警。")).to_be_visible()

    api.report()
    row = page.locator(".alerts li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("明水大街 118 号门前")
    in_sight(page)
    shot(page, "alert")

    page.keyboard.press("d")
    page.keyboard.press("1")
    expect(page.get_by_text("没有待处理的告警。")).to_be_visible()

    page.get_by_role("button", name="撤销").click()
    expect(row).to_have_count(1)
    in_sight(page)
    page.keyboard.press("c")
    expect(row).to_have_count(0)


def test_keys_are_told_by_a_sheet_and_walk_the_list_past_what_was_settled(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
) -> None:
    for number in (1, 2, 3):
        api.report(address=f"{number} 号")
    page = open_page(f"{api.url}/shift/", live=False)
    in_sight(page)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("作废，再按数字选原因")
    shot(page, "alert-keys")
    page.keyboard.press("c")  # is for nobody while the sheet is open
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.locator(".alerts li")).to_have_count(3)

    current = page.locator('.alerts [aria-current="true"]')
    expect(current).to_contain_text("3 号")
    page.keyboard.press("j")
    expect(current).to_contain_text("2 号")
    in_sight(page)
    page.keyboard.press("c")
    expect(current).to_contain_text("1 号")
    page.keyboard.press("k")
    expect(current).to_contain_text("3 号")


def test_a_place_is_snoozed_and_an_alert_is_given_to_somebody(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
) -> None:
    case = api.report()
    page = open_page(f"{api.url}/shift/", live=False)
    in_sight(page)
    page.keyboard.press("s")
    expect(page.get_by_role("group", name="稍后提醒")).to_contain_text("30 分钟")
    page.keyboard.press("2")
    expect(page.get_by_text("没有待处理的告警。")).to_be_visible()
    assert case_of(api, case)["snoozed"]["camera_id"] == "cam-017"
    page.get_by_role("button", name="撤销").click()
    in_sight(page)
    assert case_of(api, case)["snoozed"] is None

    page.locator("[data-name=operator]").click()
    page.get_by_label("值班员姓名").fill("张三")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_role("group", name="分配")).to_contain_text("我（张三）")
    page.keyboard.press("1")
    expect(page.locator(".alerts li")).to_contain_text("张三")
    api.report(address="2 号")
    expect(page.locator(".alerts li")).to_have_count(2)
    page.get_by_label("只看分给我的").check()
    expect(page.locator(".alerts li")).to_have_count(1)
    page.keyboard.press("a")
    page.get_by_label("姓名").fill("李四")
    page.get_by_label("姓名").press("Enter")
    expect(page.get_by_text("没有分给我的告警。")).to_be_visible()
    assert case_of(api, case)["assigned_to"] == "李四"


def test_a_picture_is_seen_from_near_with_and_without_boxes_and_the_clip_plays(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
    hevc: bytes,  # noqa: F811
) -> None:
    api.report(clip=hevc)  # which this browser cannot play
    page = open_page(f"{api.url}/shift/", live=False)
    in_sight(page)
    moves, frame = page.locator("article .moves"), page.locator("article .frame")
    expect(moves).to_have_css("transform", "matrix(1, 0, 0, 1, 0, 0)")
    page.keyboard.press("+")
    expect(moves).to_have_css("transform", re.compile(r"matrix\(1\.5, 0, 0, 1\.5, -\d"))
    box = frame.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = moves.evaluate("part => new DOMMatrix(getComputedStyle(part).transform).e")
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 40, middle[1], steps=4)
    page.mouse.up()
    after = moves.evaluate("part => new DOMMatrix(getComputedStyle(part).transform).e")
    assert after - before == pytest.approx(40, abs=2)
    page.mouse.wheel(0, -300)
    expect(moves).to_have_css("transform", re.compile(r"matrix\(1\.8, "))
    frame.dblclick()
    expect(moves).to_have_css("transform", "matrix(1, 0, 0, 1, 0, 0)")

    picture = page.locator("article img")
    drawn = picture.get_attribute("src")
    page.keyboard.press("b")
    expect(picture).not_to_have_attribute("src", str(drawn))
    clean = str(picture.get_attribute("src"))

    video = page.locator("article video")
    expect(video).to_have_attribute("src", re.compile("playable=true"))
    expect(video).to_have_js_property("readyState", 4)
    page.wait_for_function("document.querySelector('article video').currentTime > 0.2")
    page.keyboard.press("Space")
    expect(video).to_have_js_property("paused", True)
    at = video.evaluate("video => video.currentTime")
    page.keyboard.press("ArrowRight")
    moved = video.evaluate("video => video.currentTime")
    assert moved == pytest.approx(min(at + 1, 4), abs=0.1)

    page.reload()
    expect(page.locator("article img")).to_have_attribute("src", clean)


def test_an_alert_says_why_where_how_often_and_what_is_wrong_with_machines(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
    complaints: Complaints,  # noqa: F811
) -> None:
    place = {"camera_id": "cam-017", "camera_name": "明水大街北", "address": "明水大街 118 号"}
    why = {"text_zh": "垃圾堆在路沿已 12 分钟", "text_en": "a heap at the kerb for 12 minutes"}
    case = api.report(place=place | ZHANGQIU | {"street": "明水街道"}, explanation=why)
    page = open_page(f"{api.url}/shift/", live=False)
    article = page.locator("article")
    expect(article.locator(".why")).to_have_text("垃圾堆在路沿已 12 分钟")
    expect(article).to_contain_text("明水大街北 · 明水街道")
    expect(article.locator(".place-map .here")).to_be_visible()

    api.sighting(case, 1, "still_there")
    expect(page.locator(".alerts li")).to_contain_text("见到 2 次")
    expect(page.locator(".alerts li")).to_have_count(1)

    now = case["received_at"]
    trouble = {"alert_id": case["violation_id"], "worker": "east-1", "camera_id": ""}
    told = {"kind": "overloaded", "at": now, "since": now, "text_zh": "算力不足"}
    api.post("/v1/camera-alerts", json=trouble | told | {"holds": False})
    page.locator(".watch summary").click()
    expect(page.locator("[data-alert=overloaded]")).to_contain_text("east-1")
    page.locator("article").click()
    shot(page, "alert-whole")
    complaints.network_expected = True  # no worker watches this camera: it has no live picture
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile("/shift/cameras/cam-017$"))


def test_what_is_older_comes_as_the_list_is_scrolled_and_what_is_urgent_first(
    api: Api,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
) -> None:
    api.report(address="井盖缺失", kind="manhole", label="missing", roles=("snapshot",))
    for number in range(20):
        api.report(address=f"{number} 号", roles=("snapshot",))
    page = open_page("about:blank", live=False)
    # The server's own pages, only shorter.
    page.route(
        "**/v1/cases?*",
        lambda route: route.continue_(url=route.request.url.replace("limit=200", "limit=12")),
    )
    page.set_viewport_size({"width": 1440, "height": 500})
    page.goto(f"{api.url}/shift/")
    rows = page.locator(".alerts li")
    expect(rows).to_have_count(13)
    expect(rows.first).to_contain_text("井盖缺失")
    expect(rows.nth(1)).to_contain_text("19 号")
    expect(page.get_by_role("heading", name="告警 13+")).to_be_visible()
    page.locator(".alerts > .list").hover()
    page.mouse.wheel(0, 5000)
    expect(rows).to_have_count(21)
    expect(page.get_by_role("heading", name="告警 21", exact=True)).to_be_visible()

"""What an operator sees and does, in a real browser before the real API."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Barrier

pytestmark = pytest.mark.browser


def decide_elsewhere(api: Any, case: Any, verdict: str, by: str) -> None:
    body = {"verdict": verdict, "reason": "误报", "by": by}
    answer = httpx.post(f"{api.url}/v1/cases/{case['id']}/verdict", json=body)
    assert answer.status_code == 200, answer.text


def at(api: Any, case: Any) -> str:
    return f"{api.url}/#/cases/{case['id']}"


def opened(page: Page) -> str | None:
    return page.locator(".row[aria-current]").get_attribute("href")


def playing_time(page: Page) -> float:
    return page.locator("video").evaluate("video => video.currentTime")


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    # Playwright's own wait compiles strings in the page, which the page's CSP forbids.
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(50)
    pytest.fail("waited for ten seconds in vain")


def sideways(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def test_an_alert_appears_by_itself_with_its_picture_and_a_clip_that_plays(api, open_page) -> None:
    page = open_page(api.url)
    expect(page.locator("#empty")).to_contain_text("暂无告警")

    case = api.report(address="百脉泉路 6 号")

    detail = page.locator("#detail")
    expect(detail).to_contain_text("暴露垃圾")
    expect(detail).to_contain_text("事件 0102")
    expect(detail).to_contain_text(case["number"])
    expect(detail).to_contain_text("在 14 次查看中 12 次见到，持续 42 秒，得分 0.83")
    expect(page.locator(".row")).to_contain_text("百脉泉路 6 号")
    expect(page.locator("#announcer")).to_have_text("新告警：暴露垃圾，百脉泉路 6 号")
    expect(page.locator(".frame img")).to_have_js_property("naturalWidth", 1280)
    expect(page.locator(".thumb img")).to_have_js_property("naturalWidth", 1280)
    page.keyboard.press("Space")
    wait_until(page, lambda: playing_time(page) > 0.3)


def test_times_are_the_districts_and_say_so(api, open_page) -> None:
    now = "2025-06-25T16:30:00+00:00"
    api.report(first_seen=now, confirmed_at=now, last_seen=now)
    page = open_page(api.url)
    expect(page.locator(".timeline")).to_contain_text("2025-06-26 00:30:00")
    expect(page.locator(".course .zone")).to_have_text("北京时间 UTC+8")


def test_a_new_alert_is_marked_and_leaves_the_open_case_open(api, open_page) -> None:
    first = api.report()
    page = open_page(api.url)
    expect(page.locator(".row[aria-current]")).to_have_count(1)
    second = api.report()
    expect(page.locator(".row")).to_have_count(2)
    assert opened(page) == f"#/cases/{first['id']}"
    newest = page.locator(".row").first
    expect(newest).to_have_attribute("href", f"#/cases/{second['id']}")
    expect(newest.locator(".fresh")).to_have_text("新")
    newest.click()
    expect(page.locator(".fresh")).to_have_count(0)


def test_a_confirmation_settles_and_survives_a_reload(api, open_page) -> None:
    case = api.report()
    page = open_page(at(api, case))
    page.get_by_role("button", name="属实，立案").click()
    expect(page.locator(".decided")).to_contain_text("待派遣")
    page.reload()
    expect(page.locator(".decided")).to_contain_text("待派遣")
    expect(page.locator(".row .chip")).to_have_text("待派遣")
    expect(page.locator(".verdict button")).to_have_count(0)


def test_a_dismissal_by_keys_keeps_reason_and_operator(api, open_page) -> None:
    case = api.report()
    page = open_page(at(api, case))
    page.keyboard.press("?")
    page.get_by_label("值班员姓名").fill("王芳")
    page.keyboard.press("Enter")
    page.keyboard.press("d")
    page.keyboard.press("2")
    expect(page.locator(".decided")).to_be_visible()
    page.reload()
    expect(page.locator(".decided")).to_contain_text("误报：停放的车辆")
    expect(page.locator(".decided")).to_contain_text("王芳")
    page.get_by_role("button", name="English").click()
    expect(page.locator(".decided")).to_contain_text("False: parked vehicle")


def test_a_dismissal_in_free_words_can_be_left_and_taken_up_again(api, open_page) -> None:
    case = api.report()
    page = open_page(at(api, case))
    page.keyboard.press("d")
    page.keyboard.press("5")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="属实，立案")).to_be_visible()
    page.keyboard.press("d")
    page.keyboard.press("5")
    page.keyboard.type("c 施工单位 <b>正在清运</b>")
    api.sighting(case, 1, "still_there")
    expect(page.locator(".timeline")).to_contain_text("仍然存在")
    page.keyboard.press("Enter")
    expect(page.locator(".decided")).to_contain_text("原因：c 施工单位 <b>正在清运</b>")


def test_the_keyboard_walks_the_list_and_decides(api, open_page) -> None:
    cases = [api.report(address=f"{number} 号") for number in range(3)]
    page = open_page(api.url)
    expect(page.locator(".row[aria-current]")).to_contain_text("2 号")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".row[aria-current]")).to_contain_text("0 号")
    expect(page.locator(".row[aria-current]")).to_be_focused()
    page.keyboard.press("k")
    assert opened(page) == f"#/cases/{cases[1]['id']}"
    expect(page).to_have_url(f"{api.url}/#/cases/{cases[1]['id']}")
    # What is not on the page yet cannot be decided.
    expect(page.locator("#detail h2 + p")).to_have_text("1 号")
    expect(page.get_by_role("button", name="属实，立案")).to_be_enabled()
    page.keyboard.press("c")
    expect(page.locator(".row[aria-current] .chip")).to_have_text("待派遣")
    page.get_by_role("button", name="只看待处理").click()
    page.keyboard.press("j")
    expect(page.locator(".row:visible")).to_have_count(2)


def test_a_key_that_comes_before_the_case_decides_nothing_and_says_so(api, open_page) -> None:
    cases = [api.report(address=f"{number} 号") for number in range(2)]
    page = open_page(api.url)
    barrier = Barrier(page, f"**/v1/cases/{cases[0]['id']}")
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_contain_text("案卷还在载入，按键未生效")
    barrier.lift()
    expect(page.locator("#detail h2 + p")).to_have_text("0 号")
    page.keyboard.press("c")
    expect(page.locator(".row[aria-current] .chip")).to_have_text("待派遣")


def test_another_operators_earlier_verdict_is_shown_and_stands(api, open_page, complaints) -> None:
    complaints.network_expected = True
    case = api.report()
    page = open_page(at(api, case))
    page.context.route("**/v1/alerts/stream", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("button", name="属实，立案")).to_be_visible()
    decide_elsewhere(api, case, "dismissed", by="李强")
    page.get_by_role("button", name="属实，立案").click()
    expect(page.locator(".toast")).to_contain_text("未办理：案卷现为「作废」，不能立案。")
    expect(page.locator(".decided")).to_contain_text("已作废")
    expect(page.locator(".decided")).to_contain_text("李强")


def test_another_operators_verdict_and_later_sightings_come_live(api, open_page) -> None:
    case = api.report()
    page = open_page(at(api, case))
    decide_elsewhere(api, case, "confirmed", by="李强")
    expect(page.locator(".decided")).to_contain_text("李强")
    page.keyboard.press("Space")
    wait_until(page, lambda: playing_time(page) > 0.3)
    api.sighting(case, 1, "still_there")
    api.sighting(case, 2, "cleared")
    expect(page.locator(".cleared-note")).to_contain_text("摄像机已确认恢复")
    expect(page.locator(".timeline li")).to_have_count(5)
    assert playing_time(page) > 0.3


def test_later_pictures_are_walked_and_do_not_replace_the_one_that_is_open(api, open_page) -> None:
    case = api.report()
    page = open_page(at(api, case))
    annotated = page.locator(".frame img").get_attribute("src")
    for number in range(1, 4):
        api.sighting(case, number, "still_there")
    expect(page.locator(".picture .moment")).to_contain_text("（1/4）")
    expect(page.locator(".frame img")).to_have_attribute("src", annotated)
    expect(page.locator(".timeline li")).to_have_count(3)
    expect(page.locator(".timeline")).to_contain_text("仍然存在（共 3 次")
    later = page.get_by_role("button", name="更晚的画面")
    later.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".picture .moment")).to_contain_text("（3/4）")
    expect(later).to_be_focused()
    page.get_by_role("button", name="最新画面").click()
    expect(page.locator(".picture .moment")).to_contain_text("（4/4）")
    expect(later).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("button", name="标注框")).to_have_count(0)


def test_boxes_are_shown_and_hidden_and_the_picture_is_enlarged(api, open_page) -> None:
    page = open_page(at(api, api.report()))
    picture = page.locator(".frame img")
    with_boxes = picture.get_attribute("src")
    page.keyboard.press("b")
    expect(picture).not_to_have_attribute("src", with_boxes)
    expect(page.get_by_role("button", name="标注框")).to_have_attribute("aria-pressed", "false")
    picture.click()
    zoomed = page.locator("#zoom img")
    expect(zoomed).to_be_visible()
    wait_until(page, lambda: zoomed.evaluate("image => image.clientWidth") > 0)
    width = zoomed.evaluate("image => image.clientWidth")
    page.get_by_role("button", name="放大", exact=True).click()
    assert zoomed.evaluate("image => image.clientWidth") == pytest.approx(2 * width, abs=2)
    page.keyboard.press("Escape")
    expect(zoomed).to_be_hidden()


def test_a_lost_line_is_shown_and_nothing_is_missed_when_it_is_back(
    api, open_page, complaints
) -> None:
    complaints.network_expected = True
    first = api.report()
    page = open_page(at(api, first))
    api.stop()
    expect(page.locator("#line")).to_have_text("已断开")
    expect(page.locator("#banner")).to_contain_text("实时连接已断开")
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_contain_text("连不上服务器，操作未保存")
    expect(page.get_by_role("button", name="属实，立案")).to_be_enabled()
    api.start()
    missed = api.report()
    expect(page.locator("#line")).to_have_text("实时")
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator(".row").first).to_have_attribute("href", f"#/cases/{missed['id']}")
    assert opened(page) == f"#/cases/{first['id']}"


def test_a_phone_shows_list_and_case_one_at_a_time_and_never_scrolls_sideways(
    api, open_page
) -> None:
    api.heartbeat(["litter"], [{"camera_id": "c" * 64, "state": "stalled", "reason": "x" * 200}])
    api.report(address="很长的地址" * 20 + "x" * 80)
    page = open_page(api.url, width=360, height=640)
    expect(page.locator(".row")).to_be_visible()
    expect(page.locator("#detail")).to_be_hidden()
    page.locator("#cameras summary").click()
    expect(page.locator("#cameras")).to_contain_text("x" * 200)
    assert sideways(page) == 0
    page.keyboard.press("Escape")
    page.locator(".row").click()
    expect(page.locator("#detail")).to_be_visible()
    expect(page.locator(".row")).to_be_hidden()
    page.get_by_role("button", name="作废").click()
    assert sideways(page) == 0
    page.get_by_role("button", name="返回列表").click()
    expect(page.locator(".row")).to_be_visible()
    page.go_back()
    expect(page.locator("#detail")).to_be_visible()


def test_what_others_wrote_is_text_and_never_markup(api, open_page) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    place = {"camera_id": "<i>cam</i>", "camera_name": attack[:100], "address": attack}
    case = api.report(place=place, label="<b>label</b>", rule="<u>rule</u>")
    page = open_page(at(api, case))
    expect(page.locator(".title p")).to_have_text(attack)
    expect(page.locator(".row-place")).to_have_text(attack)
    expect(page.locator(".facts")).to_contain_text("<b>label</b>")
    assert page.locator("main :is(script, i, b, u, img[src='x'])").count() == 0
    assert "owned" not in page.title()

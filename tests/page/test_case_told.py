"""Time left, and who was told, are shown with the case."""

import httpx
from playwright.sync_api import expect


def act(api, case, action: str, **fields: object) -> None:
    address = f"{api.url}/v1/cases/{case['id']}/actions/{action}"
    httpx.post(address, json={"by": "李", **fields}).raise_for_status()


def test_limits_and_notices_are_shown_with_what_became_of_them(api, open_page) -> None:
    chief = {
        "code": "L-1", "role": "road", "place": "百脉泉路", "chief": {
            "name": "赵某", "phone": "13800000000"
        }, "geometry": {"type": "LineString", "coordinates": [[117.53, 36.71], [117.54, 36.71]]},
    }  # fmt: skip
    httpx.put(f"{api.url}/v1/chiefs/assignments/L-1", json=chief).raise_for_status()
    place = {"camera_id": "cam-017", "longitude": 117.535, "latitude": 36.71}
    case = api.report(place=place)
    act(api, case, "register")
    act(api, case, "dispatch", department="环卫部门")
    page = open_page(f"{api.url}/shift/cases/{case['id']}")
    told = page.locator(".told")
    expect(told.locator(".timers li", has_text="计时中")).to_contain_text("处置")
    expect(told.locator(".timers li", has_text="计时中")).to_contain_text("4工作时")
    expect(told.locator(".timers li", has_text="计时中")).to_contain_text("截止")
    notice = told.locator(".notices li")
    expect(notice).to_contain_text("路长 赵某 13800000000")
    expect(notice).to_contain_text("未送达")
    expect(notice).to_contain_text("no channel 'sms' is set up")
    notice.get_by_role("button", name="重新发送").click()
    expect(told.locator(".notices .failed")).to_have_count(1)
    tried = httpx.get(f"{api.url}/v1/cases/{case['id']}/notices").json()["items"][0]["tried"]
    assert len(tried) >= 1

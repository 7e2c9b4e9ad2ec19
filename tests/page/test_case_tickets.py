"""What citizens tell of is shown without what only cameras have."""

import base64

import httpx
from playwright.sync_api import expect

from tests.page.conftest import FILES


def test_a_ticket_is_shown_with_its_words_its_source_and_its_picture(api, open_page) -> None:
    ticket = {
        "id": "JN-1",
        "at": "2026-11-25T08:00:12+08:00",
        "type": "事件",
        "code": "0102",
        "description": "市场东口垃圾成堆，两天无人清理",
        "place": {"address": "市场路口", "longitude": 117.5, "latitude": 36.7, "crs": "wgs84"},
        "caller": {"name": "刘某", "phone": "13800000001"},
        "pictures": [base64.b64encode(FILES["snapshot"]).decode()],
    }
    answer = httpx.post(f"{api.url}/v1/intake/12345", json=ticket)
    assert answer.status_code == 201, answer.text
    page = open_page(f"{api.url}/shift/cases/{answer.json()['case_id']}")
    expect(page.locator(".case header")).to_contain_text("市场东口垃圾成堆")
    expect(page.locator(".facts")).to_contain_text("12345热线转办工单")
    expect(page.locator(".strip img")).to_be_visible()
    # Somebody must still go and see.
    expect(page.locator(".case .chip")).to_have_text("待核实")
    expect(page.locator(".tickets li")).to_contain_text("JN-1")
    expect(page.locator(".tickets li")).to_contain_text("反映人 刘某 13800000001")

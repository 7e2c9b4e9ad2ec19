"""Which case an address opens, and what becomes of one that opens none."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def shown(page: Page) -> str | None:
    return page.locator(".row[aria-current]").get_attribute("href")


def test_a_link_to_an_old_case_opens_it_and_older_ones_are_loaded_on_demand(api, open_page) -> None:
    page = open_page(api.url)
    # Pages of three, so that a handful of cases fill more than one.
    page.context.route(
        "**/v1/cases?limit=50*",
        lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=3")),
    )
    cases = [api.report(address=f"{number} 号", roles=("snapshot",)) for number in range(5)]
    linked = open_page(f"{api.url}/#/cases/{cases[0]['id']}")
    expect(linked.locator(".title p")).to_have_text("0 号")
    other = open_page(api.url)
    expect(other.locator(".row")).to_have_count(3)
    other.get_by_role("button", name="载入更早的告警").click()
    expect(other.locator(".row")).to_have_count(5)
    expect(other.get_by_role("button", name="载入更早的告警")).to_be_hidden()


def test_an_unknown_address_is_told_once_and_gives_way_to_the_case_that_is_shown(
    api, open_page, complaints
) -> None:
    complaints.network_expected = True
    case = api.report()
    page = open_page(f"{api.url}/#/cases/999")
    toasts = page.locator(".toast p")
    assert page.url.endswith(f"#/cases/{case['id']}")
    # Past any page, known to the browser, and a number that no case can have.
    for number in ("998", "0"):
        page.evaluate(f"location.hash = '#/cases/{number}'")
        expect(toasts.last).to_contain_text(f"#{number}")
        assert page.url.endswith(f"#/cases/{case['id']}")
    expect(toasts).to_have_text(
        [f"#{number}: 服务器上找不到这个案卷。" for number in ("999", "998", "0")]
    )
    assert shown(page) == f"#/cases/{case['id']}"


def test_an_unknown_address_on_a_phone_leads_to_the_list(api, open_page, complaints) -> None:
    complaints.network_expected = True
    api.report()
    page = open_page(api.url, width=360, height=640)
    page.evaluate("location.hash = '#/cases/999'")
    expect(page.locator(".toast p")).to_have_text("#999: 服务器上找不到这个案卷。")
    expect(page.locator(".row")).to_be_visible()
    assert "#" not in page.url


def test_while_the_addressed_case_cannot_be_fetched_no_other_is_open_to_decide(
    api, open_page, complaints
) -> None:
    complaints.network_expected = True
    case = api.report()
    page = open_page(f"{api.url}/#/cases/{case['id']}")
    page.route("**/v1/cases/7", lambda route: route.abort())
    page.evaluate("location.hash = '#/cases/7'")
    expect(page.locator(".toast p")).to_contain_text("连不上服务器")
    expect(page.get_by_role("button", name="属实，立案")).to_be_hidden()
    assert page.url.endswith("#/cases/7")
    page.locator(".row").click()
    expect(page.get_by_role("button", name="属实，立案")).to_be_visible()

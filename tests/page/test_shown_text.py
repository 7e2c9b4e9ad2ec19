"""What is shown: the district's time, others' words as words, the reader's theme."""

from playwright.sync_api import expect


def test_times_are_the_districts_and_say_so(api, open_page) -> None:
    now = "2025-06-25T16:30:00+00:00"
    case = api.report(first_seen=now, confirmed_at=now, last_seen=now)
    page = open_page(f"{api.url}/shift/cases/{case['id']}")
    expect(page.locator(".course li").first).to_contain_text("2025年6月26日 00:30:00")
    expect(page.get_by_role("heading", name="经过")).to_contain_text("北京时间 UTC+8")


def test_what_others_wrote_is_text_and_never_markup(api, open_page) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    place = {"camera_id": "<i>cam</i>", "camera_name": attack[:100], "address": attack}
    case = api.report(place=place, label="<b>label</b>", rule="<u>rule</u>")
    page = open_page(f"{api.url}/shift/")
    expect(page.locator("main")).to_contain_text(attack)
    page.goto(f"{api.url}/shift/cases/{case['id']}")
    expect(page.locator(".case header")).to_contain_text(attack)
    expect(page.locator(".facts")).to_contain_text("<b>label</b>")
    assert page.locator("main :is(script, i, b, u, img[src='x'])").count() == 0
    assert "owned" not in page.title()


def test_an_old_notices_link_leads_to_its_case(api, open_page) -> None:
    case = api.report()
    page = open_page(f"{api.url}/#/cases/{case['id']}", live=False)
    expect(page.locator(".case h2")).to_contain_text(case["number"])
    assert page.url == f"{api.url}/shift/cases/{case['id']}"


def test_a_theme_is_chosen_and_remembered(api, open_page) -> None:
    page = open_page(f"{api.url}/shift/cases")
    page.emulate_media(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    theme = page.get_by_role("button", name="主题")
    theme.click()
    theme.click()
    expect(theme).to_contain_text("深色")
    page.reload()
    expect(page.get_by_role("button", name="主题")).to_contain_text("深色")
    assert page.evaluate(ground) != light

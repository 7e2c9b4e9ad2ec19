"""The life of a case on the page: what may be done, doing it, and what was done."""

from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.page.conftest import FILES, jpeg


def do(api: Any, case: Any, action: str, by: str, **fields: Any) -> None:
    address = f"{api.url}/v1/cases/{case['id']}/actions/{action}"
    answer = httpx.post(address, json={"by": by, **fields})
    assert answer.status_code == 200, answer.text


def named(page: Page, name: str) -> None:
    page.locator("[data-name=operator]").click()
    page.get_by_label("值班员姓名").fill(name)
    page.keyboard.press("Enter")


def at(api: Any, case: Any) -> str:
    return f"{api.url}/shift/cases/{case['id']}"


def test_a_case_is_taken_from_report_to_closing_on_the_page(api, open_page) -> None:
    case = api.report()
    page = open_page(at(api, case))
    named(page, "王芳")
    actions = page.locator(".actions")
    page.locator("[data-name=act-register]").click()
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".case .chip")).to_contain_text("待派遣")

    actions.get_by_role("button", name="派遣").click()
    department = page.get_by_label("处置部门")
    expect(department).to_have_value("环卫部门")  # as the filing condition says
    department.fill("明水环卫所")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".case .chip")).to_contain_text("已派遣")
    expect(page.locator(".facts")).to_contain_text("明水环卫所")

    actions.get_by_role("button", name="签收").click()
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".case .chip")).to_contain_text("待指派")
    do(api, case, "assign", "所长", handler="张强")
    expect(page.locator(".case .chip")).to_contain_text("处置中")
    do(api, case, "finish", "张强", opinion="已清运")
    expect(page.locator(".case .chip")).to_contain_text("待核查")
    actions.get_by_role("button", name="核查通过").click()
    after = {"name": "之后.jpg", "mimeType": "image/jpeg", "buffer": FILES["annotated"]}
    other = {"name": "又一张.jpg", "mimeType": "image/jpeg", "buffer": jpeg(boxed=False)}
    page.get_by_label("图片", exact=True).set_input_files([after, other])
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".case .chip")).to_contain_text("已结案")
    expect(actions).to_be_hidden()

    evidence = httpx.get(f"{api.url}/v1/cases/{case['id']}").json()["evidence"]
    assert [item["usage"] for item in evidence].count("checked") == 2

    course = page.locator(".course")
    for words in (
        "立案 · 王芳",
        "派遣 · 王芳 · 明水环卫所",
        "处置完成 · 张强 · 已清运",
        "核查通过 · 王芳",
    ):
        expect(course).to_contain_text(words)
    page.get_by_role("button", name="English").click()
    expect(page.locator(".case .chip")).to_contain_text("Closed")
    expect(course).to_contain_text("Dispatch · 王芳 · 明水环卫所")


def test_who_did_the_work_is_not_offered_the_check(api, open_page) -> None:
    case = api.report()
    do(api, case, "register", "李")
    do(api, case, "dispatch", "李", department="环卫所")
    do(api, case, "sign", "李")
    do(api, case, "assign", "李", handler="张强")
    do(api, case, "finish", "张强", opinion="已清运")
    page = open_page(at(api, case))
    actions = page.locator(".actions")
    expect(actions.get_by_role("button", name="催办")).to_be_visible()
    expect(actions.get_by_role("button", name="核查通过")).to_have_count(0)  # nobody is named yet
    named(page, "张强")
    page.reload()
    expect(actions.get_by_role("button", name="催办")).to_be_visible()
    expect(actions.get_by_role("button", name="核查通过")).to_have_count(0)
    named(page, "王芳")
    page.reload()
    expect(actions.get_by_role("button", name="核查通过")).to_be_visible()


def test_a_case_that_changed_under_an_open_form_is_not_overwritten(
    api, open_page, complaints
) -> None:
    complaints.network_expected = True
    case = api.report()
    do(api, case, "register", "李")
    page = open_page(at(api, case))
    page.locator(".actions").get_by_role("button", name="派遣").click()
    page.get_by_label("处置部门").fill("我的部门")
    do(api, case, "dispatch", "李", department="别人的部门")
    expect(page.locator(".case .chip")).to_contain_text("已派遣")
    expect(page.locator(".toast").last).to_contain_text("未提交的「派遣」表单已关闭")
    expect(page.locator(".actions form")).to_have_count(0)
    expect(page.locator(".facts")).to_contain_text("别人的部门")


def test_a_form_that_is_still_good_survives_a_sighting_and_is_sent(api, open_page) -> None:
    case = api.report()
    do(api, case, "register", "李")
    page = open_page(at(api, case))
    page.locator(".actions").get_by_role("button", name="派遣", exact=True).click()
    page.get_by_label("处置部门").fill("我的部门")
    with page.expect_response("**/actions?*"):
        api.sighting(case, 1, "still_there")
    expect(page.locator(".course")).to_contain_text("仍然存在")
    expect(page.get_by_label("处置部门")).to_have_value("我的部门")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".case .chip")).to_contain_text("已派遣")
    expect(page.locator(".actions form")).to_have_count(0)


def test_a_change_that_was_not_heard_of_is_said_and_the_form_can_be_sent_again(
    api, open_page, complaints
) -> None:
    complaints.network_expected = True
    case = api.report()
    do(api, case, "register", "李")
    page = open_page(at(api, case))
    page.route("**/v1/alerts/stream", lambda route: route.abort())
    page.reload()
    page.locator(".actions").get_by_role("button", name="派遣", exact=True).click()
    page.get_by_label("处置部门").fill("我的部门")
    api.sighting(case, 1, "still_there")
    with page.expect_response(lambda answer: answer.status == 412):
        page.get_by_role("button", name="提交").dblclick()
    expect(page.locator(".toast")).to_have_count(1)
    expect(page.locator(".toast")).to_contain_text("已有他人先行办理")
    expect(page.locator(".course")).to_contain_text("仍然存在")
    expect(page.get_by_label("处置部门")).to_have_value("我的部门")
    page.get_by_role("button", name="提交").dblclick()
    expect(page.locator(".case .chip")).to_contain_text("已派遣")
    steps = httpx.get(f"{api.url}/v1/cases/{case['id']}/history").json()["items"]
    assert [step["action"] for step in steps].count("dispatch") == 1


def test_what_may_be_done_is_asked_again_when_the_server_did_not_say(
    api, open_page, complaints
) -> None:
    complaints.network_expected = True
    case = api.report()
    do(api, case, "register", "李")
    page = open_page(at(api, case))
    asked = f"**/v1/cases/{case['id']}/actions?*"
    page.route(asked, lambda route: route.abort())
    page.reload()
    page.wait_for_selector(".facts")
    page.unroute(asked)
    expect(page.locator(".actions").get_by_role("button", name="派遣", exact=True)).to_be_visible()


def test_the_verdict_closes_a_form_of_before_and_brings_the_steps_of_after(api, open_page) -> None:
    case = api.report()
    page = open_page(at(api, case))
    actions = page.locator(".actions")
    actions.get_by_role("button", name="转核实").click()
    expect(page.locator(".actions form")).to_be_visible()
    page.locator("[data-name=act-register]").click()
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".case .chip")).to_contain_text("待派遣")
    expect(page.locator(".actions form")).to_have_count(0)
    expect(actions.get_by_role("button", name="派遣", exact=True)).to_be_visible()
    expect(actions.get_by_role("button", name="转核实")).to_have_count(0)


def test_escape_closes_a_form_and_the_keyboard_is_back_where_it_was(api, open_page) -> None:
    page = open_page(at(api, api.report()))
    button = page.locator(".actions").get_by_role("button", name="变更立案条件")
    button.click()
    page.get_by_label("理由").fill("是渣土")
    page.keyboard.press("Escape")
    expect(page.locator(".actions form")).to_have_count(0)
    expect(button).to_be_focused()


def test_a_delay_is_asked_for_with_its_limit_and_granted_by_another(api, open_page) -> None:
    case = api.report()
    do(api, case, "register", "李")
    do(api, case, "dispatch", "李", department="环卫所")
    page = open_page(at(api, case))
    named(page, "张强")
    page.reload()
    actions = page.locator(".actions")
    actions.get_by_role("button", name="延期申请").click()
    page.get_by_label("理由").fill("连续降雨")
    page.get_by_label("延长时限").fill("2")
    page.get_by_label("计时单位").select_option("work_day")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".course")).to_contain_text("延期申请 · 张强 · 连续降雨")
    expect(actions.get_by_role("button", name="撤回申请")).to_be_visible()
    expect(actions.get_by_role("button", name="准予延期")).to_have_count(0)
    (asked,) = httpx.get(f"{api.url}/v1/cases/{case['id']}/approvals").json()["items"]
    assert asked["fields"]["limit"] == {"amount": "2", "unit": "work_day"}
    do(api, case, "grant_postpone", "王芳")
    expect(page.locator(".facts")).to_contain_text("延期次数")


def test_another_filing_condition_is_chosen_from_the_catalogues(api, open_page) -> None:
    case = api.report()
    page = open_page(at(api, case))
    page.locator(".actions").get_by_role("button", name="变更立案条件").click()
    page.get_by_label("理由").fill("是渣土")
    page.get_by_label("立案条件").select_option("litter.rubble")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".case h2")).to_contain_text("积存垃圾渣土")
    expect(page.locator(".case h2")).to_contain_text("事件 0103")


def test_what_a_penalty_file_lacks_is_named_and_with_nothing_missing_it_can_be_made(
    api, open_page
) -> None:
    case = api.report()
    do(api, case, "register", "李")
    page = open_page(at(api, case))
    actions = page.locator(".actions")
    not_yet = actions.locator(".not-yet")
    button = actions.get_by_role("button", name="转行政处罚")
    expect(button).to_be_disabled()
    expect(not_yet.locator("li")).to_have_text(
        [
            "摄像机 cam-017 的法制审核编号",
            "摄像机 cam-017 的技术审核编号",
            "摄像机 cam-017 的设置地点公布网址",
            "摄像机 cam-017 的标志设置日期",
            "审核人签字",
        ]
    )
    record = {
        "legal_review_id": "法审〔2026〕3号",
        "tech_review_id": "技审〔2026〕9号",
        "published_location_url": "https://www.example.gov.cn/cameras",
        "sign_posted_on": "2026-01-08",
    }
    httpx.put(f"{api.url}/v1/cameras/cam-017/compliance", json=record).raise_for_status()
    do(api, case, "review", "王芳")
    expect(button).to_be_enabled()
    expect(not_yet).to_have_count(0)
    button.click()
    page.get_by_label("移送单位").fill("执法局")
    page.get_by_label("处罚案号").fill("罚〔2026〕1号")
    page.get_by_role("button", name="提交").click()
    transfer = page.locator(".transfers li")
    expect(transfer).to_contain_text("转行政处罚")
    expect(transfer).to_contain_text(f"回执号 {case['number']}-T1")
    expect(transfer).to_contain_text("对方文号 罚〔2026〕1号")
    expect(page.locator(".course")).to_contain_text("转行政处罚 · 执法局 · 罚〔2026〕1号")
    expect(button).to_have_count(0)


def test_a_handover_shows_its_receipt_and_the_other_sides_number(api, open_page) -> None:
    case = api.report()
    do(api, case, "register", "李")
    do(api, case, "hand_over", "李", agency="市场监管局", reason="食品摊点")
    page = open_page(at(api, case))
    transfer = page.locator(".transfers li")
    expect(transfer).to_contain_text("市场监管局")
    expect(transfer).to_contain_text(f"{case['number']}-T1")
    expect(transfer).to_contain_text("对方尚未签收")
    do(api, case, "sign", "赵", receipt="市监收〔2026〕88号")
    expect(transfer).to_contain_text("对方文号 市监收〔2026〕88号")
    expect(transfer).to_contain_text("赵 于")


def record_dialog(page: Page) -> Locator:
    page.locator(".facts").get_by_role("button", name="备案").click()
    dialog = page.get_by_role("dialog", name="摄像机备案：cam-017")
    expect(dialog).to_be_visible()
    return dialog


def test_a_cameras_record_is_entered_on_the_page_and_the_penalty_file_lacks_it_no_more(
    api, open_page
) -> None:
    case = api.report()
    do(api, case, "register", "李")
    page = open_page(at(api, case))
    lacks = page.locator(".actions .not-yet li")
    expect(lacks).to_have_count(5)
    dialog = record_dialog(page)
    for label, value in (
        ("法制审核编号", "法审〔2026〕3号"),
        ("法制审核日期", "2026-01-05"),
        ("技术审核编号", "技审〔2026〕9号"),
        ("设置地点公布网址", "https://www.example.gov.cn/cameras"),
        ("标志设置日期", "2026-01-08"),
    ):
        dialog.get_by_label(label).fill(value)
    dialog.get_by_role("button", name="保存备案").click()
    expect(dialog).to_be_hidden()
    expect(lacks).to_have_text(["摄像机 cam-017 的技术审核编号", "审核人签字"][1:])
    kept = httpx.get(f"{api.url}/v1/cameras/cam-017/compliance").json()
    assert (kept["legal_reviewed_on"], kept["tech_reviewed_on"]) == ("2026-01-05", None)

    dialog = record_dialog(page)
    expect(dialog.get_by_label("法制审核编号")).to_have_value("法审〔2026〕3号")
    dialog.get_by_label("技术审核编号").fill("")
    dialog.get_by_role("button", name="保存备案").click()
    expect(lacks).to_have_text(["摄像机 cam-017 的技术审核编号", "审核人签字"])


def test_two_clerks_who_write_one_record_do_not_overwrite_each_other_unseen(
    api, open_page, complaints
) -> None:
    complaints.network_expected = True
    page = open_page(at(api, api.report()))
    dialog = record_dialog(page)
    dialog.get_by_label("法制审核编号").fill("我的")
    address = f"{api.url}/v1/cameras/cam-017/compliance"
    httpx.put(address, json={"legal_review_id": "别人的"}).raise_for_status()
    dialog.get_by_role("button", name="保存备案").click()
    expect(dialog.get_by_role("alert")).to_contain_text("备案刚被他人更新")
    expect(dialog.get_by_label("法制审核编号")).to_have_value("别人的")
    dialog.get_by_label("法制审核编号").fill("我的")
    dialog.get_by_role("button", name="保存备案").click()
    expect(dialog).to_be_hidden()
    assert httpx.get(address).json()["legal_review_id"] == "我的"


def test_who_may_not_write_a_record_reads_it(api, open_page) -> None:
    case = api.report()
    page = open_page(f"{api.url}/shift/map")
    page.route("**/v1/me", lambda route: route.fulfill(json=ENGINEER))
    page.goto(at(api, case))
    page.wait_for_selector(".line.live")
    dialog = record_dialog(page)
    expect(dialog.get_by_label("法制审核编号")).not_to_be_editable()
    expect(dialog.get_by_role("button", name="保存备案")).to_have_count(0)
    dialog.get_by_role("button", name="关闭").click()
    expect(dialog).to_be_hidden()


ENGINEER = {"kind": "key", "name": "e", "display": "e", "roles": ["engineer"], "scopes": []}

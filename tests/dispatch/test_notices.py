"""Notices arrive through real HTTP and SMTP servers, or are tried again; none lost or doubled."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import update

from api.app import create_app
from api.dispatch.channels import EmailChannel, EmailSetup, read_channels
from api.dispatch.duty import Person
from api.dispatch.sending import send_due
from api.errors import DispatchInvalid
from api.outward.notices import Notice
from api.outward.outcome import Outcome, Result
from api.outward.signing import headers as signed
from api.services import Services
from api.settings import Settings
from api.store import notices
from api.store.notice_tables import NoticeRow
from api.store.notices import Addressee
from api.store.rules import dispatch_in
from tests.api.conftest import WORKER_KEY, Api, picture, running
from tests.clocks.test_reckon import moment
from tests.dispatch.test_dispatching import PLACE, SHIPPED, chief
from tests.dispatch.test_imports import LINE
from tests.outward.receiver import Reply, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def channels_file(folder: Path, **channels: dict[str, Any]) -> Path:
    file = folder / "channels.yaml"
    file.write_text(json.dumps({"channels": channels}, ensure_ascii=False), "utf-8")
    return file


def until(ready: Callable[[], Any], seconds: float = 10.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it does not happen")


def filed_and_dispatched(api: Api) -> int:
    case: int = api.file(picture(), place=PLACE)["id"]
    api.post(f"/v1/cases/{case}/actions/register", json={"by": "李"}).raise_for_status()
    said = {"by": "李", "department": "环卫部门"}
    api.post(f"/v1/cases/{case}/actions/dispatch", json=said).raise_for_status()
    return case


def assigned(api: Api) -> None:
    said = chief("L-1", "lane", LINE, "13800000001").model_dump(mode="json")
    assert api.put("/v1/chiefs/assignments/L-1", json=said).status_code == 201


def test_a_dispatched_case_reaches_the_chief_through_the_gateway_and_the_record_says_so(
    tmp_path: Path,
) -> None:
    with receiving() as gateway:
        file = channels_file(tmp_path, sms={"type": "sms", "url": gateway.url, "secret": SECRET})
        rules = tmp_path / "dispatch.yaml"
        rules.write_text(SHIPPED.replace("[0, 5, 30,", "[0, 0.2, 30,"), "utf-8")
        settings = Settings(
            tmp_path / "data",
            (WORKER_KEY,),
            channels=file,
            dispatch=rules,
            public_url="https://chief.example",
        )
        failing = iter([Reply(503, "忙".encode()), Reply(200, b"ok")])
        gateway.answer = lambda _got: next(failing)
        with running(settings) as url, Api(url, settings) as api:
            assigned(api)
            case = filed_and_dispatched(api)

            def arrived() -> Any:
                (notice,) = api.get(f"/v1/cases/{case}/notices").json()["items"]
                return notice if notice["state"] == "sent" else None

            notice = until(arrived, 20)
    assert [each["result"] for each in notice["tried"]] == ["failed", "delivered"]
    assert notice["tried"][0]["detail"] == "HTTP 503: 忙"
    first, second = gateway.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == f"notice-{notice['id']}"
    stamp = int(second.headers["webhook-timestamp"])
    expected = signed([SECRET], f"notice-{notice['id']}", stamp, second.body)
    assert second.headers["webhook-signature"] == expected["webhook-signature"]
    body = second.json()
    assert body["mobiles"] == ["13800000001"]
    assert body["text"].startswith("【巷长】暴露垃圾待处置")
    assert f"https://chief.example/shift/chief?case={case}#chief_" in body["text"]


class Desk:
    """The outbox by itself, with channels and times of our choosing."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.count = 0

    def put(self, channel: str = "sms") -> int:
        self.count += 1
        with self.services.store.writing() as session:
            rules = dispatch_in(session).model_copy(update={"tell": {"chief": (channel,)}})
            words = dict.fromkeys(
                "number category address department condition deadline".split(), "x"
            )
            to = Addressee("chief", Person("某人", "13800000001", "a@example.com"), "路长")
            now = moment("2026-11-25 10:00")
            notices.put(session, rules, f"test {self.count}", "chief", to, words, None, now)
        return self.row().id

    def row(self) -> Any:
        return notices.list_notices(self.services.store, None, None, 1).items[0]

    def due(self, at: str) -> list[int]:
        return notices.due(self.services.store, moment(at), 10)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    made = create_app(Settings(tmp_path_factory.mktemp("desk"), (WORKER_KEY,))).state.services
    yield made
    made.store.engine.dispose()


@pytest.fixture
def desk(services: Services) -> Iterator[Desk]:
    yield Desk(services)
    with services.store.writing() as session:
        session.execute(update(NoticeRow).values(state="failed", key=NoticeRow.key + "-old"))


def test_tries_are_spaced_by_the_rules_and_end_in_a_failure_that_can_be_sent_again(
    desk: Desk,
) -> None:
    notice, now = desk.put(), moment("2026-11-25 10:00")
    waits = []
    while desk.row().state == "waiting":
        taken = notices.take(desk.services.store, notice, now)
        assert taken is not None
        assert notices.take(desk.services.store, notice, now) is None, "it is under way"
        outcome = Outcome(Result.FAILED, "no answer")
        notices.record(desk.services.store, notice, taken.tries, outcome, now)
        waits.append((desk.row().next_at - now).total_seconds())
        now = desk.row().next_at
    assert waits[:-1] == [5, 30, 300, 1800, 7200, 21600]
    row = desk.row()
    assert (row.state, len(row.tried), row.detail) == ("failed", 7, "no answer")
    assert notices.take(desk.services.store, notice, now + timedelta(days=9)) is None
    again = notices.send_again(desk.services.store, notice, now)
    assert again is not None
    assert again.state == "waiting"
    taken = notices.take(desk.services.store, notice, now)
    assert taken is not None
    notices.record(desk.services.store, notice, taken.tries, Outcome(Result.DELIVERED), now)
    assert notices.send_again(desk.services.store, notice, now).state == "sent"  # type: ignore[union-attr]
    assert notices.send_again(desk.services.store, 10**6, now) is None


def test_what_was_begun_by_a_process_that_died_is_tried_again_and_the_record_says_so(
    desk: Desk,
) -> None:
    notice = desk.put()
    assert notices.take(desk.services.store, notice, moment("2026-11-25 10:00")) is not None
    assert desk.due("2026-11-25 10:01") == []
    assert desk.due("2026-11-25 10:02") == [notice]
    taken = notices.take(desk.services.store, notice, moment("2026-11-25 10:03"))
    assert taken is not None
    assert taken.tries == 2
    assert [each.result for each in desk.row().tried] == ["begun", "begun"]


@pytest.mark.parametrize("result", [Result.REFUSED, Result.GONE, Result.NOT_WANTED])
def test_what_no_further_try_would_change_fails_at_once(desk: Desk, result: Result) -> None:
    notice, now = desk.put(), moment("2026-11-25 10:00")
    taken = notices.take(desk.services.store, notice, now)
    assert taken is not None
    notices.record(desk.services.store, notice, taken.tries, Outcome(result, "no"), now)
    assert desk.row().state == "failed"


def test_a_receiver_that_asks_for_time_is_left_alone_for_as_long(desk: Desk) -> None:
    notice, now = desk.put(), moment("2026-11-25 10:00")
    taken = notices.take(desk.services.store, notice, now)
    assert taken is not None
    busy = Outcome(Result.THROTTLED, "busy", wait_s=600)
    notices.record(desk.services.store, notice, taken.tries, busy, now)
    assert desk.row().next_at - now == timedelta(seconds=600)


def test_a_channel_that_is_not_set_up_is_a_failure_with_its_remedy(desk: Desk) -> None:
    desk.put("pigeon")
    send_due(desk.services, moment("2026-11-25 10:00"))
    assert desk.row().state == "failed"
    assert "no channel 'pigeon' is set up (--channels); there are: none" in desk.row().detail


def test_one_channel_that_breaks_or_is_slow_keeps_nothing_else_from_going(desk: Desk) -> None:
    class Broken:
        def deliver(self, notice: Notice) -> Outcome:
            raise RuntimeError("not thought of")

    class Fine:
        def __init__(self) -> None:
            self.got: list[Notice] = []

        def deliver(self, notice: Notice) -> Outcome:
            self.got.append(notice)
            return Outcome(Result.DELIVERED)

    fine = Fine()
    services = replace(desk.services, channels={"broken": Broken(), "fine": fine})
    desk.put("broken")
    desk.put("fine")
    send_due(services, moment("2026-11-25 10:00"))
    assert len(fine.got) == 1
    found = notices.list_notices(services.store, None, None, 2).items
    assert [each.state for each in found] == ["sent", "waiting"]
    assert "not thought of" in found[1].detail


class Mailbox:
    """What a real SMTP server got; refuses whom it is told to."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.refuse = ""

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's own name)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, decode_data=False)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


def mail(port: int, **more: Any) -> EmailChannel:
    said = {"type": "email", "host": "127.0.0.1", "port": port, "security": "none"}
    return EmailChannel(EmailSetup.model_validate(said | {"sender": "five@example.com"} | more))


NOTICE = Notice(
    "notice-7", "【派遣】暴露垃圾", "请处置", "https://x.example", emails=("a@example.com",)
)


def test_a_mail_is_sent_with_an_id_that_is_the_same_for_every_try() -> None:
    with mail_server() as (box, port):
        outcomes = [mail(port).deliver(NOTICE) for _ in range(2)]
    assert {each.result for each in outcomes} == {Result.DELIVERED}
    first, second = (message_from_bytes(each, policy=default) for each in box.mails)
    assert first["Message-ID"] == second["Message-ID"] == "<notice-7@example.com>"
    assert (first["Subject"], first["To"]) == ("【派遣】暴露垃圾", "a@example.com")
    assert first.get_content().split() == ["请处置", "https://x.example"]


@pytest.mark.parametrize(
    ("refusal", "result"),
    [("550 no such user", Result.REFUSED), ("451 try later", Result.FAILED)],
)
def test_a_mail_server_that_refuses_is_believed(refusal: str, result: Result) -> None:
    with mail_server() as (box, port):
        box.refuse = refusal
        outcome = mail(port).deliver(NOTICE)
    code, _, words = refusal.partition(" ")
    assert (outcome.result, outcome.detail) == (result, f"SMTP {code}: {words}")


def test_a_mail_server_that_is_away_or_has_no_tls_is_a_failure_to_try_again() -> None:
    with mail_server() as (_, port):
        outcome = mail(port, security="starttls").deliver(NOTICE)
        assert outcome.result is Result.FAILED
        assert "STARTTLS" in outcome.detail
    assert mail(port).deliver(NOTICE).result is Result.FAILED
    assert mail(port).deliver(replace(NOTICE, emails=())).result is Result.REFUSED


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (204, Result.DELIVERED),
        (302, Result.FAILED),
        (404, Result.FAILED),
        (410, Result.GONE),
        (422, Result.REFUSED),
        (429, Result.THROTTLED),
        (500, Result.FAILED),
    ],
)
def test_a_webhooks_answer_is_believed(tmp_path: Path, status: int, result: Result) -> None:
    with receiving() as other:
        other.answer = lambda _got: Reply(status)
        setup = {"type": "webhook", "url": other.url, "headers": {"X-Key": "k"}}
        channel = read_channels(channels_file(tmp_path, hook=setup))["hook"]
        assert channel.deliver(NOTICE).result is result
        assert other.got[0].json()["emails"] == ["a@example.com"]
        assert other.got[0].headers["x-key"] == "k"
        bare = channel.deliver(replace(NOTICE, emails=()))
        assert bare.result is result


def test_a_text_message_needs_a_number(tmp_path: Path) -> None:
    setup = {"type": "sms", "url": "http://127.0.0.1:9/"}
    channel = read_channels(channels_file(tmp_path, sms=setup))["sms"]
    assert channel.deliver(NOTICE).result is Result.REFUSED
    assert channel.deliver(replace(NOTICE, mobiles=("13800000001",))).result is Result.FAILED


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        ({"type": "pager"}, "channels.x"),
        ({"type": "sms", "url": "ftp://x"}, "url"),
        ({"type": "sms", "url": "${SMS_URL_THAT_IS_NOT_SET}"}, "SMS_URL_THAT_IS_NOT_SET"),
        ({"type": "sms", "url": "http://x", "secret": "short"}, "secret"),
        ({"type": "email", "host": "h", "sender": "nobody"}, "sender"),
    ],
)
def test_a_channel_that_cannot_work_is_told_at_the_start(
    tmp_path: Path, channel: dict[str, Any], told: str
) -> None:
    with pytest.raises(DispatchInvalid, match=told) as caught:
        read_channels(channels_file(tmp_path, x=channel))
    assert "'short'" not in str(caught.value)


def test_robots_are_channels_too(tmp_path: Path) -> None:
    file = channels_file(
        tmp_path,
        wecom={"type": "wecom", "url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"},
        ding={"type": "dingtalk", "url": "https://oapi.dingtalk.com/robot/send?access_token=t",
              "secret": "SECx"},
    )  # fmt: skip
    assert set(read_channels(file)) == {"wecom", "ding"}
    assert read_channels(None) == {}

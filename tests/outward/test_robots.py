"""Group robots, against stand-ins that check what the real ones check."""

import base64
import hashlib
import hmac
import json

import pytest

from api.outward.addresses import Reach
from api.outward.calling import Caller
from api.outward.limits import shipped_limits
from api.outward.notices import Channel, Notice
from api.outward.outcome import Result
from api.outward.robots import DingTalkRobot, WeComRobot
from tests.outward.receiver import LOCAL, Got, Receiver, Reply, json_reply

ROBOTS = shipped_limits().robots
SECRET = "SEC0123456789abcdef"
NOTICE = Notice("n-1", "暴露垃圾待处置", "经十路 3 号,4 小时内", "http://x/1", ("13800000000",))


def caller() -> Caller:
    return Caller(Reach.of(LOCAL), 2)


def dingtalk(receiver: Receiver, secret: str = SECRET) -> DingTalkRobot:
    """The robot, and on the other side DingTalk's check of the signature."""

    def answer(got: Got) -> Reply:
        stamp = got.query.get("timestamp", "0")
        want = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
        if got.query.get("access_token") != "T":
            return json_reply({"errcode": 300001, "errmsg": "token is not exist"})
        if base64.b64decode(got.query.get("sign", "")) != want or abs(
            got.at - int(stamp) / 1000
        ) > (3600):
            return json_reply({"errcode": 310000, "errmsg": "sign not match"})
        return json_reply({"errcode": 0, "errmsg": "ok"})

    receiver.answer = answer
    url = f"{receiver.url}/robot/send?access_token=T"
    return DingTalkRobot(caller(), url, secret, ROBOTS.dingtalk)


def test_dingtalk_takes_the_signature_and_names_who_is_meant(receiver: Receiver) -> None:
    robot: Channel = dingtalk(receiver)
    assert robot.deliver(NOTICE).result is Result.DELIVERED
    message = receiver.got[0].json()
    assert message["msgtype"] == "text"
    assert message["text"]["content"] == "暴露垃圾待处置\n经十路 3 号,4 小时内\nhttp://x/1"
    assert message["at"] == {"atMobiles": ["13800000000"], "isAtAll": False}


def test_dingtalk_with_a_wrong_secret_says_so_and_tries_again(receiver: Receiver) -> None:
    outcome = dingtalk(receiver, "SECwrong").deliver(NOTICE)
    assert outcome.result is Result.FAILED
    assert outcome.detail == "errcode 310000: sign not match"


def test_wecom_takes_the_key_of_its_address(receiver: Receiver) -> None:
    def answer(got: Got) -> Reply:
        known = got.query.get("key") == "K"
        return json_reply({"errcode": 0 if known else 93000, "errmsg": "ok" if known else "bad"})

    receiver.answer = answer
    path = f"{receiver.url}/cgi-bin/webhook/send?key="
    good: Channel = WeComRobot(caller(), path + "K", ROBOTS.wecom)
    assert good.deliver(NOTICE).result is Result.DELIVERED
    text = receiver.got[0].json()["text"]
    assert text["mentioned_mobile_list"] == ["13800000000"]
    gone = WeComRobot(caller(), path + "secret", ROBOTS.wecom).deliver(NOTICE)
    assert gone.result is Result.GONE
    assert "secret" not in gone.detail


@pytest.mark.parametrize("code", sorted(ROBOTS.wecom.busy))
def test_a_busy_robot_is_left_alone(receiver: Receiver, code: int) -> None:
    receiver.answer = lambda _got: json_reply({"errcode": code, "errmsg": "freq"})
    outcome = WeComRobot(caller(), receiver.url, ROBOTS.wecom).deliver(NOTICE)
    assert (outcome.result, outcome.wait_s) == (Result.THROTTLED, 60)


def test_no_more_than_the_rate_is_sent_and_the_wait_is_told(receiver: Receiver) -> None:
    receiver.answer = lambda _got: json_reply({"errcode": 0, "errmsg": "ok"})
    now = 1000.0
    robot = WeComRobot(caller(), receiver.url, ROBOTS.wecom, clock=lambda: now)
    for _ in range(20):
        assert robot.deliver(NOTICE).result is Result.DELIVERED
    now = 1045.0
    held = robot.deliver(NOTICE)
    assert (held.result, held.wait_s) == (Result.THROTTLED, 15.0)
    assert len(receiver.got) == 20
    now = 1060.0
    assert robot.deliver(NOTICE).result is Result.DELIVERED


@pytest.mark.parametrize("size", [2047, 2048, 2049, 9000])
def test_a_long_text_is_cut_between_characters(receiver: Receiver, size: int) -> None:
    receiver.answer = lambda _got: json_reply({"errcode": 0, "errmsg": "ok"})
    notice = Notice("n", "长", "垃" * (size // 3) + "x" * (size % 3))
    WeComRobot(caller(), receiver.url, ROBOTS.wecom).deliver(notice)
    content = receiver.got[0].json()["text"]["content"]
    assert 0 < len(content.encode()) <= 2048
    DingTalkRobot(caller(), receiver.url + "/?access_token=T", SECRET, ROBOTS.dingtalk).deliver(
        Notice("n", "长", "垃" * 20000, mobiles=("13800000000",) * 40)
    )
    assert len(receiver.got[1].body) <= 20000


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (Reply(502, b"bad gateway"), Result.FAILED),
        (Reply(429), Result.THROTTLED),
        (Reply(200, b"<html>"), Result.FAILED),
        (Reply(200, json.dumps([]).encode()), Result.FAILED),
        (Reply(hang_up=True), Result.FAILED),
        (Reply(302, headers={"Location": "http://127.0.0.1/"}), Result.FAILED),
    ],
)
def test_whatever_comes_back_is_an_outcome(
    receiver: Receiver, reply: Reply, result: Result
) -> None:
    receiver.answer = lambda _got: reply
    assert WeComRobot(caller(), receiver.url, ROBOTS.wecom).deliver(NOTICE).result is result


def test_a_robot_inside_needs_to_be_allowed(receiver: Receiver) -> None:
    outcome = WeComRobot(Caller(Reach(), 2), receiver.url, ROBOTS.wecom).deliver(NOTICE)
    assert outcome.result is Result.REFUSED
    assert "FIVE_CHIEF_OUTWARD_NETWORKS" in outcome.detail
    assert receiver.got == []

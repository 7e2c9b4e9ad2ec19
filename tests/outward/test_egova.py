"""Cases handed over to an eGova platform, against a stand-in that follows its interface."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.outward.inward import report_done
from api.outward.sm2 import NoPublicKey, encrypt, public_key
from api.schema import Action, Case
from api.settings import Settings
from tests.outward.engine import JPEG, Engine, an_engine
from tests.outward.platform import CLIENT, SECRET, Platform
from tests.outward.receiver import Got, Receiver, Reply, json_reply


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    with an_engine(settings) as found:
        yield found


@pytest.fixture
def platform(receiver: Receiver) -> Platform:
    return Platform(receiver)


def options(**more: Any) -> dict[str, Any]:
    return {"client_id": CLIENT, "client_secret": SECRET, "sender_code": "ZQ_AI", **more}


def hand_over(engine: Engine, receiver: Receiver, **more: Any) -> tuple[Any, Case]:
    made = engine.subscribe(receiver, "/mis", egova=options(**more))
    case = engine.file()
    engine.act(case, Action.REGISTER)
    engine.until_settled(made)
    return made, case


def test_a_registered_case_is_reported_with_its_pictures(
    engine: Engine, receiver: Receiver, platform: Platform
) -> None:
    made, case = hand_over(engine, receiver)
    (report,) = platform.actions("REPORT")
    assert report["senderCode"] == "ZQ_AI"
    data = report["data"]
    assert data["caseId"] == case.number
    assert (data["recTypeName"], data["mainTypeName"], data["subTypeId"]) == (
        "事件",
        "市容环境",
        "0102",
    )
    assert data["eventSrcName"] == "视频上报"
    assert (data["coordinateX"], data["coordinateY"]) == (case.place.longitude, case.place.latitude)
    (media,) = data["medias"]
    assert media["mediaUsage"] == "上报"
    assert base64.b64decode(media["content"]) == JPEG
    told = {entry.type: entry for entry in engine.log(made)}
    assert told["case.filed"].state == "not_wanted"
    assert told["case.registered"].state == "delivered"
    assert told["case.registered"].reference == "ZQ202600001"
    assert report["uid"] == told["case.registered"].message_id
    assert SECRET not in str([got.body for got in receiver.got])


def test_pictures_may_be_linked_instead(
    engine: Engine, receiver: Receiver, platform: Platform
) -> None:
    _, case = hand_over(engine, receiver, media="link")
    (media,) = platform.actions("REPORT")[0]["data"]["medias"]
    assert media["mediaPath"] == f"https://chief.example{case.evidence[0].url}"


def test_a_check_is_fed_back_with_its_pictures_and_a_case_of_others_is_not(
    engine: Engine, receiver: Receiver, platform: Platform
) -> None:
    made, case = hand_over(engine, receiver)
    report_done(engine.services, case.number, "ZQ_MIS", "已清理", (), datetime.now(UTC))
    picture = case.evidence[0].sha256
    engine.act(case, Action.PASS, opinion="现场干净", pictures=[picture])
    engine.until_settled(made)
    (check,) = platform.actions("CHECK_FEEDBACK")
    assert check["data"]["checkResult"] == "核查通过"
    assert check["data"]["checkOpinion"] == "现场干净"
    assert [media["mediaUsage"] for media in check["data"]["medias"]] == ["核查"]
    unregistered = engine.file()
    engine.act(unregistered, Action.VOID, reason="影子")
    engine.until_settled(made)
    assert platform.actions("APPLY_CANCEL") == []


def test_a_case_that_turns_out_to_be_none_is_taken_back(
    engine: Engine, receiver: Receiver, platform: Platform
) -> None:
    made, case = hand_over(engine, receiver)
    engine.act(case, Action.ASK_VOID, by="王", reason="重复立案")
    engine.act(case, Action.GRANT_VOID)
    engine.until_settled(made)
    (cancel,) = platform.actions("APPLY_CANCEL")
    assert cancel["data"]["caseId"] == case.number


def test_an_answer_that_is_lost_doubles_nothing(
    engine: Engine, receiver: Receiver, platform: Platform
) -> None:
    lost: list[Got] = []

    def loses_one(got: Got) -> Reply:
        reply = platform.answer(got)
        if "/action" in got.path and not lost:
            lost.append(got)
            return Reply(hang_up=True)
        return reply

    receiver.answer = loses_one
    made, _ = hand_over(engine, receiver)
    assert len(platform.actions("REPORT")) == 1
    entry = next(e for e in engine.log(made) if e.type == "case.registered")
    assert [each.result for each in entry.tries] == ["delivered", "failed"]
    assert "has it already" in entry.tries[0].detail


def test_a_token_is_used_until_it_ends_and_an_expired_one_is_renewed(
    engine: Engine, receiver: Receiver, platform: Platform
) -> None:
    made, _ = hand_over(engine, receiver)
    second = engine.file()
    engine.act(second, Action.REGISTER)
    engine.until_settled(made)
    assert platform.handshakes == 1
    platform.tokens.clear()  # the platform was started anew
    third = engine.file()
    engine.act(third, Action.REGISTER)
    engine.until_settled(made)
    assert platform.handshakes == 2
    assert len(platform.actions("REPORT")) == 3
    assert all(e.tries[0].result in ("delivered", "not_wanted") for e in engine.log(made))


def test_a_wrong_secret_is_said_and_nothing_is_lost(
    engine: Engine, receiver: Receiver, platform: Platform
) -> None:
    made = engine.subscribe(receiver, "/mis", egova=options() | {"client_secret": "wrong"})
    engine.act(engine.file(), Action.REGISTER)
    engine.until_settled(made)
    entry = next(e for e in engine.log(made) if e.type == "case.registered")
    assert entry.state == "failed"
    assert "客户端密钥错误" in entry.tries[0].detail
    assert "wrong" not in entry.tries[0].detail


def test_a_platform_that_refuses_every_token_is_not_asked_without_end(
    engine: Engine, receiver: Receiver, platform: Platform
) -> None:
    def refuses(got: Got) -> Reply:
        if "/action" in got.path:
            return json_reply({"code": 500, "message": "token 已过期"})
        return platform.answer(got)

    receiver.answer = refuses
    made, _ = hand_over(engine, receiver)
    entry = next(e for e in engine.log(made) if e.type == "case.registered")
    assert entry.state == "failed"
    assert len([got for got in receiver.got if "/action" in got.path]) == 2 * len(entry.tries)


@pytest.mark.parametrize(("mode", "form"), [(1, "c1c3c2"), (0, "c1c2c3")])
@pytest.mark.parametrize("key_as", ["hex", "json"])
def test_the_secret_is_encrypted_as_the_platform_decrypts(
    engine: Engine, receiver: Receiver, mode: int, form: str, key_as: str
) -> None:
    platform = Platform(receiver, mode=mode, key_as=key_as)
    hand_over(engine, receiver, ciphertext=form)
    assert len(platform.actions("REPORT")) == 1


def test_keys_are_taken_in_the_spellings_that_are_about() -> None:
    point = bytes(range(64))
    head = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
    pem = base64.b64encode(head + point).decode()
    for text in (
        point.hex(),
        "04" + point.hex().upper(),
        base64.b64encode(b"\x04" + point).decode(),
        f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n",
    ):
        assert public_key(text) == point
    for text in ("", "zz", "04" + "00" * 10, "<html>"):
        with pytest.raises(NoPublicKey):
            public_key(text)
    with pytest.raises(ValueError, match="SM2 cannot encrypt"):
        encrypt(point, "x", "c1c3c2")

"""A stand-in for an eGova platform: another SM2 library than ours, tokens, actions, uids."""

import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from gmssl.sm2 import CryptSM2
from gmssl_pyx import sm2_key_generate

from tests.outward.receiver import Got, Receiver, Reply, json_reply

CLIENT, SECRET = "five-chief", "s3cret-of-the-client"


@dataclass
class Platform:
    """Answers as the platform does; `taken` holds what it took, by uid."""

    receiver: Receiver
    mode: int = 1  # C1C3C2
    token_life_s: int = 3600
    key_as: str = "hex"
    tokens: set[str] = field(default_factory=set)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    handshakes: int = 0

    def __post_init__(self) -> None:
        public, private = sm2_key_generate()
        self.public = bytes(public)
        # That library strips zeros and fours from keys that begin with 04: it gets none.
        self.cipher = CryptSM2(private_key=bytes(private).hex(), public_key="", mode=self.mode)
        self.receiver.answer = self.answer

    def answer(self, got: Got) -> Reply:
        path = got.path.partition("?")[0]
        if path == "/mis/oauth/extras/openapi/pubkey" and got.method == "GET":
            return self.public_key()
        if path == "/mis/oauth/extras/openapi/client" and got.method == "POST":
            return self.give_token(got.json())
        if path == "/mis/openapi/third/action" and got.method == "POST":
            return self.act(got)
        return Reply(404, b"not found")

    def public_key(self) -> Reply:
        point = "04" + self.public.hex()
        return Reply(200, point.encode()) if self.key_as == "hex" else json_reply({"data": point})

    def give_token(self, wanted: dict[str, Any]) -> Reply:
        self.handshakes += 1
        assert wanted["grant_type"] == "client_credentials"
        assert wanted["uid"]
        raw = bytes.fromhex(wanted["client_secret"])
        assert raw[0] == 4
        secret = self.cipher.decrypt(raw[1:])
        if (wanted["client_id"], secret) != (CLIENT, SECRET.encode()):
            return json_reply({"code": 500, "message": "客户端密钥错误"})
        token = secrets.token_hex(8)
        self.tokens.add(token)
        return json_reply(
            {"code": 200, "data": {"access_token": token, "expires_in": self.token_life_s}}
        )

    def act(self, got: Got) -> Reply:
        if got.query.get("egova_openapi_token") not in self.tokens:
            return json_reply({"code": 500, "message": "token 无效"})
        message = got.json()
        assert set(message) == {"action", "senderCode", "uid", "data"}
        if message["uid"] in self.taken:
            return json_reply({"code": 500, "message": "重复请求"})
        if message["action"] == "REPORT":
            self.check_report(message["data"])
        self.taken[message["uid"]] = message
        number = len(self.taken)
        return json_reply(
            {"code": 200, "data": {"recId": number, "taskNum": f"ZQ2026{number:05d}"}}
        )

    @staticmethod
    def check_report(data: dict[str, Any]) -> None:
        for name in ("caseId", "registerTime", "eventDesc", "recTypeName", "eventSrcName"):
            assert data[name], name
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", data["registerTime"])
        for media in data["medias"]:
            assert media["mediaUsage"] in ("上报", "核查", "核实", "处置", "自处置")
            assert bool(media.get("content")) != bool(media.get("mediaPath"))

    def actions(self, name: str) -> list[dict[str, Any]]:
        found = [each for each in self.taken.values() if each["action"] == name]
        return json.loads(json.dumps(found)) if found else []

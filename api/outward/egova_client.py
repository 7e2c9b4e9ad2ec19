"""The protocol of eGova (数字政通) platforms: a token for an SM2-encrypted secret, then actions.

Shapes: GET …/oauth/extras/openapi/pubkey, POST …/oauth/extras/openapi/client with `client_id`,
`client_secret`, `grant_type` and `uid`, then POST of `{action, senderCode, uid, data}` with the
token as `egova_openapi_token`. How answers are wrapped differs between installations, so they
are looked for on the top level and one below.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from api.outward.calling import Answer, Caller
from api.outward.limits import EgovaLimits
from api.outward.sm2 import NoPublicKey, encrypt, public_key
from api.schema.subscriptions import EgovaOptions

_JSON = {"Content-Type": "application/json; charset=UTF-8", "Accept": "application/json"}
_WRAPS = ("data", "result", "resultInfo", "body")


class TokenRefused(Exception):
    """The platform gives no token, or does not take the one it gave; says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the platform says to an action.

    Attributes:
        answer: as it came.
        fields: the JSON's fields, those that wrap others unwrapped; empty when it is none.
    """

    answer: Answer
    fields: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What it says, for logs: JSON may have each character escaped."""
        if not self.fields:
            return self.answer.excerpt
        return json.dumps(self.fields, ensure_ascii=False, default=str)[:300]


class EgovaClient:
    """Talks to one platform with one secret; safe for several threads."""

    def __init__(
        self,
        caller: Caller,
        url: str,
        options: EgovaOptions,
        limits: EgovaLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._caller = caller
        self._root = url.rstrip("/")
        self._options = options
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._ends = 0.0

    def act(self, action: str, uid: str, data: Mapping[str, Any]) -> Said:
        """Send an action; a token that is refused is renewed once.

        Args:
            uid: the same for every try; the platform takes the same one once.

        Raises:
            TokenRefused: there is no token to be had.
            Unreachable, AddressRefused: no answer came, or none may be asked for.
        """
        message = {
            "action": action,
            "senderCode": self._options.sender_code,
            "uid": uid,
            "data": data,
        }
        body = json.dumps(message, ensure_ascii=False).encode()
        token = self._get_token()
        said = self._post(body, token)
        if self._is_token_refused(said):
            said = self._post(body, self._get_token(instead_of=token))
            if self._is_token_refused(said):
                raise TokenRefused(f"a fresh token was refused: {said.text}")
        return said

    def _post(self, body: bytes, token: str) -> Said:
        query = urlencode({"egova_openapi_token": token})
        address = f"{self._root}{self._options.action_path}?{query}"
        answer = self._caller.call("POST", address, _JSON, body)
        return Said(answer, _fields(answer))

    def _is_token_refused(self, said: Said) -> bool:
        if said.answer.status in self._limits.token_refused:
            return True
        return not is_success(said) and _speaks_of(said, self._limits.token_words)

    def _get_token(self, instead_of: str | None = None) -> str:
        with self._lock:
            if self._token and self._token != instead_of and self._clock() < self._ends:
                return self._token
            asked_at = self._clock()
            fields = self._ask_for_token()
            token = _first(fields, "access_token", "egova_openapi_token", "token", "accessToken")
            if not token:
                raise TokenRefused(f"no token in the answer: {_reason(fields)}")
            life = _number(_first(fields, "expires_in", "expiresIn"), self._limits.token_life_s)
            margin = min(self._limits.token_margin_s, life / 2)
            self._token, self._ends = str(token), asked_at + life - margin
            return self._token

    def _ask_for_token(self) -> Mapping[str, Any]:
        extras = f"{self._root}/oauth/extras/openapi"
        found = self._caller.call("GET", f"{extras}/pubkey", {"Accept": "*/*"})
        if found.status != 200:
            raise TokenRefused(f"no public key: HTTP {found.status} {found.excerpt}")
        try:
            key = public_key(_key_text(found))
            secret = encrypt(key, self._options.client_secret, self._options.ciphertext)
        except (NoPublicKey, ValueError) as error:
            raise TokenRefused(str(error)) from error
        wanted = {
            "client_id": self._options.client_id,
            "client_secret": secret,
            "grant_type": "client_credentials",
            "uid": uuid4().hex,
        }
        body = json.dumps(wanted).encode()
        answer = self._caller.call("POST", f"{extras}/client", _JSON, body)
        if answer.status != 200:
            raise TokenRefused(f"no token: HTTP {answer.status} {answer.excerpt}")
        return _fields(answer)


def is_success(said: Said) -> bool:
    """Whether the platform took it: it says so, or gives its own number for it."""
    fields = said.fields
    if not 200 <= said.answer.status < 300 or not fields:
        return False
    if fields.get("recId") is not None or fields.get("taskNum") is not None:
        return True
    success = fields.get("success")
    if success is not None:
        return str(success).lower() in ("true", "1")
    return str(fields.get("code", fields.get("resultCode", ""))) in ("0", "200")


def is_duplicate(said: Said, limits: EgovaLimits) -> bool:
    """Whether the platform refuses it for having it already."""
    return not is_success(said) and _speaks_of(said, limits.duplicate_words)


def reference_of(said: Said) -> str | None:
    """The platform's own number for the case."""
    found = _first(said.fields, "taskNum", "recId")
    return None if found is None else str(found)[:120]


def _speaks_of(said: Said, words: tuple[str, ...]) -> bool:
    text = said.text.lower()
    return any(word.lower() in text for word in words)


def _fields(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    merged = dict(found)
    for wrap in _WRAPS:
        if isinstance(found.get(wrap), dict):
            merged |= found[wrap]
    return merged


def _key_text(answer: Answer) -> str:
    fields = _fields(answer)
    found = _first(fields, "publicKey", "pubkey", "pubKey", "public_key", "data", "result")
    text = answer.body.decode("utf-8", "replace") if found is None else str(found)
    return text.strip().strip('"')


def _first(fields: Mapping[str, Any], *names: str) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _number(value: Any, default: float) -> float:
    try:
        return max(1.0, float(value))
    except (TypeError, ValueError):
        return default


def _reason(fields: Mapping[str, Any]) -> str:
    return str(_first(fields, "message", "msg", "error_description", "error") or "nothing said")[
        :200
    ]

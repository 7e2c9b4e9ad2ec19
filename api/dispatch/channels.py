"""Ways to tell people: webhook, SMS gateway, e-mail; group robots are in `api.outward.robots`.

They are set up in a channels file of the district, whose addresses and secrets never get into the
store, a message or a log.
"""

import json
import smtplib
import ssl
import time
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.errors import DispatchInvalid
from api.outward import signing
from api.outward.addresses import AddressRefused, Reach
from api.outward.calling import Caller, Unreachable
from api.outward.limits import shipped_limits
from api.outward.notices import Channel, Notice
from api.outward.outcome import Outcome, Result
from api.outward.robots import DingTalkRobot, WeComRobot
from yamlfile import YamlFileError, load_yaml

_TIME_LIMIT_S = 20.0
# The district's own file names these addresses, and gateways stand in its own network.
_ANYWHERE = Reach.of(("0.0.0.0/0", "::/0"))


def _a_secret(secret: str) -> str:
    signing.key_of(secret)
    return secret


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# Not shown in messages: addresses of robots carry their key.
_Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$", repr=False)]
_Secret = Annotated[str, AfterValidator(_a_secret)]


class WebhookSetup(_Strict):
    """A webhook, or an SMS gateway that takes one; signed as Standard Webhooks has it."""

    type: Literal["webhook", "sms"]
    url: _Url
    secret: _Secret | None = Field(default=None, repr=False)
    headers: dict[str, str] = Field(default_factory=dict, repr=False)


class EmailSetup(_Strict):
    """A mail server."""

    type: Literal["email"]
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = Field(default=None, repr=False)
    sender: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    sender_name: str = "智能五长"


class WeComSetup(_Strict):
    """A robot of a WeCom group."""

    type: Literal["wecom"]
    url: _Url


class DingTalkSetup(_Strict):
    """A robot of a DingTalk group."""

    type: Literal["dingtalk"]
    url: _Url
    secret: str = Field(repr=False)


_Setup = Annotated[
    WebhookSetup | EmailSetup | WeComSetup | DingTalkSetup, Field(discriminator="type")
]


class ChannelsFile(_Strict):
    """All of `channels.yaml`."""

    channels: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], _Setup]


class WebhookChannel:
    """Posts the whole notice as JSON."""

    def __init__(self, setup: WebhookSetup) -> None:
        self._setup = setup
        self._caller = Caller(_ANYWHERE, _TIME_LIMIT_S)

    def deliver(self, notice: Notice) -> Outcome:
        """Post it once. `webhook-id` is the same for every try."""
        if self._setup.type == "sms" and not notice.mobiles:
            return Outcome(Result.REFUSED, "no telephone number is known")
        body = json.dumps(self._body(notice), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **self._setup.headers}
        headers |= {"webhook-id": notice.id, "Idempotency-Key": notice.id}
        if self._setup.secret is not None:
            headers |= signing.headers([self._setup.secret], notice.id, int(time.time()), body)
        try:
            answer = self._caller.call("POST", self._setup.url, headers, body)
        except AddressRefused as error:
            return Outcome(Result.REFUSED, str(error))
        except Unreachable as error:
            return Outcome(Result.FAILED, str(error))
        detail = f"HTTP {answer.status}: {answer.excerpt}".removesuffix(": ")
        return Outcome(_meaning(answer.status), detail, answer.status)

    def _body(self, notice: Notice) -> dict[str, Any]:
        if self._setup.type == "sms":
            return {"id": notice.id, "mobiles": list(notice.mobiles), "text": _one_text(notice)}
        return {
            "id": notice.id,
            "title": notice.title,
            "text": notice.text,
            "url": notice.url,
            "mobiles": list(notice.mobiles),
            "emails": list(notice.emails),
            **notice.about,
        }


def _meaning(status: int) -> Result:
    if 200 <= status < 300:
        return Result.DELIVERED
    if status == 410:
        return Result.GONE
    if status == 429:
        return Result.THROTTLED
    # What the receiver finds wrong with it will be wrong the next time, too.
    return Result.REFUSED if status in (400, 413, 415, 422) else Result.FAILED


def _one_text(notice: Notice) -> str:
    return " ".join(part for part in (notice.title, notice.text, notice.url) if part)


class EmailChannel:
    """Sends a mail; its Message-ID is the same for every try."""

    def __init__(self, setup: EmailSetup, tls: ssl.SSLContext | None = None) -> None:
        self._setup = setup
        self._tls = tls

    def deliver(self, notice: Notice) -> Outcome:
        """Send it once."""
        if not notice.emails:
            return Outcome(Result.REFUSED, "no e-mail address is known")
        try:
            with self._connect() as server:
                server.send_message(self._message(notice))
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return _answered(code, text)
        except smtplib.SMTPResponseException as error:
            return _answered(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(Result.FAILED, f"{self._place}: {error or type(error).__name__}")
        return Outcome(Result.DELIVERED, f"{self._place} has taken it")

    @property
    def _place(self) -> str:
        return f"{self._setup.host}:{self._setup.port}"

    def _connect(self) -> smtplib.SMTP:
        setup = self._setup
        tls = self._tls or ssl.create_default_context()
        if setup.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                setup.host, setup.port, timeout=_TIME_LIMIT_S, context=tls
            )
        else:
            server = smtplib.SMTP(setup.host, setup.port, timeout=_TIME_LIMIT_S)
        try:
            if setup.security == "starttls":
                server.starttls(context=tls)
            if setup.user is not None:
                server.login(setup.user, setup.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = notice.title
        message["From"] = formataddr((self._setup.sender_name, self._setup.sender))
        message["To"] = ", ".join(notice.emails)
        message["Date"] = formatdate(localtime=True)
        domain = self._setup.sender.rpartition("@")[2]
        message["Message-ID"] = f"<{notice.id}@{domain}>"
        message.set_content("\n\n".join(part for part in (notice.text, notice.url) if part))
        return message


def _answered(code: int, text: bytes | str) -> Outcome:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    result = Result.REFUSED if code >= 500 else Result.FAILED
    return Outcome(result, f"SMTP {code}: {' '.join(said.split())}"[:300], code)


def read_channels(path: Path | None) -> Mapping[str, Channel]:
    """The channels of a district by name; none without a file.

    `${NAME}` in the file is the environment variable of that name.

    Raises:
        DispatchInvalid: the file is missing, is no YAML, breaks the schema, or names a variable
            that is not set.
    """
    if path is None:
        return {}
    try:
        said = load_yaml(path, ChannelsFile, environment=True)
    except YamlFileError as error:
        raise DispatchInvalid(str(error)) from error
    return {name: _channel(setup) for name, setup in said.channels.items()}


def _channel(setup: WebhookSetup | EmailSetup | WeComSetup | DingTalkSetup) -> Channel:
    robots = shipped_limits().robots
    caller = Caller(_ANYWHERE, _TIME_LIMIT_S)
    if isinstance(setup, WebhookSetup):
        return WebhookChannel(setup)
    if isinstance(setup, EmailSetup):
        return EmailChannel(setup)
    if isinstance(setup, WeComSetup):
        return WeComRobot(caller, setup.url, robots.wecom)
    return DingTalkRobot(caller, setup.url, setup.secret, robots.dingtalk)

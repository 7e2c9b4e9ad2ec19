"""Cameras' addresses hold passwords: encrypted at rest, masked for readers.

An address is encrypted as a whole, since passwords stand in its query too.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from api.schema.cameras import CameraConfig
from api.vault import SecretsLocked, Vault, is_sealed

_OF_USER = re.compile(r"(?<=://)(?P<before>[^/@\s]*?:)(?P<value>[^/\s]*)(?=@)")
_IN_QUERY = re.compile(
    r"(?i)(?<=[?&;])(?P<before>[a-z_-]*(?:pass|passwd|password|pwd|psw|token|secret|key|sign|sig"
    r"|signature|auth)=)(?P<value>[^&;#\s]*)"
)
_VARIABLE = re.compile(r"\$\{\w+\}")
_MASK = "***"
SECRETS = ("url", "sub_url", "password")
"""What is encrypted of a configuration, and of an order that looks for a camera."""
UNREADABLE = "rtsp://***"
"""What is shown of an address that cannot be decrypted."""


def sealed(config: CameraConfig, vault: Vault) -> CameraConfig:
    """A configuration as the database keeps it; for dumping alone, its addresses being none.

    Raises:
        SecretsLocked: the keys cannot be read.
    """
    return config.model_copy(update=_sealed(config.model_dump(include=set(SECRETS)), vault))


def seal_body(body: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """The JSON of a configuration with what is plain of its addresses encrypted.

    Raises:
        SecretsLocked: the keys cannot be read.
    """
    return {**body, **_sealed(body, vault)}


def open_body(body: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """The JSON of a configuration as it was written.

    Raises:
        SecretsLocked: the key that it was encrypted with is not here.
    """
    return {**body, **{name: vault.open(body[name]) for name in SECRETS if body.get(name)}}


def as_kept(body: Mapping[str, Any]) -> CameraConfig:
    """A configuration whose addresses stay encrypted; for dumping alone, as `sealed`."""
    kept = {name: body[name] for name in SECRETS if body.get(name)}
    return CameraConfig.model_validate({**body, **dict.fromkeys(kept, UNREADABLE)}).model_copy(
        update=kept
    )


def readable(body: Mapping[str, Any], vault: Vault) -> CameraConfig:
    """A configuration for readers, who can do without addresses that cannot be decrypted."""
    try:
        return CameraConfig.model_validate(open_body(body, vault))
    except SecretsLocked:
        lost = dict.fromkeys([name for name in SECRETS if body.get(name)], UNREADABLE)
        return CameraConfig.model_validate({**body, **lost})


def secrets_in(body: Mapping[str, Any]) -> list[str]:
    """The addresses and passwords of a configuration or an order, as they are kept."""
    return [body[name] for name in SECRETS if body.get(name)]


def without_secrets(body: Mapping[str, Any]) -> dict[str, Any]:
    """An order that is over: nobody needs the passwords in it any more."""
    return {name: value for name, value in body.items() if name not in SECRETS}


def _sealed(body: Mapping[str, Any], vault: Vault) -> dict[str, str]:
    plain = {name: body[name] for name in SECRETS if body.get(name)}
    return {name: vault.seal(url) for name, url in plain.items() if not is_sealed(url)}


def masked(config: CameraConfig) -> CameraConfig:
    """A configuration as readers see it: a variable's name is no secret, a password is."""
    given = {"url": config.url, "sub_url": config.sub_url}
    return config.model_copy(update={name: url and masked_url(url) for name, url in given.items()})


class PasswordWanted(Exception):
    """An address is masked, but leads to another host: nobody's password is sent there.

    Attributes:
        field: which.
    """

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} leads to another host: give its password")
        self.field = field


def with_password(config: CameraConfig, known: CameraConfig) -> CameraConfig:
    """What was shown masked and comes back so, with the passwords that `known` has.

    Raises:
        PasswordWanted: it leads to another host than the address whose password is meant.
    """
    pairs = {"url": (config.url, known.url), "sub_url": (config.sub_url, known.sub_url)}
    for field, (url, before) in pairs.items():
        if url and _MASK in url and _host(url) != _host(before or known.url):
            raise PasswordWanted(field)
    return config.model_copy(
        update={
            "url": _unmasked(config.url, known.url),
            "sub_url": config.sub_url and _unmasked(config.sub_url, known.sub_url or known.url),
        }
    )


def is_masked(url: str) -> bool:
    """Whether an address is what readers were shown, and so none to be opened."""
    return _MASK in url


def _host(url: str) -> str:
    """Host and port as they are written; empty for what has none, such as a variable."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def masked_url(url: str) -> str:
    """An address as readers see it."""

    def hide(found: re.Match[str]) -> str:
        is_named = _VARIABLE.fullmatch(found["value"])
        return found[0] if is_named else found["before"] + _MASK

    return _IN_QUERY.sub(hide, _OF_USER.sub(hide, url))


def _unmasked(url: str, known: str) -> str:
    of_user = _OF_USER.search(known)
    in_query = {found["before"].lower(): found["value"] for found in _IN_QUERY.finditer(known)}

    def show(found: re.Match[str]) -> str:
        value = found["value"]
        if value == _MASK:
            value = in_query.get(found["before"].lower(), _MASK)
        return found["before"] + value

    if of_user is not None:
        url = url.replace(f":{_MASK}@", f":{of_user['value']}@", 1)
    return _IN_QUERY.sub(show, url)

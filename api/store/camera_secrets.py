"""Cameras' addresses at rest: they hold passwords, so configurations keep them encrypted.

An address is encrypted as a whole, since passwords stand in its query too.
"""

from collections.abc import Mapping
from typing import Any

from api.schema.cameras import CameraConfig
from api.vault import SecretsLocked, Vault, is_sealed

ADDRESSES = ("url", "sub_url")
UNREADABLE = "rtsp://***"
"""What is shown of an address that cannot be decrypted."""


def sealed(config: CameraConfig, vault: Vault) -> CameraConfig:
    """A configuration as the database keeps it; for dumping alone, its addresses being none.

    Raises:
        SecretsLocked: the keys cannot be read.
    """
    return config.model_copy(update=_sealed(config.model_dump(include=set(ADDRESSES)), vault))


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
    return {**body, **{name: vault.open(body[name]) for name in ADDRESSES if body.get(name)}}


def as_kept(body: Mapping[str, Any]) -> CameraConfig:
    """A configuration whose addresses stay encrypted; for dumping alone, as `sealed`."""
    kept = {name: body[name] for name in ADDRESSES if body.get(name)}
    return CameraConfig.model_validate({**body, **dict.fromkeys(kept, UNREADABLE)}).model_copy(
        update=kept
    )


def readable(body: Mapping[str, Any], vault: Vault) -> CameraConfig:
    """A configuration for readers, who can do without addresses that cannot be decrypted."""
    try:
        return CameraConfig.model_validate(open_body(body, vault))
    except SecretsLocked:
        lost = dict.fromkeys([name for name in ADDRESSES if body.get(name)], UNREADABLE)
        return CameraConfig.model_validate({**body, **lost})


def secrets_in(body: Mapping[str, Any]) -> list[str]:
    """The addresses of a configuration as they are kept."""
    return [body[name] for name in ADDRESSES if body.get(name)]


def _sealed(body: Mapping[str, Any], vault: Vault) -> dict[str, str]:
    plain = {name: body[name] for name in ADDRESSES if body.get(name)}
    return {name: vault.seal(url) for name, url in plain.items() if not is_sealed(url)}

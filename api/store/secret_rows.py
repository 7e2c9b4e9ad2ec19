"""The rows that hold secrets: encrypted when they are not, and anew when the key is rotated."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.store.camera_secrets import open_body, seal_body, secrets_in
from api.store.engine import Store
from api.store.line_tables import CameraVersionRow, OrderRow
from api.store.outward_tables import SubscriptionRow, SubscriptionSecretRow
from api.vault import SECRET_OPTIONS, SecretsLocked, Vault, is_sealed


def encrypt_what_is_plain(session: Session, vault: Vault) -> int:
    """Encrypt what was kept before there was a key; how many secrets that were."""
    count = 0
    for row in session.scalars(select(SubscriptionSecretRow)):
        if not is_sealed(row.secret):
            row.secret = vault.seal(row.secret)
            count += 1
    for receiver in session.scalars(select(SubscriptionRow)):
        plain = [name for name in _secret_in(receiver) if not is_sealed(receiver.options[name])]
        if plain:
            receiver.options = vault.seal_options(receiver.options)
            count += len(plain)
    for body in _configurations(session):
        plain = [one for one in secrets_in(body.config) if not is_sealed(one)]
        if plain:
            body.put(seal_body(body.config, vault))
            count += len(plain)
    session.flush()
    return count


def rotate(store: Store) -> int:
    """Encrypt all secrets with a new key, and forget the former; how many secrets there are.

    A key of the environment is not changed: its first one becomes the only one that is needed. The
    server may be running: it reads the file again when it meets what it cannot open.

    Raises:
        SecretsLocked: a secret cannot be opened; nothing was changed.
    """
    vault = store.vault
    if not vault.by_environment:
        vault.seal("")  # makes the file, where there is none
        vault.put_first(Fernet.generate_key())
    count = 0
    with store.writing() as session:
        for row in session.scalars(select(SubscriptionSecretRow)):
            row.secret = vault.seal(vault.open(row.secret))
            count += 1
        for receiver in session.scalars(select(SubscriptionRow)):
            names = _secret_in(receiver)
            if names:
                receiver.options = vault.seal_options(vault.open_options(receiver.options))
                count += len(names)
        for body in _configurations(session):
            body.put(seal_body(open_body(body.config, vault), vault))
            count += len(secrets_in(body.config))
    if not vault.by_environment:
        vault.keep_first_alone()
    return count


def locked(store: Store) -> str | None:
    """Why the store's secrets cannot be opened with the key that is here; None: they can, or
    there are none."""
    with store.reading() as session:
        kept = [row.secret for row in session.scalars(select(SubscriptionSecretRow))]
        for receiver in session.scalars(select(SubscriptionRow)):
            kept += [receiver.options[name] for name in _secret_in(receiver)]
        for body in _configurations(session):
            kept += secrets_in(body.config)
    try:
        for one in kept:
            store.vault.open(one)
    except SecretsLocked as error:
        return str(error)
    return None


def _secret_in(row: SubscriptionRow) -> list[str]:
    return sorted(SECRET_OPTIONS & {name for name, value in row.options.items() if value})


@dataclass(frozen=True, slots=True)
class _Configuration:
    """A camera's configuration in a row, and how it is put back there."""

    config: dict[str, Any]
    put: Callable[[dict[str, Any]], None]


def _configurations(session: Session) -> Iterator[_Configuration]:
    """Those of all versions and in orders to workers, and what looks for cameras."""
    for version in session.scalars(select(CameraVersionRow)):
        yield _Configuration(version.body, partial(setattr, version, "body"))
    orders = select(OrderRow).where(OrderRow.subject.startswith("configure "))
    for order in session.scalars(orders):
        if order.body["config"] is not None:
            yield _Configuration(order.body["config"], partial(_put_into_order, order))
    looks = or_(OrderRow.subject.startswith("probe "), OrderRow.subject.startswith("discover "))
    for order in session.scalars(select(OrderRow).where(looks)):
        yield _Configuration(order.body, partial(setattr, order, "body"))


def _put_into_order(order: OrderRow, config: dict[str, Any]) -> None:
    order.body = {**order.body, "config": config}

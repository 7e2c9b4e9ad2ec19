"""The rows that hold secrets: encrypted when they are not, and anew when the key is rotated."""

from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.engine import Store
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
    try:
        for one in kept:
            store.vault.open(one)
    except SecretsLocked as error:
        return str(error)
    return None


def _secret_in(row: SubscriptionRow) -> list[str]:
    return sorted(SECRET_OPTIONS & {name for name, value in row.options.items() if value})

"""Secrets at rest: encrypted in the database, with a key that is kept beside it and not in it.

Fernet (AES-128-CBC with HMAC-SHA256), by the `cryptography` library; several keys while one is
rotated, the newest first. Keys come from the environment, else from a file in the server's folder
that is made when a secret is first kept.
"""

import logging
import os
import threading
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.errors import ApiError
from api.settings import Settings

log = logging.getLogger(__name__)

VARIABLE = "FIVE_CHIEF_SECRETS_KEY"
FILE = "secrets.key"
PREFIX = "fernet:"
"""Of what is encrypted; anything else was kept before there was a key."""
SECRET_OPTIONS = frozenset({"client_secret", "api_key"})
"""Of a subscription's options."""


class SecretsLocked(ApiError):
    """The key is missing or is another one, so that secrets cannot be read or kept."""


class Vault:
    """Encrypts and decrypts; safe for several threads.

    Args:
        path: the key's file, one key a line, newest first.
        given: keys from the environment, commas between them, newest first; None: the file.
    """

    def __init__(self, path: Path, given: str | None = None) -> None:
        self.path = path
        self._given = given
        self._lock = threading.Lock()
        self._kept: MultiFernet | None = None
        self._read_at: tuple[int, int] | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Vault":
        """The vault of a server."""
        return cls(settings.data / FILE, os.environ.get(VARIABLE) or None)

    @property
    def by_environment(self) -> bool:
        """Whether the environment holds the keys."""
        return self._given is not None

    def seal(self, plain: str) -> str:
        """A secret as the database keeps it.

        Raises:
            SecretsLocked: the keys cannot be read.
        """
        return PREFIX + self._fernet(make=True).encrypt(plain.encode()).decode()

    def open(self, kept: str) -> str:
        """A secret as it was; what was kept in the clear stays as it is.

        Raises:
            SecretsLocked: the key that it was encrypted with is not here.
        """
        if not kept.startswith(PREFIX):
            return kept
        try:
            return self._fernet().decrypt(kept.removeprefix(PREFIX)).decode()
        except InvalidToken:
            raise SecretsLocked(
                f"{self._where()}: is not the key that the database's secrets were encrypted with. "
                f"Bring back the former {FILE} (it is in no backup), or give the secrets anew"
            ) from None

    def derived(self, purpose: bytes) -> list[bytes]:
        """Keys of 32 bytes for something else than secrets, one of each of the vault's, newest
        first (HKDF-SHA256), so that what is made with one cannot stand for the other.

        Raises:
            SecretsLocked: the keys cannot be read.
        """
        self._fernet(make=True)
        return [_derive(urlsafe_b64decode(line), purpose) for line in self._lines()]

    def seal_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options of a subscription with the secret ones encrypted."""
        return {
            name: self.seal(value) if name in SECRET_OPTIONS and not is_sealed(value) else value
            for name, value in options.items()
        }

    def open_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options of a subscription as they were."""
        return {
            name: self.open(value) if name in SECRET_OPTIONS else value
            for name, value in options.items()
        }

    def put_first(self, key: bytes) -> None:
        """Encrypt with this key from now on; what former ones encrypted can still be read."""
        keys = [key, *(line.encode() for line in self._lines() if line.encode() != key)]
        _write(self.path, keys)

    def keep_first_alone(self) -> None:
        """Forget all keys but the newest."""
        _write(self.path, [line.encode() for line in self._lines()[:1]])

    def _fernet(self, *, make: bool = False) -> MultiFernet:
        with self._lock:
            stamp = self._stamp()
            if self._kept is None or stamp != self._read_at:
                self._kept = self._read(make)
                self._read_at = self._stamp()
            return self._kept

    def _stamp(self) -> tuple[int, int] | None:
        """Changes when another process writes the file: a rotation reaches a running server."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _read(self, make: bool) -> MultiFernet:
        if make and self._given is None and not self.path.exists():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create(self.path, Fernet.generate_key())
        lines = self._lines()
        if not lines:
            how = "is not there" if self._given is None and not self.path.exists() else "has no key"
            raise SecretsLocked(
                f"{self._where()}: {how}. Put the copy of the former {FILE} there (it is in no "
                f"backup), set {VARIABLE}, or give the secrets anew"
            )
        try:
            return MultiFernet([Fernet(line) for line in lines])
        except ValueError as error:
            raise SecretsLocked(
                f"{self._where()}: {error}. A key is 32 bytes in base64; make one with: "
                'python3 -c "from cryptography.fernet import Fernet; '
                'print(Fernet.generate_key().decode())"'
            ) from None

    def _lines(self) -> list[str]:
        if self._given is not None:
            return [key.strip() for key in self._given.split(",") if key.strip()]
        try:
            text = self.path.read_text("ascii", "replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SecretsLocked(f"{self.path}: cannot be read: {error.strerror}") from error
        return [line.strip() for line in text.splitlines() if line.strip()]

    def _where(self) -> str:
        return VARIABLE if self._given is not None else str(self.path)


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)


def is_sealed(kept: object) -> bool:
    """Whether something is encrypted already."""
    return isinstance(kept, str) and kept.startswith(PREFIX)


def _create(path: Path, key: bytes) -> None:
    """Make the key's file, readable to its owner alone; whoever is first has made it."""
    half = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    _fill(half, [key])
    try:
        os.link(half, path)  # whole or not at all, and never over another's
        log.info("%s: a new key for secrets; keep a copy of it apart from backups", path)
    except FileExistsError:
        pass
    finally:
        half.unlink()


def _write(path: Path, keys: list[bytes]) -> None:
    half = path.with_name(f".{path.name}-{os.getpid()}")
    _fill(half, keys)
    half.replace(path)


def _fill(path: Path, keys: list[bytes]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(b"".join(key + b"\n" for key in keys))
        file.flush()
        os.fsync(handle)

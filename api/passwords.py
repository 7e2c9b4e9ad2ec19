"""Passwords and secrets: made, hashed, compared.

What people choose is hashed with Argon2id, slow on purpose; what we draw at random has too many
possibilities to be tried out, so SHA-256 is enough, and quick.
"""

import hashlib
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MAX_LENGTH = 128

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
"""RFC 9106's second recommendation: 64 MiB, three passes, four lanes."""
_few_at_once = threading.BoundedSemaphore(2)
"""Each check takes 64 MiB: a flood of wrong passwords must not take all memory."""
_NOBODYS = _hasher.hash("a password that is nobody's")


def hash_password(password: str) -> str:
    """Argon2's text form of a password, with its salt and costs."""
    with _few_at_once:
        return _hasher.hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether a password is the one that was hashed; takes as long where there is none."""
    with _few_at_once:
        try:
            return _hasher.verify(hashed or _NOBODYS, password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


def new_secret(prefix: str) -> str:
    """A secret with 256 bits of chance; the prefix tells people and scanners what it is."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> str:
    """SHA-256, in hex, of a secret that `new_secret` made."""
    return hashlib.sha256(secret.encode()).hexdigest()

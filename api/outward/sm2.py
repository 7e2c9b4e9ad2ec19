"""SM2 encryption (GB/T 32918.4-2016), by the GmSSL library; here are only its spellings."""

import base64
import binascii
import re
from typing import Literal

from gmssl_pyx import sm2_encrypt

Ciphertext = Literal["c1c3c2", "c1c2c3", "der"]
_POINT = 64
_HALF = 32


class NoPublicKey(ValueError):
    """What was given is no SM2 public key."""


def public_key(text: str) -> bytes:
    """The 64 bytes of a public key's point.

    Args:
        text: hex or base64, of the point with or without its leading 04, or of a whole
            SubjectPublicKeyInfo, in which the point comes last.

    Raises:
        NoPublicKey: none of these.
    """
    bare = re.sub(r"-----[A-Z ]+-----|\s", "", text)
    try:
        data = bytes.fromhex(bare)
    except ValueError:
        try:
            data = base64.b64decode(bare, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NoPublicKey("the public key is neither hex nor base64") from error
    if len(data) == _POINT:
        return data
    if len(data) > _POINT and data[-_POINT - 1] == 4:
        return data[-_POINT:]
    raise NoPublicKey(f"the public key has {len(data)} bytes, no uncompressed point of SM2")


def encrypt(key: bytes, text: str, form: Ciphertext) -> str:
    """Encrypt a short text; hex.

    Args:
        key: 64 bytes of the public key's point.
        text: up to 255 bytes of UTF-8.
        form: `c1c3c2` (as the standard has it) and `c1c2c3` (as libraries of before 2012 have it)
            begin with 04; `der` is GM/T 0009's ASN.1.

    Raises:
        ValueError: the key is not on the curve, or the text is empty or too long.
    """
    try:
        der = bytes(sm2_encrypt(key, text.encode()))
    except Exception as error:  # the library has a tree of its own for what it does not take
        raise ValueError("SM2 cannot encrypt this text with this key") from error
    if form == "der":
        return der.hex()
    x, y, digest, cipher = _parts(der)
    point = b"\x04" + _fixed(x) + _fixed(y)
    return (point + (digest + cipher if form == "c1c3c2" else cipher + digest)).hex()


def _fixed(number: bytes) -> bytes:
    return number.lstrip(b"\0").rjust(_HALF, b"\0")


def _parts(der: bytes) -> list[bytes]:
    """The items of an ASN.1 SEQUENCE."""
    body, _ = _item(der, 0)
    found, at = [], 0
    while at < len(body):
        item, at = _item(body, at)
        found.append(item)
    return found


def _item(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[at : at + count], "big"), at + count
    return data[at : at + length], at + length

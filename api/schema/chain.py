"""The chain of manifests that seals evidence."""

from datetime import datetime
from typing import Any

from api.schema.base import Sha256, Wire


class ChainHead(Wire):
    """The newest link: noted elsewhere, it proves that nothing before it was changed since."""

    number: int
    hash: Sha256


class ManifestLink(Wire):
    """What was filed with what, as a link of the chain.

    `hash` is the SHA-256 of `number`, `previous` and `sealed_at`, a line each, followed by
    `text`; `manifest` is `text`, read.
    """

    number: int
    previous: Sha256
    hash: Sha256
    sealed_at: datetime
    text: str
    manifest: dict[str, Any]


class Manifests(Wire):
    """The links of a case, oldest first: its report, and each that was attached or followed."""

    items: tuple[ManifestLink, ...]

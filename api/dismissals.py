"""The first reasons why an alert is none, from YAML."""

from api.config_file import config_file
from api.errors import CatalogueInvalid
from api.schema.base import Wire
from api.schema.settling import FirstDismissalReason
from yamlfile import load_yaml


class _File(Wire):
    """All of `dismissals.yaml`."""

    reasons: tuple[FirstDismissalReason, ...]


def read_dismissals() -> tuple[FirstDismissalReason, ...]:
    """The shipped reasons.

    Raises:
        CatalogueInvalid: the file breaks its schema.
    """
    with config_file(None, "dismissals.yaml", CatalogueInvalid) as path:
        return load_yaml(path, _File).reasons

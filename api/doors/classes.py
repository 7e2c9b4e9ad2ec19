"""From a class of the code table to the catalogue's kind and filing condition."""

from typing import NamedTuple

from api.catalogue import Catalogue
from api.merging import MergingRules
from api.standards import PREFIX, StandardEntry


class Filing(NamedTuple):
    """What something is filed under; None leaves the condition to its label."""

    kind: str
    standard: str | None


def filing_of(
    catalogue: Catalogue, rules: MergingRules, service_code: str, label: str
) -> Filing | None:
    """What a class is filed under, or None when the catalogue has nothing for it.

    A class that the catalogue lacks is filed under one that is kept as one with it: of covers it
    knows but the ownerless.
    """
    for code in (service_code, *sorted(rules.alike(service_code) - {service_code})):
        found = _exactly(catalogue, code, label)
        if found is not None:
            return found
    return None


def codes_filed(catalogue: Catalogue) -> set[str]:
    """The classes that the catalogue files under, by whichever condition."""
    own = {kind: category.service_code for kind, category in catalogue.categories.items()}
    return set(own.values()) | {
        _code_of(entry, own[kind])
        for kind, entries in catalogue.standards.items()
        for entry in entries
    }


def _exactly(catalogue: Catalogue, service_code: str, label: str) -> Filing | None:
    for kind, entries in catalogue.standards.items():
        own = catalogue.categories[kind].service_code
        fitting = [entry for entry in entries if _code_of(entry, own) == service_code]
        if fitting:
            named = next((entry.id for entry in fitting if label in entry.labels), None)
            return Filing(kind, named or fitting[0].id)
    return next(
        (
            Filing(kind, None)
            for kind, category in catalogue.categories.items()
            if category.service_code == service_code
        ),
        None,
    )


def _code_of(entry: StandardEntry, own: str) -> str:
    return own if entry.category is None else f"{PREFIX[entry.category.type]}-{entry.category.code}"

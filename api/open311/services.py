"""The services that are offered: classes of problems, each with its filing conditions."""

from dataclasses import dataclass
from typing import Any

from api.catalogue import Catalogue, category_of
from api.component_classes import ComponentClasses
from api.merging import MergingRules
from api.schema import Category
from api.standards import StandardEntry

CONDITION = "condition"
"""The one attribute that a service has: which filing condition (立案条件) fits best."""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that can be asked for.

    Attributes:
        category: what it is filed under.
        conditions: key (`kind.id`) to filing condition, the usual one first.
    """

    category: Category
    conditions: dict[str, StandardEntry]

    @property
    def kind(self) -> str:
        """The catalogue's kind of the usual condition."""
        return next(iter(self.conditions)).partition(".")[0]


def offered(
    catalogue: Catalogue, classes: ComponentClasses, rules: MergingRules
) -> dict[str, Service]:
    """Service code to service: the catalogue's, then the classes of surveyed components.

    Such a class has the conditions of the one that it is kept as one with.
    """
    found: dict[str, Service] = {}
    for kind, standards in catalogue.standards.items():
        for entry in standards:
            usual = catalogue.categories[kind]
            category = (
                usual if entry.category is None else category_of(usual.scheme, entry.category)
            )
            service = found.setdefault(category.service_code, Service(category, {}))
            service.conditions[f"{kind}.{entry.id}"] = entry
    for category in classes.categories():
        alike = rules.alike(category.service_code)
        known = next((one for code, one in found.items() if code in alike), None)
        if known is not None:
            found.setdefault(category.service_code, Service(category, known.conditions))
    return found


def describe(service: Service) -> dict[str, Any]:
    """An item of the list of services."""
    category = service.category
    first = next(iter(service.conditions.values()))
    return {
        "service_code": category.service_code,
        "service_name": category.name_zh,
        "description": f"{first.condition_zh} / {first.condition_en}",
        "metadata": True,
        "type": "realtime",
        "keywords": f"{category.name_zh},{category.name_en},{category.code}",
        "group": category.type,
    }


def define(service: Service) -> dict[str, Any]:
    """A service's definition: what may be said beside place and words."""
    return {
        "service_code": service.category.service_code,
        "attributes": [
            {
                "variable": True,
                "code": CONDITION,
                "datatype": "singlevaluelist",
                "required": False,
                "datatype_description": "选最符合的一项 / choose what fits best",
                "order": 1,
                "description": "立案条件 / filing condition",
                "values": [
                    {"key": key, "name": entry.condition_zh}
                    for key, entry in service.conditions.items()
                ],
            }
        ],
    }

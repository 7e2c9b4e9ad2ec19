"""A district's first roles and chiefs, from YAML."""

from pathlib import Path

from api.config_file import config_file
from api.dispatch.reading import Unfit, check_assignment
from api.errors import DispatchInvalid
from api.schema.base import Wire
from api.schema.dispatch import ChiefAssignment, ChiefRole
from yamlfile import at, load_yaml


class ChiefsFile(Wire):
    """All of `chiefs.yaml`."""

    roles: tuple[ChiefRole, ...]
    assignments: tuple[ChiefAssignment, ...] = ()


def read_chiefs_file(path: Path | None) -> ChiefsFile:
    """Read and check a chiefs file, the shipped one by default.

    Raises:
        DispatchInvalid: the file is missing, is no YAML, breaks the schema, or has an assignment
            that does not fit its role.
    """
    with config_file(path, "chiefs.yaml", DispatchInvalid) as file:
        return _checked(file)


def _checked(path: Path) -> ChiefsFile:
    said = load_yaml(path, ChiefsFile)
    for name, items in (("roles", said.roles), ("assignments", said.assignments)):
        codes = [each.code for each in items]
        for index, code in enumerate(codes):
            if code in codes[:index]:
                raise DispatchInvalid(f"{at(path, name, index, 'code')}: {code} stands twice")
    roles = {role.code: role for role in said.roles}
    orders = [role.order for role in said.roles]
    for index, order in enumerate(orders):
        if order in orders[:index]:
            raise DispatchInvalid(f"{at(path, 'roles', index, 'order')}: {order} stands twice")
    for index, each in enumerate(said.assignments):
        role = roles.get(each.role)
        if role is None:
            known = ", ".join(roles)
            raise DispatchInvalid(
                f"{at(path, 'assignments', index, 'role')}: is no role; known are: {known}"
            )
        try:
            check_assignment(each, role)
        except Unfit as error:
            raise DispatchInvalid(
                f"{at(path, 'assignments', index)}.{error.field}: {error}"
            ) from None
    return said

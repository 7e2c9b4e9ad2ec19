"""What takes longest begins first, so that two browsers end at about the same time."""

import pytest

LONGEST = ("from_alert_to_closed", "zone_edited_and_obeyed", "camera_added", "views_accessible")


def _rank(item: pytest.Item) -> int:
    name = item.path.stem.removeprefix("test_shift_")
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [at for at, item in enumerate(items) if item.path.parent.name == "browser"]
    ordered = sorted((items[at] for at in here), key=_rank)
    for at, item in zip(here, ordered, strict=True):
        items[at] = item

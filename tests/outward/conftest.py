from collections.abc import Iterator
from pathlib import Path

import pytest

from api.settings import Settings
from tests.api.conftest import WORKER_KEY, Api, guarded, new_store, running
from tests.outward.receiver import LOCAL, Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path / "data",
        worker_keys=(WORKER_KEY,),
        outward_networks=LOCAL,
        public_url="https://chief.example",
        job_lease_s=2.0,
    )


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running(settings) as url, Api(url, settings) as client:
        yield client


__all__ = ["guarded", "new_store"]

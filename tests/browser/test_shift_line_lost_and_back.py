"""The server is killed and comes back: the page says so, and has caught up on what it missed."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from tests.end_to_end.conftest import Process, Stage, stage  # noqa: F401
from tests.page.conftest import (  # noqa: F401
    WORKER_KEY,
    Api,
    Complaints,
    OpenPage,
    chromium,
    complaints,
    open_page,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("line-lost-and-back"),
    pytest.mark.timeout(120),
]

SHOTS = Path(os.environ.get("FIVE_CHIEF_SCREENSHOTS", "build/screenshots"))


def server(stage: Stage) -> Process:  # noqa: F811
    """The API as a process, on the same port and data each time."""
    data, port = str(stage.folder / "api"), str(stage.api_port)
    arguments = ["-m", "cli.main", "serve", "--data", data, "--port", port, "--json"]
    process = stage.spawn("api", arguments, FIVE_CHIEF_WORKER_KEYS=WORKER_KEY)
    stage.api_url = process.ready()["url"].rstrip("/")
    stage.api_port = int(stage.api_url.rsplit(":", 1)[1])
    return process


def test_what_came_meanwhile_is_heard_of_once_the_server_is_back(
    stage: Stage,  # noqa: F811
    open_page: OpenPage,  # noqa: F811
    complaints: Complaints,  # noqa: F811
) -> None:
    complaints.network_expected = True
    process = server(stage)
    api = Api(stage.folder, url=stage.api_url)
    page = open_page(f"{api.url}/shift/", live=False)
    asked: list[Request] = []
    page.on("request", lambda one: "/alerts/stream" in one.url and asked.append(one))
    alerts = page.locator(".alerts li")
    expect(page.locator(".line.live")).to_be_visible()
    first = api.report(address="明水大街 1 号")
    expect(alerts).to_have_count(1)

    process.kill()
    expect(page.get_by_role("alert")).to_contain_text("连接")
    expect(page.locator(".line.lost")).to_be_visible()
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / "line-lost.png")
    expect(alerts).to_have_count(1)  # what was there stays in sight

    server(stage)
    missed = api.report(address="明水大街 2 号")
    expect(page.locator(".line.live")).to_be_visible(timeout=30_000)
    expect(alerts).to_have_count(2)
    expect(page.locator(".alerts")).to_contain_text("明水大街 2 号")
    expect(page.locator(".banner")).to_have_count(0)
    later = api.report(address="明水大街 3 号")  # and the line brings what comes now
    expect(alerts).to_have_count(3)
    assert len({first["id"], missed["id"], later["id"]}) == 3
    # The browser told the new line the last event that it had heard.
    assert any(one.all_headers().get("last-event-id") for one in asked)

"""Map tiles of a server that the settings name lie under the map, and nothing else from there."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from api.errors import SettingsInvalid
from api.tiles import Tiles

TILE = cv2.imencode(".png", np.full((256, 256, 3), 200, np.uint8))[1].tobytes()


class Server(BaseHTTPRequestHandler):
    """The same tile at each address."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "image/png")
        self.end_headers()
        self.wfile.write(TILE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def tiles() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_tiles_and_their_credit_are_on_the_map(
    locked_api, open_page, complaints, tiles: str
) -> None:
    complaints.network_expected = True  # their server ends before the page does
    locked_api.stop()
    locked_api.operator_key = None
    locked_api.tiles = Tiles(f"{tiles}/{{z}}/{{x}}/{{y}}.png", "© <b>District</b>")
    locked_api.start()
    policy = httpx.get(f"{locked_api.url}/shift/").headers["content-security-policy"]
    assert policy.endswith(f"; img-src 'self' {tiles}")
    page = open_page(f"{locked_api.url}/shift/map")
    expect(page.locator("img.leaflet-tile-loaded").first).to_be_visible()
    expect(page.locator(".leaflet-control-attribution")).to_have_text("© <b>District</b>")


def test_without_tiles_no_picture_comes_from_elsewhere(api) -> None:
    policy = httpx.get(f"{api.url}/shift/").headers["content-security-policy"]
    assert "img-src" not in policy
    assert httpx.get(f"{api.url}/v1/map").json() == {"tiles": None, "credit": ""}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://a/{z}/{x}/{y}.png", "is no address of map tiles"),
        ("https://a/{z}/{x}.png", "is no address of map tiles"),
        ("https:///{z}/{x}/{y}.png", "is no address of map tiles"),
        ("https://a;script-src *,b/{z}/{x}/{y}.png", "must be a plain host"),
        ("https://{s}.tiles.example/{z}/{x}/{y}.png", "must be a plain host"),
        ("https://user:word@tiles.example/{z}/{x}/{y}.png", "must be a plain host"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        Tiles(url)

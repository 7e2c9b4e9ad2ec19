"""Cameras that answer to WS-Discovery are found, and asked for their addresses."""

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from cli.main import app
from workers.onvif import Device, OnvifError, Profile, main_and_sub, profiles

MEDIA = "http://www.onvif.org/ver10/media/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"
PROFILE = (
    '<m:Profiles token="{token}"><t:Name>{name}</t:Name><t:VideoEncoderConfiguration>'
    "<t:Encoding>{codec}</t:Encoding><t:Resolution><t:Width>{width}</t:Width>"
    "<t:Height>{height}</t:Height></t:Resolution></t:VideoEncoderConfiguration></m:Profiles>"
)
PROFILES = PROFILE.format(token="p1", name="main", codec="H265", width=1920, height=1080)
PROFILES += PROFILE.format(token="p2", name="sub", codec="H264", width=640, height=360)
PASSWORD = "s3cr3t"


class Camera(BaseHTTPRequestHandler):
    """The device and media services of a stand-in camera; it checks the password's digest."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        port = self.server.server_address[1]
        if "GetSystemDateAndTime" in body:
            self.answer(200, "")
        elif not self.allowed(body):
            self.answer(400, "<Fault><Code>ter:NotAuthorized</Code></Fault>")
        elif "GetCapabilities" in body:
            address = f"http://127.0.0.1:{port}/onvif/media"
            self.answer(200, f"<t:Media><t:XAddr>{address}</t:XAddr></t:Media>")
        elif "GetProfiles" in body:
            self.answer(200, PROFILES)
        else:
            token = re.search("<ProfileToken>(.*?)</ProfileToken>", body)
            assert token
            self.answer(200, f"<t:Uri>rtsp://127.0.0.1:554/{token[1]}</t:Uri>")

    def allowed(self, body: str) -> bool:
        nonce, created, digest = (
            re.search(rf"<\w+:{tag}[^>]*>(.*?)<", body) for tag in ("Nonce", "Created", "Password")
        )
        if not (nonce and created and digest):
            return False
        mixed = base64.b64decode(nonce[1]) + created[1].encode() + PASSWORD.encode()
        return (
            base64.b64encode(hashlib.sha1(mixed, usedforsecurity=False).digest()).decode()
            == digest[1]
        )

    def answer(self, status: int, body: str) -> None:
        text = (
            f'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:m="{MEDIA}" '
            f'xmlns:t="{SCHEMA}" xmlns:ter="x"><e:Body>{body}</e:Body></e:Envelope>'
        ).encode()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def camera() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Camera) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/onvif/device_service"
        server.shutdown()
        thread.join()


def test_a_camera_tells_its_streams_to_who_knows_the_password(camera: str) -> None:
    device = Device("urn:x", camera, "gate", "IPC", "")
    main, sub = profiles(device, "viewer", PASSWORD)
    assert (main.name, main.codec, main.width, main.height) == ("main", "H265", 1920, 1080)
    assert (main.url, sub.url) == ("rtsp://127.0.0.1:554/p1", "rtsp://127.0.0.1:554/p2")
    for user, password in (("viewer", "wrong"), ("", "")):
        with pytest.raises(OnvifError, match="refuses the user or password"):
            profiles(device, user, password)


def test_the_largest_stream_is_the_main_one_and_the_next_smaller_its_sub_stream() -> None:
    sizes = {
        "third": (640, 360),
        "first": (2560, 1440),
        "twin": (2560, 1440),
        "second": (1280, 720),
    }
    found = [Profile(name, *size, "H264", f"rtsp://x/{name}") for name, size in sizes.items()]
    main, sub = main_and_sub(found)
    assert main is not None
    assert sub is not None
    assert (main.name, sub.name) == ("first", "second")
    assert main_and_sub(found[1:3])[1] is None
    assert main_and_sub([]) == (None, None)


def test_one_that_does_not_answer_is_named() -> None:
    device = Device("urn:x", "http://127.0.0.1:9/onvif", "", "", "")
    with pytest.raises(OnvifError, match="does not answer"):
        profiles(device, "viewer", PASSWORD)


def _no_ipv6(*_args: object) -> None:
    raise OSError("the library's publisher fails where it is asked over IPv6")


@pytest.fixture
def announced(camera: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("wsdiscovery.threaded.NetworkingThreadIPv6", _no_ipv6)
    from wsdiscovery import QName, Scope
    from wsdiscovery.publishing import ThreadedWSPublishing

    device = ThreadedWSPublishing()
    try:
        device.start()
    except OSError as error:
        pytest.skip(f"no multicast here: {error}")
    kind = QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter")
    scopes = [Scope(f"onvif://www.onvif.org/{one}") for one in ("name/East%20Gate", "hardware/IPC")]
    device.publishService(types=[kind], scopes=scopes, xAddrs=[camera])
    time.sleep(0.3)
    yield camera
    device.stop()


def test_the_command_finds_it_and_lists_its_addresses(
    announced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIVE_CHIEF_CAMERA_PASSWORD", PASSWORD)
    arguments = ["discover", "--seconds", "2", "--user", "viewer", "--json"]
    found = json.loads(CliRunner().invoke(app, arguments).stdout)["cameras"]
    mine = [one for one in found if one["service"] == announced]
    if not mine:
        pytest.skip("this machine's network carries no multicast to itself")
    (one,) = mine
    assert (one["name"], one["hardware"], one["problem"]) == ("East Gate", "IPC", "")
    assert (one["url"], one["sub_url"]) == ("rtsp://127.0.0.1:554/p1", "rtsp://127.0.0.1:554/p2")
    assert [stream["url"] for stream in one["streams"]] == [
        "rtsp://127.0.0.1:554/p1",
        "rtsp://127.0.0.1:554/p2",
    ]

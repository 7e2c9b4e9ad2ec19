"""Calls to addresses that somebody else named: checked, pinned, bounded."""

import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from api.outward.addresses import AddressRefused, Reach, check_url
from api.outward.calling import Caller, Unreachable
from tests.outward.receiver import LOCAL, Receiver, Reply

PUBLIC = Reach()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",  # noqa: S104 (it must be refused)
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_what_is_not_on_the_public_internet_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="outward_networks"):
        PUBLIC.check(ip_address(address), "x")


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_what_is_public_passes(address: str) -> None:
    PUBLIC.check(ip_address(address), "x")


def test_a_network_that_the_settings_name_passes_and_no_other() -> None:
    reach = Reach.of(["10.20.0.0/16", "fd00::/8"])
    reach.check(ip_address("10.20.3.4"), "x")
    reach.check(ip_address("::ffff:10.20.3.4"), "x")
    reach.check(ip_address("fd00::1"), "x")
    with pytest.raises(AddressRefused):
        reach.check(ip_address("10.21.3.4"), "x")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("http:///x", "with a host"),
        ("https://name:word@example.com/", "name or password"),
        ("http://127.0.0.1/", "not on the public internet"),
        ("http://2130706433/", "not on the public internet"),
        ("http://0x7f.1/", "not on the public internet"),
        ("http://[::1]:99/", "not on the public internet"),
        ("http://localhost/", "not on the public internet"),
        ("http://x:99999/", "no address"),
    ],
)
def test_an_address_is_looked_at_when_it_is_given(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        check_url(url, PUBLIC)


def test_a_name_that_does_not_resolve_yet_may_be_given() -> None:
    check_url("https://not-yet.invalid/hook", PUBLIC)


def test_a_name_that_changes_its_answer_gains_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is checked, inside when it is called."""
    real, asked = socket.getaddrinfo, []

    def rebinding(host: str, port: int, *args: object, **more: object) -> object:
        if host != "rebind.test":
            return real(host, port, *args, **more)  # type: ignore[arg-type]
        asked.append(host)
        address = "1.1.1.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = receiver.url.replace("127.0.0.1", "rebind.test")
    check_url(url, PUBLIC)
    with pytest.raises(AddressRefused, match=r"rebind\.test is 127\.0\.0\.1"):
        Caller(PUBLIC, 2).call("POST", url, {}, b"")
    assert receiver.got == []


def test_the_name_is_asked_once_and_the_host_header_keeps_it(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = socket.getaddrinfo, []

    def local(host: object, port: int, *args: object, **more: object) -> object:
        if host != "case-system.test":
            return real(host, port, *args, **more)  # type: ignore[arg-type]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", local)
    url = receiver.url.replace("127.0.0.1", "case-system.test")
    assert Caller(Reach.of(LOCAL), 2).call("POST", url, {}, b"x").status == 200
    assert asked == ["case-system.test"]
    assert receiver.got[0].headers["host"].startswith("case-system.test:")


def test_one_bad_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(_host: str, port: int, **_more: object) -> object:
        return [(2, 1, 6, "", ("1.1.1.1", port)), (2, 1, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(AddressRefused):
        PUBLIC.resolve("x", 80)


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = lambda _got: Reply(307, headers={"Location": "http://169.254.169.254/"})
    answer = Caller(Reach.of(LOCAL), 2).call("POST", receiver.url, {}, b"x")
    assert (answer.status, len(receiver.got)) == (307, 1)


@pytest.fixture
def dripping() -> Iterator[str]:
    """Sends a byte of its answer every 50 ms, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                try:
                    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                    while True:
                        line.sendall(b"x")
                        time.sleep(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hook?key=secret"
        thread.join(5)


def test_the_time_limit_is_for_the_whole_exchange(dripping: str) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"within 0\.4 s") as error:
        Caller(Reach.of(LOCAL), 0.4).call("POST", dripping, {}, b"x")
    assert 0.3 < time.monotonic() - started < 1.5
    assert "secret" not in str(error.value)


def test_a_long_answer_is_cut(receiver: Receiver) -> None:
    receiver.answer = lambda _got: Reply(200, b"x" * 3_000_000)
    answer = Caller(Reach.of(LOCAL), 5).call("GET", receiver.url, {})
    assert len(answer.body) == 256 * 1024
    assert len(answer.excerpt) == 300


def test_nobody_there_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="cannot be reached"):
        Caller(Reach.of(LOCAL), 2).call("POST", f"http://127.0.0.1:{port}/", {}, b"x")

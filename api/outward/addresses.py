"""Which addresses may be called: no address that a subscriber names may reach inside.

A name is resolved once, every address that it stands for is checked, and the connection goes to
the very address that was checked: a name that changes its answer in between gains nothing.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# NAT64 and 6to4 carry an IPv4 address inside, and look public from outside.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """The address may not be called; the message says which, why, and what would allow it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be called beyond the public internet: networks that the settings name."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> "Reach":
        """From CIDR notation.

        Raises:
            ValueError: one of them is no network.
        """
        return cls(tuple(ipaddress.ip_network(each) for each in networks))

    def check(self, address: Address, host: str) -> None:
        """Let public and allowed addresses pass.

        Raises:
            AddressRefused: for any other.
        """
        for inner in _faces(address):
            if any(inner in network for network in self.allowed):
                continue
            local = isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local
            if local or inner.is_multicast or not inner.is_global:
                raise AddressRefused(
                    f"{host} is {inner}, which is not on the public internet; to call it, put its "
                    "network into outward_networks (FIVE_CHIEF_OUTWARD_NETWORKS), such as "
                    f"{inner}/{inner.max_prefixlen}"
                )

    def resolve(self, host: str, port: int) -> str:
        """The address to connect to.

        Raises:
            AddressRefused: one of the addresses that the name stands for may not be called.
            OSError: the name cannot be resolved.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        for address in addresses:
            self.check(ipaddress.ip_address(address.partition("%")[0]), host)
        return addresses[0]


def _faces(address: Address) -> tuple[Address, ...]:
    """An address and those that it carries inside."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return (address.ipv4_mapped,)
        if address.sixtofour is not None:
            return (address, address.sixtofour)
        if address in _NAT64:
            return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    return (address,)


def check_url(url: str, reach: Reach) -> None:
    """Refuse early what would be refused at every call.

    A name that does not resolve now passes: it may do so later, and is looked at then.

    Raises:
        AddressRefused: with the reason.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(f"is no address: {error}") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise AddressRefused("must be an https:// or http:// address with a host")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("must not carry a name or password: they end up in logs")
    try:
        reach.resolve(parts.hostname, port or (443 if parts.scheme == "https" else 80))
    except (OSError, UnicodeError):
        return

"""Where a frontend listens, and the addresses of a haproxy.cfg. HAProxy's configuration manual, 5.1 and 11.1."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine

_FAMILY = re.compile(r"(?:(?:ipv|tcp|udp|quic|mptcp|mptcpv)([46])?|stream\+ipv([46])|dgram\+ipv([46]))@")
_SOCKET = re.compile(r"/|(?:[\w+]*unix|abnsz?|fd|sockpair|rhttp)@")
_PORT = re.compile(r":([+-]?\d+)(?:-(\d+))?$")
_ANY: Final = ("", "*")


class HaproxyAddress(NamedTuple):
    """`host`: "0.0.0.0" and "::" mean every address; "" if it is no IP address: a socket, a name, a variable.

    `ports`: first and last; (0, 0) if none is written. `name`: as written, without family and port.
    """

    host: str
    ports: tuple[int, int]
    name: str
    socket: bool = False

    @property
    def every(self) -> bool:
        return self.host in ("0.0.0.0", "::")  # noqa: S104 - what the site wrote

    def has(self, port: int) -> bool:
        return self.ports[0] <= port <= self.ports[1]


def address(text: str) -> HaproxyAddress:
    if _SOCKET.match(text):
        return HaproxyAddress("", (0, 0), text, socket=True)
    family = _FAMILY.match(text)
    name = text[family.end() :] if family else text
    ports = (0, 0)
    if found := _PORT.search(name):
        first = abs(int(found[1]))
        name, ports = name[: found.start()], (first, int(found[2] or first))
    name = name.removeprefix("[").removesuffix("]")
    if name in _ANY:
        sixth = family is not None and "6" in family.groups()
        return HaproxyAddress("::" if sixth else "0.0.0.0", ports, name)  # noqa: S104 - as above
    parsed = ip(name)
    return HaproxyAddress(str(parsed) if parsed else "", ports, name)


def ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


class HaproxyBind(NamedTuple):
    """`maxconn`: sessions of this socket; None if not written. `dual`: the IPv6 wildcard takes IPv4 as well."""

    line: HaproxyLine
    address: HaproxyAddress
    ssl: bool
    transparent: bool
    interface: str
    maxconn: int | None
    dual: bool

    def covers(self, host: str) -> bool:
        """Does it take connections to that IP address?"""
        asked = ip(host)
        if asked is None or not self.address.every:
            return asked is not None and asked == ip(self.address.host)
        return asked.version == (6 if self.address.host == "::" else 4) or (self.dual and self.address.host == "::")


def binds(frontend: HaproxySection) -> Iterator[HaproxyBind]:
    """One for each address: a line may name several, separated by commas."""
    for line in frontend.all("bind"):
        for each in line.word(1).split(","):
            yield HaproxyBind(
                line,
                address(each),
                ssl="ssl" in line.words,
                transparent="transparent" in line.words,
                interface=line.after("interface"),
                maxconn=line.figure("maxconn"),
                dual="v6only" not in line.words,
            )

"""Addresses for the host names of a site's haproxy.cfg: what the site says, a node's own card, else one of 198.18/15.

198.18.0.0/15 is for benchmarks (RFC 2544): no site's own network has such addresses.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_interface, ip_network
from typing import Final

from harness.site.haproxy import Haproxy
from harness.site.haproxy_bind import HaproxyAddress, address
from harness.site.haproxy_server import HaproxyServer, servers
from harness.site.server_settings import settings
from harness.site.site import Site

POOL: Final = ip_network("198.18.0.0/15")
_FIRST: Final = 257
_LOCAL: Final = "localhost"
_NO_NAMES: Final = ("global", "stdout", "stderr", "stdlog")
_MOST: Final = 100  # places of one server-template

Names = Mapping[str, tuple[str, ...]]


def host_names(site: Site, files: Iterable[Haproxy]) -> dict[str, tuple[str, ...]]:
    """Name → addresses: as many as servers of one backend share it, since HAProxy gives each of them another one."""
    wanted: Counter[str] = Counter()
    for haproxy in files:
        wanted |= _named(haproxy)
    nodes = {name: _card(site, name) for name in site.nodes}
    free = (str(each) for number, each in enumerate(POOL) if number >= _FIRST)
    taken = {*site.hosts.values(), *(each for each in nodes.values() if each)}
    found: dict[str, tuple[str, ...]] = {}
    for name, number in sorted(wanted.items()):
        known = site.hosts.get(name) or nodes.get(name) or nodes.get(name.split(".")[0])
        addresses = [known] if known else []
        while len(addresses) < number:
            if (candidate := next(free)) not in taken:
                addresses.append(candidate)
        found[name] = tuple(addresses)
    return found


def places(server: HaproxyServer) -> int:
    """How many servers the line stands for."""
    if not server.line.begins("server-template"):
        return 1
    last = server.line.word(2).rpartition("-")[2]
    return min(int(last), _MOST) if last.isascii() and last.isdigit() else 1


def _named(haproxy: Haproxy) -> Counter[str]:
    found: Counter[str] = Counter()
    for section in haproxy.sections:
        own: Counter[str] = Counter()
        for server in servers(section):
            set_there = settings(server.settings)
            own.update({each: places(server) for each in _name(server.address)})
            for keyword in ("addr", "agent-addr"):
                own |= Counter(_name(address(set_there.get(keyword, "0.0.0.0"))))  # noqa: S104 - no name
        for line in section.lines:
            for text in _others(line.words):
                own |= Counter(_name(address(text)))
        found |= own
    return found


def _others(words: tuple[str, ...]) -> Iterator[str]:
    """What else HAProxy wants to connect to: peers, mail, logs, name servers, a check's own address."""
    if words[0] in ("peer", "mailer", "nameserver") and len(words) > 2:
        yield words[2]
    elif words[0] == "log" and len(words) > 1 and words[1] not in _NO_NAMES:
        yield words[1].removeprefix("udp@")
    elif words[0] in ("http-check", "tcp-check") and words[1:2] == ("connect",) and "addr" in words[:-1]:
        yield words[words.index("addr") + 1]


def _name(found: HaproxyAddress) -> list[str]:
    """[] if it is no host's name: an address, a socket, a variable."""
    plain = not (found.host or found.socket or found.name == _LOCAL or "$" in found.name or "@" in found.name)
    return [found.name] if plain and found.name else []


def _card(site: Site, node: str) -> str:
    """The first IPv4 address of a node."""
    every = (ip_interface(each) for addresses in site.nodes[node].cards.values() for each in addresses)
    return next((str(each.ip) for each in every if each.version == 4), "")

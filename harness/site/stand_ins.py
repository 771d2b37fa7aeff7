"""What stands in the place of the servers behind a site's balancers, from the haproxy.cfg of all its nodes. Pure."""

from collections.abc import Collection, Iterable, Iterator
from ipaddress import ip_interface
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from harness.site import haproxy as haproxy_file
from harness.site.check_rules import CannotStandIn
from harness.site.haproxy import Haproxy
from harness.site.haproxy_bind import address, binds, ip
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import servers
from harness.site.haproxy_text import HaproxyLine
from harness.site.host_names import Names, host_names
from harness.site.server_places import Piece, ServerPlaces
from harness.site.server_tls import certified_names, tls_problems
from harness.site.site import Site, SiteNode
from harness.site.stand_in import HttpAnswer, Place, StandIns
from harness.site.unanswered import unanswered

ELSEWHERE: Final = ""
"""In the place of a node's name: what is not on a balancer, so in the lab's node for servers."""
_DNS: Final = 53


class NamedStandIn(msgspec.Struct, frozen=True):
    """For people. `servers`: ``backend/server`` of haproxy.cfg. `node`: of the site; "" if it is on none of them."""

    address: str
    port: int
    node: str
    servers: tuple[str, ...]
    says: str


class Unsupported(msgspec.Struct, frozen=True):
    """`path`: below the site's folder. `line`: from 1. `said`: what no stand-in answers, and why."""

    node: str
    path: str
    line: int
    said: str


class SiteStandIns(msgspec.Struct, frozen=True):
    """`servers`: for the lab's node of that kind. `own`: node of the site → servers that lie on that balancer itself.

    `hosts`: name → address, for the balancers' /etc/hosts: names that the site does not give.
    """

    servers: StandIns
    own: dict[str, StandIns]
    hosts: dict[str, str]
    named: tuple[NamedStandIn, ...]
    unsupported: tuple[Unsupported, ...]


def stand_ins(site: Site, vips: Collection[str] = ()) -> SiteStandIns:
    """`vips`: the pair's, at which no stand-in can be. Nodes that have the same haproxy.cfg share what is found."""
    return _Making(site, vips).made()


class _Key(NamedTuple):
    where: str
    address: str
    port: int


class _Making:
    def __init__(self, site: Site, vips: Collection[str]) -> None:
        self._site, self._vips = site, vips
        self._read = {name: haproxy_file.read(node.texts) for name, node in site.nodes.items()}
        self._names: Names = host_names(site, self._read.values())
        self._cards = {card: node.name for node in site.nodes.values() for card in _cards(node)}
        self._pieces: dict[_Key, list[Piece]] = {}
        self._places: dict[_Key, Place] = {}
        self._unsupported: dict[tuple[str, int, str], Unsupported] = {}

    def made(self) -> SiteStandIns:
        for name, haproxy in self._read.items():
            for line, said in unanswered(haproxy, self._site.nodes[name]):
                self._refuse(name, line, said)
            for backend in haproxy.sections:
                if backend.kind in ("backend", "listen"):
                    self._backend(name, haproxy, backend)
        own = {name: self._of(name) for name in self._site.nodes}
        return SiteStandIns(
            self._of(ELSEWHERE),
            {name: each for name, each in own.items() if each.places or each.nameservers},
            {name: each[0] for name, each in self._names.items() if name not in self._site.hosts},
            tuple(self._named()),
            tuple(sorted(self._unsupported.values(), key=lambda each: (each.path, each.line, each.said))),
        )

    def _backend(self, node: str, haproxy: Haproxy, backend: HaproxySection) -> None:
        for server in servers(backend):
            found = ServerPlaces(haproxy, backend, server, self._names)
            for said in tls_problems(haproxy, server, self._site.nodes[node]):
                self._refuse(node, server.line, said)
            for part in (found.traffic, found.checks):
                try:
                    for piece in part():
                        self._add(node, piece)
                except CannotStandIn as problem:
                    self._refuse(node, problem.line, str(problem))

    def _add(self, node: str, piece: Piece) -> None:
        """Raises `CannotStandIn` for what contradicts another server at the same place."""
        where = self._where(node, piece.place.address)
        target = self._read[where or node]
        if where and _is_bound(target, piece.place):
            return  # HAProxy's own frontend
        if piece.place.address in self._vips:
            if not _is_bound(self._read[node], piece.place):
                raise CannotStandIn(piece.line, f"the server is at {piece.place.address}, which is a VIP of this pair")
            return
        key = _Key(where, piece.place.address, piece.place.port)
        known = self._places.get(key)
        self._places[key] = _merged(known, piece) if known else piece.place
        self._pieces.setdefault(key, []).append(piece)

    def _where(self, node: str, host: str) -> str:
        found = ip(host)
        return node if found and found.is_loopback else self._cards.get(host, ELSEWHERE)

    def _refuse(self, node: str, line: HaproxyLine, said: str) -> None:
        """Once for a file that several nodes have."""
        source = self._site.nodes[node].source(line.path)
        self._unsupported.setdefault((source, line.number, said), Unsupported(node, source, line.number, said))

    def _of(self, where: str) -> StandIns:
        places = tuple(self._place(key) for key in sorted(self._places) if key.where == where)
        nameservers = tuple(sorted(set(self._nameservers(where))))
        return StandIns(
            places,
            dict(self._names) if nameservers else {},
            nameservers,
            certified_names(self._read.values()),
            dict(self._cards),
        )

    def _place(self, key: _Key) -> Place:
        """Where HTTP is asked, a client begins: it gets no banner."""
        place = self._places[key]
        return replace(place, banner=False) if any(each.over_http for each in self._pieces[key]) else place

    def _nameservers(self, where: str) -> Iterator[tuple[str, int]]:
        for node, haproxy in self._read.items():
            for section in haproxy.sections:
                for line in section.all("nameserver") if section.kind == "resolvers" else ():
                    found = address(line.word(2))
                    for host in (found.host,) if found.host else self._names.get(found.name, ()):
                        if self._where(node, host) == where:
                            yield host, found.ports[0] or _DNS

    def _named(self) -> Iterator[NamedStandIn]:
        for key in sorted(self._places):
            who = tuple(dict.fromkeys(piece.server for piece in self._pieces[key]))
            yield NamedStandIn(key.address, key.port, key.where, who, _says(self._place(key)))


def _cards(node: SiteNode) -> Iterator[str]:
    for addresses in node.cards.values():
        yield from (str(ip_interface(each).ip) for each in addresses)


def _is_bound(haproxy: Haproxy, place: Place) -> bool:
    every = (bind for frontend in haproxy.frontends for bind in binds(frontend))
    return any(bind.covers(place.address) and bind.address.has(place.port) for bind in every)


def _merged(known: Place, piece: Piece) -> Place:
    other = piece.place
    http = tuple(dict.fromkeys((*known.http, *other.http)))
    dialogues = tuple(dict.fromkeys((*known.dialogues, *other.dialogues)))
    at = f"{other.address}:{other.port}"
    if len({(each.method, each.path) for each in http}) < len(http):
        raise CannotStandIn(piece.line, f"another server at {at} must answer the same request differently")
    if len({each[0].hear for each in dialogues}) < len(dialogues):
        raise CannotStandIn(piece.line, f"another server at {at} must say something else first")
    return replace(
        known,
        http=http,
        dialogues=dialogues,
        agent=known.agent or other.agent,
        banner=known.banner or other.banner,
        proxied=known.proxied or other.proxied,
        tls=known.tls or other.tls,
    )


def _says(place: Place) -> str:
    if place.agent:
        return "up, as an agent"
    if place.dialogues:
        return "what its check expects"
    if place.http:
        return ", ".join(_answers(place.http)) + ", else 200"
    return "200 to HTTP, a banner and an echo to anything else" if place.banner else "200 to HTTP"


def _answers(http: Iterable[HttpAnswer]) -> Iterator[str]:
    for each in http:
        more = " and what its check expects" if each.body or each.headers else ""
        yield f"{each.status}{more} to {each.method} {each.path or 'any path'}"

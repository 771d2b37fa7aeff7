"""What a rule judges: all nodes of a pair with their effective settings, and the virtual routers that they share."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_interface
from typing import NamedTuple

from harness.lint._place import Place
from harness.model.errors import UsageError
from harness.model.file_problem import Problem
from harness.model.haproxy_messages import haproxy_problems
from harness.model.keepalived import Block, parse_blocks
from harness.model.keepalived_dump import read_dump
from harness.model.keepalived_messages import keepalived_problems
from harness.model.keepalived_text import MAIN
from harness.model.running_keepalived import RunningKeepalived
from harness.model.vrrp_instance import VrrpInstance
from harness.site import haproxy
from harness.site.examined import Examined
from harness.site.haproxy import Haproxy
from harness.site.site import HAPROXY, KEEPALIVED, Site, SiteNode


class PairNode(NamedTuple):
    """`running`: its settings as keepalived's dump tells them; `told`: is that dump complete?

    `document`: its keepalived.conf in blocks, to find lines; empty if it cannot be read. `problems`: what
    `keepalived -t`, a start of keepalived, `haproxy -c` and a start of HAProxy printed.
    """

    site: SiteNode
    examined: Examined
    running: RunningKeepalived
    told: bool
    document: Block
    problems: tuple[Problem, ...]
    haproxy: Haproxy

    @property
    def name(self) -> str:
        return self.site.name

    def at(self, block: Block | None) -> Place:
        """The line of a block of `document`; of its first vrrp_instance if there is none, else the file's first."""
        if block is None or not block.line:
            instances = [each for each in self.document.all("vrrp_instance") if each.line]
            return self.at(instances[0]) if instances else self.at_path(KEEPALIVED)
        return Place(self.site.source(KEEPALIVED if block.file == MAIN else block.file), block.line)

    def at_path(self, path: str, line: int = 0) -> Place:
        """`path`: in the node. Of a file that the site brought the first line, if none is known."""
        return Place(self.site.source(path), line or int(self.site.file(path) is not None))

    def block(self, keyword: str, name: str) -> Block | None:
        """The last block ``keyword name``; in keepalived a later one counts."""
        found = [each for each in self.document.all(keyword) if each.argument == name]
        return found[-1] if found else None

    def network(self, instance: VrrpInstance) -> str:
        """The subnet of the card that its adverts take: which nodes can hear each other. Its device if it has none."""
        addresses = self.site.cards.get(instance.base_interface, ())
        return str(ip_interface(addresses[0]).network) if addresses else instance.base_interface


class Member(NamedTuple):
    """One node's vrrp_instance of a virtual router."""

    node: PairNode
    instance: VrrpInstance

    @property
    def block(self) -> Block | None:
        return self.node.block("vrrp_instance", self.instance.name)

    def line(self, *keywords: str) -> Place:
        """The line of the first of these keywords that the instance has, else the head of its block."""
        block = self.block
        found = next((line for keyword in keywords if block and (line := block.find(keyword))), block)
        return self.node.at(found)

    @property
    def family(self) -> int:
        """4 or 6: a VRID of IPv4 and the same of IPv6 are two virtual routers (RFC 9568 section 5.2.3)."""
        return 6 if self.instance.vips and ":" in self.instance.vips[0].address else 4

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that move, without prefix length."""
        return tuple(vip.address for vip in (*self.instance.vips, *self.instance.excluded))


class Router(NamedTuple):
    """Instances that belong together: they share an address, or a VRID on the same network or between unicast peers.

    Highest priority first.

    The priority as written: the effective one of a dump is of its moment, and some checks had not run yet.
    """

    members: tuple[Member, ...]

    @property
    def name(self) -> str:
        return self.members[0].instance.name

    @property
    def preferred(self) -> Member:
        return self.members[0]


class Pair(NamedTuple):
    site: Site
    nodes: tuple[PairNode, ...]
    routers: tuple[Router, ...]


def pair(site: Site, examined: Mapping[str, Examined]) -> Pair:
    """`examined`: node → what the programs said of its files."""
    nodes = tuple(_node(node, examined[name]) for name, node in site.nodes.items())
    members = [Member(node, instance) for node in nodes for instance in node.running.instances]
    return Pair(site, nodes, tuple(routers(members)))


def _node(node: SiteNode, examined: Examined) -> PairNode:
    reading = read_dump(examined.dump, _mark)
    texts = node.texts
    return PairNode(
        node,
        examined,
        reading.running,
        reading.complete,
        _document(node),
        tuple(_problems(node, examined)),
        haproxy.read({path: texts[path] for path in sorted(texts) if path.startswith("/etc/haproxy/")}),
    )


def _document(node: SiteNode) -> Block:
    texts = node.texts
    included = {path: text for path, text in texts.items() if path != KEEPALIVED}
    try:
        return parse_blocks(texts.get(KEEPALIVED, ""), node.config_id, included)
    except UsageError:  # it serves to find lines only: keepalived's own messages say what is wrong
        return Block(("",))


def _problems(node: SiteNode, examined: Examined) -> Iterator[Problem]:
    for answer in (examined.keepalived_test, examined.keepalived_start):
        yield from keepalived_problems(node.name, node.texts, answer.status or 0, answer.output)
    for answer in (examined.haproxy_test, examined.haproxy_start):
        yield from haproxy_problems(node.name, node.texts.get(HAPROXY, ""), answer.status or 0, answer.output)


def _mark(password: str) -> str:
    return password[:8]  # keepalived compares eight characters


def routers(members: list[Member]) -> Iterator[Router]:
    """Groups of members that are linked, directly or over others."""
    groups: list[list[Member]] = []
    for member in members:
        linked = [group for group in groups if any(_belong_together(member, other) for other in group)]
        groups = [group for group in groups if group not in linked]
        groups.append([*(each for group in linked for each in group), member])
    for group in groups:
        yield Router(tuple(sorted(group, key=lambda each: -each.instance.priority)))


def _belong_together(one: Member, other: Member) -> bool:
    if set(one.addresses) & set(other.addresses):
        return True
    alike = (one.instance.vrid, one.family) == (other.instance.vrid, other.family)
    near = one.node.network(one.instance) == other.node.network(other.instance)
    return alike and (near or _sends_to(one, other) or _sends_to(other, one))


def _sends_to(one: Member, other: Member) -> bool:
    """Unicast adverts leave their network: nodes in two zones of a cloud, which move an address by its API."""
    cards = (each for every in other.node.site.cards.values() for each in every)
    theirs = {other.instance.source, *(str(ip_interface(each).ip) for each in cards)}
    return any(peer.address in theirs for peer in one.instance.unicast_peers)

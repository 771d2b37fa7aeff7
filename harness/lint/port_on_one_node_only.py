"""A port of a VIP that HAProxy takes on one node and not on another."""

from collections.abc import Iterator

from harness.lint._conditional import conditional
from harness.lint._finding import Severity
from harness.lint._frontends import customers, has_cfg, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode, Router
from harness.lint._rule import Found, rule
from harness.lint._served import FEW, at, is_read
from harness.site.haproxy_bind import HaproxyBind


@rule("error", outage="After a takeover customers of that port are refused.", experiment="power_cut")
def port_on_one_node_only(pair: Pair) -> Iterator[Found]:
    """Each haproxy.cfg is valid; a frontend was added on one node and forgotten on the other. Compared are the ports of
    frontends with servers with all that the other node takes at each VIP. A warning of a bind within ``.if``, which may
    not be in force. Left out are nodes whose ports a variable gives, those that bind nothing at the VIP
    (`vip-not-bound` tells of them), and those whose haproxy.cfg is missing. A ``disabled`` frontend takes nothing."""
    for router in pair.routers:
        yield from once(_missing(router))


def _missing(router: Router) -> Iterator[Found]:
    nodes = [each for each in router.members if has_cfg(each.node) and is_read(each.node)]
    for vip in dict.fromkeys(address for each in nodes for address in each.addresses):
        taken = {each.node.name: _ports(each.node, vip) for each in nodes if vip in each.addresses}
        for having in (each for each in nodes if each.node.name in taken):
            for lacking in (each for each in nodes if taken.get(each.node.name) or not each.node.haproxy.frontends):
                yield from _of(having.node, lacking.node, vip, taken[having.node.name])


def _of(having: PairNode, lacking: PairNode, vip: str, ports: dict[int, HaproxyBind]) -> Iterator[Found]:
    theirs = [bind for frontend in lacking.haproxy.frontends for bind in at(frontend, vip)]
    for port, bind in ports.items():
        if not any(each.address.has(port) for each in theirs):
            said = (
                f"HAProxy on {having.name} takes port {port} of {vip}; on {lacking.name} no bind of a "
                "frontend does: after a takeover customers of that port are refused."
            )
            instead = f"the frontend in haproxy.cfg of {lacking.name} too"
            yield Found(place(having, bind.line), said, instead, _severity(having, bind))


def _severity(node: PairNode, bind: HaproxyBind) -> Severity | None:
    return "warning" if conditional(node, bind.line) else None


def _ports(node: PairNode, vip: str) -> dict[int, HaproxyBind]:
    """Port → the first bind of a frontend with servers that takes it at this VIP."""
    found: dict[int, HaproxyBind] = {}
    for bind in (bind for frontend in customers(node) for bind in at(frontend, vip)):
        first, last = bind.address.ports
        if last - first < FEW:
            for port in range(first, last + 1):
                found.setdefault(port, bind)
    return found

"""A bind on the VIP that the standby's kernel refuses."""

from collections.abc import Iterator

from harness.lint._finding import Severity
from harness.lint._frontends import own_addresses, place, vips
from harness.lint._notified import STARTS, notified
from harness.lint._pair import Pair, PairNode
from harness.lint._place import Place
from harness.lint._rule import Found, rule
from harness.lint._sysctls import sysctls
from harness.site.haproxy_bind import HaproxyBind, binds, ip


@rule(
    "error",
    outage="HAProxy does not start on the node without the VIP: there is no standby, and no process answers "
    "after a takeover.",
    experiment="none: it shows at the start",
)
def vip_bind_without_nonlocal(pair: Pair) -> Iterator[Found]:
    """The kernel lets a socket bind only an address that the machine has: bind(2), EADDRNOTAVAIL. A VIP is on one node
    at a time, so HAProxy of the other one does not start, unless `transparent` stands on the bind line or
    net.ipv4.ip_nonlocal_bind is 1 (ip(7); net.ipv6.ip_nonlocal_bind for IPv6). Looked for in the sysctl files among
    the node's files, /etc/sysctl.d and /etc/sysctl.conf. A warning where a notify program starts HAProxy: then it need
    not run without the address."""
    refused: dict[Place, list[tuple[PairNode, HaproxyBind]]] = {}
    for node in pair.nodes:
        for bind in _refused(pair, node):
            refused.setdefault(place(node, bind.line), []).append((node, bind))
    for where, each in refused.items():
        yield _found(where, each, "warning" if all(_started_by_keepalived(node) for node, _ in each) else None)


def _refused(pair: Pair, node: PairNode) -> Iterator[HaproxyBind]:
    moving = set(vips(pair)) - own_addresses(node)
    for bind in (bind for frontend in node.haproxy.frontends for bind in binds(frontend)):
        if bind.address.host in moving and not bind.transparent and sysctls(node.site).get(_key(bind)) != "1":
            yield bind


def _started_by_keepalived(node: PairNode) -> bool:
    """Does a notify program start HAProxy, so that it runs where the address is?"""
    return any(STARTS.search(each.text) for each in notified(node))


def _key(bind: HaproxyBind) -> str:
    found = ip(bind.address.host)
    return f"net.ipv{found.version if found else 4}.ip_nonlocal_bind"


def _found(where: Place, refused: list[tuple[PairNode, HaproxyBind]], severity: Severity | None) -> Found:
    """One for each line, whatever nodes share it."""
    nodes = " and ".join(dict.fromkeys(node.name for node, _ in refused))
    addresses = " and ".join(dict.fromkeys(bind.address.host for _, bind in refused))
    keys = " and ".join(dict.fromkeys(f"{_key(bind)} = 1" for _, bind in refused))
    return Found(
        where,
        f"HAProxy binds {addresses}, which keepalived moves, and no sysctl file of {nodes} allows it: without the "
        "address, HAProxy does not start there.",
        f"{keys} in a file of /etc/sysctl.d on every node",
        severity,
    )

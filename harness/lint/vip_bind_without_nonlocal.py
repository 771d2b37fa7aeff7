"""A bind on the VIP that the standby's kernel refuses."""

from collections.abc import Iterator

from harness.lint._frontends import own_addresses, place, vips
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._sysctls import sysctls
from harness.site.haproxy_bind import HaproxyBind, binds, ip


@rule(
    "error",
    outage="HAProxy does not start on the node without the VIP: there is no standby, and after a takeover nobody "
    "answers.",
    experiment="none: it shows at the start",
)
def vip_bind_without_nonlocal(pair: Pair) -> Iterator[Found]:
    """The kernel lets a socket bind only an address that the machine has: bind(2), EADDRNOTAVAIL. A VIP is on one node
    at a time, so HAProxy of the other one does not start, unless `transparent` stands on the bind line or
    net.ipv4.ip_nonlocal_bind is 1 (ip(7); net.ipv6.ip_nonlocal_bind for IPv6). Looked for in the sysctl files among
    the node's files, /etc/sysctl.d and /etc/sysctl.conf."""
    moving = set(vips(pair))
    for node in pair.nodes:
        for frontend in node.haproxy.frontends:
            for bind in binds(frontend):
                if bind.address.host in moving and not _allowed(node, bind):
                    yield _found(node, bind)


def _allowed(node: PairNode, bind: HaproxyBind) -> bool:
    here = bind.address.host in own_addresses(node)
    return here or bind.transparent or sysctls(node.site).get(_key(bind)) == "1"


def _key(bind: HaproxyBind) -> str:
    found = ip(bind.address.host)
    return f"net.ipv{found.version if found else 4}.ip_nonlocal_bind"


def _found(node: PairNode, bind: HaproxyBind) -> Found:
    return Found(
        place(node, bind.line),
        f"HAProxy binds {bind.address.host}, which keepalived moves: on the node without it, HAProxy does not start. "
        f"No sysctl file of {node.name} sets {_key(bind)}.",
        f"{_key(bind)} = 1 in a file of /etc/sysctl.d on every node",
    )

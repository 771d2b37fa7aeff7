"""Each node has a keepalived.conf of its own, and the two may differ where they must not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from harness.checks._bounds import limits
from harness.checks._check import check_pairs, holds, violated
from harness.history import History, Step
from harness.model.keepalived import VrrpSettings
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair
from harness.model.units import format_duration

_SAME: Final[Mapping[str, Callable[[VrrpSettings], object]]] = {
    "vrrp_version": lambda node: node.version,
    "virtual_router_id": lambda node: node.vrid,
    "advert_int": lambda node: format_duration(node.advert_int_ns),
    "virtual_ipaddress": lambda node: ", ".join(sorted(node.vips)) or "none",
    "virtual_ipaddress_excluded": lambda node: ", ".join(sorted(node.excluded)) or "none",
    "use_vmac": lambda node: node.use_vmac,
    "vrrp_sync_group": lambda node: node.sync_group or "none",
}
"""What RFC 5798 section 5.2 compares on receipt, and what makes both nodes answer for the same addresses."""

PASSWORD_BYTES: Final = 8  # the length of the field, RFC 3768 section 5.3.10


@check_pairs()
def configurations_agree(history: History, step: Step, pair: Pair) -> Finding:
    """Both nodes' keepalived.conf agree where they must: VRID, version, interval, VIPs, authentication, peers."""
    vrrp = limits(step, pair).vrrp
    differences = [*_differences(pair, vrrp), *_strangers(history, pair, vrrp)]
    if differences:
        return violated(
            "; ".join(differences) + ".", [Instant(step.began_ns, difference) for difference in differences]
        )
    one = vrrp[pair.nodes[0]]
    return holds(
        f"Both nodes say VRID {one.vrid}, advert_int {format_duration(one.advert_int_ns)}, {', '.join(one.vips)}."
    )


def _differences(pair: Pair, vrrp: Mapping[str, VrrpSettings]) -> Iterator[str]:
    first, second = pair.nodes
    for name, of in _SAME.items():
        if of(vrrp[first]) != of(vrrp[second]):
            yield f"{name}: {of(vrrp[first])} on {first}, {of(vrrp[second])} on {second}"
    if _compared(vrrp[first]) != _compared(vrrp[second]):  # never shown: it holds a password
        yield f"authentication differs between {first} and {second}"
    missing = [node for node in pair.nodes if pair.vip not in vrrp[node].vips]
    yield from (f"virtual_ipaddress of {node} lacks {pair.vip}" for node in missing)


def _compared(settings: VrrpSettings) -> dict[str, bytes]:
    """What a node compares with its peer's authentication on receipt.

    VRRPv3 has none (RFC 5798 section 9). Of a password only the first eight characters are used (keepalived.conf(5)).
    """
    words = settings.authentication if settings.version == 2 else ()
    said = dict(zip(words[::2], words[1::2], strict=False))
    return {keyword: word.encode()[:PASSWORD_BYTES] for keyword, word in said.items()}


def _strangers(history: History, pair: Pair, vrrp: Mapping[str, VrrpSettings]) -> Iterator[str]:
    """With unicast each must name the other; a node that multicasts hears no unicast peer."""
    for node in pair.nodes:
        peer = pair.peer(node)
        address = history.topology.node(peer).port(pair.segment).address
        if any(settings.unicast_peers for settings in vrrp.values()) and address not in vrrp[node].unicast_peers:
            yield f"unicast_peer of {node} lacks {address}, which is {peer}"

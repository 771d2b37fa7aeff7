"""Each node has a keepalived.conf of its own, and these files may differ where they must not.

The check compares the settings that the running keepalived reported; its files only if it reported none.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, starmap
from typing import Final

from harness.checks._bounds import limits
from harness.checks._check import check_routers, holds, inconclusive, violated
from harness.checks._words import names
from harness.history import History, Step
from harness.model.instance_of import find_instance
from harness.model.keepalived import VrrpSettings
from harness.model.limits import RouterLimits
from harness.model.outcome import Finding, Instant
from harness.model.running_settings import settings_of
from harness.model.units import format_duration, s
from harness.model.virtual_router import VirtualRouter

_SAME: Final[Mapping[str, Callable[[VrrpSettings], object]]] = {
    "vrrp_version": lambda node: node.version,
    "virtual_router_id": lambda node: node.vrid,
    "advert_int": lambda node: format_duration(node.advert_int_ns),
    "virtual_ipaddress": lambda node: ", ".join(sorted(node.vips)) or "none",
    "virtual_ipaddress_excluded": lambda node: ", ".join(sorted(node.excluded)) or "none",
    "use_vmac": lambda node: node.use_vmac,
    "vrrp_sync_group": lambda node: node.sync_group or "none",
}
"""What a node compares on receipt (RFC 5798 section 5.2), and what decides for which addresses it answers."""

_TYPE: Final = "auth_type"

_TOLD_WITHIN_NS: Final = 2 * s  # after a reload: the agent asks once keepalived has settled, a second later

PASSWORD_BYTES: Final = 8  # the length of the field, RFC 3768 section 5.3.10


@check_routers()
def configurations_agree(history: History, step: Step, router: VirtualRouter) -> Finding:
    """The nodes' keepalived.conf agree where they must: VRID, version, interval, VIPs, authentication, peers.

    When the step begins, and when it ends: in between a change may be on one node first.
    """
    if differences := _differ(history, router, limits(step, router), step.began_ns):
        return violated(f"{'; '.join(differences)}.", [Instant(step.began_ns, each) for each in differences])
    last = step.limits.with_running(history.running(step.ends_ns), history.topology).routers[router.name]
    if differences := _differ(history, router, last, step.ends_ns):
        sentence = f"At the end of the step: {'; '.join(differences)}."
        instants = [Instant(step.ends_ns, each) for each in differences]
        if _just_changed(step):
            return inconclusive(f"{sentence} keepalived may not yet have told what the last op made of it.", instants)
        return violated(sentence, instants)
    vrrp = limits(step, router).vrrp
    one = next(iter(vrrp.values()))
    every = "Both nodes" if len(vrrp) == 2 else f"All {len(vrrp)} nodes"
    agreed = f"{every} say VRID {one.vrid}, advert_int {format_duration(one.advert_int_ns)}, {', '.join(one.vips)}."
    return holds(f"{agreed}{_two_releases(history, router)}")


def _two_releases(history: History, router: VirtualRouter) -> str:
    """Equal files may mean two things to two versions of keepalived: that is told, and is no violation."""
    told = {node: history.programs.get(node, {}).get("keepalived") for node in router.nodes}
    known = {node: version for node, version in told.items() if version}
    if len(set(known.values())) < 2:
        return ""
    return f" Their keepalived differs: {', '.join(f'{version} on {node}' for node, version in known.items())}."


def _differences(router: VirtualRouter, vrrp: Mapping[str, VrrpSettings]) -> Iterator[str]:
    for name, of in _SAME.items():
        said: dict[object, list[str]] = {}
        for node, settings in vrrp.items():
            said.setdefault(of(settings), []).append(node)
        if len(said) > 1:
            yield f"{name}: {', '.join(f'{value} on {names(nodes)}' for value, nodes in said.items())}"
    compared = [_compared(settings) for settings in vrrp.values()]
    if any(starmap(_strange, combinations(compared, 2))):  # never shown: it holds a password
        yield f"authentication differs between {names(vrrp)}"
    for vip in router.vips:
        missing = [node for node in router.nodes if vip.address not in vrrp[node].vips]
        yield from (f"virtual_ipaddress of {node} lacks {vip.address}" for node in missing)


def _differ(history: History, router: VirtualRouter, bounds: RouterLimits, t: int) -> list[str]:
    """What differs at `t`. `bounds`: of the settings in force then."""
    absent, differ = _absent(history, router, t), _differences(router, bounds.vrrp)
    return [*absent, *differ, *_strangers(history, router, bounds)]


def _just_changed(step: Step) -> bool:
    """Did an op begin or end so shortly before the step's end that keepalived reported its settings later?"""
    return any(step.ends_ns - op.t < _TOLD_WITHIN_NS for op in (*step.applied, *step.released))


def _absent(history: History, router: VirtualRouter, t: int) -> Iterator[str]:
    for node, running in history.running(t).items():
        if node in router.nodes and find_instance(history.topology, router, node, settings_of(running)) is None:
            yield f"the keepalived of {node} runs no vrrp_instance with virtual_router_id {router.vrid}"


def _strange(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> bool:
    """A password and a mark of one cannot be compared, nor marks of two keys: then only the type is compared."""
    return one.get(_TYPE) != other.get(_TYPE) or any(one[word] != other[word] for word in one.keys() & other.keys())


def _compared(settings: VrrpSettings) -> dict[str, bytes]:
    """The authentication that a node compares on receipt.

    VRRPv3 has none (RFC 5798 section 9). Only the first eight characters of a password are used (keepalived.conf(5)).
    """
    words = settings.authentication if settings.version == 2 else ()
    said = dict(zip(words[::2], words[1::2], strict=False))
    return {keyword: word.encode()[:PASSWORD_BYTES] for keyword, word in said.items()}


def _strangers(history: History, router: VirtualRouter, bounds: RouterLimits) -> Iterator[str]:
    """With unicast each node must name all others; a node that sends multicast accepts no unicast peer."""
    if not any(settings.unicast_peers for settings in bounds.vrrp.values()):
        return
    for node in router.nodes:
        for other in router.others(node):
            address = history.topology.ports[bounds.heartbeats[other]].address
            if address not in bounds.vrrp[node].unicast_peers:
                yield f"unicast_peer of {node} lacks {address}, which is {other}"

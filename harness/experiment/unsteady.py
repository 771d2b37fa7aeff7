"""Why the lab is not in steady state, as a sentence; empty if it is. Pure: of a `View` alone."""

from collections.abc import Iterator, Mapping
from typing import Final

from harness.lab.view import View
from harness.model.ops import RIGHT_INDEX
from harness.model.units import s
from harness.model.virtual_router import RouterVip

DECIDED_NS: Final = 4 * s  # longer than any master-down timer at advert_int 1
RESTING_NS: Final = 10 * s
SAMPLED_NS: Final = s
CROWDED: Final = 0.125  # of its sessions: what an earlier trial held up has not drained yet
CONNECTING: Final = 10  # SYNs without an answer are repeated after 1, 2, 4 … s, and come into the trial then
SLOW_MS: Final = 100  # the right plan takes 2

Preferred = Mapping[str, str]
"""Virtual router → the node of the highest priority, which owns its VIPs in steady state."""


def unsteady(view: View, preferred: Preferred) -> str:
    """A VIP is on another node, a cache leads to another node, or a fault is active."""
    return "; ".join([*_vips(view, preferred), *_faults(view)])


def unready(view: View, preferred: Preferred) -> str:
    """Standbys whose keepalived is not BACKUP: no takeover of a pair is judged that has none."""
    every = ((router, node) for router in preferred for node in view.topology.virtual_router(router).nodes)
    standbys = ((router, node) for router, node in every if node != preferred[router])
    told = ((router, node, view.keepalived(router, node)) for router, node in standbys)
    waiting = ((router, node, state or "not known yet") for router, node, state in told if state != "BACKUP")
    return "; ".join(f"keepalived of {node} is {state} instead of BACKUP ({router})" for router, node, state in waiting)


def undrained(view: View) -> str:
    """What an earlier trial held up has not drained yet, at the frontends or in a database."""
    return "; ".join([*_load(view), *_databases(view)])


def undecided(view: View, preferred: Preferred, since: int = 0, decided_ns: int = DECIDED_NS) -> str:
    """VIPs whose election may still go on. It is over if the preferred node is owner, or another node stays it.

    `since`: when the last undo may have begun another one. A node that comes back takes as long as a takeover does.
    """
    resting = view.now - max(view.last_transition, since) > decided_ns
    return "; ".join(
        _wrong_owner(view, vip, preferred[vip.router.name])
        for vip in view.topology.vips
        if not (resting and len(view.owners(vip)) == 1) and view.owners(vip) != (preferred[vip.router.name],)
    )


def rests_elsewhere(view: View, preferred: Preferred) -> bool:
    """Is some VIP not where it belongs, and has not been for long, without any change?"""
    wrong = any(view.owners(vip) != (preferred[vip.router.name],) for vip in view.topology.vips)
    return wrong and view.now - view.last_transition > RESTING_NS


def _vips(view: View, preferred: Preferred) -> Iterator[str]:
    """A VIP without one owner is one reason; its caches are not judged then."""
    for vip in view.topology.vips:
        if view.owners(vip) != (preferred[vip.router.name],):
            yield _wrong_owner(view, vip, preferred[vip.router.name])
        if len(view.owners(vip)) == 1:
            yield from _wrong_caches(view, vip)


def _wrong_owner(view: View, vip: RouterVip, preferred: str) -> str:
    owners = " and ".join(view.owners(vip)) or "no node"
    told = ", ".join(f"{node}: {view.keepalived(vip.router.name, node) or 'no state named'}" for node in vip.nodes)
    return f"{vip.name} is owned by {owners} instead of {preferred} (keepalived of {told})"


def _wrong_caches(view: View, vip: RouterVip) -> Iterator[str]:
    """Caches that do not lead to the VIP's only owner. A cache that no vantage point uses may have no entry."""
    (owner,) = view.owners(vip)
    for name, cache in view.topology.caches.items():
        if cache.vip == vip and (reached := view.arp(cache)) != owner and (cache.asked or view.mac(cache)):
            yield f"{name} reaches {reached or 'no node'} (owner: {owner})"


def _load(view: View) -> Iterator[str]:
    """Of frontends that customers use: those of an internal VIP have the servers' pools as sessions, at rest too."""
    used = {view.topology.virtual_router(vantage.virtual_router) for vantage in view.topology.vantages.values()}
    nodes = {node for router in used for node in router.nodes}
    for (node, proxy), share in view.fullness.items():
        if node in nodes and share > CROWDED:
            yield f"{node} {proxy} is {share:.0%} full"
    for node, connections in view.connecting.items():
        if connections > CONNECTING:
            yield f"{connections} connections of {node} have no answer"


def _databases(view: View) -> Iterator[str]:
    """A query that began under a wrong plan reads its rows to the end, also after the plan is right again."""
    for name in (node.name for node in view.topology.nodes.values() if node.kind == "database"):
        sample = view.databases.get(name)
        if sample is None or view.now - sample.t > SAMPLED_NS:
            yield f"{name} has not answered for {SAMPLED_NS // s} s"
        elif sample.longest_ms > SLOW_MS:
            yield f"a query of {name} has run for {sample.longest_ms} ms"
        elif sample.plan != RIGHT_INDEX:
            yield f"{name} would choose {sample.plan}"


def _faults(view: View) -> Iterator[str]:
    yield from (f"a fault is active: {op}" for op in view.active.values())

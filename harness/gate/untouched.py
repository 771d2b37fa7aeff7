"""What no test of the battery breaks, though the pair may be built for it. It is told: SAFE says nothing of it."""

from collections.abc import Iterator

from harness.gate.battery import Target
from harness.gate.place import Place
from harness.gate.routers import NamedRouter


def untouched(named: tuple[NamedRouter, ...], placed: Place, target: Target) -> Iterator[str]:
    """Other nodes: those that have addresses too, as in an active/active pair; the standby, for which a check of the
    owner may ask; other cards of the node that is broken.
    """
    victim = next(name for name, own in placed.names.items() if own == target.victim)
    held: dict[str, list[str]] = {}
    for _, router, found in named:
        holder = found.holder if found else router.preferred.node.name  # None: one node alone has it
        if holder != victim:
            held.setdefault(holder, []).extend(router.preferred.addresses)
    for node in (name for name in placed.names if name != victim):
        has = ", ".join(held.get(node, ())) or "no address"
        yield f"failures of {node}, which has {has}: each fault meets {victim}"
    for port in placed.topology.node(target.victim).ports:
        if port.segment not in (target.segment, target.customers):
            yield f"the cable of {victim}'s card {port.device}: no test pulls it alone"

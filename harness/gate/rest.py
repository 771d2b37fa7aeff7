"""What a lab showed before any fault: owners, instances in FAULT, checks that fail, and what those ask.

Pure. A check that asks for what the lab has not (a gateway, a name server) fails here whatever it does at the site.
"""

from collections.abc import Iterator, Mapping

import msgspec

from harness import lint
from harness.lint import ASKS_SERVER, SERVERS_ANSWER, Member, Pair
from harness.model.running_keepalived import RunningKeepalived


class FailingCheck(msgspec.Struct, frozen=True):
    """`beyond`: what it asks beside HAProxy on its node; "" if nothing, so that the lab has all that it needs.

    `operator`: it looks at a file that an operator makes, and fails in usual operation too.
    """

    node: str
    check: str
    beyond: str
    operator: bool = False

    @property
    def said(self) -> str:
        """One sentence."""
        has = "the lab has only the pair, its servers and customers"
        theirs = self.beyond.startswith(ASKS_SERVER) or self.beyond.endswith(SERVERS_ANSWER)
        lacks = "the lab's servers are stand-ins" if theirs else has
        why = f": {self.beyond}, and {lacks}" if self.beyond else ""
        return f"The check {self.check} of {self.node} fails on the lab{why}."


class Rest(msgspec.Struct, frozen=True):
    """`owners`: VIP → the nodes that have it. `preferred`: VIP → the node that should. Nodes as the site names them.

    `in_fault`: (node, vrrp_instance). `untold`: nodes whose keepalived did not tell its state.
    """

    owners: dict[str, tuple[str, ...]] = {}
    preferred: dict[str, str] = {}
    in_fault: tuple[tuple[str, str], ...] = ()
    failing: tuple[FailingCheck, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def doubled(self) -> list[str]:
        """VIPs that several nodes have."""
        return [vip for vip, nodes in self.owners.items() if len(nodes) > 1]

    @property
    def misplaced(self) -> list[str]:
        """VIPs that no node has, or another one than should."""
        return [vip for vip, node in self.preferred.items() if self.owners.get(vip, ()) != (node,)]

    @property
    def foreign(self) -> list[FailingCheck]:
        """Checks whose failure says nothing of the pair. One of an operator's file is usual unless it means FAULT."""
        faulty = {node for node, _ in self.in_fault}
        return [each for each in self.failing if each.beyond and (not each.operator or each.node in faulty)]

    @property
    def silent(self) -> list[str]:
        """One sentence for each node of which neither states nor checks are known."""
        return [f"keepalived of {node} does not tell its state." for node in self.untold]

    @property
    def hidden(self) -> list[str]:
        """Why the lab cannot show what the site's pair does, also if it is at rest: one sentence each."""
        return [*(each.said for each in self.foreign), *self.silent]

    @property
    def unexplained(self) -> list[tuple[str, str]]:
        """Instances in FAULT on nodes of which no check fails."""
        failing = {each.node for each in self.failing}
        return [each for each in self.in_fault if each[0] not in failing]


def rest(pair: Pair, told: Mapping[str, RunningKeepalived], owners: dict[str, tuple[str, ...]]) -> Rest:
    """`told`: node of the site → what its keepalived tells now. `owners`: VIP → nodes of the site that have it."""
    moved = {address: router.preferred.node.name for router in pair.routers for address in router.preferred.addresses}
    return Rest(
        owners=owners,
        preferred={vip: moved[vip] for vip in owners if vip in moved},
        in_fault=tuple((node, each) for node, running in told.items() for each in _in_fault(running)),
        failing=tuple(_failing(pair, told)),
        untold=tuple(node.name for node in pair.nodes if node.name not in told),
    )


def _in_fault(running: RunningKeepalived) -> Iterator[str]:
    yield from (each.name for each in running.instances if each.state.startswith("FAULT"))


def _failing(pair: Pair, told: Mapping[str, RunningKeepalived]) -> Iterator[FailingCheck]:
    for node in (each for each in pair.nodes if each.name in told):
        bad = {each.name for each in told[node.name].scripts if each.status.startswith("BAD")}
        members = (Member(node, each) for each in node.running.instances)
        found = {check.name: (member, check) for member in members for check in lint.checks(member)}
        for name in sorted(bad & found.keys()):
            why = lint.beyond(pair, *found[name])
            yield FailingCheck(node.name, name, why.said if why else "", operator=why is not None and why.operator)

"""An address that only one node has."""

from collections.abc import Iterator

from harness.lint._pair import Pair, Router
from harness.lint._rule import Found, rule


@rule("error", outage="The node fails, and the address is on no node.", experiment="power_cut")
def one_instance_alone(pair: Pair) -> Iterator[Found]:
    """No other node has an instance with the address, or with the VRID on the same network, so none takes over.

    Source: RFC 9568 section 1: a virtual router is what several nodes share. Told only if the other nodes run.
    """
    if len(pair.nodes) == 1 or any(not node.running.instances for node in pair.nodes):
        return
    for router in pair.routers:
        if len({member.node.name for member in router.members}) == 1:
            yield _alone(pair, router)


def _alone(pair: Pair, router: Router) -> Found:
    (member, *_), others = router.members, [node.name for node in pair.nodes if node is not router.members[0].node]
    return Found(
        member.node.at(member.block),
        f"Only {member.node.name} has {member.instance.name} "
        f"({', '.join((f'virtual_router_id {member.instance.vrid}', *member.addresses))}); "
        f"{' and '.join(others)} has none of it.",
        f"the instance on {' and '.join(others)} too",
    )

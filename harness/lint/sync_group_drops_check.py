"""An instance of a sync group does without weighted checks."""

from collections.abc import Iterator

from harness.lint._explained import messages
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule


@rule("error", outage="HAProxy is dead and the VIP stays on its node, for good.", experiment="killed")
def sync_group_drops_check(pair: Pair) -> Iterator[Found]:
    """Instances of a sync group change their state together, so keepalived ignores weights in each of them.

    It says so at a start. Source: keepalived.conf(5), sgroup_tracking_weight; vrrp_complete_init() in vrrp.c.
    """
    yield from once(found for node in pair.nodes for found in _ignored(node))


def _ignored(node: PairNode) -> Iterator[Found]:
    for problem, said in messages(node, "sync-group-drops-check"):
        instance = node.block("vrrp_instance", said["instance"])
        line = instance.find("track_script", "track_process", "track_file", "track_interface") if instance else None
        yield Found(
            node.at(line) if line else node.at_path(problem.path, problem.line),
            f"{said['instance']} of {node.name} belongs to a sync group, and keepalived ignores what it tracks with a "
            f"weight: {problem.said}",
            "the check without a weight, in the vrrp_sync_group",
        )

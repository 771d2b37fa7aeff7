"""A tracked file whose first number means FAULT."""

from collections.abc import Iterator

from harness.lint._pair import Member, Pair, Router
from harness.lint._rule import Found, rule
from harness.lint._trackers import Tracker, definition, trackers
from harness.model.keepalived import Block

_LEAST = -254


@rule("error", outage="The address is on no node from the start.", experiment="none: it shows at the start")
def tracked_file_fails(pair: Pair) -> Iterator[Found]:
    """keepalived reads a number from a tracked file. Without a weight any number but 0 means FAULT; with one, FAULT is
    number x weight of -254 and less (keepalived.conf(5), "track_file"). The number is the one that a start of
    keepalived read: from the file that the site brought, else from init_file. A warning where only some nodes are
    concerned: an operator may have taken one out of service."""
    for router in pair.routers:
        failing = [(member, each) for member in router.members for each in trackers(member) if _fails(each)]
        for member, each in failing:
            yield _found(router, member, each, everywhere=_everywhere(router, failing))


def _fails(tracker: Tracker) -> bool:
    if tracker.kind != "file":
        return False
    return tracker.value != 0 if tracker.faults else tracker.adds(failed=False) <= _LEAST


def _everywhere(router: Router, failing: list[tuple[Member, Tracker]]) -> bool:
    return {member.node.name for member, _ in failing} == {member.node.name for member in router.members}


def _found(router: Router, member: Member, tracker: Tracker, *, everywhere: bool) -> Found:
    block = definition(member, tracker)
    path = block.last("file") or "" if block else ""
    if brought := member.node.site.file(path):
        place, instead = member.node.at_path(brought.path), "0 in the file"
    else:
        place, instead = member.node.at(_line(block)), "init_file 0"
    effect = f"no node takes {router.name}" if everywhere else f"{member.node.name} takes no address of {router.name}"
    return Found(
        place,
        f"{tracker.name} of {member.node.name} begins with {tracker.value} and its weight is {tracker.weight}: that "
        f"means FAULT until the number changes, and {effect}.",
        instead,
        None if everywhere else "warning",
    )


def _line(block: Block | None) -> Block | None:
    return (block.find("init_file") or block) if block else None

"""A tracked process of which more must run than HAProxy has."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._trackers import definition, trackers

_HAPROXY: Final = re.compile(r"(?:\S*/)?haproxy")
_AT_REST: Final = 2
"""A master and one worker: there is no nbproc since HAProxy 2.5."""


@rule("error", outage="The tracker fails on every node from the start.", experiment="none: it shows at the start")
def process_quorum_not_reached(pair: Pair) -> Iterator[Found]:
    """`quorum` of a vrrp_track_process says how many must run. HAProxy has a master and one worker,
    however many threads; more were there only with nbproc, which HAProxy 2.5 took out, or for a while after a reload.
    Source: keepalived.conf(5), vrrp_track_process; HAProxy's configuration manual, master-worker and nbthread."""
    yield from once(found for router in pair.routers for member in router.members for found in _short(member))


def _short(member: Member) -> Iterator[Found]:
    processes = {each.name: each for each in member.node.running.processes}
    for tracker in (each for each in trackers(member) if each.kind == "process" and each.name in processes):
        process = processes[tracker.name]
        if process.minimum > _AT_REST and _HAPROXY.fullmatch(process.process.strip("'\"")):
            block = definition(member, tracker)
            yield Found(
                member.node.at((block and block.find("quorum")) or block or member.block),
                f"{tracker.name} of {member.node.name} wants {process.minimum} processes of HAProxy, which has two, a "
                "master and a worker, or one: it never succeeds.",
                "quorum 1",
            )

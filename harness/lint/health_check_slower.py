"""keepalived and HAProxy ask the same servers, and one of them notices much later."""

from collections.abc import Iterator
from typing import Final

from harness.lint._answered import ServersAsked, servers_asked
from harness.lint._lines import seconds
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule

_MUCH: Final = 3
"""Differences below this factor are usual and harmless."""


@rule(
    "note",
    outage="A dead server fails keepalived's check before HAProxy takes it out, and moves the address for nothing.",
    experiment="killed: --service api",
)
def health_check_slower(pair: Pair) -> Iterator[Found]:
    """Compared only where a check of keepalived asks the servers through the balancer: interval x fall of keepalived
    with inter and fall of HAProxy (inter + (fall - 1) x fastinter; configuration manual, 5.2). If HAProxy needs three
    times as long, keepalived's requests meet a server that is already dead. If keepalived needs three times as long,
    customers fail for so long before the node gives up. A note: with several servers only some requests meet the dead
    one."""
    for router in pair.routers:
        for member in router.members:
            for asked in servers_asked(pair, member):
                if sentence := _compared(asked):
                    yield Found(asked.check.place, sentence, "interval and fall near inter and fall of the servers")


def _compared(asked: ServersAsked) -> str:
    """ "" if they are alike, or there is nothing to compare."""
    checked = [server.detection_ns for server in asked.servers if server.check]
    if not checked or asked.through is None:
        return ""
    ours, theirs = asked.check.latest_ns, max(checked)
    if _MUCH * min(ours, theirs) > max(ours, theirs):
        return ""
    return (
        f"The check {asked.check.name} needs {seconds(ours)} to fail, HAProxy needs {seconds(theirs)} to take a dead "
        "server out, and both ask the same servers."
    )

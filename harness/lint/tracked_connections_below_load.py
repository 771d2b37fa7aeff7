"""A table of tracked connections that is smaller than the stated load."""

from collections.abc import Iterator
from typing import Final

from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._sysctls import sysctl_lines

_NAMES: Final = ("net.netfilter.nf_conntrack_max", "net.nf_conntrack_max")


@rule(
    "warning",
    outage="At the peak the kernel drops packets of new customers: nf_conntrack: table full.",
    experiment="session_flood",
)
def tracked_connections_below_load(pair: Pair) -> Iterator[Found]:
    """A firewall that looks at the state of connections has a row for each in the kernel's table: one for the customer
    of a session, another for its server. When the table is full, packets of new connections are dropped, adverts of
    VRRP too where they are tracked. Compared are nf_conntrack_max and load.open_sessions of pair.toml. A warning:
    where no rule asks for a state, nothing is tracked. Source: Linux, Documentation/networking/nf_conntrack-sysctl."""
    load = pair.site.load.open_sessions
    yield from once(found for node in pair.nodes if load for found in _short(node, load))


def _short(node: PairNode, load: int) -> Iterator[Found]:
    settings = sysctl_lines(node.site)
    for name in _NAMES:
        said = settings.get(name)
        if said and said.value.isdecimal() and int(said.value) < load:
            yield Found(
                node.at_path(said.path, said.line),
                f"{node.name} tracks {said.value} connections at most, and the stated load is {load} sessions, each "
                "with a second connection to a server: the rest is dropped.",
                f"{name} = {load * 4}",
            )

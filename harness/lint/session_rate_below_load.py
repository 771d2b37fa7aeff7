"""A limit of new sessions a second that is below the site's stated load."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_text import HaproxyLine

_GLOBAL: Final = ("maxconnrate", "maxsessrate")


@rule(
    "warning",
    outage="At the peak customers wait unseen in the kernel's backlog.",
    experiment="session_flood",
)
def session_rate_below_load(pair: Pair) -> Iterator[Found]:
    """`rate-limit sessions` of a frontend, and `maxconnrate` and `maxsessrate` of the process, leave what comes above
    them in the kernel's backlog (HAProxy's configuration manual, 4.2 and 3.2). The load is load.new_per_second of
    pair.toml. A warning: one session may carry many requests."""
    load = pair.site.load.new_per_second
    yield from once(found for node in pair.nodes if load for found in _limits(node, load))


def _limits(node: PairNode, load: float) -> Iterator[Found]:
    whole = [line for each in node.haproxy.sections if each.kind == "global" for line in each.lines]
    every = [line for line in whole if line.words[0] in _GLOBAL]
    every += [line for each in customers(node) if (line := each.last("rate-limit", "sessions"))]
    for line in every:
        number = _number(line)
        if 0 < number < load:
            said = f"HAProxy on {node.name} takes {number} new sessions a second, and the stated load is {load:g}: the "
            yield Found(place(node, line), f"{said}rest waits in the kernel.", "a limit above the load, or none")


def _number(line: HaproxyLine) -> int:
    return line.figure("sessions" if line.words[0] == "rate-limit" else line.words[0]) or 0

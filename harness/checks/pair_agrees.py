"""All that the balancers themselves could tell: keepalived's state, its vipset, the kernel's address, the adverts.

On June 13 they agreed, all the time. Asking only the balancers does not notice that outage.
"""

from itertools import pairwise

from harness.checks._check import at, check_pairs, holds, inconclusive, lasting, limits, names, violated
from harness.checks._voices import Voices, contradicted, opinions, voices
from harness.history import History, Step
from harness.history.timeline import FOREVER, Interval, overlaps, union
from harness.model.events import AdvertSeen
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs
def pair_agrees(history: History, step: Step, pair: Pair) -> Finding:
    """Of each node, keepalived's state and vipset, the kernel's address and the adverts agree, but for a bound."""
    bound = limits(step, pair).agreement
    heard = {node: voices(history, step, pair, node) for node in pair.nodes}
    mute = [node for node in pair.nodes if "keepalived" not in opinions(heard[node], step.ends_ns)]
    if mute or not history.tables.known(pair) or not history.of(AdvertSeen):
        return inconclusive(f"{names(mute or pair.nodes)} left no word of state, address or adverts.", (), bound)
    quarrels = [(node, q) for node in pair.nodes for q in _quarrels(history, step, pair, node, heard[node])]
    long = [(node, quarrel) for node, quarrel in quarrels if quarrel.length > bound.ns]
    if long:
        node, worst = max(long, key=lambda found: found[1].length)
        sentence = f"{node} disagreed with itself for {lasting(worst.length)} from {at(step, worst.begin)} on."
        return violated(sentence, [Instant(q.begin, _said(n, heard[n], q.begin)) for n, q in long], bound)
    longest = max((quarrel.length for _, quarrel in quarrels), default=0)
    return holds(f"{names(pair.nodes)} agreed with themselves, but for {lasting(longest)} at most.", (), bound)


def _quarrels(history: History, step: Step, pair: Pair, node: str, heard: Voices) -> list[Interval]:
    """When, inside the step, the node's parts differed."""
    changes = sorted({t for part in heard.known() for t, _ in heard.changes(part)})
    differing = [Interval(a, b) for a, b in pairwise([*changes, FOREVER]) if len(set(opinions(heard, a).values())) > 1]
    return overlaps(union(differing + contradicted(history, step, pair, node)), [step.window])


def _said(node: str, heard: Voices, t: int) -> str:
    """``lb-ext-2: keepalived master, address not, adverts not``."""
    words = (f"{part} {'master' if opinion else 'not'}" for part, opinion in opinions(heard, t).items())
    return f"{node}: {', '.join(words)}"

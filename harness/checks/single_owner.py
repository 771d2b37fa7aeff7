"""At rest exactly one node says that the VIP is its own."""

from harness.checks._bounds import slack
from harness.checks._check import check_pairs, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES, ARP
from harness.checks._words import at, lasting, names, unsettled
from harness.history import History, Step
from harness.history.timeline import Interval, gaps, overlaps
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs(needs=(ADDRESSES, ARP))
def single_owner(history: History, step: Step, pair: Pair) -> Finding:
    """In steady state exactly one node answers ARP for the VIP, told by switch port.

    Steady: before the first effect, and from when the pair must have settled. Caches may ask seldom, so the kernels
    are asked too: whoever holds the address would answer.
    """
    if step.settled is None:
        return inconclusive(unsettled(step), (), f"{step.limits.settle_ns / 1e9:g} s")
    windows = [step.settled] if step.before.length <= 0 else [step.before, step.settled]
    wrong = [found for window in windows for found in _wrong(history, step, pair, window)]
    if wrong:
        t, claimants = wrong[0]
        sentence = f"At {at(step, t)} {names(claimants)} answered for {pair.vip}."
        return violated(sentence, [Instant(t, names(who) if who else "no owner") for t, who in wrong])
    rest, owners = lasting(sum(window.length for window in windows)), _owners(history, pair, windows)
    if not owners:
        late = lasting(slack(history, step))
        return inconclusive(f"At rest, {rest}, nobody was seen to hold {pair.vip}, by an observer {late} late.")
    seen = sum(len(history.claims(pair, window)) for window in windows)
    asked = f"all {seen} ARP frames that claim it came from there" if seen else "no cache asked for it then"
    return holds(f"At rest, {rest}, {names(owners)} alone held {pair.vip}; {asked}.")


def _owners(history: History, pair: Pair, windows: list[Interval]) -> list[str]:
    """Who held the VIP in the windows, in order of time."""
    holds_ = {node: history.tables.holds(node, pair.vip) for node in pair.nodes}
    return [node for _, node in sorted((one.begin, node) for node in holds_ for one in overlaps(holds_[node], windows))]


def _wrong(history: History, step: Step, pair: Pair, window: Interval) -> list[tuple[int, list[str]]]:
    """(t, who) for each time in the window, longer than the slack, in which not exactly one node claimed the VIP."""
    late, tables = slack(history, step), history.tables
    without = gaps([held for node in pair.nodes for held in tables.holds(node, pair.vip)], window)
    held = sorted([*without, *overlaps(tables.dual(pair), [window])])
    answers = [
        (claim.t, [*tables.owners_at(pair, claim.t), claimant])
        for claim in history.claims(pair, window)
        if (claimant := claim.port.split(".")[0])
        not in {node for t in (claim.t, claim.t + late) for node in tables.owners_at(pair, t)}
    ]
    return [(one.begin, tables.owners_at(pair, one.begin)) for one in held if one.length > late] + answers

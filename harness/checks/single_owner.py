"""In steady state exactly one node claims the VIP."""

from harness.checks._bounds import slack
from harness.checks._check import check_vips, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES, ARP
from harness.checks._words import at, lasting, names, unsettled
from harness.history import History, Step
from harness.history.timeline import Interval, gaps, overlaps
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip


@check_vips(needs=(ADDRESSES, ARP))
def single_owner(history: History, step: Step, vip: RouterVip) -> Finding:
    """In steady state exactly one node answers ARP for the VIP, by the switch port of the answer.

    Steady: before the first effect, and from when the pair must have settled. Caches may ask seldom, so addresses
    count too: a node that holds the address would answer.
    """
    if step.settled is None:
        return inconclusive(unsettled(step), (), f"{step.limits.settle_ns / 1e9:g} s")
    windows = [step.before, step.settled] if step.before.length else [step.settled]
    wrong = [found for window in windows for found in _wrong(history, step, vip, window)]
    if wrong:
        t, claimants = wrong[0]
        sentence = f"At {at(step, t)} {names(claimants)} answered for {vip.address}."
        return violated(sentence, [Instant(t, names(nodes) if nodes else "no owner") for t, nodes in wrong])
    rest, owners = lasting(sum(window.length for window in windows)), _owners(history, vip, windows)
    if not owners:
        late = lasting(slack(history, step))
        return inconclusive(
            f"In {rest} at rest no node was seen to hold {vip.address}, by an observer that read {late} late."
        )
    seen = sum(len(history.claims(vip, window)) for window in windows)
    asked = f"all {seen} ARP frames that claim it came from that node" if seen else "no cache asked for it then"
    return holds(f"In {rest} at rest {names(owners)} alone held {vip.address}; {asked}.")


def _owners(history: History, vip: RouterVip, windows: list[Interval]) -> list[str]:
    """The nodes that held the VIP in the windows, in order of time."""
    held = {node: history.tables.holds(node, vip.address) for node in vip.nodes}
    return [node for _, node in sorted((one.begin, node) for node in held for one in overlaps(held[node], windows))]


def _wrong(history: History, step: Step, vip: RouterVip, window: Interval) -> list[tuple[int, list[str]]]:
    """(t, nodes) for each time in the window, longer than the slack, in which not exactly one node claimed the VIP."""
    late, tables = slack(history, step), history.tables
    without = gaps(tables.owned(vip), window)
    held = sorted([*without, *overlaps(tables.dual(vip), [window])])
    answers = [
        (claim.t, [*tables.owners_at(vip, claim.t), claimant])
        for claim in history.claims(vip, window)
        if (claimant := claim.port.split(".")[0])
        not in {node for t in (claim.t, claim.t + late) for node in tables.owners_at(vip, t)}
    ]
    return [(one.begin, tables.owners_at(vip, one.begin)) for one in held if one.length > late] + answers

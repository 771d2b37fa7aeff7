"""One failure survived is half the story: until a second one would be, the pair is a single machine."""

from collections.abc import Iterator

from harness.checks._check import at, check_pairs, holds, inconclusive, lasting, names, violated
from harness.checks._serving import ALWAYS, able, unable
from harness.checks._touch import touches
from harness.checks._voices import states
from harness.history import History, Step
from harness.history.timeline import Interval, Timeline, gaps, overlaps, union
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs
def redundancy_restored(history: History, step: Step, pair: Pair) -> Finding:
    """The standby is fit before the fault, and at the end of the watch a second failure would be survived again."""
    blind = [n for n in pair.nodes if not [*states(history, n)] or unable(history, n) is None]
    if blind or not history.tables.known(pair):
        return inconclusive(f"{names(blind or pair.nodes)} left no word of keepalived, HAProxy or the VIP.")
    fit = union([interval for owner in pair.nodes for interval in _redundant(history, step, pair, owner)])
    if step.first and not any(one.begin < step.first_effect_ns <= one.end for one in fit):
        return violated("The standby was not fit before the fault.", [Instant(step.first_effect_ns, "the fault")])
    last = next((one for one in reversed(fit) if one.begin < step.ends_ns <= one.end), None)
    if last is None:
        lost = max((one.end for one in fit if one.end < step.ends_ns), default=step.began_ns)
        sentence = f"Since {at(step, lost)} a second failure would not have been survived; the watch ended so."
        return violated(sentence, [Instant(lost, "the last time that it would have been")])
    if last.begin <= step.first_effect_ns:
        return holds("A second failure would have been survived all the time.")
    took = lasting(last.begin - step.first_effect_ns)
    return holds(f"A second failure would be survived {took} after the fault.", [Instant(last.begin, "restored")])


def _redundant(history: History, step: Step, pair: Pair, owner: str) -> Iterator[Interval]:
    """When `owner` alone has the VIP and serves, its peer stands by and could serve, and nothing of ours holds it."""
    standby = pair.peer(owner)
    alone = overlaps(history.tables.holds(owner, pair.vip), gaps(history.tables.holds(standby, pair.vip), ALWAYS))
    fit = overlaps(alone, _standing_by(history, standby))
    for condition in (able(history, owner), able(history, standby), _free(history, step, pair)):
        fit = overlaps(fit, condition)
    yield from fit


def _standing_by(history: History, node: str) -> list[Interval]:
    words: Timeline[str, str | None] = Timeline()
    for t, state in states(history, node):
        words.set(node, t, state)
    return words.intervals(node, "BACKUP")


def _free(history: History, step: Step, pair: Pair) -> list[Interval]:
    """A standby that hears no more cannot say so: then the ops themselves are asked."""
    held = [op for op in step.held if touches(op.op, pair, history.topology)]
    return gaps(union([Interval(op.t, step.release_of(op) or step.ends_ns) for op in held]), ALWAYS)

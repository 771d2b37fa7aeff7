"""Token authentication reads some 15 rows along ix_bucket, 243,001 along ix_client. The check counts rows, not time."""

from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final

from harness.checks._check import check, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import DATABASES
from harness.checks._words import at, names
from harness.history import History, Step
from harness.model.events import DatabaseSample
from harness.model.ops import RIGHT_INDEX
from harness.model.outcome import Finding, Instant
from harness.model.units import s

ROWS_PER_S: Final = 50_000
"""1,800 authentications per second would read so much under the right plan; the lab does some 200. Under the wrong plan
two databases together read 160,000 rows/s in one run of the tests, and up to two millions in others.
"""

SLOW_MS: Final = 1_000
"""So long an authentication runs only along the wrong index, or on a machine that is too slow to tell the two apart."""


@check(needs_to_hold=(DATABASES,))
def right_plan(history: History, step: Step) -> Finding:
    """No database reads rows at a rate that only the wrong index explains."""
    samples = sorted(history.of(DatabaseSample, step.watch), key=attrgetter("node", "t"))
    series = {node: list(each) for node, each in groupby(samples, attrgetter("node"))}
    if not any(node.kind == "database" for node in history.topology.nodes.values()):
        return not_applicable("There is no database.", (), _BOUND)
    if not any(len(each) > 1 for each in series.values()):
        return inconclusive("No database was sampled.", (), _BOUND)
    first = {node: found for node, each in series.items() if (found := _first_wrong(each))}
    wrong = {sample.node for sample in samples if sample.plan not in ("", RIGHT_INDEX)}
    slow = {x.node for x in samples if x.plan not in ("", RIGHT_INDEX) and x.longest_ms >= SLOW_MS}
    if not first and slow:
        return inconclusive(
            f"{names(sorted(slow))} ran an authentication for {SLOW_MS / 1_000:g} s or more while EXPLAIN "
            "named another index, and read fewer rows than the bound: too slow to tell.", (), _BOUND
        )  # fmt: skip
    if not first:
        though = ", though an optimizer would: no query came, or the index is forced" if wrong else ""
        return holds(f"No database read along the wrong index{though}.", (), _BOUND)
    if not first.keys() <= wrong:
        unexplained = names(sorted(first.keys() - wrong))
        return inconclusive(
            f"{unexplained} read very many rows, but EXPLAIN named {RIGHT_INDEX} throughout.", (), _BOUND
        )
    node, began = min(first.items(), key=lambda item: item[1])
    sentence = f"{names(sorted(first))} read along the wrong index, {node} from {at(step, began)} on."
    return violated(sentence, [Instant(t, f"{node} reads along the wrong index") for node, t in first.items()], _BOUND)


_BOUND: Final = f"{ROWS_PER_S:,} rows/s"


def _first_wrong(samples: list[DatabaseSample]) -> int | None:
    """The first instant by which rows were read faster than `ROWS_PER_S`. A counter that restarts gives no rate."""
    for before, after in pairwise(samples):
        rows, ns = after.read_next - before.read_next, after.t - before.t
        if rows * s > ROWS_PER_S * ns:
            return after.t
    return None

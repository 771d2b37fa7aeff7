"""A vantage point's fate over trials, in words and with an interval. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from harness.model.outcome import StepOutcome, TestOutcome, VantageOutcome
from harness.statistics import quantile

LEAST_FOR_INTERVAL: Final = 6
"""The fewest trials whose median has an interval of 95 % that is bounded on both sides."""


def by_step(test: TestOutcome) -> list[list[StepOutcome]]:
    """Place in the trial → that step of every valid trial that has it."""
    trials = [trial.steps for trial in test.trials if trial.valid]
    longest = max(map(len, trials), default=0)
    return [[steps[place] for steps in trials if place < len(steps)] for place in range(longest)]


def fate(seen: Sequence[VantageOutcome]) -> str:
    """``unaffected``, ``served again after 0.812 s``, ``down 2/3, else after 0.812–1.004 s``."""
    if all(each.state == "unaffected" for each in seen):
        return "unaffected"
    others = Counter(each.state for each in seen if not each.served)
    words = [state if count == len(seen) == 1 else f"{state} {count}/{len(seen)}" for state, count in others.items()]
    times = [each.recovery_s for each in seen if each.served]
    if times:
        words.append(f"{'else' if words else 'served again'} after {spread(times)}")
    return ", ".join(words)


def interval(seen: Sequence[VantageOutcome]) -> str:
    """The median of the recovery, and where it lies with 95 % confidence; "" for a single trial, or without a time.

    A trial that was not served in the end counts as longer than any other.
    """
    if len(seen) < 2 or any(each.served is None for each in seen) or all(each.state == "unaffected" for each in seen):
        return ""
    found = quantile([each.recovery_s if each.served else None for each in seen], 0.5)
    if found.value is None:
        return f"in more than half of {len(seen)} trials not served in the end"
    if len(seen) < LEAST_FOR_INTERVAL:
        return f"median {found.value:.3f} s, n = {len(seen)}: too few for an interval ({LEAST_FOR_INTERVAL} are needed)"
    high = "without an upper bound" if found.high is None else f"to {found.high:.3f} s"
    return f"median {found.value:.3f} s (95 %: {found.low or 0.0:.3f} {high}, n = {len(seen)})"


def spread(values: Sequence[float | None], never: str = "never") -> str:
    """``0.812–1.004 s``; None counts as `never`, with its share: ``not released 3/3``."""
    known = sorted(value for value in values if value is not None)
    parts = []
    if known:
        low, high = f"{known[0]:.3f}", f"{known[-1]:.3f}"
        parts.append(f"{low} s" if low == high else f"{low}–{high} s")
    if missing := len(values) - len(known):
        parts.append(never if missing == len(values) == 1 else f"{never} {missing}/{len(values)}")
    return ", ".join(parts) or "–"


def shares(values: Sequence[float | None]) -> str:
    """``99.8–100 %``; a share that is not 100 % is not rounded to it. None is unknown, and said to be."""
    known = sorted(value for value in values if value is not None)
    words = [_percent(known[0])] if known else []
    if known and _percent(known[-1]) != words[0]:
        words = [f"{words[0].removesuffix(' %')}–{_percent(known[-1])}"]
    if missing := len(values) - len(known):
        words.append(f"unknown {missing}/{len(values)}")
    return ", ".join(words) or "–"


def _percent(share: float) -> str:
    digits = next((n for n in range(5) if share >= 1 or round(share * 100, n) < 100), 5)
    return f"{share * 100:.{max(digits, 1) if 0 < share < 1 else 0}f} %"


def leads(arp: dict[str, str | None], caches: Collection[str]) -> str:
    """``lb-ext-1 ← gw-1, lb-ext-2 ← gw-2 customer-3``, of these caches."""
    shown = {cache: node for cache, node in arp.items() if cache in caches}
    nodes = dict.fromkeys(shown.values())
    return ", ".join(f"{node or 'no node'} ← {' '.join(c for c, n in shown.items() if n == node)}" for node in nodes)

"""What the valid trials of a step have in common, in the few words of a cell."""

from collections import Counter
from collections.abc import Sequence

from harness.model.outcome import StepOutcome, TestOutcome, VantageOutcome


def short(test: TestOutcome) -> str:
    """Its name without test_."""
    return test.name.removeprefix("test_")


def by_step(test: TestOutcome) -> list[list[StepOutcome]]:
    """Place in the trial → that step of every valid trial that has it."""
    trials = [trial.steps for trial in test.trials if trial.valid]
    longest = max(map(len, trials), default=0)
    return [[steps[place] for steps in trials if place < len(steps)] for place in range(longest)]


def leads(arp: dict[str, str | None]) -> str:
    """``lb-ext-1 ← gw-1; lb-ext-2 ← gw-2, customer-3``."""
    nodes = dict.fromkeys(arp.values())
    return ", ".join(f"{node or 'no node'} ← {' '.join(c for c, n in arp.items() if n == node)}" for node in nodes)


def percent(shares: Sequence[float | None]) -> str:
    """``99.8–100 %``; None is counted as unknown: ``100 %, unknown 1/3``."""
    known = sorted(share * 100 for share in shares if share is not None)
    if not known:
        return "–"
    low, high = f"{known[0]:.3g}", f"{known[-1]:.3g}"
    missing = len(shares) - len(known)
    return (f"{low} %" if low == high else f"{low}–{high} %") + (
        f", unknown {missing}/{len(shares)}" if missing else ""
    )


def recovered(seen: Sequence[VantageOutcome]) -> str:
    """``0.812–1.004 s, down 1/3``: the recovery times of those that are served, and the state of each of the others."""
    others = Counter(each.state for each in seen if not each.served)
    times = [each.recovery_s for each in seen if each.served]
    words = [spread(times, never="")] if times else []
    return ", ".join([*words, *(f"{state} {n}/{len(seen)}" for state, n in others.items())]) or "–"


def spread(values: Sequence[float | None], never: str) -> str:
    """``0.812–1.004 s``; None counts as `never`, which is shown with its share: ``not released 3/3``."""
    known = sorted(value for value in values if value is not None)
    parts = []
    if known:
        low, high = f"{known[0]:.3f}", f"{known[-1]:.3f}"
        parts.append(f"{low} s" if low == high else f"{low}–{high} s")
    if missing := len(values) - len(known):
        parts.append(f"{never} {missing}/{len(values)}")
    return ", ".join(parts) or "–"


def lasted(steps: Sequence[StepOutcome]) -> str:
    """The achieved duration of the fault as the kernel reports it, and its bounds by captured frames."""
    faults = [step.fault for step in steps if step.fault]
    bounds = [bound for fault in faults for bound in fault.wire_s or ()]
    wire = f" ({spread(bounds, never='')})" if bounds else ""
    return spread([fault.achieved_s for fault in faults], never="not released") + wire if faults else ""

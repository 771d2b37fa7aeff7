"""One comparison: two samples, and what they show."""

from collections.abc import Sequence
from math import inf, isfinite, isinf
from typing import Final

from msgspec.structs import replace

from harness.compare.detectable import smallest_shift
from harness.compare.ranks import p_larger
from harness.compare.report import Compared, Judgement, Side
from harness.compare.sample import Sample, sample, watch_s
from harness.model.comparisons import Comparison
from harness.model.outcome import RunOutcome
from harness.statistics import order_statistic, quantile

ALPHA: Final = 0.05
LEAST: Final = 10  # trials of each side
UNKNOWN_SHARE: Final = 0.3  # more trials that do not tell: the rest may be a choice
PROBE_HZ: Final = 200.0
QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
_MOST_TRANSITIONS: Final = 100.0


def enough(told: Sample) -> bool:
    return len(told.values) >= LEAST and told.unknown <= UNKNOWN_SHARE * (len(told.values) + told.unknown)


def measured(baseline: RunOutcome, candidate: RunOutcome, what: Comparison, grain: float) -> Compared:
    """With probabilities that are not yet corrected, and no judgement but that there are too few trials.

    `grain`: recoveries that differ by less everywhere are no difference, however sure: probes come no faster.
    """
    one, other = sample(baseline, what), sample(candidate, what)
    compared = Compared(what, candidate.run, "no difference shown", _side(one), _side(other))
    if not (enough(one) and enough(other)):
        return replace(compared, judgement="too few trials")
    bad, worse = bad_values(one.values, what), bad_values(other.values, what)
    # A trial that does not tell counts against what is to be shown: a censored recovery is a late one.
    before, after = [*bad, *[inf] * one.unknown], [*worse, *[inf] * other.unknown]
    shift, least = typical_shift(one.values, other.values), grain if what.measure == "recovery" else 0.0
    return replace(
        compared,
        p_worse=p_larger(before, worse) if exceeds(bad, worse, least) else 1.0,
        p_better=p_larger(after, bad) if exceeds(worse, bad, least) else 1.0,
        shift=shift if isfinite(shift) else None,
    )


def judged(compared: Compared) -> Compared:
    """By the corrected probabilities."""
    seen: Judgement = "no difference shown"
    if compared.p_worse is None or compared.p_better is None:
        return compared
    if compared.p_worse <= ALPHA:
        seen = "worse"
    elif compared.p_better <= ALPHA:
        seen = "better"
    return replace(compared, judgement=seen)


def with_smallest(compared: Compared, baseline: RunOutcome, alpha: float, grain: float) -> Compared:
    """What these numbers of trials could have shown, at the strictest threshold of the correction."""
    what = compared.what
    if compared.p_worse is None:
        return compared
    bad = bad_values(sample(baseline, what).values, what)
    most = {"recovery": watch_s(baseline, what), "success": 1.0, "transitions": _MOST_TRANSITIONS}[what.measure]
    least = {"recovery": grain, "success": 0.0, "transitions": 1.0}[what.measure]
    found = smallest_shift(bad, compared.candidate.n, alpha, most)
    return replace(compared, smallest=None if found is None else max(found, least))


def bad_values(values: Sequence[float], what: Comparison) -> list[float]:
    """The larger, the worse."""
    return [-value for value in values] if what.measure == "success" else list(values)


def typical_shift(baseline: Sequence[float], candidate: Sequence[float]) -> float:
    """The median of all differences (Hodges and Lehmann); infinite if one side alone is not served in the end."""
    differences = [0.0 if isinf(a) and isinf(b) else b - a for a in baseline for b in candidate]
    return order_statistic(differences, 0.5)


def exceeds(baseline: Sequence[float], candidate: Sequence[float], least: float) -> bool:
    """Is any of a few quantiles larger by so much? A median alone does not see that every fourth trial is dark."""
    pairs = ((order_statistic(baseline, q), order_statistic(candidate, q)) for q in QUANTILES)
    return any(a != b and b - a >= least for a, b in pairs)


def grain_of(*runs: RunOutcome) -> float:
    """The distance of two probes, of the run that had fewer, s."""
    rates = [run.facts.parameters.get("probe_hz") if run.facts else None for run in runs]
    return 1 / min([rate for rate in rates if isinstance(rate, int | float) and rate > 0], default=PROBE_HZ)


def _side(told: Sample) -> Side:
    if not told.values:
        return Side(0, told.unknown)
    found = quantile([None if value == inf else value for value in told.values], 0.5)
    return Side(len(told.values), told.unknown, found.value, found.low, found.high)

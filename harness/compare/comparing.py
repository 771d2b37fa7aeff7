"""Compares runs with a baseline: a few comparisons decide, the rest is exploratory."""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from harness.compare.differs import differs
from harness.compare.holm import holm
from harness.compare.judging import ALPHA, LEAST, grain_of, judged, measured, with_smallest
from harness.compare.report import Compared, ComparisonReport, Judgement
from harness.compare.sample import possible, short, usual
from harness.model.comparisons import MOST, Comparison, parse
from harness.model.errors import UsageError
from harness.model.outcome import RunOutcome


def compare(baseline: RunOutcome, candidates: Sequence[RunOutcome]) -> ComparisonReport:
    """Each candidate with the baseline. All primary comparisons of all candidates are corrected together.

    Raises `UsageError` for runs of different experiments, or without a test in common.
    """
    for candidate in candidates:
        _refuse(baseline, candidate)
    declared = _declared(baseline, candidates)
    chosen = declared or usual(_common(baseline, candidates), MOST)
    primary = with_power(baseline, decided(baseline, candidates, chosen), grain_of(baseline, *candidates))
    return ComparisonReport(
        experiment=baseline.experiment,
        baseline=baseline.run,
        runs=tuple(each.run for each in candidates),
        judgement=_worst(primary),
        sentence=_sentence(primary, baseline.experiment),
        primary=primary,
        exploratory=_exploratory(baseline, candidates, chosen),
        differs={each.run: tuple(differs(baseline, each)) for each in candidates},
        declared=bool(declared),
    )


def _refuse(baseline: RunOutcome, candidate: RunOutcome) -> None:
    if baseline.experiment != candidate.experiment:
        raise UsageError(
            f"{baseline.run} is a run of {baseline.experiment}, {candidate.run} one of {candidate.experiment}: only "
            "runs of the same experiment can be compared."
        )
    if not _tests(baseline) & _tests(candidate):
        raise UsageError(
            f"{baseline.run} has the tests {', '.join(sorted(_tests(baseline))) or 'none'}, {candidate.run} has "
            f"{', '.join(sorted(_tests(candidate))) or 'none'}: no test is in both."
        )


def _tests(run: RunOutcome) -> set[str]:
    return {short(test) for test in run.tests}


def _common(baseline: RunOutcome, candidates: Sequence[RunOutcome]) -> RunOutcome:
    """The baseline with the tests that all candidates have."""
    names = set.intersection(_tests(baseline), *map(_tests, candidates))
    return replace(baseline, tests=tuple(test for test in baseline.tests if short(test) in names))


def _declared(baseline: RunOutcome, candidates: Sequence[RunOutcome]) -> tuple[Comparison, ...]:
    """What all runs declare: a run of some tests only declares theirs."""
    said = [set(run.facts.primary) if run.facts else set[str]() for run in (baseline, *candidates)]
    both = set.intersection(*said)
    return tuple(parse(text) for text in (baseline.facts.primary if baseline.facts else ()) if text in both)[:MOST]


def decided(
    baseline: RunOutcome, candidates: Sequence[RunOutcome], chosen: Sequence[Comparison]
) -> tuple[Compared, ...]:
    """The primary comparisons, corrected. One with too few trials counts in the correction: it was meant to be made."""
    grain = grain_of(baseline, *candidates)
    found = [measured(baseline, candidate, what, grain) for candidate in candidates for what in chosen]
    worse, better = (holm([1.0 if p is None else p for p in each]) for each in _probabilities(found))
    return tuple(
        judged(each if each.p_worse is None else replace(each, p_worse=w, p_better=b))
        for each, w, b in zip(found, worse, better, strict=True)
    )


def with_power(baseline: RunOutcome, primary: Sequence[Compared], grain: float) -> tuple[Compared, ...]:
    """With what each could have shown, at the strictest threshold of the correction."""
    strictest = ALPHA / max(1, len(primary))
    return tuple(with_smallest(each, baseline, strictest, grain) for each in primary)


def _probabilities(found: Sequence[Compared]) -> tuple[list[float | None], list[float | None]]:
    """Two families: a pair must not be called worse by chance, nor better."""
    return [each.p_worse for each in found], [each.p_better for each in found]


def _exploratory(
    baseline: RunOutcome, candidates: Sequence[RunOutcome], chosen: Sequence[Comparison]
) -> tuple[Compared, ...]:
    """All others with enough trials, not corrected: they say where to look, and decide nothing."""
    grain, others = grain_of(baseline, *candidates), [what for what in possible(baseline) if what not in chosen]
    found = [judged(measured(baseline, each, what, grain)) for each in candidates for what in others]
    return tuple(each for each in found if each.judgement != "too few trials")


def _worst(primary: Sequence[Compared]) -> Judgement:
    """No data is never a pass: one comparison that could not be made is no good news."""
    seen = {each.judgement for each in primary}
    order: tuple[Judgement, ...] = ("worse", "too few trials", "better", "no difference shown")
    return next((each for each in order if each in seen), "too few trials")


def _sentence(primary: Sequence[Compared], experiment: str) -> str:
    """``1 of 4 primary comparisons worse, 3 no difference shown.``"""
    if not primary:
        return "Nothing to compare: no test that both runs have came to a step with a fault in a valid trial."
    counts = Counter(each.judgement for each in primary)
    words = ", ".join(f"{count} {judgement}" for judgement, count in counts.items())
    few = (
        f" A comparison needs {LEAST} trials of each run, of a test that was measured. "
        f"Record each again: harness run {experiment} --trials {LEAST}."
        if counts["too few trials"]
        else ""
    )
    return f"Of {len(primary)} primary comparisons: {words}.{few}"

"""How often a comparison of two runs is wrong: pairs of runs drawn again from recorded trials.

    python scripts/comparison.py [--keep]            2,000 pairs without a difference, 1,000 with one
    python scripts/comparison.py --gather RUN RUN …  the valid trials of these runs as tests/data/comparison.json

Without a difference no pair may be called worse, but for 5 %. With one, every recovery of the candidate takes longer by
twice the half-width of the baseline's interval (and at least twice the distance of two probes); once at all vantage
points, as a slower pair would show it, and once at a single one.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from harness.compare.comparing import decided
from harness.compare.judging import ALPHA, LEAST, grain_of
from harness.compare.sample import sample, short, usual
from harness.history import store
from harness.model.comparisons import MOST, Comparison
from harness.model.outcome import RunOutcome, StepOutcome, TestOutcome, TrialOutcome, VantageOutcome
from harness.model.series import StepSeries
from harness.recovery import series
from harness.report.kept import small
from harness.statistics import Estimate, proportion, quantile
from scripts.outcomes import Comparisons, Drawn, keep, options

DATA: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "comparison.json"
FEWEST: Final = 5  # trials of a test: fewer are no distribution
PAIRS, SHIFTED = 2_000, 1_000
SEED: Final = 13
MISSED: Final = 0.1  # of pairs with a difference
NO_DIFFERENCE: Final = "no difference, called worse in any primary comparison"
SLOWER: Final = {
    True: "slower by twice the half-width of the baseline's interval, at every vantage point: not called worse",
    False: "the same at one vantage point: not called worse",
}


class Counted(NamedTuple):
    wrong: int
    of: int

    def __str__(self) -> str:
        found = self.share
        return f"{self.wrong} of {self.of} = {found.value:.1%} ({found.low:.1%}–{found.high:.1%})"

    @property
    def share(self) -> Estimate:
        return proportion(self.wrong, self.of)


def pools() -> list[RunOutcome]:
    """One run for each recorded test, with all of its trials."""
    return msgspec.json.decode(DATA.read_bytes(), type=list[RunOutcome])


def drawn(pool: RunOutcome, chance: Random, n: int = LEAST) -> RunOutcome:
    """A run of `n` trials of the pool, each as likely as any other, with repetition."""
    (test,) = pool.tests
    return replace(pool, tests=(replace(test, trials=tuple(chance.choices(test.trials, k=n))),))


def false_alarms(every: Sequence[RunOutcome], pairs: int, chance: Random) -> Counted:
    """Pairs of which any primary comparison is called worse, although both runs are drawn from the same trials."""
    wrong = sum(_worse(drawn(pool, chance), drawn(pool, chance)) for pool in chance.choices(every, k=pairs))
    return Counted(wrong, pairs)


def missed(every: Sequence[RunOutcome], pairs: int, chance: Random, *, all_of_them: bool) -> Counted:
    """Pairs in which a shift of twice the half-width is not called worse."""
    wrong = done = 0
    while done < pairs:
        pool = chance.choice(every)
        baseline, candidate = drawn(pool, chance), drawn(pool, chance)
        what = chance.choice([each for each in usual(pool, MOST) if each.measure == "recovery"])
        width = half_width(baseline, what)
        if width is None:
            continue
        shift = 2 * max(width, grain_of(baseline))
        wrong += not _worse(baseline, slower(candidate, shift, None if all_of_them else what.vantage), what)
        done += 1
    return Counted(wrong, done)


def half_width(run: RunOutcome, what: Comparison) -> float | None:
    """Of the interval of the median; None if a bound of it is not served in the end."""
    values = sample(run, what).values
    if len(values) < LEAST:
        return None
    found = quantile(values, 0.5)
    return None if found.low is None or found.high is None else (found.high - found.low) / 2


def slower(run: RunOutcome, by_s: float, only: str | None) -> RunOutcome:
    def step(told: StepOutcome) -> StepOutcome:
        return replace(told, vantages={name: later(name, seen) for name, seen in told.vantages.items()})

    def later(name: str, seen: VantageOutcome) -> VantageOutcome:
        if seen.recovery_s is None or only not in (None, name):
            return seen
        return replace(seen, recovery_s=seen.recovery_s + by_s)

    (test,) = run.tests
    trials = tuple(replace(trial, steps=tuple(map(step, trial.steps))) for trial in test.trials)
    return replace(run, tests=(replace(test, trials=trials),))


def _worse(baseline: RunOutcome, candidate: RunOutcome, what: Comparison | None = None) -> bool:
    """Any primary comparison, or `what` alone."""
    found = decided(baseline, [candidate], usual(baseline, MOST))
    return any(each.judgement == "worse" and what in (None, each.what) for each in found)


def gather(runs: Iterable[Path]) -> int:
    trials: dict[tuple[str, str], list[TrialOutcome]] = {}
    for run in runs:
        outcome = store.read_outcome(run)
        for test, trial in _told(run, outcome):
            trials.setdefault((outcome.experiment, short(test)), []).append(trial)
    every = [
        RunOutcome(name, "passed", "", test, (TestOutcome(test, "gate", "", "passed", tuple(found)),))
        for (name, test), found in sorted(trials.items())
        if len(found) >= FEWEST
    ]
    DATA.write_bytes(msgspec.json.encode(every) + b"\n")
    print(f"{DATA}: {len(every)} tests, {sum(len(each.tests[0].trials) for each in every)} trials")
    return 0


def _told(run: Path, outcome: RunOutcome) -> Iterator[tuple[TestOutcome, TrialOutcome]]:
    """Each valid trial without what no comparison needs. A trial's number counts over all tests of the run."""
    history = store.load(run)
    every = [(test, trial) for test in outcome.tests for trial in test.trials]
    for number, (test, trial) in enumerate(every, 1):
        if trial.valid and trial.steps:
            told = small(replace(outcome, tests=(replace(test, trials=(trial,)),))).tests[0].trials[0]
            steps = [
                replace(_bare(step), series=_owners(series(history, history.step(number, step.name))))
                for step in told.steps
            ]
            yield test, replace(told, steps=tuple(steps), failure="")


def _bare(step: StepOutcome) -> StepOutcome:
    vantages = {name: replace(seen, outages=(), longest_hang_s=None) for name, seen in step.vantages.items()}
    fault = step.fault and replace(step.fault, parts=())
    return replace(step, vantages=vantages, fault=fault, arp={}, checks=(), measures={}, machine=None)


def _owners(told: StepSeries) -> StepSeries:
    return replace(told, faults=(), acts=(), caches={}, success={})


def main(*, kept: bool) -> int:
    every, chance = pools(), Random(SEED)  # noqa: S311 - a fixed seed: the figures can be made again
    trials = sum(len(pool.tests[0].trials) for pool in every)
    print(f"{len(every)} tests with {trials} trials; {LEAST} trials a side, at most {MOST} primary comparisons")
    found = Comparisons(len(every), trials, LEAST, MOST, SEED, tuple(_each(every, chance)))
    if kept:
        keep("comparison.json", found)
    return 0


def _each(every: Sequence[RunOutcome], chance: Random) -> Iterator[Drawn]:
    yield _drawn(NO_DIFFERENCE, false_alarms(every, PAIRS, chance), ALPHA)
    for all_of_them, what in SLOWER.items():
        yield _drawn(what, missed(every, SHIFTED, chance, all_of_them=all_of_them), MISSED)


def _drawn(what: str, found: Counted, allowed: float) -> Drawn:
    print(f"{what}: {found}; allowed {allowed:.0%}", flush=True)
    return Drawn(what, found.of, found.wrong, found.share, allowed)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--gather", nargs="+", type=Path, metavar="RUN", help="instead: the valid trials of these runs")
    asked = parser.parse_args()
    sys.exit(gather(asked.gather) if asked.gather else main(kept=asked.keep))

"""What a comparison of runs says. `--json` prints it as it is."""

from typing import Final, Literal

import msgspec

from harness.model.comparisons import Comparison

Judgement = Literal["worse", "better", "no difference shown", "too few trials"]

EXIT: Final[dict[Judgement, int]] = {"worse": 1, "too few trials": 3, "better": 0, "no difference shown": 0}


class Side(msgspec.Struct, frozen=True):
    """`median` with its 95 % interval. None: not served in the end; of a bound: too few trials for one.

    `n`: trials that tell. `unknown`: valid trials that do not.
    """

    n: int
    unknown: int
    median: float | None = None
    low: float | None = None
    high: float | None = None


class Compared(msgspec.Struct, frozen=True):
    """`p_worse`, `p_better`: one-sided; of primary comparisons corrected by Holm over all of them.

    `shift`: candidate − baseline, the median of all differences; None: one side is not served in the end, or no value.
    `smallest`: the least regression that would have been shown in nine of ten such comparisons; None: not even the
    largest that the step could have shown, or not asked.
    """

    what: Comparison
    run: str
    judgement: Judgement
    baseline: Side
    candidate: Side
    p_worse: float | None = None
    p_better: float | None = None
    shift: float | None = None
    smallest: float | None = None


class ComparisonReport(msgspec.Struct, frozen=True):
    """`declared`: the primary comparisons are the experiment's own; else the usual ones.

    `exploratory` decides nothing: so many comparisons without correction show differences by chance. `differs`: run →
    what else is not the same, in sentences.
    """

    experiment: str
    baseline: str
    runs: tuple[str, ...]
    judgement: Judgement
    sentence: str
    primary: tuple[Compared, ...]
    exploratory: tuple[Compared, ...] = ()
    differs: dict[str, tuple[str, ...]] = {}
    declared: bool = False

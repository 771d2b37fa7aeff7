"""The measures of a run, a row for each step: median, least and most of its valid trials. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from harness.model.outcome import Measure, RunOutcome, StepOutcome, TestOutcome, VantageOutcome
from harness.report.number import number
from harness.statistics import order_statistic

ACHIEVED: Final = "fault achieved"
RECOVERY: Final = "recovery"
SUCCESS: Final = "success"
NOTHING: Final = "–"
UNKNOWN: Final = "unknown"
UNSERVED: Final = ("down", "censored", "no arrivals")  # the worst first


def table(run: RunOutcome, columns: Mapping[str, str]) -> str:
    """Markdown. `columns`: heading → the value of the cells, see `value`."""
    head = ["test", "as expected (valid trials)", "step", *columns]
    rows = [row for test in run.tests for row in _rows(test, tuple(columns.values()))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _rows(test: TestOutcome, what: Sequence[str]) -> Iterator[list[str]]:
    """One row for each step; a test without a valid trial has one."""
    trials = [trial.steps for trial in test.trials if trial.valid]
    names = list(dict.fromkeys(step.name for steps in trials for step in steps)) or [NOTHING]
    for place, name in enumerate(names):
        steps = [step for each in trials for step in each if step.name == name]
        opening = [f"`{test.name.removeprefix('test_')}`", test.sentence] if place == 0 else ["", ""]
        yield [*opening, name, *(cell([value(step, each) for step in steps]) for each in what)]


def value(step: StepOutcome, what: str) -> Measure:
    """`what`: a measure, ``fault achieved``, or ``recovery`` and ``success``, the worst of all vantage points.

    ``recovery customer-2`` is that of one vantage point. One that is not served in the end gives its state. None:
    unknown; a dash: the step does not have it.
    """
    name, _, vantage = what.partition(" ")
    seen = [each for each_name, each in step.vantages.items() if vantage in {"", each_name}]
    if what == ACHIEVED:
        return step.fault.achieved_s if step.fault else NOTHING
    if name == RECOVERY:
        return _recovery(seen)
    if name == SUCCESS:
        shares = [each.success for each in seen]
        return None if None in shares else min((each for each in shares if each is not None), default=NOTHING)
    return step.measures.get(what, NOTHING)


def _recovery(seen: Sequence[VantageOutcome]) -> Measure:
    states = [each.state for each in seen if not each.served]
    worst = next((state for state in UNSERVED if state in states), None)
    return worst or max((each.recovery_s or 0.0 for each in seen), default=NOTHING)


def cell(values: Sequence[Measure]) -> str:
    """``2.7 (2.6–3.0)``, ``down 2/3``, ``service 6/6``: numbers as median, least and most; words are counted."""
    if all(each == NOTHING for each in values):
        return NOTHING
    numbers = [float(each) for each in values if isinstance(each, (int, float))]
    parts = [_spread(numbers)] if numbers else []
    words = Counter(UNKNOWN if each is None else each for each in values if each is None or isinstance(each, str))
    parts += [f"{word} {count}/{len(values)}" for word, count in sorted(words.items()) if word != NOTHING]
    return ", ".join(parts)


def _spread(numbers: Sequence[float]) -> str:
    median, least, most = (number(order_statistic(numbers, share)) for share in (0.5, 0.0, 1.0))
    return median if least == most else f"{median} ({least}–{most})"

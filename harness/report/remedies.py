"""Which remedy helped which vantage points, and how soon: rows against causes, from outcomes. Pure.

A test named ``test_mitigation[CAUSE-REMEDY]`` is one field. It shows the last step: of a mitigation the act and what
followed, of a prevention the blip itself.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from harness.model.outcome import RunOutcome, StepOutcome, TestOutcome, TrialOutcome, VantageOutcome

MARK: Final = " †"
"""Marks a cell that the harness's own ops decide, not the network."""

BLINK_S: Final = 0.1
"""A later outage that is shorter is a change of the VIP's owner; with a longer one the first outage goes on."""


_WORDS: Final = {"down": "dark"}  # else the state's own word


class Field(NamedTuple):
    cause: str
    remedy: str
    test: TestOutcome


def table(
    runs: Iterable[RunOutcome],
    test: str,
    causes: Mapping[str, str],
    remedies: Mapping[str, str],
    constructed: Collection[tuple[str, str]] = (),
) -> str:
    """Markdown. `causes` and `remedies`: id → heading, in the order of columns and rows; a cell without test is a dash.

    `constructed`: the cells that the harness's own ops decide; they are marked.
    """
    fields = {(field.cause, field.remedy): field.test for run in runs for field in fields_of(run, test)}
    marked = {key: f"{cell_text(each)}{MARK if key in constructed else ''}" for key, each in fields.items()}
    head = ["(n): valid trials", *causes.values()]
    rows = [[title, *(marked.get((cause, remedy), "–") for cause in causes)] for remedy, title in remedies.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def fields_of(run: RunOutcome, test: str) -> list[Field]:
    """The rows of the parametrised test that were run; a cause has no hyphen in its name."""
    opening = f"test_{test}["
    named = [(each, each.name[len(opening) : -1].partition("-")) for each in run.tests if each.name.startswith(opening)]
    return [Field(cause, remedy, each) for each, (cause, _, remedy) in named]


def cell_text(test: TestOutcome) -> str:
    """``customer-1 unaffected; customer-2 ≤ 0.05 s; customer-3 dark``: vantage points with the same text together.

    A test that did not pass begins with its verdict.
    """
    steps = [trial.steps[-1] for trial in test.trials if _counts(trial)]
    if not steps:
        return "not measured"
    said: dict[str, list[str]] = {}
    for vantage in steps[0].vantages:
        said.setdefault(_recovery(steps, vantage), []).append(vantage)
    together = [f"{_names(vantages, steps[0])} {recovery}" for recovery, vantages in said.items()]
    unexpected = "" if test.verdict == "passed" else f"**{test.verdict}** "
    return f"{unexpected}{'; '.join(together)} ({len(steps)})"


def _counts(trial: TrialOutcome) -> bool:
    return trial.valid and bool(trial.steps)


def _names(vantages: Sequence[str], step: StepOutcome) -> str:
    return "all" if len(vantages) == len(step.vantages) else ", ".join(vantages)


def _recovery(steps: Sequence[StepOutcome], vantage: str) -> str:
    """The worst of all trials: when it was served again, from the step's first effect; a later short outage apart."""
    seen = [step.vantages[vantage] for step in steps]
    if others := Counter(each.state for each in seen if not each.served):
        return ", ".join(f"**{_WORDS.get(state, state)}**{_share(n, len(seen))}" for state, n in others.items())
    if not any(each.outages or each.recovery_s for each in seen):
        return "unaffected"
    first, again = max(map(_served_again, seen)), max(map(_dark_later, seen))
    if again >= BLINK_S:
        return f"≤ {max(each.recovery_s or 0.0 for each in seen):.2f} s"
    later = f" (and {again:.2f} s later)" if again else ""
    return f"{'< 0.01' if first < 0.01 else f'≤ {first:.2f}'} s{later}"


def _share(n: int, of: int) -> str:
    return "" if n == of else f" in {n} of {of}"


def _served_again(seen: VantageOutcome) -> float:
    """The end of the first outage; `recovery_s` is that of the last."""
    return (seen.outages[0].end_s or 0.0) if seen.outages else seen.recovery_s or 0.0


def _dark_later(seen: VantageOutcome) -> float:
    """All outages after the first, in sum."""
    return sum(outage.end_s - outage.begin_s for outage in seen.outages[1:] if outage.end_s)

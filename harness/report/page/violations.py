"""Each violated check once, with a button for each step that shows it; then what was not as expected, and invalid."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from harness.explain import NO_LOGS, Logs
from harness.history import History
from harness.model.outcome import Finding
from harness.report.page.html import data, plain, text
from harness.report.page.trial import Told, short
from harness.report.page.why import why

MOST_MARKS: Final = 12


class Violation(NamedTuple):
    """`place`: of the trial in the page."""

    place: int
    told: Told
    step: str
    finding: Finding

    @property
    def where(self) -> str:
        """``outage, trial 2, blip``; a test with one trial needs no number, and a step with the test's name is it."""
        test = self.told.test
        number = f", trial {self.told.attempt}" if test and len(test.trials) > 1 else ""
        name = short(test.name) if test else ""
        return f"{name}{number}{'' if self.step == name else f', {self.step}'}"


HEADING: Final = "What was violated"
OF_GATE: Final = "Checks that were violated, which decide nothing here"
"""A fault for good violates some by design; a gate judges what customers saw."""


def violations(
    every: Sequence[Told],
    history: History | None = None,
    logs: Logs = NO_LOGS,
    heading: str = HEADING,
    said: Collection[str] = (),
) -> Iterator[str]:
    """`history`, `logs`: from which the first step of each check is explained. `said`: failures that stand above."""
    yield f'<section id="violations"><h2>{text(heading)}</h2><ul>'
    judged = [finding for each in every for _, finding in _findings(each)]
    found = list(_violated(every))
    for name in dict.fromkeys(each.finding.name for each in found):
        yield _item([each for each in found if each.finding.name == name], history, logs)
    if not found:
        yield f"<li class=still>{text(_none(judged))}</li>"
    yield "</ul>"
    if found:
        yield '<p class="quiet">Of valid trials. The verdict comes from what each test asserts, not from this list.</p>'
    yield from _failures(every, said)
    yield from _invalid(every)
    yield "</section>"


def _none(judged: Sequence[Finding]) -> str:
    """Nothing that was violated is no praise if nothing was judged."""
    if not judged:
        return "No check has judged this run."
    unclear = Counter(each.verdict for each in judged)["inconclusive"]
    left = f" {unclear} of {len(judged)} judgements are inconclusive: see all checks below." if unclear else ""
    return f"No check was violated.{left}"


def _findings(told: Told) -> Iterator[tuple[str, Finding]]:
    for step in told.outcome.steps if told.outcome else ():
        for finding in step.checks:
            yield step.name, finding


def _violated(every: Sequence[Told]) -> Iterator[Violation]:
    """Of valid trials: an invalid one shows what our own instruments did."""
    for place, told in enumerate(every):
        if told.outcome and told.outcome.valid:
            for step, finding in _findings(told):
                if finding.violated:
                    yield Violation(place, told, step, finding)


def _item(group: Sequence[Violation], history: History | None, logs: Logs) -> str:
    first = group[0]
    more = "; ".join(jump(each.place, each.told, each.finding, text(each.where)) for each in group[1:])
    also = f"<span class=also>also in {more}</span>" if more else ""
    inner = f"<b>{text(first.finding.name)}</b> {text(first.finding.sentence)} <small>{text(first.where)}</small>"
    recorded = first.told.recorded
    because = why(history, recorded, first.step, first.finding, logs) if history and recorded else ""
    return f"<li>{jump(first.place, first.told, first.finding, inner)}{also}{because}</li>"


def jump(place: int, told: Told, finding: Finding, inner: str) -> str:
    """`inner` (HTML) as a button that sets the view to the finding's instants; plain where there is none to show."""
    if not finding.instants or told.recorded is None:
        return f"<span class=still>{inner}</span>"
    zero = told.recorded.zero
    marks = [((each.t_ns - zero) / 1000, plain(each.what)) for each in finding.instants[:MOST_MARKS]]
    said = text(finding.sentence)
    return f'<button type="button" title="{said}" data-trial="{place}" data-marks="{data(marks)}">{inner}</button>'


def _failures(every: Sequence[Told], said: Collection[str]) -> Iterator[str]:
    """Those of further trials, where the first ones stand above."""
    failed = ((each.name, each.outcome.failure) for each in every if each.outcome and each.outcome.failure)
    told = Counter((name, failure) for name, failure in failed if not any(failure in each for each in said))
    if told:
        items = "".join(f"<li>{text(name)}: {text(failure)}</li>" for name, failure in told)
        yield f"<h3>Not as expected</h3><ul>{items}</ul>"


def _invalid(every: Sequence[Told]) -> Iterator[str]:
    """Why each invalid trial is one: it is repeated, and counts for nothing."""
    invalid = [each for each in every if each.outcome and not each.outcome.valid]
    if invalid:
        items = "".join(f'<li class="invalid">{_why(each)}</li>' for each in invalid)
        yield f"<h3>Invalid trials, which count for nothing</h3><ul>{items}</ul>"


def _why(told: Told) -> str:
    assert told.outcome
    phase = f" ({told.outcome.phase})" if told.outcome.phase else ""
    reasons: Iterable[str] = told.outcome.reasons or ("no reason is recorded",)
    return f"{text(told.name.removesuffix(' (invalid)'))}{text(phase)}: {text(' '.join(reasons))}"

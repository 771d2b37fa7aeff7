"""What an experiment may assert of a check: never of a history that cannot tell."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness import checks
from harness.experiment.asserted_finding import AssertedFinding
from harness.experiment.judge import StepResult, judge
from harness.history import History
from harness.model.errors import NotMeasured
from harness.model.events import VrrpState
from harness.model.outcome import Finding, Judgement
from tests.histories import june_13, ns

ASKED: tuple[Callable[[AssertedFinding], bool], ...] = (
    lambda told: told.holds,
    lambda told: told.violated,
    lambda told: told.not_applicable,
)
"""What an assertion may ask of a check that needs an answer."""


def result(history: History) -> StepResult:
    return judge(history, 0, "blip", None, ns(10.0) - ns(0.0))


def without_states() -> StepResult:
    history = june_13().build()
    return result(replace(history, events=tuple(e for e in history.events if not isinstance(e, VrrpState))))


@pytest.mark.parametrize(
    "verdict, said",
    [
        ("holds", (True, False, False)),
        ("violated", (False, True, False)),
        ("not applicable", (False, False, True)),
    ],
)
def test_a_finding_that_tells_is_asserted_as_it_is(verdict: Judgement, said: tuple[bool, ...]) -> None:
    told = AssertedFinding(Finding("pair_agrees", verdict, "So it was."), "blip")
    assert tuple(ask(told) for ask in ASKED) == said
    assert not told.inconclusive
    assert told.sentence == "So it was."


@pytest.mark.parametrize("ask", ASKED)
def test_a_history_that_cannot_tell_decides_no_assertion(
    ask: Callable[[AssertedFinding], bool],
) -> None:
    told = without_states().check(checks.pair_agrees)
    with pytest.raises(NotMeasured, match=r"pair_agrees is inconclusive in step 'blip': Missing: keepalived's"):
        ask(told)


def test_whoever_asks_whether_a_history_can_tell_is_answered() -> None:
    told = without_states().check(checks.pair_agrees)
    assert told.inconclusive
    assert told.sentence.startswith("Missing: keepalived's state of")


def test_what_is_asserted_is_what_the_outcome_says() -> None:
    seen = result(june_13().build())
    assert {seen.check(check).finding for check in checks.ALL.values()} == set(seen.outcome.checks)


def test_an_outcome_is_no_assertion() -> None:
    """What could not be judged is written down all the same."""
    found = {finding.name: finding for finding in without_states().outcome.checks}
    assert found["pair_agrees"].inconclusive
    assert not found["pair_agrees"].holds

"""Which changes may be tried, of which tests, and about how long that takes: said before anything starts. Pure."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from harness.experiment.steady import DEADLINE_SECONDS
from harness.gate.battery import AT_REST
from harness.gate.named import uses
from harness.gate.prepare import Prepared, seconds
from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.candidates import candidates
from harness.gate.report import Tried, Verdict
from harness.gate.verdict import depends

CHANGED_S: Final = 15.0
"""keepalived and HAProxy read the changed files, and the nodes get them."""


def failing(tried: Iterable[Tried], prepared: Prepared, word: Verdict) -> list[Tried]:
    """The tests whose failure is the pair's own: a change is tried for these alone."""
    used = uses(prepared.pair)
    failed = [each for each in tried if each.verdict == "failed" and not depends(each.name, used)]
    return [each for each in failed if each.name != AT_REST or word == "UNSAFE"]


def cost_s(prepared: Prepared, names: Iterable[str], trials: int, unsteady: Collection[str] = ()) -> float:
    """Of so many valid trials of each of these tests. Seconds.

    `unsteady`: those before which the pair did not come to rest: each trial may wait for that as long as is allowed.
    So may each trial of the pair at rest, since that failed.
    """
    by_name = {test.name: test for test in prepared.tests}
    waits = dict.fromkeys((AT_REST, *unsteady), DEADLINE_SECONDS)
    return sum((seconds(by_name[name]) + waits.get(name, 0)) * trials for name in names if name in by_name)


def most_s(prepared: Prepared, trials: int) -> float:
    """If every test fails that a change may mend, and each change helps. Seconds.

    Longer if trials are repeated because they were invalid, or if the pair does not come to rest before each.
    """
    planned = [test.name for test in prepared.tests]
    found = [each for each in candidates(prepared, planned) if not each.unreachable]
    again = dict.fromkeys(name for each in found for name in each.tests)
    changed = (CHANGED_S + cost_s(prepared, each.tests, trials) + _others_s(prepared, each) for each in found)
    return cost_s(prepared, again, max(0, trials - prepared.trials)) + sum(changed)


def _others_s(prepared: Prepared, candidate: Candidate) -> float:
    return cost_s(prepared, {test.name for test in prepared.tests} - {AT_REST, *candidate.tests}, 1)


def announced(prepared: Prepared, trials: int) -> Iterator[str]:
    """Lines for people."""
    found = candidates(prepared, [test.name for test in prepared.tests])
    if not found:
        yield "preventions: no change of one setting is known for these files and tests"
        return
    most = most_s(prepared, trials) / 60
    yield f"preventions: each for the tests that fail, {trials} trials before and with it"
    yield f"  about {most:.0f} min more if all of these tests fail and each change helps"
    for each in found:
        when = f"not tried: {each.unreachable}" if each.unreachable else f"if {' or '.join(each.tests)} fails"
        yield f"  {each.name} ({when})"
        yield from (f"    {change.said}" for change in each.changes(prepared.pair.site))

"""Does a change help? From how often a test failed before and with it. Pure.

"Helps" needs evidence that chance does not explain: with three trials, three failures before and none with it.
"""

from collections import Counter
from collections.abc import Iterable
from math import comb
from typing import Final, NamedTuple

from msgspec.structs import replace

from harness.gate.battery import AT_REST
from harness.gate.report import Tried
from harness.model.prevention import Prevention, Repeated, Word

LEAST: Final = 3
"""Trials before and with a change. Of two each, even 2 of 2 against 0 of 2 comes by chance once in six times."""
CHANCE: Final = 0.05
"""One-sided, by Fisher's exact test: how likely the same failures would all fall into the trials before.

Of each change. Several changes for one test have the same trials before: then one of them helps by chance more often
(docs/gate.md). So it is said how many were tried.
"""


class Counted(NamedTuple):
    """Trials of one test, with the same files. `why`: it was not measured; "" if it was."""

    failed: int = 0
    trials: int = 0
    unsteady: int = 0
    why: str = ""

    def plus(self, other: "Counted") -> "Counted":
        added = (self.failed + other.failed, self.trials + other.trials, self.unsteady + other.unsteady)
        return Counted(*added, self.why or other.why)


def counted(tried: Tried, unsteady: int = 0) -> Counted:
    why = (tried.failure or "nothing was measured") if tried.verdict == "not measured" else ""
    return Counted(tried.failed, tried.trials, unsteady, why)


def repeated(test: str, before: Counted, after: Counted) -> Repeated:
    word, why = _word(test, before, after)
    return Repeated(test, word, before.failed, before.trials, after.failed, after.trials, why)


def _word(test: str, before: Counted, after: Counted) -> tuple[Word, str]:
    if before.why or after.why:
        return "not decided", before.why or after.why
    if not (before.failed and before.trials and after.trials):
        return "not decided", "too few trials"
    if after.unsteady and test != AT_REST:
        return "not decided", f"with it the pair does not come to rest, in {_of(after.unsteady, after.trials)}"
    if not after.failed:
        chance = comb(before.trials, before.failed) / comb(before.trials + after.trials, before.failed)
        return ("helps", "") if chance <= CHANCE else ("not decided", f"chance alone does it in {chance:.0%} of cases")
    if after.failed * before.trials >= before.failed * after.trials:
        return "does not help", ""
    return "not decided", "it fails less often"


def among(found: Iterable[Prevention]) -> tuple[Prevention, ...]:
    """The same, and of each test how many changes were measured for it."""
    every = tuple(found)
    tried = Counter(each.test for one in every for each in one.tests if each.after_trials)
    return tuple(
        replace(one, tests=tuple(replace(each, tried=tried[each.test]) for each in one.tests)) for one in every
    )


def _of(some: int, every: int) -> str:
    return f"{some} of {every} trials"


def overall(tests: tuple[Repeated, ...]) -> Word:
    """One test that it helps with is enough; its lines say which."""
    words = {each.word for each in tests}
    if "helps" in words:
        return "helps"
    return "does not help" if words == {"does not help"} else "not decided"

"""All changes that are tried for a pair. Pure: known from the files alone, so that they can be printed first."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from harness.gate.prepare import Prepared
from harness.gate.preventions import agreeing, announcing, checks, returning
from harness.gate.preventions.candidate import Candidate

_MAKERS: Final[tuple[Callable[[Prepared], Iterator[Candidate]], ...]] = (
    checks.tracked_check,
    checks.without_weight,
    checks.more_weight,
    checks.preempting,
    checks.of_the_process,
    checks.that_asks,
    agreeing.as_lint_says,
    agreeing.without_strict,
    announcing.refreshed,
    announcing.answered,
    announcing.staying,
    returning.failing_at_first,
    returning.waiting,
    returning.preempting_later,
    returning.watched_cable,
)


def candidates(prepared: Prepared, tests: Iterable[str]) -> tuple[Candidate, ...]:
    """Those that may mend one of `tests`; of these tests alone. A change that two makers find is one candidate."""
    wanted, found = list(tests), dict[object, Candidate]()
    for each in (each for make in _MAKERS for each in make(prepared)):
        mends = tuple(name for name in wanted if name in each.tests)
        if mends:
            found.setdefault(tuple(sorted(each.edits.items())), each._replace(tests=mends))
    return tuple(found.values())

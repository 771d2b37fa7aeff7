"""From what was tried to one verdict. Pure.

A pair is SAFE only if every test that decides was measured and held. What is missing never counts as held.
"""

from collections.abc import Iterable

from harness.gate.battery import AT_REST
from harness.gate.report import Tried, Verdict


def verdict(tried: Iterable[Tried], *, probed: bool, unsupported: Iterable[str] = ()) -> tuple[Verdict, str]:
    """`probed`: the site says what its customers ask. `unsupported`: checks that our stand-in servers cannot answer.

    At rest both make a failure our own: the question may be wrong, or a server be down because of us.
    """
    every = list(tried)
    decisive = [each for each in every if each.decides]
    failed = [each for each in decisive if each.verdict == "failed"]
    if failed and failed[0].name == AT_REST:
        return _at_rest(failed[0], probed=probed, unsupported=list(unsupported))
    if failed:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return "UNSAFE", f"{failed[0].failure}{more}"
    if missing := [each for each in decisive if each.verdict == "not measured"]:
        return "INCONCLUSIVE", f"{missing[0].name} was not measured: {missing[0].failure}"
    if len(decisive) < 2:
        return "INCONCLUSIVE", "no fault was tried"
    faults = [each for each in decisive if each.name != AT_REST]
    many = "1 failure" if len(faults) == 1 else f"{len(faults)} failures"
    return "SAFE", f"the pair survived {many} within its own timers"


def _at_rest(rest: Tried, *, probed: bool, unsupported: list[str]) -> tuple[Verdict, str]:
    if unsupported:
        return "INCONCLUSIVE", f"before any fault: {rest.failure} Our stand-in servers cannot answer: {unsupported[0]}"
    if not probed and "is served" in rest.failure and "is owned by" not in rest.failure:
        return "INCONCLUSIVE", f'before any fault: {rest.failure} Say what customers ask: probe = ["http://…"].'
    return "UNSAFE", f"before any fault: {rest.failure}"


def exposed(tried: Iterable[Tried]) -> tuple[str, ...]:
    """What failed and does not decide."""
    return tuple(f"{each.about}: {each.failure}" for each in tried if not each.decides and each.verdict == "failed")

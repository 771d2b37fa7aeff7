"""A pair with a change: its programs read the changed files, and lint judges them, before a lab gets them."""

from collections import Counter
from datetime import UTC, datetime

from harness import lint
from harness.gate.attempt import Subject
from harness.gate.files import configuration
from harness.gate.prepare import Prepared, Wish, prepare
from harness.gate.preventions.candidate import Candidate
from harness.lab.examine import examine
from harness.lint import Finding, LintReport, Pair
from harness.model.errors import UsageError

_DROPPED = "line-dropped"


def changed(prepared: Prepared, candidate: Candidate, tests: tuple[str, ...], name: str) -> Subject:
    """`tests`: those that will be tried; their bounds follow from the changed files. `name`: of the configuration.

    Raises `UsageError` for a change that these programs do not take, that makes another error, or another lab, or that
    the lab would not get; `EnvironmentProblem` if the programs could not be asked.
    """
    if why := candidate.unreachable:
        raise UsageError(why)
    site = candidate.on(prepared.pair.site)
    pair = lint.pair(site, examine(site))
    if new := worse(_judged(prepared.pair), _judged(pair)):
        raise UsageError(f"with it, harness lint finds: {new.sentence}")
    made = prepare(pair, Wish(only=tests))
    if made.place.topology != prepared.place.topology:
        raise UsageError("it alters the addresses or cards of the lab")
    return Subject(made, configuration(name, site, made.place.names))


def _judged(pair: Pair) -> LintReport:
    return lint.judge(pair, lint.ALL.values(), datetime.now(UTC).date())


def worse(before: LintReport, after: LintReport) -> Finding | None:
    """An error, or a line that keepalived drops, which the files did not have. By number: lines may have moved."""
    had = Counter(each.rule for each in before.findings if _counts(each))
    has = Counter(each.rule for each in after.findings if _counts(each))
    return next((each for each in after.findings if _counts(each) and has[each.rule] > had[each.rule]), None)


def _counts(finding: Finding) -> bool:
    return finding.severity == "error" or finding.rule == _DROPPED

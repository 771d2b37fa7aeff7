"""What lint says of a pair as a whole: findings, those that the site accepts, and one verdict."""

from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

import msgspec

from harness.lint._finding import Finding
from harness.lint._pair import Pair
from harness.lint._rule import Rule
from harness.lint._versions import Judged, versions
from harness.site.site import Accepted

Verdict = Literal["NO ERROR FOUND", "UNSAFE", "INCONCLUSIVE", "REFUSED"]
EXIT: Final[dict[Verdict, int]] = {"NO ERROR FOUND": 0, "UNSAFE": 1, "REFUSED": 2, "INCONCLUSIVE": 3}
_ORDER: Final = ("error", "warning", "note")
_CAUSES: Final = (
    "brace-missing", "line-dropped", "card-not-listed", "keepalived-will-not-run", "script-not-defined",
    "script-disabled-insecure", "script-not-executable", "priority-255-drops-check", "sync-group-drops-check",
)  # fmt: skip
"""Errors of which others follow: the verdict names them first."""


class AcceptedFinding(msgspec.Struct, frozen=True):
    finding: Finding
    reason: str
    until: date | None = None


class LintReport(msgspec.Struct, frozen=True):
    """`findings`: the worst first. `accepted`: they count for nothing, and are shown."""

    verdict: Verdict
    sentence: str
    findings: tuple[Finding, ...] = ()
    accepted: tuple[AcceptedFinding, ...] = ()
    stand_ins: tuple[str, ...] = ()
    versions: tuple[Judged, ...] = ()


def judge(pair: Pair, rules: Iterable[Rule], today: date) -> LintReport:
    """Runs the rules. A pair without an error is not SAFE: nothing was tried."""
    every = tuple(rules)
    found = [finding for rule in every for finding in rule(pair)]
    unique = sorted(dict.fromkeys(found), key=lambda each: (_ORDER.index(each.severity), each.file, each.line))
    valid = {each.rule: each for each in pair.site.accept if each.until is None or each.until >= today}
    expired = [_expired(each) for each in pair.site.accept if each.rule not in valid]
    accepted = tuple(_accepted(each, valid[each.rule]) for each in unique if each.rule in valid)
    findings = (*(each for each in unique if each.rule not in valid), *expired)
    undecided = {rule.name for rule in every if rule.undecided}
    verdict, sentence = _verdict(pair, findings, undecided)
    return LintReport(verdict, sentence, findings, accepted, versions=versions(pair))


def _accepted(finding: Finding, by: Accepted) -> AcceptedFinding:
    return AcceptedFinding(finding, by.reason, by.until)


def _expired(accepted: Accepted) -> Finding:
    sentence = f"{accepted.rule} was accepted until {accepted.until}: {accepted.reason}"
    return Finding("accepted-no-longer", "note", "pair.toml", 0, sentence)


def _verdict(pair: Pair, findings: tuple[Finding, ...], undecided: set[str]) -> tuple[Verdict, str]:
    errors = [each for each in findings if each.severity == "error" and each.rule not in undecided]
    if errors:
        more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        first = min(errors, key=lambda each: _CAUSES.index(each.rule) if each.rule in _CAUSES else len(_CAUSES))
        return "UNSAFE", f"{first.sentence}{more}"
    if missing := [each for each in findings if each.rule in undecided and each.severity != "note"]:
        return "INCONCLUSIVE", missing[0].sentence
    if silent := [node for node in pair.nodes if not node.told]:
        said = silent[0].examined.keepalived_start.output.strip().splitlines()[-1:]
        return (
            "INCONCLUSIVE",
            f"keepalived of {silent[0].name} did not tell its settings: {' '.join(said) or 'nothing'}",
        )
    return "NO ERROR FOUND", "no error found, nothing tried"

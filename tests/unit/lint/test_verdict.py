"""What lint says of a pair as a whole: which finding decides, what a site accepts, and until when."""

from datetime import date

import pytest

from harness.lint import EXIT, Finding, LintReport, Pair, Rule, Severity, judge
from harness.lint._pair import PairNode
from harness.lint._place import Place
from harness.lint._rule import Found
from harness.model.keepalived import Block
from harness.model.running_keepalived import RunningKeepalived
from harness.site.examined import Answer, Examined
from harness.site.haproxy import Haproxy
from harness.site.site import Accepted, Site, SiteNode

TODAY = date(2026, 11, 29)
QUIET = Answer(0, "")


def node(*, told: bool = True, output: str = "") -> PairNode:
    examined = Examined(QUIET, Answer(None, output), "", QUIET, QUIET)
    return PairNode(SiteNode("lb1", (), {}, "lb1"), examined, RunningKeepalived(), told, Block(("",)), (), Haproxy(()))


def a_rule(name: str, *found: Found, severity: Severity = "error", undecided: bool = False) -> Rule:
    return Rule(name, severity, "about", "outage", "vrrp_lost", undecided, lambda _: iter(found))


def found(sentence: str, line: int = 1, file: str = "a", severity: Severity | None = None) -> Found:
    return Found(Place(file, line), sentence, "instead", severity)


def judged(*rules: Rule, accept: tuple[Accepted, ...] = (), nodes: tuple[PairNode, ...] = (node(),)) -> LintReport:
    return judge(Pair(Site({}, accept=accept), nodes, ()), rules, TODAY)


def test_without_a_finding_nothing_was_tried() -> None:
    report = judged(a_rule("quiet"))
    assert (report.verdict, report.sentence, report.findings) == ("NO ERROR FOUND", "no error found, nothing tried", ())


def test_a_finding_has_what_its_rule_says() -> None:
    report = judged(a_rule("r", found("so", 4)))
    assert report.findings == (Finding("r", "error", "a", 4, "so", "instead", "vrrp_lost"),)
    assert (report.verdict, report.sentence) == ("UNSAFE", "so")


def test_a_finding_may_be_milder_than_its_rule() -> None:
    report = judged(a_rule("r", found("so", severity="note")))
    assert (report.verdict, report.findings[0].severity) == ("NO ERROR FOUND", "note")


@pytest.mark.parametrize("severity", ["warning", "note"])
def test_only_an_error_is_unsafe(severity: Severity) -> None:
    assert judged(a_rule("r", found("so"), severity=severity)).verdict == "NO ERROR FOUND"


def test_the_worst_comes_first_and_the_others_are_counted() -> None:
    report = judged(
        a_rule("n", found("note"), severity="note"),
        a_rule("e", found("third", 9, "b"), found("second", 9), found("first", 2)),
        a_rule("w", found("warning"), severity="warning"),
    )
    assert [each.sentence for each in report.findings] == ["first", "second", "third", "warning", "note"]
    assert report.sentence == "first (2 more)"


def test_the_same_finding_of_two_nodes_is_one() -> None:
    assert len(judged(a_rule("r", found("so"), found("so"))).findings) == 1


def test_what_is_missing_is_inconclusive_unless_an_error_decides() -> None:
    missing = a_rule("missing", found("no script"), undecided=True)
    report = judged(missing)
    assert (report.verdict, report.sentence) == ("INCONCLUSIVE", "no script")
    assert judged(missing, a_rule("r", found("so"))).verdict == "UNSAFE"
    assert judged(missing, a_rule("r", found("so"), severity="warning")).verdict == "INCONCLUSIVE"


def test_a_keepalived_that_tells_nothing_is_inconclusive() -> None:
    report = judged(a_rule("quiet"), nodes=(node(), node(told=False, output="one\nOops\n")))
    assert (report.verdict, report.sentence) == (
        "INCONCLUSIVE",
        "keepalived of lb1 did not tell its settings: Oops",
    )
    assert judged(nodes=(node(told=False),)).sentence.endswith("nothing")
    assert judged(a_rule("r", found("so")), nodes=(node(told=False),)).verdict == "UNSAFE"


def test_what_a_site_accepts_counts_for_nothing_and_is_shown() -> None:
    by = Accepted("r", "one machine by intention", TODAY)
    report = judged(a_rule("r", found("so"), found("other", 2)), accept=(by,))
    assert (report.verdict, report.findings) == ("NO ERROR FOUND", ())
    assert [(each.finding.sentence, each.reason, each.until) for each in report.accepted] == [
        ("so", "one machine by intention", TODAY),
        ("other", "one machine by intention", TODAY),
    ]
    assert judged(a_rule("s", found("so")), accept=(by,)).verdict == "UNSAFE"


def test_what_is_missing_may_be_accepted_too() -> None:
    missing = a_rule("missing", found("no script"), undecided=True)
    assert judged(missing, accept=(Accepted("missing", "we know"),)).verdict == "NO ERROR FOUND"


def test_after_its_day_it_counts_again_and_that_is_said() -> None:
    by = Accepted("r", "until the move", date(2026, 11, 28))
    report = judged(a_rule("r", found("so")), accept=(by,))
    assert (report.verdict, report.sentence, report.accepted) == ("UNSAFE", "so", ())
    note = report.findings[1]
    assert (note.rule, note.severity, note.file) == ("accepted-no-longer", "note", "pair.toml")
    assert "r was accepted until 2026-11-28: until the move" in note.sentence


def test_each_verdict_has_its_exit_status() -> None:
    assert EXIT == {"NO ERROR FOUND": 0, "UNSAFE": 1, "REFUSED": 2, "INCONCLUSIVE": 3}


def test_the_verdict_names_an_error_of_which_others_follow() -> None:
    report = judged(
        a_rule("no-check", found("consequence", 1)),
        a_rule("line-dropped", found("a line", 9)),
        a_rule("x", found("x", 2)),
    )
    assert report.sentence == "a line (2 more)"
    assert [each.line for each in report.findings] == [1, 2, 9]
    assert judged(a_rule("y", found("y", 2)), a_rule("x", found("x", 1))).sentence == "x (1 more)"

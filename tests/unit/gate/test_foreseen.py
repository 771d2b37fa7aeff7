"""What was foreseen beside what the lab showed: who is believed, and what is said where they disagree."""

from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from harness.cli._gate_lines import lines
from harness.export import _gate
from harness.gate.foreseen import judged
from harness.gate.junit import document
from harness.gate.report import GateReport, Tried, Verdict
from harness.model.foreseen import Foreseen, ForeseenTest, OnLab, Worst
from harness.report.page.gate_tables import gate_tables
from harness.report.page.gate_told import GateTold, LintFinding
from harness.report.page.gate_told import Tried as OnPage
from tests.unit.gate.test_verdict import REST, VIP, tried

BLIP = Worst("blackhole trunk for 4.8 s", fails=True, share=0.44, recovery_s={VIP: None}, bound_s=4.5, for_good=True)
QUIET = Worst("freeze lb1", fails=False, share=0.0, recovery_s={VIP: 3.5}, bound_s=4.5)
PAGE_TEST = OnPage("freeze", "it freezes", "freeze lb1", True, "held", 1, 0, 4.47, "its timers", {VIP: [2.8]})
LOST = OnLab("failed", 3, 3, {VIP: [None]}, "it was down")


def told(worst: Worst = BLIP, lab: OnLab = LOST, *tests: ForeseenTest) -> Foreseen:
    blip = ForeseenTest("blip", 100, {VIP: (0.0, None)}, 0.4, worst)
    return Foreseen(tests or (blip,), ("servers-down: the model does not know it",), worst="blip", lab=lab)


def on_model(name: str, least: float | None, most: float | None, failing: float = 0.0) -> ForeseenTest:
    return ForeseenTest(name, 10, {VIP: (least, most)}, failing, QUIET)


def measured(name: str, *times: float | None, failed: int = 0) -> Tried:
    verdict = "failed" if failed else "held"
    return replace(tried(name, verdict, "it was down" if failed else ""), recovery_s={VIP: list(times)}, failed=failed)


def report(verdict: Verdict = "SAFE", *more: Tried) -> GateReport:
    return GateReport(verdict, "as tried", tests=(REST, *more))


def test_what_does_not_decide_is_exposed_and_lowers_no_verdict() -> None:
    found = judged(report(), told())
    assert found.verdict == "SAFE"
    assert found.exposed == ("blackhole trunk for 4.8 s: it was down (foreseen on a model, and measured)",)


def test_what_was_foreseen_is_named_once_in_its_line() -> None:
    lab = replace(LOST, why=f"{BLIP.schedule}: {VIP} is not served")
    assert judged(report(), told(lab=lab)).exposed == (f"{lab.why} (foreseen on a model, and measured)",)


@pytest.mark.parametrize("word", ["SAFE", "INCONCLUSIVE", "UNSAFE", "REFUSED"])
@pytest.mark.parametrize(
    "lab", [OnLab("held", 3), OnLab("not measured", why="busy"), OnLab("not tried", why="with --quick")]
)
def test_no_verdict_follows_from_the_model(word: Verdict, lab: OnLab) -> None:
    found = judged(report(word), told(replace(BLIP, decides=True), lab))
    assert (found.verdict, found.sentence, found.exposed) == (word, "as tried", ())


@pytest.mark.parametrize("before, after", [("SAFE", "UNSAFE"), ("INCONCLUSIVE", "INCONCLUSIVE"), ("UNSAFE", "UNSAFE")])
def test_what_a_pair_is_built_for_is_unsafe_once_the_lab_showed_it(before: Verdict, after: str) -> None:
    found = judged(report(before), told(replace(BLIP, decides=True)))
    assert found.verdict == after
    assert found.exposed == ()
    assert (found.sentence == "it was down (foreseen on a model, and measured)") == (before == "SAFE")


@pytest.mark.parametrize(
    "lab, said",
    [
        (LOST, ""),
        (OnLab("held", 3), "fails on the model; on the lab it failed 0 of 3 times"),
        (OnLab("failed", 3, 1, why="down"), "fails on the model; on the lab it failed 1 of 3 times"),
        (OnLab("not measured", why="busy"), ""),
    ],
)
def test_a_harm_that_the_lab_does_not_always_show_is_a_disagreement(lab: OnLab, said: str) -> None:
    assert judged(report(), told(lab=lab)).foreseen.disagree == ((f"{BLIP.schedule} {said}",) if said else ())  # type: ignore[union-attr]


def test_a_machine_that_was_too_busy_shows_no_disagreement() -> None:
    late = judged(report("SAFE", measured("freeze", 3.9)), told(BLIP, OnLab("held", 3), on_model("freeze", 2.0, 3.0)))
    assert len(late.foreseen.disagree) == 1  # type: ignore[union-attr]
    lab = OnLab("held", 3)
    busy = judged(report("SAFE", measured("freeze", 3.9)), told(BLIP, lab, on_model("freeze", 2.0, 3.0)), ["freeze"])
    assert busy.foreseen.disagree == ()  # type: ignore[union-attr]
    assert judged(report(), told(lab=lab), ["foreseen"]).foreseen.disagree == ()  # type: ignore[union-attr]


def test_a_harm_that_was_not_foreseen_is_one_too() -> None:
    found = judged(report(), told(QUIET))
    assert found.foreseen
    assert found.foreseen.disagree == (
        "freeze lb1 does not fail on the model; on the lab it failed 3 of 3 times: it was down",
    )


@pytest.mark.parametrize(
    "foreseen, seen, said",
    [
        (on_model("freeze", 2.0, 3.0), measured("freeze", 2.5), ""),
        (on_model("freeze", 2.0, 3.0), measured("freeze", 3.7), ""),  # a tenth and 0.5 s to measure it
        (
            on_model("freeze", 2.0, 3.0),
            measured("freeze", 2.5, 3.9),
            "2.00 s to 3.00 s on the model; on the lab 3.90",
        ),
        (on_model("freeze", 2.0, 3.0), measured("freeze", 1.2), "on the lab 1.20 s"),
        (on_model("freeze", 2.0, 3.0), measured("freeze", None, failed=1), "fails in no phase on the model"),
        (on_model("freeze", None, None, 1.0), measured("freeze", 2.0), "fails in every phase on the model"),
        (on_model("freeze", None, None, 1.0), measured("freeze", None, failed=1), ""),
        (on_model("blip", 0.0, None, 0.4), measured("blip", 0.0), ""),
        (on_model("blip", 0.0, None, 0.4), measured("blip", None, failed=1), ""),
        (on_model("freeze", 2.0, 3.0), tried("freeze", "not measured", "busy"), ""),
        (on_model("freeze", 2.0, 3.0), measured("power-cut", 9.0), ""),
    ],
)
def test_each_test_of_the_battery_is_held_to_the_model(foreseen: ForeseenTest, seen: Tried, said: str) -> None:
    found = judged(report("SAFE", seen), told(BLIP, OnLab("not tried"), foreseen))
    assert found.foreseen
    assert len(found.foreseen.disagree) == bool(said)
    assert all(said in line for line in found.foreseen.disagree)


def test_a_pair_that_did_not_come_to_rest_shows_nothing_of_the_fault() -> None:
    seen = measured("freeze", None, failed=1)
    found = judged(report("UNSAFE", seen), told(BLIP, LOST, on_model("freeze", 2.0, 3.0)), ["freeze"])
    assert found.foreseen
    assert found.foreseen.disagree == ()


@pytest.mark.parametrize(
    "own, seen, said",
    [
        (
            True,
            tried("blip", "failed", "down"),
            "the test blip failed 1 of 1 times; not tried in the phase that is worst",
        ),
        (True, tried("blip"), "the test blip failed 0 of 1 times; not tried in the phase"),
        (True, tried("blip", "not measured", "busy"), "the test blip was not measured; not tried in the phase"),
        (True, tried("thaw"), "not tried: with --only"),
        (False, tried("blip"), "not tried: with --only"),  # of another length: the battery did not do it
    ],
)
def test_a_fault_that_the_battery_did_is_not_said_to_be_untried(seen: Tried, said: str, *, own: bool) -> None:
    """``--only haproxy-killed`` tried haproxy-killed, if not in the phase that is worst on the model."""
    found = judged(report("UNSAFE", seen), told(replace(BLIP, own=own), OnLab("not tried", why="with --only")))
    assert found.foreseen
    assert found.foreseen.lines[-1].startswith(f"the worst is blip; on the lab: {said}")
    assert ("(with --only)" in found.foreseen.lines[-1]) == (not said.startswith("not tried"))


# -- what people read


def test_lines_name_the_worst_what_is_not_known_and_each_disagreement() -> None:
    found = list(lines(judged(report(), told(lab=OnLab("held", 1)))))
    assert "  blip fails: blackhole trunk for 4.8 s: 192.0.2.10 is not served any more; in 44% of the phases" in found
    assert "  not foreseen: servers-down: the model does not know it" in found
    assert "  the worst is blip; on the lab: failed 0 of 1 times" in found
    assert any(line.startswith("The simulation and the lab disagree: blackhole trunk for 4.8 s") for line in found)


@pytest.mark.parametrize(
    "worst, said",
    [
        (replace(BLIP, for_good=False), "is not served any more, until a later announcement; in 44% of the phases"),
        (
            replace(BLIP, recovery_s={VIP: 6.0}),
            "is without service for 6.00 s; allowed are 4.50 s; in 44% of the phases",
        ),
        (replace(BLIP, share=1), "is not served any more; in every phase"),
        (replace(BLIP, from_s=4.7), "in 44% of the phases, if it lasts from 4.70 s on"),
        (replace(BLIP, from_s=4.7, to_s=5.1), "if it lasts from 4.70 s on and up to 5.10 s"),
    ],
)
def test_the_worst_in_one_line(worst: Worst, said: str) -> None:
    assert worst.said.endswith(said)


@pytest.mark.parametrize(
    "worst, share, begins",
    [
        (BLIP, 0.4, "blip fails: "),
        (BLIP, 0.0, "blip holds as the gate does it, in every phase; for another time it fails: "),
    ],
)
def test_a_fault_of_another_length_is_not_the_one_that_held(worst: Worst, share: float, begins: str) -> None:
    """`SAFE` and "freeze fails" of the same gate: which freeze?"""
    found = told(worst, LOST, ForeseenTest("blip", 100, {VIP: (0.0, None)}, share, worst))
    assert found.lines[0].startswith(begins + worst.schedule)


def test_what_ends_it_stands_below_it() -> None:
    found = told(replace(BLIP, ended_by=("use_vmac (vrrp_instance)", "nopreempt")))
    assert found.lines[1] == "blip: on the model one of these lines ends it: use_vmac (vrrp_instance); nopreempt"


def test_a_page_and_a_job_summary_tell_it_too() -> None:
    found = judged(report(), told(lab=OnLab("held", 1)))
    page = "".join(gate_tables(GateTold("SAFE", "as tried", foreseen=found.foreseen)))
    for document_ in (page, _gate.document(found)):
        assert "The simulation and the lab disagree" in document_
        assert "the worst is blip" in document_


@pytest.mark.parametrize(
    "lab, decides, kind", [(LOST, True, "failure"), (LOST, False, "skipped"), (OnLab("held", 1), True, "system-out")]
)
def test_in_junit_the_model_alone_is_no_failure(lab: OnLab, *, decides: bool, kind: str) -> None:
    found = judged(report(), told(replace(BLIP, decides=decides), lab))
    suite = ET.fromstring(document(found).encode())
    case = next(each for each in suite.iter("testcase") if each.get("name") == "foreseen")
    assert case[0].tag == kind
    assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_what_was_left_out_for_one_reason_is_one_line_everywhere() -> None:
    left = ("blip: not asked for", "thaw: not asked for", "overload: no limit")
    told_ = replace(report(), not_tried=left)
    page = "".join(gate_tables(GateTold("SAFE", "as tried", not_tried=left)))
    for document_ in (page, _gate.document(told_), "\n".join(lines(told_))):
        assert "blip, thaw: not asked for" in document_
        assert "overload: no limit" in document_


def test_the_page_names_the_limit_and_its_formula() -> None:
    page = "".join(gate_tables(GateTold("SAFE", "as tried", tests=(PAGE_TEST,))))
    assert "allowed 4.47 s = its timers" in page


def test_the_vip_that_fares_worst_is_told() -> None:
    """Of several, in whatever order; one that is not served any more fares worse than any that is."""
    times = {VIP: 2.0, "192.0.2.11": 3.5, "192.0.2.12": 1.0}
    for told_of in (times, dict(reversed(times.items()))):
        assert replace(QUIET, recovery_s=told_of).harm.startswith("192.0.2.11 is without service for 3.50 s;")
        assert replace(QUIET, recovery_s=told_of | {VIP: None}).harm.startswith(f"{VIP} is not served any more")


PROVES_NOTHING = "Foreseen on a model, which proves nothing: "


@pytest.mark.parametrize(
    "foreseen, headline",
    [
        (Foreseen(), "Foreseen on a model: nothing"),
        (replace(told(), schedules=1234, seconds=5.4), PROVES_NOTHING + "1,234 schedules in 5 s"),
        (
            replace(told(), whole=False),
            PROVES_NOTHING + "0 schedules in 0 s; there was no time for every phase and length",
        ),
    ],
)
def test_the_headline_says_how_much_was_tried(foreseen: Foreseen, headline: str) -> None:
    assert foreseen.headline == headline


@pytest.mark.parametrize(
    "worst, lab, said",
    [
        (BLIP, OnLab("not tried", why="with --quick"), "the worst is blip; on the lab: not tried: with --quick"),
        (BLIP, LOST, "the worst is blip; on the lab: failed 3 of 3 times: it was down"),
        (QUIET, OnLab("not tried"), f"the longest is blip, {QUIET.said}"),  # the battery's own was on the lab
        (QUIET, OnLab("held", 3), f"the longest is blip, {QUIET.said}; on the lab: failed 0 of 3 times"),
        (
            QUIET,
            OnLab("not measured", why="busy"),
            f"the longest is blip, {QUIET.said}; on the lab: not measured: busy",
        ),
    ],
)
def test_what_the_lab_showed_of_the_worst(worst: Worst, lab: OnLab, said: str) -> None:
    assert told(worst, lab).lines[-1] == said


def test_only_what_fails_has_lines_of_its_own() -> None:
    """The others are named together; without a test that was foreseen there is no worst."""
    both = told(
        BLIP, LOST, ForeseenTest("blip", 9, {}, 0.4, BLIP), on_model("thaw", 2.0, 3.0), on_model("freeze", 0, 1)
    )
    held = "within the bounds, in every phase and for every time that was tried: thaw, freeze"
    assert [line.partition(":")[0] for line in both.lines[:2]] == ["blip fails", held.partition(":")[0]]
    assert held in both.lines
    assert Foreseen(worst="blip").of_worst is None
    assert replace(both, worst="freeze").of_worst == QUIET


def test_what_a_report_of_before_does_not_say() -> None:
    assert Foreseen() == Foreseen(
        (), (), (), worst="", schedules=0, seconds=0.0, whole=True,
        lab=OnLab("not tried", 0, 0, {}, "nothing was foreseen"), disagree=(),
    )  # fmt: skip
    assert Worst("x", True, 0.5, {VIP: None}, 1.0) == Worst(
        "x", True, 0.5, {VIP: None}, 1.0, decides=False, for_good=False, from_s=None, to_s=None, story="", ended_by=()
    )


@pytest.mark.parametrize(
    "before, said",
    [
        ({}, f"{VIP} 0.00 s"),
        ({VIP: [0.0]}, f"{VIP} 0.00 s after the fault's end"),
        ({VIP: [2.73]}, f"{VIP} 0.00 s after the fault's end (2.73 s before it, which does not count here)"),
    ],
)
def test_of_what_ends_both_times_are_told_and_which_one_counts(before: dict[str, list[float]], said: str) -> None:
    """The table of the customers' recovery has the 2.73 s of the power cut, from which the node returns."""
    seen = replace(measured("return", 0.0), before_end_s=before)
    page = replace(PAGE_TEST, name="return", recovery_s={VIP: [0.0]}, before_end_s=before)
    documents = (
        "\n".join(lines(report("SAFE", seen))),
        "".join(gate_tables(GateTold("SAFE", "as tried", tests=(page,)))).replace("&#x27;", "'"),
        _gate.document(report("SAFE", seen)),
    )
    assert [said in document_ for document_ in documents] == [True] * 3
    assert ["after the fault" in document_ for document_ in documents] == [bool(before)] * 3


def test_the_page_names_a_file_alone_where_a_finding_has_no_line() -> None:
    found = (LintFinding("error", "lb1/keepalived.conf", 0, "Braces."), LintFinding("note", "a.conf", 6, "An ID."))
    page = "".join(gate_tables(GateTold("UNSAFE", "Braces.", findings=found)))
    assert "error lb1/keepalived.conf: Braces." in page
    assert "note a.conf:6: An ID." in page

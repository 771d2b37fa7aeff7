"""Tables of docs/ that are made of kept figures: what each outcome looks like in its cell."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from harness.cli.foresee import ForeseeReport
from harness.cli.search import FoundHeld, FoundLate, FoundMechanism, SearchReport
from harness.gate import report as gate
from harness.search.foresee import Foreseen
from harness.statistics import Estimate, proportion
from scripts import gate_releases, model_tables, outcome_tables, outcomes
from scripts.outcomes import (
    Comparisons,
    Conformance,
    Drawn,
    ExportCosts,
    FormatCost,
    Found,
    Gate,
    Gates,
    Held,
    Machine,
    Opened,
    ReportCosts,
    Shares,
    SiteHeld,
    Tried,
    Written,
)

HERE = Machine(2, 23.5, "6.18", "Debian 12", "x86_64", "3.11.2", 0.44)
TOLD = "Machine: 2 cores (x86_64), 23.5 GiB, kernel 6.18, Debian 12, Python 3.11.2; load average before: 0.4."


def rows(lines: Iterable[str]) -> list[list[str]]:
    """Of the table, without its head."""
    table = [line for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in table[2:]]


def test_what_is_kept_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "RUNS", tmp_path)
    outcomes.keep("conform.json", Conformance(18, 32, 30, 32))
    make = outcome_tables.made(Conformance, model_tables.conformance)
    assert rows(make(tmp_path / "conform.json").splitlines()) == [
        ["`tests/data` and `tests/data/replays`: 32 trials of 18 recordings", "30 of 32", "32 of 32"]
    ]


def test_this_machine_is_told_with_its_load() -> None:
    here = outcomes.here()
    assert here.cores > 0
    assert here.memory_gib > 0
    assert f"load average before: {here.load_before:.1f}" in str(here)


def test_an_export_has_its_costs_and_its_machine() -> None:
    csv = FormatCost("csv", 123.74, 99.0, 28.04, 332.4, 205_374_449)
    svg = FormatCost("svg", 10.4, 9.9, 44.0, 331.6, 517)
    lines = list(outcome_tables.exports(ExportCosts(HERE, 133, 1_003_352, 561_927, (csv, svg))))
    assert lines[:2] == [TOLD, "133 copies of the recording: 1,003,352 requests and 561,927 events."]
    assert rows(lines) == [
        ["`csv`", "123.7", "99.0", "332", "205,374,449"],
        ["`svg`", "10.4", "9.9", "332", "517"],
    ]
    assert lines[-1].startswith("Reading the history took 28.0 to 44.0 s more")


def test_a_report_without_a_browser_has_no_row_of_one() -> None:
    seen = Opened(10, 356.4, 1_770.2, 192, 1.04, 3.3, 0, 1, 500, 301_310, 7)
    costs = ReportCosts(HERE, 133, 1, 1, Written(37.81, 30.0, 344.0, 2.126), seen)
    found = {what: (value, n) for what, value, n in rows(outcome_tables.reports(costs))}
    assert found["the file"] == ("2.13 MB", "1")
    assert found["timeline drawn, warm browser"] == ("1,770 ms", "median of 10")
    assert found["random views: marks of failed requests that were not seen"] == ("7 of 301,310", "500 views")
    without = rows(outcome_tables.reports(msgspec.structs.replace(costs, opened=None)))
    assert [row[0] for row in without] == [
        "read and written", "memory at most, with what the history holds", "the file",
    ]  # fmt: skip


def test_a_share_of_wrong_comparisons_has_its_interval() -> None:
    """2 of 100: Clopper and Pearson give 0.24 to 7.04 %."""
    kept = Comparisons(11, 78, 10, 6, 13, (Drawn("no difference", 100, 2, proportion(2, 100), 0.05),))
    assert rows(outcome_tables.comparisons(kept)) == [["100", "no difference", "2: 2.0 % (0.2 to 7.0)", "5 %"]]


@pytest.mark.parametrize(
    "of, text",
    [
        (proportion(0, 100), "0 % (0.0 to 3.6)"),
        (proportion(100, 100), "100 % (96.4 to 100.0)"),
        (Estimate(0.00001, 0.0, 0.00006), "0.0 % (0.0 to 0.0)"),
        (Estimate(0.99999, 0.99994, 1.0), "100.0 % (100.0 to 100.0)"),
        (Estimate(0.728, 0.699, 0.755), "72.8 % (69.9 to 75.5)"),
    ],
)
def test_a_share_is_none_or_all_only_if_it_is(of: Estimate, text: str) -> None:
    assert outcome_tables.interval(of) == text


MANY, SOME, NONE = Estimate(0.728, 0.6992, 0.7554), Estimate(0.288, 0.26, 0.317), Estimate(0.0, 0.0, 0.0037)


def test_shares_name_their_subject_seed_and_number() -> None:
    every = tuple(Foreseen(name, 1_000, MANY, SOME, NONE, Estimate(0.0, 0.0, 0.0)) for name in ("as it is", "use_vmac"))
    lines = list(model_tables.shares(Shares(7, ForeseeReport("advert-100ms", "external", "", every, ()))))
    assert lines[0].startswith("| `advert-100ms`, n = 1,000, seed 7 | standby takes over |")
    assert [row[0] for row in rows(lines)] == ["as it is", "`use_vmac`"]
    assert rows(lines)[1][1:] == ["72.8 % (69.9 to 75.5)", "28.8 % (26.0 to 31.7)", "0 % (0.0 to 0.4)"]


def mechanism(schedule: str, *, certain: bool | None = True, story: str = "standby MASTER") -> FoundMechanism:
    edges = tuple[dict[str, str | float | None], ...]({"fault": each} for each in schedule.split("&"))
    return FoundMechanism("wrong cache", story, schedule, 0.4, certain, edges, ("use_vmac",), (), (), 3)


def found(*told: FoundMechanism, site: str = "wiki", left: int = 0, late: FoundLate | None = None) -> SearchReport:
    return SearchReport(site, "external", 4_321, True, told, left, (), late=late)


FREEZE = mechanism("freeze lb1 for 300 ms, 20 ms after an advert", certain=False)
CHECK = mechanism("stopped lb2 --service haproxy for 1 s, 0 ms after an advert", story="x")
BOTH = mechanism("freeze lb1 for 1 s & link-down lb2.lan for 1 s, 0 ms after an advert")


def test_a_search_tells_how_much_was_searched_and_each_mechanism() -> None:
    lines = list(model_tables.mechanisms(Found(HERE, 20, 1, (found(FREEZE, BOTH, left=18),))))
    assert lines[0] == TOLD
    assert "4,321 schedules; mechanisms: 20, of which the most frequent are told: wrong cache 2." in lines
    assert rows(lines)[0] == [
        "wrong cache: standby MASTER", f"`{FREEZE.schedule}`", "40 %, a race", "`use_vmac`", "",
    ]  # fmt: skip


def test_of_a_site_the_mechanism_of_the_fewest_faults_is_shown() -> None:
    late = FoundLate("freeze node-a for 1.5 s, 1 s after an advert", 58.46)
    kept = Found(HERE, 20, 1, (found(BOTH, FREEZE, left=3), found(BOTH, site="three", late=late), found(site="none")))
    lines = list(model_tables.sites(kept))
    assert "Of the 3 mechanisms that were shrunk: wrong cache 3." in lines
    assert rows(lines) == [
        ["`wiki`", "4,321", "5", f"`{FREEZE.schedule}`", "40 %, a race", "`use_vmac`", ""],
        ["`three`", "4,321", "1", f"`{BOTH.schedule}`", "40 %", "`use_vmac`", f"`{late.schedule}`: after 58.5 s"],
        ["`none`", "4,321", "0", "none", "", "", ""],
    ]


def test_mechanisms_of_checks_are_told_once_each() -> None:
    kept = Found(HERE, 20, 1, (found(FREEZE, CHECK), found(CHECK, site="other")))
    assert [(row[0], row[1]) for row in rows(model_tables.of_checks(kept))] == [("`wiki`", "wrong cache: x")]


def held(fault: str, dark_s: float | None, *ended_by: str, hurts: bool = False, untold: str = "") -> FoundHeld:
    return FoundHeld(fault, dark_s, hurts, ended_by, untold)


def lasting(*faults: FoundHeld) -> list[str]:
    """The table of wiki-minimal, whose HAProxy took 1.724 s to be replaced on a lab."""
    return list(model_tables.lasting(Held((SiteHeld("wiki-minimal", "lb1", faults),))))


FROZEN = held("freeze lb1", 3.52)
KILLED = held("killed lb1 --service haproxy", 2.58)


def test_what_hurts_while_it_lasts_stands_beside_what_the_lab_took() -> None:
    hung = held("hung lb1 --service haproxy", None, "ask it", hurts=True)
    deaf = held("blackhole lb1.lan0 --direction in", None, hurts=True)
    mute = held("blackhole lb1.lan0 --direction out", 9.04, hurts=True)
    lines = lasting(FROZEN, KILLED, hung, deaf, mute)
    named = "`hung lb1 --service haproxy`; `blackhole lb1.lan0 --direction out` 9.0 s"
    assert rows(lines) == [["`wiki-minimal`", "3.5 s", "2.6 s", "2.61 s", "1.72 s", named]]
    assert lines[-4:] == [
        "- `ask it` ends 1 of these 2 faults.",
        "- No line that was tried ends `blackhole lb1.lan0 --direction out`.",
        "- A card that sends and hears nothing hurts 1 of 1; the last column leaves it out.",
        "- Measured above the model's worst: none.",
    ]


def test_a_fault_that_the_model_does_not_know_is_no_zero() -> None:
    killed = held("killed lb1 --service haproxy", 0.0, untold="a script is missing")
    lines = lasting(held("freeze lb1", None, hurts=True), killed)
    assert rows(lines)[0][1:3] == ["until it ends", "not known"]
    assert "Measured above the model's worst: none." in lines[-1]


def test_a_lab_that_took_longer_than_the_model_is_named() -> None:
    lines = lasting(FROZEN, held("killed lb1 --service haproxy", 1.7))
    assert "Measured above the model's worst: wiki-minimal." in lines[-1]


def test_of_a_gate_the_longest_time_is_shown_and_no_measurement_is_no_zero() -> None:
    held_twice, unknown = Tried("power-cut", "held", 4.47, (4.271, 1.0)), Tried("freeze", "not measured", 4.47, ())
    old = Gate("bookworm", 0.2, "INCONCLUSIVE", "", (held_twice, unknown))
    new = Gate("trixie", 1.0, "UNSAFE", "", (Tried("power-cut", "failed", 4.4, (None, 1.0)),))
    lines = list(outcome_tables.releases(Gates(HERE, "wiki-minimal", (old, new))))
    assert lines[0].endswith("load average before: 0.4; before each gate: 0.2, 1.0.")
    assert rows(lines) == [
        ["`power-cut`", "4.47 or 4.40", "4.27", "**not served**: failed"],
        ["`freeze`", "4.47", "not measured", "not tried"],
        ["**verdict**", "", "INCONCLUSIVE", "UNSAFE"],
    ]


def test_a_gates_times_of_all_vips_are_kept() -> None:
    told = gate.Tried("power-cut", "", "", True, "held", 2, 0, 4.5, "", {"a": [1.0, None], "b": [2.0]})
    (kept,) = gate_releases.tried(gate.GateReport("SAFE", "", tests=(told,)))
    assert kept == Tried("power-cut", "held", 4.5, (1.0, None, 2.0))

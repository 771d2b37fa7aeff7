"""A run on one screen: never more than 25 lines of 100 columns, every failure in sight, and nothing in a name acts."""

from io import StringIO
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from harness.history.store import read_outcome
from harness.model.machine_load import MachineLoad, Share
from harness.model.outcome import Finding, RunOutcome, StepOutcome, TestOutcome, TrialOutcome, VantageOutcome, Verdict
from harness.model.series import StepSeries
from harness.report.terminal import COLUMNS, LINES, story
from harness.report.terminal.axis import Axis, axis_of
from harness.report.terminal.chosen import chosen
from harness.report.terminal.glyphs import ASCII, UNICODE
from harness.report.terminal.lanes import Codes, Lane, fewer, lanes

DATA = Path(__file__).parents[2] / "data"
RECORDINGS = sorted(path.parent.name for path in DATA.glob("*/outcome.json"))
NASTY = "\x1b[31mred\x1b[0m [bold red]x[/] [/] \x1b]0;title\x07 ::error::x\r\n\u202eabc 漢字\u0301 </script>"


def plain(run: RunOutcome, columns: int = COLUMNS) -> list[str]:
    return [line.plain for line in story(run, columns)]


def printed(run: RunOutcome, *, terminal: bool = False, **environment: str) -> str:
    text = StringIO()
    console = Console(
        file=text, width=COLUMNS, highlight=False, force_terminal=terminal, _environ=environment, color_system="auto"
    )
    for line in story(run):
        console.print(line, soft_wrap=True)
    return text.getvalue()


def vantage(recovery_s: float | None) -> VantageOutcome:
    affected = recovery_s != 0
    return VantageOutcome(1.0, affected, recovery_s, None, recovery_s, 0.0, 0, 0, None)


def step(series: StepSeries | None, name: str = "blip", *checks: Finding) -> StepOutcome:
    return StepOutcome(
        name, "blackhole trunk", 10.0, None, {"c-1": vantage(0.5)}, {"c-1": "lb-1"}, checks, {}, None, series
    )


def run_of(*steps: StepOutcome, failure: str = "", intent: str = "gate", name: str = "test_it") -> RunOutcome:
    trial = TrialOutcome(valid=True, reasons=(), steps=steps, failure=failure)
    verdict = "failed" if failure else "passed"
    test = TestOutcome(name, intent, "safe", verdict, (trial,), "held 1/1")  # type: ignore[arg-type]
    return RunOutcome("x", verdict, "X held 1/1.", "runs/x", (test,))  # type: ignore[arg-type]


SERIES = StepSeries(
    begins_s=-1.0,
    ends_s=10.0,
    faults=((0.0, 0.8),),
    owners={"10.0.0.1": ((-1.0, ("lb-1",)), (0.3, ("lb-1", "lb-2")), (0.6, ("lb-2",)), (5.0, ()), (5.0005, ("lb-2",)))},
    caches={"gw": ((-1.0, "lb-1"), (7.0, "lb-2"))},
    success={"c-1": ((-1.0, 1.0), (0.0, 0.0), (2.0, 1.0), (6.0, 0.95), (6.1, 1.0), (8.0, None), (8.5, 1.0))},
)


def lane(series: StepSeries, name: str, columns: int = 78) -> str:
    (found,) = (each for each in lanes(series, axis_of(series, columns), UNICODE) if each.label.startswith(name))
    return found.cells.plain


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("columns", [60, 80, 100, 300])
def test_a_recorded_run_is_one_screen(name: str, columns: int) -> None:
    lines = story(read_outcome(DATA / name), columns)
    assert len(lines) <= LINES
    assert max(line.cell_len for line in lines) <= min(columns, COLUMNS)
    assert lines[0].plain.startswith(("passed: ", "failed: ", "invalid: "))
    assert lines[-1].plain.startswith("run: ")


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_violated_check_of_a_recorded_run_is_named_or_counted(name: str) -> None:
    run = read_outcome(DATA / name)
    text = "\n".join(plain(run))
    findings = [each for test in run.tests for trial in test.trials for s in trial.steps for each in s.checks]
    missing = [each.name for each in findings if each.violated and each.name not in text]
    assert not missing or "more lines" in text


def test_two_owners_and_a_moment_without_one_are_seen() -> None:
    cells = lane(SERIES, "10.0.0.1")
    assert cells.startswith(("1──────", "lb-1"))
    assert "B─" in cells or "both" in cells
    assert cells[axis_of(SERIES, 78).column(5.0)] == "0"  # 0.5 ms of 10 s


def test_an_owner_that_is_not_known_is_neither_none_nor_a_node() -> None:
    series = StepSeries(0.0, 10.0, owners={"10.0.0.1": ((0.0, None), (5.0, ("lb-1",)))})
    assert lane(series, "10.0.0.1").strip().startswith("lb-1")
    assert series.takeovers == 0


def test_requests_are_good_only_where_all_are() -> None:
    axis = axis_of(SERIES, 78)
    cells = lane(SERIES, "c-1")
    assert cells[axis.column(-0.3)] == "█"
    assert cells[axis.column(1.0)] == "·"
    assert "▒" in cells[axis.column(6.0) : axis.column(6.1) + 1]  # one bad of twenty
    assert cells[axis.column(8.2)] == " "  # none was due


@given(st.floats(0, 9.98), st.integers(60, 100))
def test_a_single_failure_is_seen_wherever_it_is(at: float, columns: int) -> None:
    bad = ((-1.0, 1.0), (at, 0.95), (at + 0.01, 1.0))
    series = StepSeries(-1.0, 10.0, success={"c-1": bad}, faults=((0.0, 9.99),))
    assert "▒" in lane(series, "c-1", columns)


def test_lanes_that_look_alike_are_one() -> None:
    success = {"gw-1": SERIES.success["c-1"], "gw-2": SERIES.success["c-1"], "c-1": ((-1.0, 1.0),)}
    found = lanes(msgspec.structs.replace(SERIES, success=success), axis_of(SERIES, 78), UNICODE)
    assert [each.label for each in found] == ["fault", "10.0.0.1 at", "gw →", "gw-1,2", "c-1"]


def test_lanes_in_which_nothing_happens_are_left_out_first() -> None:
    made = [Lane(str(n), Text("x"), busy=n in {0, 3}) for n in range(4)]
    assert [each.label for each in fewer(made, 3)[0]] == ["0", "1", "3"]
    assert fewer(made, 1) == ([made[0]], 3)
    assert fewer(made, 4) == (made, 0)


def test_the_axis_ends_where_nothing_changes_any_more() -> None:
    quiet = msgspec.structs.replace(SERIES, owners={}, caches={}, success={"c-1": ((-1.0, 1.0),)})
    axis = axis_of(quiet, 78)
    assert (axis.end_s, axis.columns, axis.cut_s) == (3.0, 78, 10.0)
    assert axis.begin_s == pytest.approx(-0.18)
    assert axis_of(SERIES, 78).cut_s is None
    assert axis_of(StepSeries(0.0, 0.0), 78).end_s > 0  # interrupted at its begin


@pytest.mark.parametrize("end_s", [0.2, 3.0, 11.0, 100.0, 5_000.0])
def test_the_numbers_of_the_axis_stand_at_their_columns(end_s: float) -> None:
    axis = Axis(-0.1, end_s, 78)
    ticks = axis.ticks()
    assert len(ticks) <= 78
    assert ticks[axis.column(0.0)] == "0"
    assert ticks.count("+") >= 1


def test_every_node_has_a_character_of_its_own() -> None:
    assert Codes(SERIES).legend("12") == ["1 lb-1", "2 lb-2"]
    assert Codes(SERIES).of("stranger") == "?"


def test_the_legend_has_the_characters_that_are_drawn_and_no_other() -> None:
    """A reader who looks for a character that is nowhere doubts the picture."""

    def legend(*owners: tuple[float, tuple[str, ...]]) -> str:
        series = StepSeries(0.0, 10.0, owners={"10.0.0.1": owners}, success={"c-1": ((0.0, 0.0),)})
        return next(line for line in plain(run_of(step(series))) if "requests, by their begin" in line)

    assert legend((0.0, ("lb-1",))).startswith("requests")
    assert legend((0.0, ("lb-1",)), (5.0, ()), (5.001, ("lb-1",))).startswith("0 none; requests")
    assert legend((0.0, ("lb-1",)), (5.0, ("lb-1", "lb-2")), (5.001, ("lb-1",))).startswith("B several; requests")
    assert legend((0.0, ("lb-1",)), (5.0, ("lb-2",)), (5.1, ("lb-1",))).startswith("2 lb-2; requests")


def test_a_violated_check_of_another_test_is_told_with_its_step() -> None:
    """Else a reader takes the outage before a repair for the repair's failure."""
    stale = Finding("no_stale_arp", "violated", "It led there.")
    drawn = run_of(step(SERIES, "blip", stale))
    other = run_of(step(SERIES, "blip", stale, stale), step(SERIES, "flush"), name="test_flush")
    both = msgspec.structs.replace(drawn, tests=(*drawn.tests, *other.tests))
    assert "flush: no_stale_arp violated in blip" in plain(both)


@pytest.mark.parametrize("columns, words", [(100, "served for good (down 1/2: 1 of 2 not)"), (60, "served for good")])
def test_what_the_times_are_is_said_beside_their_head(columns: int, words: str) -> None:
    run = run_of(step(SERIES))
    (head,) = [line for line in plain(run, columns) if line.startswith("test ")]
    assert head.endswith(words)


def test_the_timeline_is_of_what_was_not_as_expected() -> None:
    good, bad = run_of(step(SERIES)), run_of(step(SERIES, "worse"), failure="It did not hold.", name="test_bad")
    both = msgspec.structs.replace(good, tests=(*good.tests, *bad.tests), verdict="failed")
    shown = chosen(both)
    assert shown
    assert (shown.test.name, shown.step.name) == ("test_bad", "worse")
    assert "bad, worse: blackhole trunk" in "\n".join(plain(both))
    assert any(line.startswith("bad: not as expected in 1 of 1 trials: It did not hold.") for line in plain(both))


def test_of_steps_the_one_with_a_violation_is_drawn() -> None:
    violated = Finding("no_hang", "violated", "It hung.")
    unaffected = msgspec.structs.replace(step(SERIES, "calm"), vantages={"c-1": vantage(0.0)})
    shown = chosen(run_of(unaffected, step(SERIES, "storm", violated)))
    assert shown
    assert shown.step.name == "storm"


def test_an_outcome_without_series_says_so() -> None:
    """An older harness wrote it."""
    assert any(line.startswith("no timeline: ") for line in plain(run_of(step(None))))


def test_a_run_without_any_trial_is_told() -> None:
    run = RunOutcome("x", "invalid", "X was not measured.", "runs/x", ())
    assert plain(run)[0] == "invalid: X was not measured."


def test_what_a_pass_means_is_said_of_a_reproduction_only() -> None:
    assert not any("outage appears" in line for line in plain(run_of(step(SERIES))))
    assert any("outage appears" in line for line in plain(run_of(step(SERIES), intent="reproduction")))


def test_what_has_no_room_is_counted() -> None:
    checks = [Finding(f"check_{n}", "violated", "word " * 60) for n in range(30)]
    lines = plain(run_of(*(step(SERIES, f"step {n}", *checks) for n in range(30))))
    assert len(lines) == LINES
    assert any(line == "and 26 more steps" for line in lines)
    assert any(line.endswith(" more lines") for line in lines)


def test_colour_is_of_a_terminal_only() -> None:
    run = run_of(step(SERIES))
    assert "\x1b[" in printed(run, terminal=True, TERM="xterm-256color")
    assert "\x1b[" not in printed(run)
    assert "\x1b[3" not in printed(run, terminal=True, TERM="xterm-256color", NO_COLOR="1")


def test_ascii_alone_is_enough() -> None:
    for line in story(run_of(step(SERIES)), glyphs=ASCII):
        assert line.plain.isascii(), line


@pytest.mark.parametrize(
    "verdict, words", [("failed", "busiest second: CPU used 90 %"), ("invalid", "--probe-rate 100")]
)
def test_of_a_busy_machine_what_to_do_is_said_where_nothing_was_measured(verdict: Verdict, words: str) -> None:
    busy = MachineLoad(Share(0.9, 0.9), None, Share(0.5, 0.9))
    run = msgspec.structs.replace(run_of(msgspec.structs.replace(step(None), machine=busy)), verdict=verdict)
    (told,) = [line for line in plain(run) if "machine" in line and "busy" in line.replace("busiest", "busy")]
    assert words in told


def test_the_largest_run_leaves_a_line_for_its_sentences() -> None:
    """Every part as long as it may be: three lines of verdict, more steps, vantage points and lanes than have room."""
    names = [f"vantage point {n}" for n in range(12)]
    success = {name: ((-1.0, 1.0), (0.1 * n, 0.5)) for n, name in enumerate(names)}
    series = msgspec.structs.replace(SERIES, success=success)
    busy = MachineLoad(Share(0.9, 0.9), None, Share(0.5, 0.9))
    wide = [
        msgspec.structs.replace(step(series, f"step {n}"), vantages=dict.fromkeys(names, vantage(None)), machine=busy)
        for n in range(9)
    ]
    for steps in (wide, wide[:5], wide[:4]):
        run = run_of(*steps, failure="It did not hold.", intent="reproduction")
        lines = plain(msgspec.structs.replace(run, sentence="word " * 200))
        assert len(lines) <= LINES
        assert any("not as expected" in line or "more lines" in line for line in lines)


def test_a_series_that_tells_nothing_is_blank() -> None:
    empty = StepSeries(-1.0, 10.0, ((0.0, 0.8),), (), {"10.0.0.1": ()}, {"gw": ()}, {"c-1": ()})
    assert {each.cells.plain.strip() for each in lanes(empty, axis_of(empty, 78), UNICODE)[1:]} == {""}


def test_names_that_end_in_a_number_share_a_label() -> None:
    series = msgspec.structs.replace(SERIES, caches=dict.fromkeys(("gw-1", "gw-2", "gw-1 10.0.0.2", "fw"), ()))
    labels = [each.label for each in lanes(series, axis_of(series, 78), UNICODE)]
    assert labels[2] == "gw-1,2 gw-1 10.0.0.2 fw →"


words = st.text(st.characters(codec="utf-8", exclude_categories=()), max_size=40) | st.just(NASTY)
times = st.lists(st.floats(-5, 20), min_size=1, max_size=5).map(sorted)


@st.composite
def told(draw: st.DrawFn) -> StepSeries:
    names = st.lists(words, max_size=3, unique=True)

    def changes(value: st.SearchStrategy[object]) -> dict[str, object]:
        return {name: tuple((t, draw(value)) for t in draw(times)) for name in draw(names)}

    return StepSeries(
        begins_s=draw(st.floats(-5, 0)),
        ends_s=draw(st.floats(0, 20)),
        faults=tuple((t, draw(st.none() | st.floats(0, 30))) for t in draw(times)),
        acts=tuple(draw(times)),
        owners=changes(st.lists(words, max_size=3, unique=True).map(tuple)),  # type: ignore[arg-type]
        caches=changes(st.none() | words),  # type: ignore[arg-type]
        success=changes(st.none() | st.floats(0, 1)),  # type: ignore[arg-type]
    )


@given(told(), words, words, st.integers(1, 200))
def test_nothing_in_a_name_acts(series: StepSeries, name: str, sentence: str, columns: int) -> None:
    finding = Finding(name, "violated", sentence)
    shown = msgspec.structs.replace(step(series, name, finding), action=sentence, vantages={name: vantage(None)})
    run = msgspec.structs.replace(run_of(shown, failure=sentence, name=name), sentence=sentence, run=name)
    lines = story(run, columns)
    assert len(lines) <= LINES
    for line in lines:
        assert line.cell_len <= max(60, min(columns, COLUMNS)), line
        assert line.plain.isprintable(), line
        assert not line.plain.lstrip().startswith("::"), line


def test_markup_is_shown_and_not_obeyed() -> None:
    text = printed(run_of(step(SERIES, "[bold red]x[/]")), terminal=False)
    assert "[bold red]x[/]" in text

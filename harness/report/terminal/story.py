"""The story of a run on one screen: the verdict, the steps, one timeline, and what was violated.

What has no room is counted, and the last line says which command shows it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from harness.model.outcome import RunOutcome, StepOutcome, TestOutcome
from harness.model.series import StepSeries
from harness.recovery.machine import BUSY_FROM
from harness.report.cells import short
from harness.report.one_line import one_line
from harness.report.sentences import busiest, troubles, violated_by_step, violations
from harness.report.terminal.axis import axis_of
from harness.report.terminal.chosen import Chosen, chosen
from harness.report.terminal.fit import cut, plain, wrapped
from harness.report.terminal.glyphs import UNICODE, Glyphs
from harness.report.terminal.lanes import LABEL, Codes, Lane, fewer, lanes
from harness.report.terminal.rows import COLOURS, table

LINES: Final = 25
COLUMNS: Final = 100
LEAST_COLUMNS: Final = 60
_ROWS, _LANES = 6, 8
_NO_TIMELINE: Final = "no timeline: no trial came to a step, or an older harness wrote this outcome"
_MEANING: Final = "A reproduction passes when its outage appears, whatever checks it violates."


def story(run: RunOutcome, columns: int = COLUMNS, glyphs: Glyphs = UNICODE) -> list[Text]:
    """At most `LINES` lines of at most `columns` (60 to 100)."""
    width = max(LEAST_COLUMNS, min(columns, COLUMNS))
    shown = chosen(run)
    above = [*_verdict(run, width, glyphs), *table(run, width, _ROWS, glyphs)]
    picture = list(_picture(shown, width, glyphs))
    below = [*_machine(run, width, glyphs), *_last(run, width, glyphs)]
    room = LINES - len(above) - len(picture) - len(below)
    return [*above, *picture, *_notes(run, shown, width, room, glyphs), *below]


def _verdict(run: RunOutcome, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """A run that passed says of each test the same; of another one the words matter."""
    lines = 1 if run.verdict == "passed" else 3
    for line in wrapped(f"{run.verdict}: {run.sentence}", width, lines, glyphs.more):
        yield plain(line, f"bold {COLOURS[run.verdict]}")
    if any(test.intent == "reproduction" for test in run.tests):
        yield plain(cut(_MEANING, width, glyphs.more), "dim")


def _picture(shown: Chosen | None, width: int, glyphs: Glyphs) -> Iterator[Text]:
    if shown:
        yield from _timeline(shown, width, glyphs)
    else:
        yield plain(cut(_NO_TIMELINE, width, glyphs.more), "dim")


def _timeline(shown: Chosen, width: int, glyphs: Glyphs) -> Iterator[Text]:
    series = shown.step.series
    assert series
    axis = axis_of(series, width - LABEL)
    kept, left = fewer(lanes(series, axis, glyphs), _LANES)
    yield plain(cut(_title(shown), width, glyphs.more), "bold")
    yield plain(" " * LABEL + axis.ticks(), "dim")
    yield from (lane.line(glyphs.more) for lane in kept)
    yield plain(cut(_legend(series, kept, glyphs, axis.cut_s, left), width, glyphs.more), "dim")


def _title(shown: Chosen) -> str:
    """``outage, trial 1, blip: blackhole trunk for 800 ms; lasted 0.800 s``."""
    step, trial = shown.step, "" if len(shown.test.trials) == 1 else f", trial {shown.number}"
    invalid = "" if shown.trial.valid else " (invalid)"
    return f"{short(shown.test)}{trial}{invalid}, {step.name}: {step.action}{_lasted(step)}"


def _lasted(step: StepOutcome) -> str:
    if step.fault is None:
        return ""
    return "; not released" if step.fault.achieved_s is None else f"; lasted {step.fault.achieved_s:.3f} s"


def _legend(series: StepSeries, kept: list[Lane], glyphs: Glyphs, cut_s: float | None, left: int) -> str:
    """Of the codes that stand in a lane; requests stand where they began, also those that failed later."""
    codes = Codes(series).legend(code for lane in kept for code in lane.codes)
    requests = f"requests, by their begin: {glyphs.good} all good {glyphs.part} some {glyphs.bad} none"
    on = [f"same until +{cut_s:.1f} s"] if cut_s else []
    lost = [f"{left} more lanes"] if left else []
    return "; ".join([*([", ".join(codes)] if codes else []), requests, *on, *lost])


def _notes(run: RunOutcome, shown: Chosen | None, width: int, room: int, glyphs: Glyphs) -> list[Text]:
    """What was not as expected; then other tests' violated checks; then the sentences of the test that is drawn.

    Each sentence gets two lines if there is room for all, else one.
    """
    assert room >= 1, "the other parts leave a line"
    told = [sentence for test in run.tests for sentence in troubles(test)]
    others = [names for test in run.tests if not (shown and test is shown.test) for names in _names(test)]
    sentences = list(violations(shown.test)) if shown else []
    for most in (2, 1):
        lines = [
            *(line for sentence in told for line in wrapped(sentence, width, 2, glyphs.more)),
            *(cut(names, width, glyphs.more) for names in others),
            *(line for sentence in sentences for line in wrapped(sentence, width, most, glyphs.more)),
        ]
        if len(lines) <= room:
            break
    else:
        lines = [*lines[: room - 1], f"and {len(lines) - room + 1} more lines"]
    return [plain(line) for line in lines]


def _names(test: TestOutcome) -> Iterator[str]:
    """``flush: no_stale_arp violated in blip, flush; survivor_announced violated in blip``."""
    steps: dict[str, dict[str, None]] = {}
    for step, finding in violated_by_step(test):
        steps.setdefault(finding.name, {})[step] = None
    checks: dict[tuple[str, ...], list[str]] = {}
    for name, seen in steps.items():
        checks.setdefault(tuple(seen), []).append(name)
    if checks:
        told = "; ".join(f"{', '.join(names)} violated in {', '.join(seen)}" for seen, names in checks.items())
        yield f"{short(test)}: {told}"


def _machine(run: RunOutcome, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Of a machine that was busy enough to matter (docs/busy-machine.md); where nothing was measured, what to do."""
    seen = busiest(run)
    if (most := max(seen.stolen or 0.0, seen.waited or 0.0)) < BUSY_FROM:
        return
    if run.verdict == "invalid":
        told = f"busy machine (up to {most * 100:.0f} %): run it again when it is idle, or with --probe-rate 100"
        yield plain(cut(told, width, glyphs.more))
    else:
        words = (
            ("CPU used {}", seen.busy),
            ("taken by other machines {}", seen.stolen),
            ("tasks waited {} of it", seen.waited),
        )
        told = ", ".join(what.format(f"{share * 100:.0f} %") for what, share in words if share is not None)
        yield plain(cut(f"machine at its busiest second: {told}", width, glyphs.more), "dim")


def _last(run: RunOutcome, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """The path is never cut to make room for more words: people copy it."""
    folder = Path(run.run)
    name = folder.name if folder.parent == Path("runs") else run.run
    path = f"run: {one_line(run.run)}"
    whole = f"{path}   all of it: harness runs show {one_line(name)}"
    yield plain(whole if cell_len(whole) <= width else cut(path, width, glyphs.more))

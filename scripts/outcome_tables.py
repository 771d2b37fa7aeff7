"""Tables of docs/ from what `scripts/outcomes.py` keeps: costs, comparisons, gates. `model_tables.py` has others."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from harness.statistics import Estimate
from scripts.outcomes import (
    Comparisons,
    ExportCosts,
    FormatCost,
    Gate,
    Gates,
    Opened,
    ReportCosts,
    Tried,
)

T = TypeVar("T")


def made(kept: type[T], lines: Callable[[T], Iterable[str]]) -> Callable[[Path], str]:
    """The page's text from a file: `lines` of what is kept there."""

    def make(file: Path) -> str:
        return "\n".join(lines(msgspec.json.decode(file.read_bytes(), type=kept)))

    return make


def grid(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(head)
    yield _row(names)
    yield "|---" * len(names) + "|"
    yield from map(_row, rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %" if 0 < share < 1 else f"{100 * share:.0f} %"


def interval(of: Estimate) -> str:
    """The share and its exact interval of 95 %."""
    low, high = of.low or 0.0, 1.0 if of.high is None else of.high
    return f"{percent(of.value or 0.0)} ({100 * low:.1f} to {100 * high:.1f})"


# -- what an export and a report cost


def exports(kept: ExportCosts) -> Iterator[str]:
    yield from _hour(kept)
    head = ("`--as`", "seconds", "CPU seconds", "most memory, MB", "bytes")
    yield from grid(head, map(_export, kept.formats))
    loading = [each.loading_s for each in kept.formats]
    yield ""
    yield f"Reading the history took {min(loading):.1f} to {max(loading):.1f} s more, in each process anew. n = 1 each."


def _export(of: FormatCost) -> Iterator[str]:
    yield from (f"`{of.name}`", f"{of.seconds:.1f}", f"{of.cpu_s:.1f}", f"{of.megabytes:.0f}", f"{of.size:,}")


def _hour(kept: ExportCosts | ReportCosts) -> Iterator[str]:
    yield f"Machine: {kept.machine}."
    yield f"{kept.copies} copies of the recording: {kept.requests:,} requests and {kept.events:,} events."
    yield ""


def reports(kept: ReportCosts) -> Iterator[str]:
    yield from _hour(kept)
    yield from grid(("what", "measured", "n"), _report(kept))


def _report(kept: ReportCosts) -> Iterator[tuple[str, str, str]]:
    cost = kept.written
    yield "read and written", f"{cost.seconds:.1f} s, {cost.cpu_s:.1f} s of it CPU time", "1"
    yield "memory at most, with what the history holds", f"{cost.megabytes:.0f} MB", "1"
    yield "the file", f"{cost.file_mb:.2f} MB", "1"
    if kept.opened:
        yield from _opened(kept.opened)


def _opened(seen: Opened) -> Iterator[tuple[str, str, str]]:
    yield "first paint, warm browser", f"{seen.paint_ms:,.0f} ms", f"median of {seen.openings}"
    yield "timeline drawn, warm browser", f"{seen.drawn_ms:,.0f} ms", f"median of {seen.openings}"
    step = f"{seen.step_ms:.1f} ms, 95 % below {seen.step_p95_ms:.1f} ms"
    yield "script of a zoom step, from the hour to 1 ms and back", step, f"{seen.steps}"
    yield "messages in the browser's console", f"{seen.console}", "1"
    missed = f"{seen.missed:,} of {seen.marks:,}"
    yield "random views: marks of failed requests that were not seen", missed, f"{seen.views} views"


# -- how often a comparison is wrong


def comparisons(kept: Comparisons) -> Iterator[str]:
    yield f"{kept.trials} recorded trials of {kept.tests} tests, {kept.a_side} trials a side, seed {kept.seed}:"
    yield ""
    rows = (
        (f"{each.pairs:,}", each.what, f"{each.wrong}: {interval(each.found)}", f"{100 * each.allowed:.0f} %")
        for each in kept.drawn
    )
    yield from grid(("pairs", "", "found", "allowed"), rows)


# -- one site with the programs of several releases


def releases(kept: Gates) -> Iterator[str]:
    loads = ", ".join(f"{gate.load_before:.1f}" for gate in kept.gates)
    yield f"Machine: {kept.machine}; before each gate: {loads}."
    yield ""
    names = dict.fromkeys(test.name for gate in kept.gates for test in gate.tests)
    head = (f"`{kept.site}`: what fails", "allowed, s", *(f"`{gate.release}`" for gate in kept.gates))
    verdicts = ("**verdict**", "", *(gate.verdict for gate in kept.gates))
    yield from grid(head, [*(_failure(name, kept.gates) for name in names), verdicts])


def _failure(name: str, gates: tuple[Gate, ...]) -> Iterator[str]:
    told = [next((test for test in gate.tests if test.name == name), None) for gate in gates]
    yield f"`{name}`"
    yield " or ".join(dict.fromkeys(f"{test.bound_s:.2f}" for test in told if test))
    yield from (_longest(test) if test else "not tried" for test in told)


def _longest(test: Tried) -> str:
    """Of all trials and VIPs."""
    if test.verdict == "not measured":
        return test.verdict
    down = any(value is None for value in test.recovery_s)
    longest = "not served" if down else f"{max((v for v in test.recovery_s if v is not None), default=0.0):.2f}"
    return f"**{longest}**: failed" if test.verdict == "failed" else longest

"""`harness explain`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Final

import msgspec
import typer

from harness.cli._console import Json, one_line, print_json, show
from harness.explain import ALL, Explained, Explanation, Remedy, explain_run
from harness.history import store
from harness.history.kept_runs import find_run, outcome_of
from harness.model.errors import UnknownName

COLUMNS: Final = 96
NOTHING: Final = "No check was violated in a valid trial: there is nothing to explain."

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or its name in --runs.")]
CheckName = Annotated[str, typer.Argument(metavar="CHECK", help="One check alone. Without it every violated one.")]
Every = Annotated[bool, typer.Option("--all", help="Every trial, invalid ones too. Default: the first valid one.")]
Runs = Annotated[Path, typer.Option("--runs", help="Where run folders are.")]


class Told(msgspec.Struct, frozen=True):
    """An explanation as `--json` prints it. `test`: empty for a run that ended without an outcome."""

    test: str
    valid: bool
    explanation: Explanation


def explain(
    run: Run, check: CheckName = "", *, every: Every = False, json: Json = False, runs: Runs = Path("runs")
) -> None:
    """Why checks were violated: one paragraph each from what was recorded, and what the history does not show.

    Also what one would have seen on each device at that instant, and what ends it, with the times that this project
    measured. Works on any recorded run, without a lab.

    Exit status: 0, also if there is nothing to explain; 2 wrong use.

    Examples:

      harness explain runs/june_13-20261129-155842

      harness explain june_13-20261129-155842 no_stale_arp

      harness explain runs/june_13-20261129-155842 --json | jq '.[].explanation.because'
    """
    if check and check not in ALL:
        raise UnknownName("check", check, ALL)
    found = explain_run(find_run(run, runs), check, every=every)
    if json:
        print_json([Told(each.test, each.valid, each.told) for each in found])
    elif found:
        _show(found)
    else:
        for line in _said(find_run(run, runs), check) if check else [NOTHING]:
            show(line)


def _said(folder: Path, check: str) -> Iterator[str]:
    """What the check says of each step instead: only what is violated has an explanation."""
    yield f"{check} was not violated in a valid trial."
    for test in outcome_of(folder).tests if store.outcome_path(folder).is_file() else ():
        for number, trial in enumerate(test.trials, 1):
            for step in trial.steps if trial.valid else ():
                for finding in step.checks:
                    if finding.name == check:
                        where = f"{test.name.removeprefix('test_')}, trial {number}, step {step.name}"
                        yield one_line(f"  {where}: {finding.verdict}. {finding.sentence}")


def _show(found: list[Explained]) -> None:
    steps: dict[tuple[str, int, str], list[Explained]] = {}
    for each in found:
        steps.setdefault((each.test, each.told.trial, each.told.step), []).append(each)
    for together in steps.values():
        counts = Counter(each.told.ends for each in together if each.told.ends)
        shared = [ends for ends, checks in counts.items() if checks > 1]
        for each in together:
            _one(each, remedies=each.told.ends not in shared)
        for ends in shared:
            _ends(ends, f" ({_whose(ends, together)})")
            show("")


def _one(each: Explained, *, remedies: bool) -> None:
    """`remedies`: whether what ends it is told here, and not once for several checks of the step."""
    told = each.told
    where = f"{one_line(each.test.removeprefix('test_'))}, " if each.test else ""
    invalid = "" if each.valid else " (an invalid trial, which counts for nothing)"
    show(f"{where}trial {told.trial}, step {one_line(told.step)}{invalid}")
    show(f"{told.check} violated: {one_line(told.finding)}")
    _block("Why", wrap(one_line(told.paragraph), COLUMNS, break_long_words=False, break_on_hyphens=False))
    _block("What one would have seen", _seen(told))
    if remedies:
        _ends(told.ends)
    if not told.ends:
        show("  No remedy for this was measured.")
    show("")


def _ends(ends: tuple[Remedy, ...], whose: str = "") -> None:
    acts = [each for each in ends if not each.prevents]
    _block(f"What ends it, as measured{whose}", _remedies(each for each in acts if each.helps))
    _block(f"What does not end it, as measured{whose}", _remedies(each for each in acts if not each.helps))
    _block(f"What keeps it from happening{whose}", _remedies(each for each in ends if each.prevents))


def _whose(ends: tuple[Remedy, ...], together: list[Explained]) -> str:
    checks = [each.told.check for each in together if each.told.ends == ends]
    return "for all of them" if len(checks) == len(together) else f"for {', '.join(checks)}"


def _block(title: str, lines: Iterable[str]) -> None:
    """Only a paragraph is wrapped: what a device printed, and commands, are to be copied."""
    texts = list(lines)
    if texts:
        show(f"  {title}")
    for text in texts:
        show(f"    {text}")


def _seen(told: Explanation) -> Iterator[str]:
    for (device, at_s), each in groupby(told.seen, key=lambda seen: (seen.device, seen.at_s)):
        yield f"{one_line(device)}, {at_s:+.3f} s"
        for seen in each:
            lines = "lines" if "\n" in seen.shows else "line"
            log = f"  {seen.asks}, last {lines} so far:"
            yield log if seen.asks.startswith("keepalived") else f"  $ {one_line(seen.asks)}"
            yield from (f"    {one_line(line)}" for line in seen.shows.splitlines())


def _remedies(remedies: Iterator[Remedy]) -> Iterator[str]:
    for each in remedies:
        where = f"{each.source}, column “{each.column}”" if each.measured else f"{each.source}, no table"
        yield f"{each.act}: {each.said} ({where})"
        yield f"  {each.command}"

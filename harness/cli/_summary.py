"""A run's outcome for people: a row per step, then the sentences of violated checks, then the verdict."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from harness.cli._console import table
from harness.model.outcome import Finding, RunOutcome, StepOutcome, TestOutcome, VantageOutcome

LEGEND = """\
customer: success once settled, and the time until it was served for good; down: not served in the end.
+0.5 s: so long after the fault began. A reproduction passes when its outage appears, whatever checks it violates."""

_COLOURS = {"passed": "green", "failed": "red", "invalid": "yellow"}


def summary(run: RunOutcome) -> Group:
    """Of the valid trials. A vantage point's cell: its success once settled, and how long until it was served again."""
    lines = [Text(line) for test in run.tests for line in _sentences(test)]
    if lines:
        lines.insert(0, Text(LEGEND, style="dim"))
    lines += [Text(f"  the machine at its busiest second: {words}") for words in _machine(run)]
    verdict = Text(f"{run.verdict}: {run.sentence}", style=f"bold {_COLOURS[run.verdict]}")
    return Group(_table(run), *lines, verdict, Text(f"run: {run.run}"))


def _table(run: RunOutcome) -> Table:
    vantages = list(dict.fromkeys(v for test in run.tests for steps in by_step(test) for v in steps[0].vantages))
    rows = table("test", "step", *vantages, "ARP entries lead to", "fault lasted (on the wire)")
    for test in run.tests:
        style = "" if test.verdict == "passed" else _COLOURS[test.verdict]
        for place, steps in enumerate(by_step(test)):
            rows.add_row(_short(test) if place == 0 else "", *_row(steps, vantages), style=style)
    return rows


def _row(steps: Sequence[StepOutcome], vantages: Sequence[str]) -> Iterator[str]:
    yield steps[0].name
    for vantage in vantages:
        seen = [step.vantages[vantage] for step in steps if vantage in step.vantages]
        yield f"{percent([each.success for each in seen])}, {recovered(seen)}"
    yield "; ".join(dict.fromkeys(leads(step.arp) for step in steps))
    yield _lasted(steps)


def by_step(test: TestOutcome) -> list[list[StepOutcome]]:
    """Place in the trial → that step of every valid trial that has it."""
    trials = [trial.steps for trial in test.trials if trial.valid]
    longest = max(map(len, trials), default=0)
    return [[steps[place] for steps in trials if place < len(steps)] for place in range(longest)]


def leads(arp: dict[str, str | None]) -> str:
    """``lb-ext-1 ← gw-1; lb-ext-2 ← gw-2, customer-3``."""
    nodes = dict.fromkeys(arp.values())
    return ", ".join(f"{node or 'no node'} ← {' '.join(c for c, n in arp.items() if n == node)}" for node in nodes)


def percent(shares: Sequence[float | None]) -> str:
    """``99.8–100 %``; None is counted as unknown: ``100 %, unknown 1/3``."""
    known = sorted(share * 100 for share in shares if share is not None)
    if not known:
        return "–"
    low, high = f"{known[0]:.3g}", f"{known[-1]:.3g}"
    missing = len(shares) - len(known)
    return (f"{low} %" if low == high else f"{low}–{high} %") + (
        f", unknown {missing}/{len(shares)}" if missing else ""
    )


def recovered(seen: Sequence[VantageOutcome]) -> str:
    """``0.812–1.004 s, down 1/3``: the recovery times of those that are served, and the state of each of the others."""
    others = Counter(each.state for each in seen if not each.served)
    times = [each.recovery_s for each in seen if each.served]
    words = [spread(times, never="")] if times else []
    return ", ".join([*words, *(f"{state} {n}/{len(seen)}" for state, n in others.items())]) or "–"


def spread(values: Sequence[float | None], never: str) -> str:
    """``0.812–1.004 s``; None counts as `never`, which is shown with its share: ``not released 3/3``."""
    known = sorted(value for value in values if value is not None)
    parts = []
    if known:
        low, high = f"{known[0]:.3f}", f"{known[-1]:.3f}"
        parts.append(f"{low} s" if low == high else f"{low}–{high} s")
    if missing := len(values) - len(known):
        parts.append(f"{never} {missing}/{len(values)}")
    return ", ".join(parts) or "–"


def _lasted(steps: Sequence[StepOutcome]) -> str:
    """The achieved duration as the kernel reports it, and its bounds by captured frames."""
    faults = [step.fault for step in steps if step.fault]
    bounds = [bound for fault in faults for bound in fault.wire_s or ()]
    wire = f" ({spread(bounds, never='')})" if bounds else ""
    return spread([fault.achieved_s for fault in faults], never="not released") + wire if faults else ""


def _short(test: TestOutcome) -> str:
    return test.name.removeprefix("test_")


def _sentences(test: TestOutcome) -> Iterator[str]:
    """Each violated check once, how often, and its first sentence; then why trials failed or were invalid."""
    findings = [finding for trial in test.trials if trial.valid for step in trial.steps for finding in step.checks]
    violated = [finding for finding in findings if finding.violated]
    for name, times in Counter(finding.name for finding in violated).items():
        often = f" in {times} steps" if times > 1 else ""
        yield f"  {_short(test)}: {name} violated{often}: {_first(violated, name)}"
    for failure, times in Counter(trial.failure for trial in test.trials if trial.failure).items():
        yield f"  {_short(test)}: not as expected in {times} of {len(test.trials)} trials: {failure}"
    for (phase, reason), times in Counter((trial.phase, r) for trial in test.trials for r in trial.reasons).items():
        yield f"  {_short(test)}: {times} invalid{f' ({phase})' if phase else ''}: {reason}"


def _machine(run: RunOutcome) -> Iterator[str]:
    """The most that any step of any trial saw, invalid ones too; nothing where no step says."""
    loads = [step.machine for test in run.tests for trial in test.trials for step in trial.steps if step.machine]
    shares = (
        ("its own processes used {} of its CPU time", [load.busy for load in loads]),
        ("other machines took {} of it", [load.stolen for load in loads]),
        ("tasks waited for a CPU for {}", [load.waited for load in loads]),
    )
    known = [(words, [share.most for share in each if share]) for words, each in shares]
    if loads:
        yield ", ".join(words.format(f"up to {max(most) * 100:.0f} %") for words, most in known if most)


def _first(findings: Iterable[Finding], name: str) -> str:
    return next(finding.sentence for finding in findings if finding.name == name)

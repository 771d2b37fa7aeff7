"""The run itself: versions, parameters, how noisy the machine was; and what was not available."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from harness.history import History
from harness.model.events import MachineSampled
from harness.model.machine_load import Share
from harness.model.outcome import StepOutcome
from harness.model.units import ms
from harness.report.page.html import text
from harness.report.page.material import Material
from harness.report.page.trial import Told

MOST_LINES: Final = 40


def about(material: Material, every: Sequence[Told]) -> Iterator[str]:
    history, header = material.history, material.header
    programs = {
        node: ", ".join(f"{name} {version}" for name, version in ran.items()) for node, ran in header.programs.items()
    }
    facts: dict[str, object] = {**header.versions, **programs, **_judged(material), **header.parameters}
    if history:
        facts |= {"events": f"{len(history.events):,}", "requests": f"{len(history.requests):,}"}
    yield f'<details id="about"><summary>This run: versions and parameters</summary><dl>{_facts(facts)}</dl></details>'
    yield from _noise(material, every)


def _judged(material: Material) -> dict[str, str]:
    """The programs that read a site's files, and the site's own versions where it says them."""
    return {
        f"{each.program} of {', '.join(each.nodes)}": f"{each.version}{f' (site: {each.site})' if each.site else ''}"
        for each in (material.gate.versions if material.gate else ())
    }


def _facts(facts: dict[str, object]) -> str:
    return "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in facts.items())


def _noise(material: Material, every: Sequence[Told]) -> Iterator[str]:
    rows = [
        f"<tr><td>{text(told.name)}, {text(step.name)}</td>{_loads(step)}{_lags(material.history, told, place)}</tr>"
        for told in every
        for place, step in enumerate(told.outcome.steps if told.outcome else ())
    ]
    if rows:
        yield (
            '<details id="noise"><summary>The machine, and how late our observers read</summary><div class="scroll">'
            "<table><thead><tr><th>step</th><th>CPU time used</th><th>taken by other machines</th><th>tasks waited for "
            f"a CPU</th><th>eye late</th><th>service agent late</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
            '</div><p class="quiet">Of the whole step, and of its busiest second.</p></details>'
        )


def _loads(step: StepOutcome) -> str:
    load = step.machine
    parts = (load.busy, load.stolen, load.waited) if load else (None, None, None)
    return "".join(f"<td>{text(_share(part))}</td>" for part in parts)


def _share(share: Share | None) -> str:
    return "not recorded" if share is None else f"{share.mean:.0%}, {share.most:.0%}"


def _lags(history: History | None, told: Told, place: int) -> str:
    steps = told.recorded.steps if told.recorded else ()
    if history is None or place >= len(steps):
        return "<td>–</td><td>–</td>"
    within = steps[place].window
    return "".join(f"<td>{history.lag_ns(within, observer) / ms:.0f} ms</td>" for observer in ("eye", "service"))


def missing(material: Material, every: Sequence[Told], undrawn: Iterable[str]) -> Iterator[str]:
    """Nothing that is missing is left to be guessed."""
    lines = [*material.missing, *undrawn, *_unread(material.history), *_unsampled(material)]
    lines += [*_silent(material.history, every), *_inconclusive(every)]
    shown = "".join(f"<li>{text(line)}</li>" for line in lines[:MOST_LINES])
    more = f"<li>… and {len(lines) - MOST_LINES} more</li>" if len(lines) > MOST_LINES else ""
    found = shown + more or "<li>Nothing that this report looks for.</li>"
    yield f'<section id="missing"><h2>What was not available</h2><ul>{found}</ul></section>'


def _unread(history: History | None) -> Iterator[str]:
    for reason, count in (history.unread if history else {}).items():
        if count:
            yield f"Not read of the history, {count:,} times: {reason}"


def _unsampled(material: Material) -> Iterator[str]:
    history = material.history
    if not history:
        return
    if not len(history.requests):
        yield "No request is recorded: nothing is known of what customers saw."
    if not history.of(MachineSampled):
        yield "No sample of the machine: how busy it was is not known."
    if not (material.folder / "logs").is_dir():
        yield "No logs of the containers are kept with this run."


def _silent(history: History | None, every: Sequence[Told]) -> Iterator[str]:
    """Vantage points without a probe in a trial: an empty row would look like nothing that failed."""
    for told in every if history else ():
        if told.recorded and history:
            within = told.recorded.window
            seen = {vantage: history.arrivals(vantage)["due"] for vantage in history.topology.vantages}
            silent = [v for v, due in seen.items() if not ((due >= within.begin) & (due < within.end)).any()]
            if silent:
                yield f"{told.name}: no probe of {', '.join(silent)} is recorded."


def _inconclusive(every: Sequence[Told]) -> Iterator[str]:
    """Each sentence once, with how often."""
    said: dict[str, int] = {}
    for told in every:
        for step in told.outcome.steps if told.outcome else ():
            for finding in step.checks:
                if finding.inconclusive:
                    line = f"{finding.name} could not judge: {finding.sentence}"
                    said[line] = said.get(line, 0) + 1
    for line, count in said.items():
        yield f"{line}{f' ({count} times)' if count > 1 else ''}"

"""What the gate tried, against the pair's own timers; and what it did not try."""

from collections.abc import Iterable, Iterator

from harness.model.prevention import Prevention
from harness.report.page.gate_told import GateTold, LintFinding, Tried
from harness.report.page.html import text
from harness.report.times import without_service
from harness.report.together import together


def gate_tables(told: GateTold) -> Iterator[str]:
    yield (
        '<section id="gate"><h2>What was tried</h2><div class="scroll"><table><thead><tr><th scope=col>test</th>'
        "<th scope=col>verdict</th><th scope=col>what fails</th>"
        "<th scope=col>without service, allowed</th></tr></thead><tbody>"
    )
    yield f"{''.join(map(_row, told.tests))}</tbody></table></div>"
    yield from _list("Exposed to, which does not decide", told.exposed)
    if told.foreseen:
        yield from _list(told.foreseen.headline, told.foreseen.lines)
        yield from _list("The simulation and the lab disagree", told.foreseen.disagree)
    yield from _preventions(told.preventions)
    yield from _list("Not tried", together(told.not_tried))
    yield from _list("Not judged", (f"{vip}: {why}" for vip, why in told.unjudged.items()))
    yield from _list("What harness lint found in the files", map(_finding, told.findings))
    yield from _list("Stand-ins for the site's servers", told.stand_ins)
    yield "</section>"


def _finding(found: LintFinding) -> str:
    """Without a line where it is of the whole file."""
    return f"{found.severity} {found.file}{f':{found.line}' if found.line else ''}: {found.sentence}"


def _row(test: Tried) -> str:
    tone = {"held": "well", "failed": "ill"}.get(test.verdict, "unknown")
    took = without_service(test.recovery_s, test.before_end_s) or "–"
    said = "".join(f"<small>{text(each)}</small>" for each in (test.failure, *map(_spoilt, test.spoilt)) if each)
    decides = "" if test.decides else " (does not decide)"
    return (
        f"<tr><th scope=row>{text(test.name)}</th><td class={tone} data-label=verdict><b>{text(test.verdict)}</b>"
        f'{text(decides)}{said}</td><td data-label="what fails">{text(test.about)}'
        f"<small>{text(test.fault)}</small></td>"
        f'<td data-label="without service">{text(took)}<small>allowed {text(_allowed(test))}</small>'
        "</td></tr>"
    )


def _spoilt(failure: str) -> str:
    return f"Does not count: {failure}"


def _allowed(test: Tried) -> str:
    return f"{test.bound_s:.2f} s{f' = {test.formula}' if test.formula else ''}"


def _preventions(every: Iterable[Prevention]) -> Iterator[str]:
    for each in every:
        yield from _list(f"Prevention, {each.headline}: {each.name}", each.lines)


def _list(heading: str, lines: Iterable[str]) -> Iterator[str]:
    if items := "".join(f"<li>{text(line)}</li>" for line in lines):
        yield f"<h3>{text(heading)}</h3><ul>{items}</ul>"

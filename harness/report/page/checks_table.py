"""Every judgement of every check, with its bound."""

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.model.outcome import StepOutcome
from harness.report.page.html import text
from harness.report.page.trial import Told
from harness.report.page.violations import jump


def checks_table(every: Sequence[Told]) -> Iterator[str]:
    counts = Counter(f.verdict for told in every for step in _steps(told) for f in step.checks)
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()) or "none has judged"
    yield f'<details id="checks"><summary>All checks: {text(said)}</summary><div class="scroll"><table><thead><tr>'
    yield "<th>where</th><th>judgement</th><th>sentence</th><th>bound</th></tr></thead><tbody>"
    for place, told in enumerate(every):
        yield from _rows(place, told)
    yield "</tbody></table></div></details>"


def _steps(told: Told) -> tuple[StepOutcome, ...]:
    return told.outcome.steps if told.outcome else ()


def _rows(place: int, told: Told) -> Iterator[str]:
    for step in _steps(told):
        for found in step.checks:
            inner = f"<b>{text(found.name)}</b> {text(found.sentence)}"
            yield (
                f'<tr class="{text(found.verdict.replace(" ", "-"))}"><td>{text(told.name)}, {text(step.name)}</td>'
                f"<td>{text(found.verdict)}</td><td>{jump(place, told, found, inner)}</td>"
                f"<td>{text(found.bound)}</td></tr>"
            )

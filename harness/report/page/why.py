"""Why a check was violated, what one would have seen, and what ends it: what harness/explain says, folded away."""

from collections.abc import Iterable, Iterator
from typing import Final

from harness import checks
from harness.explain import ALL, Explanation, Logs, Remedy, explain
from harness.history import History
from harness.model.outcome import Finding
from harness.report.page.html import text
from harness.report.page.material import BROKEN
from harness.report.page.trial import Recorded

MOST_EVENTS: Final = 300_000
"""Of a longer history a page is written without explanations: it must not delay the end of a run."""


def why(history: History, trial: Recorded, step: str, finding: Finding, logs: Logs) -> str:
    """HTML; empty for a check without an explainer, and for what today's checks do not find in the history."""
    step_of = next((each for each in trial.steps if each.name == step), None)
    if step_of is None or finding.name not in ALL:
        return ""
    if len(history.events) > MOST_EVENTS:
        return '<p class="quiet">Why: <code>harness explain</code> says it; a history of this size takes long.</p>'
    try:
        today = checks.ALL[finding.name](history, step_of)
        return "".join(_shown(explain(history, step_of, today, logs))) if today.violated else ""
    except BROKEN as error:
        return f'<p class="quiet">It could not be explained: {text(error)}</p>'


def _shown(told: Explanation) -> Iterator[str]:
    yield f'<details class="why"><summary>Why</summary><p>{text(told.paragraph)}</p>'
    seen = "".join(
        f"<dt>{text(each.device)}, {each.at_s:+.3f} s: <code>{text(each.asks)}</code></dt>"
        f"<dd><pre>{text(each.shows)}</pre></dd>"
        for each in told.seen
    )
    if seen:
        yield f"<h3>What one would have seen</h3><dl>{seen}</dl>"
    acts = [each for each in told.ends if not each.prevents]
    yield _remedies("What ends it, as measured", (each for each in acts if each.helps))
    yield _remedies("What does not end it, as measured", (each for each in acts if not each.helps))
    yield _remedies("What keeps it from happening", (each for each in told.ends if each.prevents))
    yield "</details>"


def _remedies(heading: str, remedies: Iterable[Remedy]) -> str:
    items = "".join(
        f"<li>{text(each.act)} <code>{text(each.command)}</code>: {text(each.said)} "
        f'<span class="quiet">({text(each.source)}: {text(each.row)})</span></li>'
        for each in remedies
    )
    return f"<h3>{heading}</h3><ul>{items}</ul>" if items else ""

"""Recovery times over trials, a dot for each: they are multimodal, so that no average shows them. SVG, no script."""

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from typing import Final, NamedTuple

from harness.model.outcome import RunOutcome, VantageOutcome
from harness.report.page.html import text
from harness.report.page.trial import short
from harness.report.page.words import by_step

WIDTH: Final = 360
EDGE: Final = 70  # on the right, for what was not served
ROW: Final = 26


class Row(NamedTuple):
    label: str
    seen: Sequence[VantageOutcome]


def distribution(outcome: RunOutcome) -> Iterator[str]:
    """Of each step of which there are several valid trials and in which any vantage point was affected."""
    rows = list(_rows(outcome))
    if not rows:
        return
    most = max((each.recovery_s or 0.0 for row in rows for each in row.seen), default=0.0)
    yield '<section id="distribution"><h2>Recovery time of every valid trial</h2>'
    yield f'<table class="dots"><tbody>{"".join(_row(row, _nice(most)) for row in rows)}</tbody></table></section>'


def _rows(outcome: RunOutcome) -> Iterator[Row]:
    for test in outcome.tests:
        for steps in by_step(test):
            for vantage in steps[0].vantages:
                seen = [step.vantages[vantage] for step in steps if vantage in step.vantages]
                if len(seen) > 1 and any(each.state != "unaffected" for each in seen):
                    yield Row(f"{short(test.name)}, {steps[0].name}, {vantage}", seen)


def _nice(most: float) -> float:
    """The end of the axis: 1, 2 or 5 times a power of ten."""
    if most <= 0:
        return 1.0
    power = float(10 ** floor(log10(most)))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= most)


def _row(row: Row, end: float) -> str:
    dots = "".join(_dot(n, each, end) for n, each in enumerate(row.seen))
    described = ", ".join(_words(each) for each in row.seen)
    axis = f'<path class="axis" d="M4 {ROW - 5}H{WIDTH - EDGE}"/>'
    scale = f'<text x="{WIDTH - EDGE + 4}" y="{ROW - 2}">{end:g} s</text>'
    return (
        f'<tr><th scope=row>{text(row.label)}</th><td><svg role="img" width="{WIDTH}" height="{ROW}" '
        f'viewBox="0 0 {WIDTH} {ROW}" aria-label="{text(described)}">{axis}{scale}{dots}</svg></td></tr>'
    )


def _dot(n: int, seen: VantageOutcome, end: float) -> str:
    """Dots of equal times lie beside each other: their heights take turns."""
    y = 5 + n % 4 * 3
    told = f"<title>{text(_words(seen))}</title>"
    if not seen.served or seen.recovery_s is None:
        x = WIDTH - EDGE + 40 + n % 5 * 5
        kind = "never" if seen.served is False else "open"
        return f'<path class="{kind}" d="M{x - 3} {y - 3}l6 6m0-6l-6 6">{told}</path>'
    x = 4 + ceil((WIDTH - EDGE - 8) * min(1.0, seen.recovery_s / end))
    return f'<circle class="dot" cx="{x}" cy="{y}" r="3.5">{told}</circle>'


def _words(seen: VantageOutcome) -> str:
    return f"{seen.recovery_s:.3f} s" if seen.served and seen.recovery_s is not None else seen.state

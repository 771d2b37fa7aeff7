"""Who was served, and from when on: a row for each step, a cell for each vantage point, over all valid trials."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from harness.model.outcome import RunOutcome, StepOutcome, TestOutcome, VantageOutcome
from harness.report.page.html import text
from harness.report.page.trial import short
from harness.report.page.words import by_step, fate, interval, leads, shares, spread

WELL: Final = 0.99


def recovery(outcome: RunOutcome) -> Iterator[str]:
    vantages = list(dict.fromkeys(v for test in outcome.tests for steps in by_step(test) for v in steps[0].vantages))
    heads = "".join(f"<th scope=col>{text(vantage)}</th>" for vantage in vantages)
    yield (
        '<section id="recovery"><h2>Which customers were served, and from when on</h2>'
        '<div class="scroll"><table><thead>'
        f"<tr><th scope=col>test</th><th scope=col>step</th>{heads}<th scope=col>ARP entries lead to</th>"
        "<th scope=col>fault asked, achieved (by frames)</th></tr></thead><tbody>"
    )
    filled = _filled(outcome)
    for test in outcome.tests:
        yield from _rows(test, vantages, filled)
    yield (
        '</tbody></table></div><p class="quiet">First the share of good requests once settled, then the time from the '
        "first effect to the end of the last outage: least and most of all valid trials. Dark: time in which requests "
        "were bad.</p></section>"
    )


def _filled(outcome: RunOutcome) -> frozenset[str]:
    """The caches that led to a node when any step of the run ended: a customer asks for one VIP, and never for others.

    All, if none did: then that is what there is to see.
    """
    every = [
        (cache, node)
        for test in outcome.tests
        for steps in by_step(test)
        for s in steps
        for cache, node in s.arp.items()
    ]
    return frozenset(cache for cache, node in every if node) or frozenset(cache for cache, _ in every)


def _rows(test: TestOutcome, vantages: Sequence[str], filled: Collection[str]) -> Iterator[str]:
    found = by_step(test)
    if not found:
        yield f"<tr><th scope=row>{text(short(test.name))}</th><td data-label=step>no step of a valid trial</td></tr>"
    for place, steps in enumerate(found):
        cells = "".join(_cell(v, [step.vantages[v] for step in steps if v in step.vantages]) for v in vantages)
        caches = "; ".join(dict.fromkeys(leads(step.arp, filled) for step in steps))
        times = f" <span class=quiet>×{len(steps)}</span>" if len(steps) > 1 else ""
        name = f"{text(short(test.name))}{times}" if place == 0 else ""
        yield (
            f"<tr><th scope=row>{name}</th><td data-label=step>{text(steps[0].name)}</td>{cells}"
            f'<td data-label="entries lead to">{text(caches)}</td><td data-label=fault>{text(_fault(steps))}</td></tr>'
        )


def _cell(vantage: str, seen: Sequence[VantageOutcome]) -> str:
    label = f'data-label="{text(vantage)}"'
    if not seen:
        return f"<td {label}>–</td>"
    details = [each for each in (interval(seen), _dark(seen)) if each]
    small = f"<small>{text('; '.join(details))}</small>" if details else ""
    return (
        f'<td class="{_tone(seen)}" {label}><b>{text(shares([each.success for each in seen]))}</b> '
        f"<span>{text(fate(seen))}</span>{small}</td>"
    )


def _tone(seen: Sequence[VantageOutcome]) -> str:
    """Unknown is neither well nor ill."""
    if any(each.served is False or (each.success is not None and each.success < WELL) for each in seen):
        return "ill"
    return "unknown" if any(each.served is None or each.success is None for each in seen) else "well"


def _dark(seen: Sequence[VantageOutcome]) -> str:
    failed = sum(each.failed_requests for each in seen)
    if not failed and not any(each.affected for each in seen):
        return ""
    return f"dark {spread([each.bad_seconds for each in seen])}, {failed:,} failed"


def _fault(steps: Sequence[StepOutcome]) -> str:
    faults = [step.fault for step in steps if step.fault]
    if not faults:
        return "–"
    bounds = [bound for fault in faults for bound in fault.wire_s or ()]
    wire = f" ({spread(bounds)})" if bounds else ""
    asked = spread([fault.asked_s for fault in faults], never="until undone")
    return f"{asked}, {spread([fault.achieved_s for fault in faults], never='not released')}{wire}"

"""What a reader must know first: the verdict, the sentence, what a pass means, and what was done to the pair."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from harness.model.outcome import RunOutcome, TestOutcome
from harness.report.page.gate_told import GateTold
from harness.report.page.html import text
from harness.report.page.material import Material
from harness.report.page.trial import short

MARKS: Final = {"passed": "✓", "SAFE": "✓", "failed": "✗", "UNSAFE": "✗"}
MEANS: Final = {
    "reproduction": "A reproduction passes when the outage appears, whatever checks it violates.",
    "gate": "A gate passes when the pair holds.",
}
MOST_TESTS: Final = 12


def headline(material: Material) -> Iterator[str]:
    verdict, sentence = _verdict(material)
    yield (
        f'<header><p class="verdict {text(verdict.replace(" ", "-"))}"><span aria-hidden="true">'
        f"{MARKS.get(verdict, '?')}</span> {text(verdict)}</p><h1>{text(sentence)}</h1>"
    )
    yield from _means(material)
    yield f'<p class="quiet">{text(_when(material))}</p></header>'


def title(material: Material) -> str:
    return f"{_spoken(material.experiment)}: {_verdict(material)[0]}"


def _verdict(material: Material) -> tuple[str, str]:
    if material.gate:
        return material.gate.verdict, _gate(material.gate)
    if material.outcome:
        return material.outcome.verdict, _named(material.experiment, _first(material.outcome))
    return "no verdict", f"{_spoken(material.experiment)} left no outcome: what was recorded is shown, and not judged."


def _gate(told: GateTold) -> str:
    """What was measured before an interrupt counts as it is; what is left in force must be seen."""
    left = f" Left behind: {told.left_behind}" if told.left_behind else ""
    return f"{'Interrupted: ' if told.interrupted else ''}{told.sentence}{left}"


def _first(outcome: RunOutcome) -> str:
    """The sentence without what it says of each test: the list below says that."""
    each = "; ".join(f"{_spoken(short(test.name))}: {test.sentence}" for test in outcome.tests)
    return outcome.sentence.removesuffix(f"{each}.").strip() or outcome.sentence


def _named(experiment: str, sentence: str) -> str:
    """A run of today names its experiment; a recording that was cut out of one may not."""
    named = _spoken(experiment).lower() in sentence.lower()
    return sentence if named else f"{_spoken(experiment)}: {sentence}"


def _spoken(experiment: str) -> str:
    return short(experiment).replace("_", " ")


def _means(material: Material) -> Iterator[str]:
    if not material.outcome:
        return
    if material.gate:  # its own table, which follows, has each test; a trial that a busy machine spoilt is none there
        yield "<p>A pair is SAFE if it survives every failure that is tried, within its own timers.</p>"
        return
    intents = dict.fromkeys(test.intent for test in material.outcome.tests)
    yield "".join(f'<p class="means">{text(MEANS[intent])}</p>' for intent in intents if intent in MEANS)
    tests = material.outcome.tests
    yield f'<ul class="tests">{"".join(map(_done, tests[:MOST_TESTS]))}</ul>'
    if len(tests) > MOST_TESTS:
        yield f'<p class="quiet">… and {len(tests) - MOST_TESTS} more tests, which are in the table below.</p>'


def _done(test: TestOutcome) -> str:
    """What was done, step by step, as the first valid trial did it."""
    trials = sorted(test.trials, key=lambda trial: not (trial.valid and trial.steps))
    steps = trials[0].steps if trials else ()
    done = "; ".join(f"<i>{text(step.name)}</i> {text(step.action)}" for step in steps)
    return f"<li><b>{text(short(test.name))}</b> ({text(test.intent)}): {text(test.sentence)}. {done}</li>"


def _when(material: Material) -> str:
    header, outcome = material.header, material.outcome
    trials = [trial for test in outcome.tests for trial in test.trials] if outcome else []
    invalid = sum(not trial.valid for trial in trials)
    parts = [f"run {header.run}", f"trials: {len(trials)}{f', {invalid} of them invalid' if invalid else ''}"]
    history = material.history
    if history and history.events:
        parts.append(f"recorded from {_utc(history.events[0].t + header.wall_minus_mono_ns)}")
    return " · ".join(parts)


def _utc(wall_ns: int) -> str:
    try:
        return f"{datetime.fromtimestamp(wall_ns / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):  # run.json may say anything
        return "an unknown time"

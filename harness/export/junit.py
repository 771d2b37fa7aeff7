"""JUnit XML of a run, as Jenkins and GitLab read it.

Each test is a suite with one case, so that its properties are where Jenkins' schema allows them; a case of its own has
none there. What could not be measured is an error, never a failure of the pair and never a pass.
"""

from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from harness.export._escape import harmless, lines
from harness.export._format import Format, Part, text
from harness.export._recorded import Recorded
from harness.model.outcome import RunOutcome, TestOutcome, TrialOutcome


def parts(run: Recorded) -> Iterator[Part]:
    yield text("junit.xml", document(run.outcome))


def document(outcome: RunOutcome) -> str:
    """As text. GitLab shows a case's class name as its suite, and counts cases of one name once."""
    suites = ET.Element("testsuites", name=harmless(f"failover-harness {outcome.experiment}"))
    for test in outcome.tests:
        _suite(suites, outcome, test)
    for name, verdict in _COUNTED.items():
        suites.set(name, str(sum(test.verdict == verdict for test in outcome.tests)))
    suites.set("tests", str(len(outcome.tests)))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


_COUNTED: Final = {"failures": "failed", "errors": "invalid"}


def _suite(suites: ET.Element, outcome: RunOutcome, test: TestOutcome) -> None:
    name, taken = harmless(_name(test)), f"{_seconds(test):.3f}"
    suite = ET.SubElement(suites, "testsuite", name=f"{harmless(outcome.experiment)}.{name}", tests="1", skipped="0")
    suite.set("time", taken)
    for what, word in _COUNTED.items():
        suite.set(what, str(int(test.verdict == word)))
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(outcome, test):
        ET.SubElement(properties, "property", name=harmless(key), value=harmless(value))
    case = ET.SubElement(suite, "testcase", classname=harmless(outcome.experiment), name=name, time=taken)
    _verdict(case, test)
    ET.SubElement(case, "system-out").text = lines(f"\n{_story(test)}\n")


def _name(test: TestOutcome) -> str:
    return test.name.removeprefix("test_")


def _seconds(test: TestOutcome) -> float:
    """Of what was watched; waiting for steady state is not recorded there."""
    return sum(step.watch_s for trial in test.trials for step in trial.steps)


def _properties(outcome: RunOutcome, test: TestOutcome) -> Iterator[tuple[str, str]]:
    valid = [trial for trial in test.trials if trial.valid]
    yield from (("intent", test.intent), ("outcome", test.outcome), ("verdict", test.verdict))
    yield from (
        ("run", outcome.run),
        ("trials", str(len(valid))),
        ("invalid_trials", str(len(test.trials) - len(valid))),
    )
    for number, trial in enumerate(test.trials, 1):
        for step in trial.steps if trial.valid else ():
            for vantage, seen in step.vantages.items():
                place = f"trial {number} {step.name} {vantage}"
                yield f"{place} state", seen.state
                if seen.recovery_s is not None:
                    yield f"{place} recovery_s", f"{seen.recovery_s:.6f}"


def _verdict(case: ET.Element, test: TestOutcome) -> None:
    if test.verdict == "passed":
        return
    kind = {"failed": "failure", "invalid": "error"}[test.verdict]
    said = test.sentence or f"{_name(test)}: {test.outcome}"
    because = dict.fromkeys(each for trial in test.trials for each in _because(trial))
    element = ET.SubElement(case, kind, type=harmless(test.outcome), message=harmless(said))
    element.text = lines("\n".join([said, *because]))


def _because(trial: TrialOutcome) -> list[str]:
    return [trial.failure] if trial.failure else [f"{trial.phase}: {reason}" for reason in trial.reasons]


def _story(test: TestOutcome) -> str:
    """What a pass means, and each violated check of each trial."""
    means = "passes when the outage appears" if test.intent == "reproduction" else "passes when the pair holds"
    return "\n".join([f"{test.sentence or test.outcome} (a {test.intent}: it {means})", *_violated(test)])


def _violated(test: TestOutcome) -> Iterator[str]:
    for number, trial in enumerate(test.trials, 1):
        word = "" if trial.valid else f" (invalid: {'; '.join(trial.reasons)})"
        for step in trial.steps:
            for finding in step.checks:
                if finding.violated:
                    yield f"trial {number}{word}, {step.name}: {finding.name} violated: {finding.sentence}"


FORMAT: Final = Format("verdicts of a run: Jenkins, GitLab, and every CI that shows tests", parts, of_trials=False)

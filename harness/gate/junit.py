"""A gate's report as JUnit XML, which every CI system shows: a test case for the verdict, for lint, for each fault."""

from xml.etree import ElementTree as ET

from harness.gate.report import GateReport, Tried
from harness.model.foreseen import Foreseen
from harness.model.prevention import Prevention


def document(report: GateReport) -> str:
    """As text. What was not measured is skipped; what does not decide is never a failure."""
    cases = len(report.tests) + len(report.preventions) + 2 + bool(report.foreseen)
    suite = ET.Element("testsuite", name="failover-harness gate", tests=str(cases))
    properties = ET.SubElement(suite, "properties")
    for name, value in (("verdict", report.verdict), ("sentence", report.sentence), ("run", report.run)):
        ET.SubElement(properties, "property", name=name, value=_printable(value))
    _verdict(suite, report)
    _lint(suite, report)
    for test in report.tests:
        _case(suite, test)
    if report.foreseen:
        _foreseen(suite, report.foreseen)
    for prevention in report.preventions:
        _prevention(suite, prevention)
    failed = suite.findall(".//failure")
    suite.set("failures", str(len(failed)))
    suite.set("errors", str(len(suite.findall(".//error"))))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _verdict(suite: ET.Element, report: GateReport) -> None:
    """The whole: what could not be judged, or was left behind, is an error and never a pass."""
    case = ET.SubElement(suite, "testcase", classname="gate", name="verdict")
    said = _printable(f"{report.verdict}: {report.sentence}")
    if report.verdict != "SAFE":
        ET.SubElement(case, "failure" if report.verdict == "UNSAFE" else "error", message=said)
    if report.left_behind:
        ET.SubElement(case, "error", message=_printable(f"Left behind: {report.left_behind}"))
    elif report.interrupted and report.verdict == "SAFE":
        ET.SubElement(case, "error", message="interrupted before everything was tried")


def _lint(suite: ET.Element, report: GateReport) -> None:
    case = ET.SubElement(suite, "testcase", classname="gate", name="lint")
    errors = [each for each in report.findings if each.severity == "error"]
    if errors:
        lines = (f"{each.file}:{each.line}: {each.sentence}" for each in errors)
        ET.SubElement(case, "failure", message=_printable(errors[0].sentence)).text = _printable("\n".join(lines))


def _case(suite: ET.Element, test: Tried) -> None:
    case = ET.SubElement(suite, "testcase", classname="gate", name=test.name)
    if test.verdict == "not measured" or (test.verdict == "failed" and not test.decides):
        ET.SubElement(case, "skipped", message=_printable(test.failure))
    elif test.verdict == "failed":
        ET.SubElement(case, "failure", message=_printable(test.failure)).text = _printable(test.fault)


def _foreseen(suite: ET.Element, told: Foreseen) -> None:
    """A failure if the lab showed it and it decides. Of the model alone nothing fails."""
    case = ET.SubElement(suite, "testcase", classname="gate", name="foreseen")
    worst = told.of_worst
    if told.lab.verdict == "failed" and worst and worst.decides:
        ET.SubElement(case, "failure", message=_printable(told.lab.why)).text = _printable(worst.schedule)
    elif told.lab.verdict != "held":
        ET.SubElement(case, "skipped", message=_printable(told.lab.said))
    lines = [told.headline, *told.lines, *(f"the simulation and the lab disagree: {each}" for each in told.disagree)]
    ET.SubElement(case, "system-out").text = _printable("\n".join(lines))


def _prevention(suite: ET.Element, tried: Prevention) -> None:
    """Never a failure: the verdict is of the files as they are. What is not decided is skipped."""
    case = ET.SubElement(suite, "testcase", classname="gate.preventions", name=_printable(tried.name))
    if tried.word == "not decided":
        ET.SubElement(case, "skipped", message=_printable("; ".join(each.said for each in tried.tests)))
    ET.SubElement(case, "system-out").text = _printable("\n".join([tried.headline, *tried.lines]))


def _printable(text: str) -> str:
    """XML 1.0 has no control characters but tab and line ends."""
    return "".join(each if each in "\t\n" or each >= " " else "�" for each in text)

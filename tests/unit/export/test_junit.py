"""JUnit: what the schema of Jenkins' xUnit plug-in (junit-10.xsd) allows, and what GitLab's parser needs."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from harness.export.junit import document
from harness.history import store
from tests.unit.export.nasty import DATA, nasty_outcome

RECORDINGS = sorted(path.parent.name for path in DATA.glob("*/outcome.json"))


class Allowed(NamedTuple):
    """Of one element: its children, the attributes that it must have, and those that it may have."""

    children: frozenset[str]
    required: frozenset[str]
    optional: frozenset[str]


def allowed(children: str, required: str, optional: str = "") -> Allowed:
    return Allowed(*(frozenset(each.split()) for each in (children, required, optional)))


SCHEMA: Final = {
    "testsuites": allowed("testsuite", "", "name time tests failures errors"),
    "testsuite": allowed(
        "testsuite properties testcase system-out system-err",
        "name tests failures errors",
        "group time skipped timestamp hostname id package file log url",
    ),
    "properties": allowed("property", ""),
    "property": allowed("", "name value"),
    "testcase": allowed("skipped error failure system-out system-err", "name", "time classname group"),
    "failure": allowed("", "", "type message"),
    "error": allowed("", "", "type message"),
    "skipped": allowed("", "", "type message"),
    "system-out": allowed("", ""),
}
"""junit-10.xsd, as far as this file can break it."""

SUREFIRE_TIME: Final = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def complaints(element: ET.Element) -> Iterator[str]:
    rule = SCHEMA[element.tag]
    names = set(element.keys())
    yield from (f"{element.tag} lacks {name}" for name in rule.required - names)
    yield from (f"{element.tag} has {name}" for name in names - rule.required - rule.optional)
    if element.tag in {"testsuite", "testsuites"} and not SUREFIRE_TIME.fullmatch(element.get("time", "")):
        yield f"time {element.get('time')}"
    for child in element:
        if child.tag not in rule.children:
            yield f"{child.tag} in {element.tag}"
        yield from complaints(child)


@pytest.mark.parametrize("name", RECORDINGS)
def test_it_fits_the_schema_of_jenkins(name: str) -> None:
    root = ET.fromstring(document(store.read_outcome(DATA / name)).encode())
    assert list(complaints(root)) == []


def test_the_schema_can_fail() -> None:
    root = ET.fromstring('<testsuite name="x"><testcase name="y"><properties/></testcase></testsuite>')
    assert len(list(complaints(root))) == 4


def test_a_nasty_outcome_fits_too_and_stays_text() -> None:
    text = document(nasty_outcome())
    root = ET.fromstring(text.encode())
    assert list(complaints(root)) == []
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\u202e]", text)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in text
    assert "<script" not in text


def test_gitlab_tells_every_case_from_the_others() -> None:
    """It keys a case by class name and name, reads ``failure`` and ``error``, and counts the root's suites."""
    outcome = nasty_outcome()
    root = ET.fromstring(document(outcome).encode())
    cases = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(cases)) == len(outcome.tests)
    assert all(both[0] and both[1] for both in cases)
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")


def test_what_was_not_measured_is_an_error_and_no_failure_of_the_pair() -> None:
    passed, failed, invalid = ET.fromstring(document(nasty_outcome()).encode()).iter("testcase")
    verdicts = [[each.tag for each in case if each.tag != "system-out"] for case in (passed, failed, invalid)]
    assert verdicts == [[], ["failure"], ["error"]]


def test_properties_tell_recovery_and_state_of_each_vantage_point() -> None:
    root = ET.fromstring(document(store.read_outcome(DATA / "outage")).encode())
    told = {each.get("name"): each.get("value") for each in root.iter("property")}
    assert told["intent"] == "reproduction"
    assert told["trial 1 blip customer-3 state"] == "down"
    assert "trial 1 blip customer-3 recovery_s" not in told
    assert told["trial 1 blip customer-1 recovery_s"] == "0.000000"

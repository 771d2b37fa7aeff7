"""The shape of keepalived's text dump: what belongs to which record, and to none."""

import pytest

from harness.model.keepalived_records import Line, Record, read_records

DUMP = """\
------< Global definitions >------
 Router ID = LB-1
------< VRRP Topology >------
 VRRP Instance = external

   Priority = 150
   Virtual IP (2):
     10.10.0.100/24 dev eth0
      10.10.0.101/24 dev eth0
   Check unicast src : yes
   Tracked interfaces :
     eth1 weight -20
   Enforcing strict VRRP compliance
 VRRP Instance = inside
   Priority = 100
------< Interfaces >------
 Name = lo
"""


def test_records_lines_and_items() -> None:
    """A line is three blanks deep, an item of a line five or more; how many items there are is said in brackets."""
    found = read_records(DUMP)
    assert found.sections == ("Global definitions", "VRRP Topology", "Interfaces")
    assert found.strays == ()
    assert [(each.section, each.kind, each.name) for each in found.records] == [
        ("Global definitions", "Router ID", "LB-1"),
        ("VRRP Topology", "VRRP Instance", "external"),
        ("VRRP Topology", "VRRP Instance", "inside"),
        ("Interfaces", "Name", "lo"),
    ]
    assert found.records[1].lines == (
        Line("Priority = 150", "Priority", "150"),
        Line("Virtual IP (2):", "Virtual IP", "", 2, ("10.10.0.100/24 dev eth0", "10.10.0.101/24 dev eth0")),
        Line("Check unicast src : yes", "Check unicast src", "yes"),
        Line("Tracked interfaces :", "Tracked interfaces", "", None, ("eth1 weight -20",)),
        Line("Enforcing strict VRRP compliance", "Enforcing strict VRRP compliance"),
    )
    assert found.records[2].lines == (Line("Priority = 100", "Priority", "100"),)


@pytest.mark.parametrize(
    "text, strays",
    [
        (" VRRP Instance = early\n", [("", "VRRP Instance = early")]),  # before any section
        ("   Priority = 1\n", [("", "Priority = 1")]),
        ("------< A >------\n   Priority = 1\n", [("A", "Priority = 1")]),  # before any record
        ("------< A >------\n one\n------< B >------\n   Priority = 1\n", [("B", "Priority = 1")]),  # not of A's
        ("------< A >------\n one\n     10.0.0.1\n", [("A", "10.0.0.1")]),  # an item of no line
        ("------< A >------\n one\n  two\nthree\n    four\n", [("A", "two"), ("A", "three"), ("A", "four")]),
        ("------< A >------\n one\n   Priority = 1\n    two\n", [("A", "two")]),
        ("------< A >------\n one\n\n   \n", []),
    ],
)
def test_what_belongs_to_no_record(text: str, strays: list[tuple[str, str]]) -> None:
    assert list(read_records(text).strays) == strays


def test_a_line_belongs_to_the_last_record() -> None:
    sections = "------< A >------\n one\n------< B >------\n two\n three\n   Priority = 1\n"
    assert read_records(sections).records == (
        Record("A", "one", "", ()),
        Record("B", "two", "", ()),
        Record("B", "three", "", (Line("Priority = 1", "Priority", "1"),)),
    )


def test_a_line_that_is_still_being_written_is_not_read() -> None:
    """Only a line feed ends one."""
    assert read_records("------< A >------\n one = 1\n   Priority = 1").records == (Record("A", "one", "1", ()),)
    assert read_records("").sections == ()

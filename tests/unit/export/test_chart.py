"""A chart of lines and bands."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from harness.report.axis import Axis
from harness.report.chart import LEFT, RIGHT, WIDTH, Span, chart
from harness.report.drawing import Drawing, shortened

SVG = "{http://www.w3.org/2000/svg}"


def test_a_line_goes_from_edge_to_edge_and_a_band_is_where_it_was_so() -> None:
    root = ET.fromstring(chart("t", "u", {"one": [(0, 0), (100, 50)]}, {"db-1: bad": [Span(25, 50)]}).encode())
    (line,) = [each.get("d", "") for each in root.iter(f"{SVG}path") if each.get("class") == "line a"]
    assert line.startswith(f"M{LEFT} ")
    assert f"L{WIDTH - RIGHT} " in line
    (band,) = [r for r in root.iter(f"{SVG}rect") if r.get("class") == "bad" and r.find(f"{SVG}title") is not None]
    whole = WIDTH - RIGHT - LEFT
    assert (float(band.get("x", "")), float(band.get("width", ""))) == (LEFT + whole / 4, whole / 4)


def test_without_a_point_there_is_no_chart() -> None:
    assert chart("t", "u", {"one": []}, {}) == ""


def test_names_are_text() -> None:
    text = chart("<b>&\x00", "</svg>", {'"><script>': [(0, 1)]}, {})
    assert "<script" not in text
    ET.fromstring(text.encode())


@given(st.floats(-1e9, 1e9), st.just(0.0) | st.floats(1e-3, 1e9), st.integers(1, 20))
def test_marks_are_inside_round_and_few(low: float, length: float, most: int) -> None:
    axis = Axis(low, low + length, 0, 100)
    marks = axis.marks(most)
    slack = max(1e-6, length * 1e-6)
    assert len(marks) <= most + 2
    assert all(low - slack <= mark <= low + length + slack for mark in marks)
    assert all(-1e-6 <= axis.at(mark) <= 100 + 1e-6 for mark in marks)


def test_marks_of_a_trial() -> None:
    assert Axis(-1.1, 11.1, 0, 1).marks(10) == [0, 2, 4, 6, 8, 10]


def test_a_text_that_is_too_long_is_shortened_and_kept_as_its_hint() -> None:
    drawing = Drawing(100, 20, "t", {})
    drawing.text(0, 10, "a long text of many letters", room=62)
    text = next(ET.fromstring(drawing.document().encode()).iter(f"{SVG}text"))
    assert text.text == "a long te…"
    assert [each.text for each in text] == ["a long text of many letters"]
    assert shortened("short", 0) == "short"

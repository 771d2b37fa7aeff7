"""Comparisons as an experiment declares them."""

import pytest

from harness.model.comparisons import Comparison, declared, parse, refuse_too_many
from harness.model.errors import BadValue, UsageError


@pytest.mark.parametrize(
    "text, step, measure, vantage",
    [
        ("blip recovery customer-1", "blip", "recovery", "customer-1"),
        ("check gone, HAProxy stopped success c", "check gone, HAProxy stopped", "success", "c"),
        ("blip transitions", "blip", "transitions", ""),
        ("recovery recovery c", "recovery", "recovery", "c"),
    ],
)
def test_a_declaration_is_read(text: str, step: str, measure: str, vantage: str) -> None:
    (whole,) = declared("outage", [text])
    read = parse(whole)
    assert (read.test, read.step, read.measure, read.vantage) == ("outage", step, measure, vantage)
    assert parse(str(read)) == read


@pytest.mark.parametrize("test", ["outage", "case[1]", "case[a: b]"])
def test_the_name_of_a_parametrised_test_is_read(test: str) -> None:
    (whole,) = declared(test, ["at rest: blip recovery c-1"])
    assert parse(whole) == Comparison(test, "at rest: blip", "recovery", "c-1")


@pytest.mark.parametrize("text", ["", "blip", "blip speed c", "blip recovery", "blip transitions c", "recovery c"])
def test_what_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="valid is STEP recovery VANTAGE"):
        declared("outage", [text])


def test_at_most_six() -> None:
    six = [str(Comparison("outage", "blip", "recovery", f"c-{n}")) for n in range(6)]
    refuse_too_many(six)
    with pytest.raises(UsageError, match="7 comparisons are declared, at most 6"):
        refuse_too_many([*six, "outage: blip transitions"])

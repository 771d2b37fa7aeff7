"""Which comparisons of two runs decide: declared with the experiment, before anything is measured.

An experiment's test says ``@pytest.mark.compares("blip recovery customer-1", "blip transitions")``: a step, a measure,
and a vantage point where the measure is one of vantage points. At most six in one experiment: each further one makes
all of them need more trials.
"""

from collections.abc import Iterable
from typing import Final, Literal, get_args

import msgspec

from harness.model.errors import BadValue, UsageError

MOST: Final = 6

MeasureName = Literal["recovery", "success", "transitions"]
"""``recovery``: seconds until served for good. ``success``: share of good arrivals once settled. ``transitions``: how
often a node gained a VIP within the step."""

OF_VANTAGE: Final = ("recovery", "success")


class Comparison(msgspec.Struct, frozen=True, order=True):
    """`vantage` is empty for a measure of the whole pair."""

    test: str  # without test_
    step: str
    measure: MeasureName
    vantage: str = ""

    def __str__(self) -> str:
        """``outage: blip recovery customer-1``, as `parse` reads it."""
        return f"{self.test}: {self.step} {self.measure}{f' {self.vantage}' if self.vantage else ''}"


def declared(test: str, texts: Iterable[str]) -> tuple[str, ...]:
    """The declarations of one test with its name before each. Raises `BadValue` for one that says nothing."""
    return tuple(str(parse(f"{test}: {text}")) for text in texts)


def parse(text: str) -> Comparison:
    """Raises `BadValue` for a text that is no comparison. A step's name may have spaces."""
    test, rest = _test_and_rest(text)
    words = rest.split()
    for place in (len(words) - 1, len(words) - 2):
        if place >= 1 and words[place] in get_args(MeasureName):
            measure, vantage = words[place], " ".join(words[place + 1 :])
            if bool(vantage) == (measure in OF_VANTAGE):
                return Comparison(test, " ".join(words[:place]), measure, vantage)  # type: ignore[arg-type]
    raise BadValue(
        "comparison", text, "STEP recovery VANTAGE, STEP success VANTAGE, or STEP transitions: blip recovery customer-1"
    )


def _test_and_rest(text: str) -> tuple[str, str]:
    """The name of a parametrised test may have a colon between its brackets: ``case[a: b]: blip transitions``."""
    test, _, rest = text.partition(": ")
    if "[" in test and "]" not in test:
        head, bracket, rest = text.partition("]: ")
        return head + bracket[:1], rest
    return test, rest


def refuse_too_many(found: Iterable[str]) -> None:
    """Raises `UsageError` for more than `MOST`."""
    many = tuple(found)
    if len(many) > MOST:
        raise UsageError(f"{len(many)} comparisons are declared, at most {MOST} are valid: {', '.join(many)}.")

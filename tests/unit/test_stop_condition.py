"""When a fault ends before its time: what is read as a condition, and when it has been met for long enough."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lab.compose import topology
from harness.lab.live import Status
from harness.lab.stop_check import value
from harness.model.errors import BadValue, UnknownName
from harness.model.stop_condition import RELATIONS, StopCondition, StopWatch, Subject
from harness.model.units import ms, s

LAB = topology()


@pytest.mark.parametrize(
    "text, condition",
    [
        ("success(customer-2) < 0.5 for 5s", StopCondition("success", "customer-2", "<", 0.5, 5 * s)),
        ("success<=1", StopCondition("success", None, "<=", 1.0, 0)),
        (" owners( external )  ==  0   for 500ms ", StopCondition("owners", "external", "==", 0.0, 500 * ms)),
        ("owners() > 1", StopCondition("owners", None, ">", 1.0, 0)),
    ],
)
def test_what_is_typed_is_a_condition(text: str, condition: StopCondition) -> None:
    assert StopCondition.parse(text) == condition
    condition.expect(LAB)


@given(
    subject=st.sampled_from(get_args(Subject)),
    name=st.sampled_from([None, "customer-2", "external"]),
    relation=st.sampled_from(sorted(RELATIONS)),
    number=st.sampled_from([0.0, 0.25, 1.0]),
    lasting=st.sampled_from([0, 500 * ms, 5 * s]),
)
def test_a_condition_reads_its_own_text(
    subject: str, name: str | None, relation: str, number: float, lasting: int
) -> None:
    condition = StopCondition(subject, name, relation, number, lasting)  # type: ignore[arg-type]
    assert StopCondition.parse(str(condition)) == condition


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "SUBJECT"),
        ("success", "SUBJECT"),
        ("success != 1", "SUBJECT"),
        ("success < 1 for", "SUBJECT"),
        ("success < -1", "SUBJECT"),
        ("success < 1.5", "a share from 0 to 1"),
        ("success < 0.5 for 5", "with a unit"),
        ("succes < 0.5", "Did you mean 'success'"),
        ("__import__('os') < 1", "SUBJECT"),
    ],
)
def test_what_is_none_is_refused_with_the_form(text: str, said: str) -> None:
    with pytest.raises((BadValue, UnknownName), match=said):
        StopCondition.parse(text)


@pytest.mark.parametrize("text", ["success(customer-9) < 0.5", "owners(outside) > 1"])
def test_of_what_the_lab_does_not_have_nothing_is_known(text: str) -> None:
    with pytest.raises(UnknownName):
        StopCondition.parse(text).expect(LAB)


@pytest.mark.parametrize(
    "text, values, met",
    [
        ("success < 0.5", [0.5, 0.4], [False, True]),
        ("success < 0.5 for 2s", [0.4, 0.4, 0.4], [False, False, True]),
        ("success < 0.5 for 2s", [0.4, 0.4, 0.5, 0.4, 0.4, 0.4], [False, False, False, False, False, True]),
        ("success < 0.5 for 1s", [0.4, None, 0.4, 0.4], [False, False, False, True]),  # unknown is not bad
        ("owners >= 2", [1.0, 2.0], [False, True]),
        ("owners > 1", [1.0, 2.0], [False, True]),
        ("owners <= 0", [1.0, 0.0], [False, True]),
        ("owners == 0", [1.0, 0.0], [False, True]),
    ],
)
def test_it_is_met_for_as_long_as_it_asks(text: str, values: list[float | None], met: list[bool]) -> None:
    """A value each second."""
    watch = StopWatch(StopCondition.parse(text))
    assert [watch.met(place * s, each) for place, each in enumerate(values)] == met


def status(success: dict[str, float | None], owners: dict[str, tuple[str, ...]]) -> Status:
    return Status(
        "x", 1, owners, {}, {}, success, {}, (), (), (), (), asks={"customer-1": "external 10.77.0.100"}
    )  # fmt: skip


SERVED: dict[str, float | None] = {"customer-1": 1.0, "customer-2": 0.25}
OWNED = {"internal": ("lb-int-1",), "external 10.77.0.100": ("lb-ext-1", "lb-ext-2")}


@pytest.mark.parametrize(
    "text, success, found",
    [
        ("success < 1", SERVED, 0.25),  # the worst
        ("success(customer-1) < 1", SERVED, 1.0),
        ("success < 1", SERVED | {"customer-2": None}, None),
        ("success(customer-2) < 1", SERVED | {"customer-2": None}, None),
        ("owners > 1", SERVED, 2.0),  # of the router that the first customer asks
        ("owners(external) > 1", SERVED, 2.0),
        ("owners(internal) > 1", SERVED, 1.0),
    ],
)
def test_its_value_is_that_of_the_live_lab(text: str, success: dict[str, float | None], found: float | None) -> None:
    assert value(StopCondition.parse(text), status(success, OWNED)) == found

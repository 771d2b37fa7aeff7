"""What the operator is told, and the exit status (docs/by-hand.md)."""

import pytest

from harness.model import errors
from harness.model.errors import BadValue, HarnessError, TimedOut, UnknownName

STATUSES = {
    "UsageError": 2, "BadValue": 2, "UnknownName": 2,
    "EnvironmentProblem": 3, "AgentError": 3, "LeaseConflict": 3, "NotMeasured": 3, "TooBusy": 3, "TimedOut": 3,
    "HarnessError": 3,
    "LeftBehind": 4,
}  # fmt: skip
CLASSES = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, HarnessError)]


def test_every_error_has_its_exit_status() -> None:
    assert {each.__name__: each.exit_code for each in CLASSES} == STATUSES


@pytest.mark.parametrize(
    "name, said",
    [
        ("exteral", "There is no segment 'exteral'. Did you mean 'external'? Valid: external, internal."),
        ("ex", "There is no segment 'ex'. Valid: external, internal."),  # less than half of it is alike
        ("extx", "There is no segment 'extx'. Did you mean 'external'? Valid: external, internal."),  # just half
    ],
)
def test_the_nearest_name_is_suggested_if_half_is_alike(name: str, said: str) -> None:
    assert str(UnknownName("segment", name, {"internal", "external"})) == said


def test_without_a_valid_name_none_is_suggested() -> None:
    assert str(UnknownName("lab", "x", ())) == "There is no lab 'x'. Valid: none."


def test_values_are_told_as_they_were_given() -> None:
    assert str(BadValue("cap", "0", "a number from 1 on")) == "cap is '0'; valid is a number from 1 on."
    timed_out = TimedOut("workers", 2.5, "customer-1")
    assert (str(timed_out), timed_out.missing) == (
        "Timed out after 2.5 s waiting for workers: customer-1.",
        "customer-1",
    )

"""What is added to a bound because the observer reads late, and when the formula names it."""

import pytest

from harness.checks._bounds import allowing, read_late, slack_of_both, too_late
from harness.model.limits import Limit
from harness.model.units import ms, s
from tests.histories import HistoryBuilder


@pytest.mark.parametrize("slack_ns, said", [(10 * ms, False), (10 * ms + 1, True)])
def test_ten_milliseconds_are_negligible(slack_ns: int, *, said: bool) -> None:
    """An observer that is never late reports some 5 ms."""
    assert (read_late(slack_ns) == "0.010 s by which the observer read late") is said
    assert (read_late(slack_ns) == "") is not said
    assert allowing(Limit(s), slack_ns).ns == s + slack_ns  # added in any case


def test_the_formula_names_the_slack() -> None:
    assert allowing(Limit(s), 5 * ms).formula == ""
    assert allowing(Limit(s, "2 × advert_int"), 5 * ms).formula == "2 × advert_int"
    told = "plus 0.020 s by which the observer read late"
    assert allowing(Limit(s), 20 * ms).formula == f"1 s, {told}"
    assert allowing(Limit(s, "2 × advert_int"), 20 * ms).formula == f"2 × advert_int, {told}"


@pytest.mark.parametrize("eye, service", [(30, 20), (20, 30)])
def test_what_both_agents_tell_is_as_late_as_the_later_of_them(eye: int, service: int) -> None:
    story = HistoryBuilder()
    story.lag_ns, story.service_lag_ns = eye * ms, service * ms
    assert slack_of_both(*story.judged()) == 30 * ms


@pytest.mark.parametrize("late_ns, said", [(s, False), (s + 1, True)])
def test_nothing_is_known_to_keep_a_bound_within_which_the_agent_did_not_read(late_ns: int, *, said: bool) -> None:
    story = HistoryBuilder()
    story.service_lag_ns = late_ns
    words = too_late(*story.judged(), Limit(s))
    assert words == ("The service agent read up to 1.000 s late, which is more than the bound." if said else "")

"""The VIP belongs to the node that took it, or that outlived a rival while it was muted. One outage shows it."""

import pytest

from harness.model.outcome import OutageOutcome
from harness.model.units import ms
from harness.recovery import vantage_outcomes
from tests.histories import AFTER_S, LB1, LB2, HistoryBuilder

END = 1.5  # of the rivalry
DARK = (0.99, END + 0.01)


def two_owners(released: float | None = 0.8) -> HistoryBuilder:
    """From 1 s to 1.5 s both have the VIP; lb-ext-1 gives up. A fault begins at 0 and is released then, or never."""
    return HistoryBuilder().drop("trunk.a", 0.0, released).takes(LB2, 1.0).gives_up(LB1, END)


def ended(story: HistoryBuilder, by: str = LB2) -> OutageOutcome:
    """customer-1's outage around the rivalry, which ends as that node serves it."""
    story.dark(*DARK, "customer-1").served_by(by, DARK[1], AFTER_S, "customer-1")
    return vantage_outcomes(*story.judged())["customer-1"].outages[-1]


def test_a_failback_is_a_takeover_although_the_old_owner_lets_go_later() -> None:
    """No fault kept lb-ext-2 from being heard."""
    assert ended(HistoryBuilder().takes(LB2, 1.0).gives_up(LB1, END)).handover == "takeover"


@pytest.mark.parametrize(
    "released, kind",
    [
        (0.8, "takeover"),
        (1.0, "takeover"),  # it is heard from that very instant on
        (1.001, "survivor"),
        (END, "survivor"),
        (2.0, "survivor"),
        (None, "survivor"),
    ],
)
def test_a_node_that_took_it_while_muted_has_outlived_its_rival(released: float | None, kind: str) -> None:
    outage = ended(two_owners(released))
    assert (outage.handover, outage.to) == (kind, LB2)


def test_it_is_heard_from_the_first_release_on() -> None:
    """One way is free again before lb-ext-2 takes the VIP, the other one only afterwards."""
    assert ended(two_owners().drop("trunk.b", 0.0, 1.2)).handover == "takeover"


def test_a_takeover_before_the_rivalry_is_another() -> None:
    """lb-ext-2 has been the master since 0.9 s. lb-ext-1 takes the VIP as well, and gives it up again."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).gives_up(LB1, 0.85).takes(LB2, 0.9)
    story.takes(LB1, 1.0).gives_up(LB1, END)
    outage = ended(story)
    assert (outage.handover, outage.to) == ("survivor", LB2)


@pytest.mark.parametrize("lag_ns, kind", [(2 * ms, "takeover"), (0, "survivor")])
def test_an_address_may_have_been_read_later_than_the_rivalry_began(lag_ns: int, kind: str) -> None:
    """lb-ext-1 has the VIP back 2 ms after lb-ext-2 took it: by when they were read, one can have caused the other."""
    story = HistoryBuilder().gives_up(LB1, 0.5).takes(LB2, 0.998).takes(LB1, 1.0).gives_up(LB1, END)
    story.lag_ns = lag_ns
    assert ended(story).handover == kind


@pytest.mark.parametrize("gives_up", [AFTER_S, AFTER_S + 0.1])
def test_a_rivalry_that_the_watch_does_not_see_the_end_of_has_no_survivor(gives_up: float) -> None:
    story = HistoryBuilder().drop("trunk.a", 0.0, None).takes(LB2, 1.0).gives_up(LB1, gives_up)
    outage = vantage_outcomes(*story.dark(0.99, AFTER_S, "customer-1").judged())["customer-1"].outages[-1]
    assert (outage.end_s, outage.handover, outage.to) == (None, "takeover", LB2)


def test_where_both_give_up_no_node_survives() -> None:
    story = two_owners(None).gives_up(LB2, END)
    outage = vantage_outcomes(*story.dark(0.99, AFTER_S, "customer-1").judged())["customer-1"].outages[-1]
    assert (outage.end_s, outage.handover, outage.to) == (None, "takeover", LB2)

"""A step over time as it stays in outcome.json."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from harness.model.events import AddressChanged, AgentStarted
from harness.model.ops import FlushNeighbours
from harness.model.outcome import StepOutcome
from harness.model.requests import DTYPE, Outcome
from harness.model.series import Shares
from harness.recovery import series
from tests.histories import AFTER_S, LB1, LB2, OWN, VIP, HistoryBuilder, carrier_loss, june_13, ns


def test_owners_and_caches_change_when_they_changed() -> None:
    told = series(*june_13().judged())
    assert (told.begins_s, told.ends_s) == (-1.0, AFTER_S)
    assert told.owners[VIP] == ((-1.0, (LB1,)), (0.362, (LB1, LB2)), (0.6, (LB1,)))
    assert told.caches["gw-1"] == ((-1.0, LB1),)
    assert told.caches["gw-2"] == ((-1.0, LB1), (0.365, LB2))
    assert sorted(told.faults) == [(0.0, 0.55), (0.0, 0.8)]
    assert told.acts == ()


def test_success_is_told_in_bins_of_when_a_request_was_due() -> None:
    told = series(*june_13().judged())
    assert told.success["customer-1"] == ((-1.0, 1.0),)
    changes = told.success["customer-2"]
    assert changes[:2] == ((-1.0, 1.0), (0.0, 0.0))
    assert 0 < (dict(changes)[0.3] or 0.0) < 1  # served from 0.365 s on
    assert changes[-1] == (0.6, 0.0)


def test_a_takeover_is_a_gain_and_the_first_owner_is_none() -> None:
    assert series(*HistoryBuilder().judged()).takeovers == 0
    assert series(*june_13().judged()).takeovers == 1
    assert series(*carrier_loss().judged()).takeovers == 2


def test_an_address_that_a_restarted_eye_tells_again_is_no_gain() -> None:
    story = HistoryBuilder().event(AgentStarted(ns(2.0), "eye", "boot", 0))
    for node in (LB1, LB2):
        story.event(AddressChanged(ns(2.5), node, OWN[node], "lan0", present=True))
    told = series(*story.address(LB1, 2.5, present=True).judged())
    assert told.owners[VIP] == ((0.0, (LB1,)), (3.0, None), (3.5, (LB1,)))
    assert told.takeovers == 0


def test_a_node_without_the_router_may_own_its_address() -> None:
    story = HistoryBuilder().event(AddressChanged(ns(1.0), "customer-3", VIP, "lan0", present=True))
    assert series(*story.judged()).owners[VIP] == ((0.0, (LB1,)), (2.0, (LB1, "customer-3")))


def test_what_is_still_held_has_no_end_and_an_act_has_none() -> None:
    story = HistoryBuilder().drop("trunk.a", 0.0, None).drop("trunk.b", 0.5, 2.0).op(FlushNeighbours("gw-1"), 3.0)
    told = series(*story.judged())
    assert (told.faults, told.acts) == (((0.0, None), (0.5, 2.0)), (3.0,))


def arrivals(*due_ns: int, bad: tuple[int, ...] = (), ends_ns: int = ns(AFTER_S)) -> dict[str, Shares]:
    """Vantage point → its success, where customer-1 asked at these instants alone, and customer-2 never.

    The step lasts from -1 s on.
    """
    history, step = HistoryBuilder().drop("trunk.a", 0.0, 0.5).judged()
    records = np.zeros(len(due_ns), DTYPE)
    records["due"] = records["done"] = due_ns
    records["vantage"] = 1
    records["outcome"] = [Outcome.connect_timeout if due in bad else Outcome.ok for due in due_ns]
    told = series(replace(history, requests=records), replace(step, ends_ns=ends_ns))
    return told.success | {"bin_s": ((told.bin_s, None),)}


@pytest.mark.parametrize("count, bin_s", [(110, 0.1), (109, 1.0), (1, 1.0)])
def test_fewer_than_ten_probes_a_second_are_told_in_wide_bins(count: int, bin_s: float) -> None:
    """11 s. The vantage point that is asked for most often decides, for all."""
    assert arrivals(*range(ns(0), ns(0) + count))["bin_s"] == ((bin_s, None),)


def test_a_bin_has_what_was_due_in_it() -> None:
    """Each is [begin, end); of the last one too, in which one arrival says it all."""
    thirds = ns(2.0), ns(2.5), ns(3.0) - 1
    told = arrivals(ns(-1.0), *thirds, ns(3.0), ns(5.0), ns(10.0) - 1, bad=(*thirds[1:], ns(5.0)))
    assert told["customer-1"] == (
        (-1.0, 1.0), (0.0, None), (2.0, 0.333), (3.0, 1.0), (4.0, None), (5.0, 0.0), (6.0, None), (9.0, 1.0),
    )  # fmt: skip
    assert told["customer-2"] == ((-1.0, None),)


@pytest.mark.parametrize("after_ns, last", [(0, (9.0, 1.0)), (1, (10.0, None))])
def test_the_last_bin_is_that_of_the_last_instant_of_the_step(after_ns: int, last: tuple[float, float | None]) -> None:
    """It may have no arrival."""
    assert arrivals(ns(9.5), ends_ns=ns(10.0) + after_ns)["customer-1"][-1] == last
    assert arrivals(ns(8.5))["customer-1"][-2:] == ((8.0, 1.0), (9.0, None))


def test_of_silence_nothing_is_told() -> None:
    history, step = HistoryBuilder().judged()
    told = series(replace(history, requests=history.requests[:0]), step)
    assert told.success["customer-1"] == ((0.0, None),)


def test_an_outcome_of_before_has_none() -> None:
    step = {"name": "blip", "action": "", "watch_s": 1, "fault": None, "vantages": {}, "arp": {}}
    assert msgspec.convert(step, StepOutcome).series is None

"""A step over time as it stays in outcome.json."""

from dataclasses import replace

import msgspec

from harness.model.events import AddressChanged, AgentStarted
from harness.model.outcome import StepOutcome
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


def test_of_silence_nothing_is_told() -> None:
    history, step = HistoryBuilder().judged()
    told = series(replace(history, requests=history.requests[:0]), step)
    assert told.success["customer-1"] == ((0.0, None),)


def test_an_outcome_of_before_has_none() -> None:
    step = {"name": "blip", "action": "", "watch_s": 1, "fault": None, "vantages": {}, "arp": {}}
    assert msgspec.convert(step, StepOutcome).series is None

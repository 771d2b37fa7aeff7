"""Instances of a sync group, and the first timer of a new keepalived, by the rules alone."""

from collections.abc import Iterator

import pytest

from harness.model.units import ms, s
from harness.search.pair import SimulatedPair
from harness.search.subject import of_site
from harness.simulation.instance import Instance
from tests.lint_pairs import conf, two
from tests.recorded_sites import recorded


@pytest.fixture
def pair() -> SimulatedPair:
    made = of_site("edge-sync-group", recorded("edge-sync-group")).pair()
    made.world.begin(made._at_rest(300 * ms))
    return made


def members(pair: SimulatedPair) -> Iterator[Instance]:
    """Both instances of the owner."""
    return pair.world.nodes.on(pair.owner)


def test_a_group_leaves_fault_when_no_member_has_a_failure_of_its_own(pair: SimulatedPair) -> None:
    one, other = members(pair)
    one.down(0, "a")
    other.down(0, "b")
    one.up(0, "a")
    assert (one.state, other.state) == ("FAULT", "FAULT")
    other.up(0, "b")
    assert (one.state, other.state) == ("BACKUP", "BACKUP")


def test_a_failure_of_one_member_is_fault_of_all(pair: SimulatedPair) -> None:
    one, other = members(pair)
    one.down(0, "a")
    assert (one.state, other.state) == ("FAULT", "FAULT")
    assert not other.has_vips


def test_a_member_that_meets_a_rival_announces_for_all(pair: SimulatedPair) -> None:
    one, other = members(pair)
    one._rival(0)
    assert {each.router for each in pair.world.nodes.announced} == {one.router, other.router}


def test_state_master_shortens_the_first_timer_in_a_sync_group_alone(pair: SimulatedPair) -> None:
    grouped = next(members(pair))
    assert first_timer(grouped) == pytest.approx(1 * s, abs=10 * ms)
    alone = of_site("texts", two(confs=(conf(101, more="state MASTER"), conf(100)))).pair()
    one = next(alone.world.nodes.on("lb1"))
    assert one.set.state_master
    assert first_timer(one) == one.master_down_ns()


def first_timer(one: Instance) -> int:
    one.stop(0)
    if one.group:
        one.group.start()
    one.start(0)
    return one.due_ns

"""When a keepalived that was stopped runs again, by the rules alone."""

import pytest

from harness.model import ops
from harness.model.ops import AnyOp, Part
from harness.model.units import ms, s
from harness.search.pair import SimulatedPair
from harness.search.subject import of_site
from harness.simulation.processes import ENDS_AFTER, START_AFTER
from tests.lint_pairs import conf, two


@pytest.fixture
def pair() -> SimulatedPair:
    return of_site("texts", two(confs=(conf(101), conf(100)))).pair()


def back(pair: SimulatedPair, op: AnyOp, lasts: int) -> int:
    """When keepalived of lb1 runs again."""
    pair.world.begin(pair._at_rest(300 * ms))
    pair.world.plan([Part(op, 0, lasts)])
    pair.world.run(20 * s)
    return next(each.t for each in pair.told() if each.node == "lb1" and each.state == "BACKUP")


@pytest.mark.parametrize("lasts", [33 * ms, 800 * ms])
def test_a_keepalived_that_is_stopped_for_a_moment_ends_first(pair: SimulatedPair, lasts: int) -> None:
    """It waits for a second after its adverts of priority 0, and its supervisor starts no second one beside it."""
    assert back(pair, ops.ServiceDown("lb1", "keepalived"), lasts) == ENDS_AFTER + START_AFTER


def test_a_recorded_start_in_that_second_is_of_another_process(pair: SimulatedPair) -> None:
    pair.world.nodes.processes.starts = {("lb1", "keepalived"): [500 * ms, 1_400 * ms]}
    assert back(pair, ops.ServiceDown("lb1", "keepalived"), 33 * ms) == 1_400 * ms


def test_after_a_longer_stop_it_runs_at_once(pair: SimulatedPair) -> None:
    assert back(pair, ops.ServiceDown("lb1", "keepalived"), 3 * s) == 3 * s + START_AFTER


def test_one_that_was_killed_has_ended(pair: SimulatedPair) -> None:
    assert back(pair, ops.ServiceKilled("lb1", "keepalived"), 33 * ms) == 33 * ms + START_AFTER


def test_a_schedule_is_judged_when_such_a_keepalived_is_master_again(pair: SimulatedPair) -> None:
    pair.world.begin(pair._at_rest(300 * ms))
    master_down_ns = next(pair.world.nodes.on("lb1")).master_down_ns()
    assert pair.settle_ns > ENDS_AFTER + START_AFTER + master_down_ns

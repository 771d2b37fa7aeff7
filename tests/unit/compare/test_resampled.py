"""Pairs drawn from recorded trials: how often a comparison is wrong. `scripts/comparison.py` draws more of them."""

from random import Random

from harness.compare.judging import LEAST
from harness.statistics import proportion
from scripts.comparison import drawn, false_alarms, half_width, missed, pools
from tests.unit.compare.test_compare import BASELINE, RECOVERY

POOLS = pools()


def test_there_are_recorded_trials_enough() -> None:
    assert len(POOLS) >= 10
    assert len(drawn(POOLS[0], Random(1)).tests[0].trials) == LEAST
    assert half_width(BASELINE, RECOVERY)


def test_a_pair_without_a_difference_is_hardly_ever_worse() -> None:
    found = false_alarms(POOLS, 200, Random(1))
    low = proportion(found.wrong, found.of).low
    assert low is not None
    assert low <= 0.05


def test_a_shift_of_twice_the_half_width_is_found() -> None:
    for all_of_them in (True, False):
        found = missed(POOLS, 100, Random(1), all_of_them=all_of_them)
        low = proportion(found.wrong, found.of).low
        assert low is not None
        assert low <= 0.1, found

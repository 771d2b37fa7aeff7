"""Theory against what can be worked out by hand, and against what was measured before."""

import pytest

from harness.bench.matrix.cells import TRIGGERS, Cell
from harness.bench.matrix.theory import Expected, expected, master_down, predict
from harness.model.units import ms, s

UPLINK, CARRIER, FROZEN, TRUNK, ONE_WAY = TRIGGERS


def cell(trigger: str, advert_int: float, *, equal: bool = False, preempt: bool = True) -> Cell:
    return Cell(advert_int, equal, preempt, trigger)


def shares(trigger: str, advert_int: float, **more: bool) -> Expected:
    return expected(cell(trigger, advert_int, **more))


@pytest.mark.parametrize(
    "advert_int,priority,seconds", [(1, 150, 3.414), (1, 100, 3.609), (0.3, 100, 1.083), (0.1, 150, 0.341)]
)
def test_master_down(advert_int: float, priority: int, seconds: float) -> None:
    """RFC 5798 section 6.1, as worked out in keepalived's own log."""
    assert master_down(round(advert_int * s), priority) / s == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize("trigger", [UPLINK, FROZEN, TRUNK, ONE_WAY])
@pytest.mark.parametrize("equal", [False, True])
def test_nothing_silent_is_noticed_at_one_second(trigger: str, equal: bool) -> None:  # noqa: FBT001
    assert shares(trigger, 1.0, equal=equal).takeover == 0


@pytest.mark.parametrize("trigger", [UPLINK, TRUNK])
def test_a_silent_loss_is_noticed_in_two_thirds_of_the_phases(trigger: str) -> None:
    """The standby hears nothing for 4 × 0.3 s > master-down where the loss begins 0.1 s or more after an advert."""
    assert shares(trigger, 0.3).takeover == pytest.approx(2 / 3, abs=0.005)


@pytest.mark.parametrize("trigger", [UPLINK, TRUNK])
def test_who_speaks_first_decides(trigger: str) -> None:
    """Both are masters. The standby's adverts lag by skew = 0.609 advert_int: where it is heard first, all is well."""
    theory = shares(trigger, 0.1)
    assert theory.split == theory.split_after
    assert theory.split[0] == pytest.approx(1 - 156 / 256, abs=0.005)


def test_a_frozen_master_speaks_first() -> None:
    """Its timers ran out while it was frozen: it advertises the moment it goes on, and never learns of its rival."""
    assert shares(FROZEN, 0.1).split == (1.0, 1.0)
    assert shares(FROZEN, 0.3).takeover == pytest.approx((0.3 - 0.283) / 0.3, abs=0.005)


def test_one_way_back_always_splits() -> None:
    assert shares(ONE_WAY, 0.1).split == (1.0, 1.0)
    assert shares(ONE_WAY, 0.3).takeover == 0  # 0.55 s is too short


@pytest.mark.parametrize("preempt,changes", [(True, 2), (False, 1)])
def test_a_lost_carrier_is_announced(preempt: bool, changes: int) -> None:  # noqa: FBT001
    for advert_int in (1.0, 0.3, 0.1):
        theory = shares(CARRIER, advert_int, preempt=preempt)
        assert (theory.transitions, theory.split) == (changes, (0, 0))


def test_late_takeovers_are_a_race_until_the_second_burst() -> None:
    """The standby takes over just after the heal and is told off at once: two bursts interleave."""
    blip = predict(cell(UPLINK, 0.3), 200 * ms)
    assert (blip.gains, blip.split, blip.split_after) == (1, None, False)


def test_equal_priorities_heal_at_the_second_burst() -> None:
    """The higher address wins: the survivor is the one that took over, and announces itself again 5 s later."""
    blip = predict(cell(TRUNK, 0.1, equal=True), 10 * ms)
    assert (blip.split, blip.split_after) == (True, False)


def test_dual_mastership_and_gap() -> None:
    assert predict(cell(FROZEN, 0.1), 50 * ms).dual_ns == 800 * ms - (master_down(100 * ms, 100) - 50 * ms)
    gap = predict(cell(CARRIER, 1.0), 100 * ms).gap_ns
    assert gap == master_down(s, 100) - 100 * ms


def test_without_preempt_nothing_silent_changes() -> None:
    """Why those cells are merged: the preferred node never leaves."""
    for trigger in (UPLINK, FROZEN, TRUNK, ONE_WAY):
        assert shares(trigger, 0.1) == shares(trigger, 0.1, preempt=False)

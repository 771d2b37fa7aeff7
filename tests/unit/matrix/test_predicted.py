"""What is predicted for a cell, against what can be worked out by hand, and against what was measured before."""

import pytest

from harness.bench.matrix.cells import TRIGGERS, Cell
from harness.bench.matrix.predicted import Expected, expected, predict
from harness.model.units import ms, s

UPLINK, CARRIER, FROZEN, TRUNK, ONE_WAY = TRIGGERS


def cell(trigger: str, advert_int: float, *, equal: bool = False, preempt: bool = True) -> Cell:
    return Cell(advert_int, equal, preempt, trigger)


def shares(trigger: str, advert_int: float, **more: bool) -> Expected:
    return expected(cell(trigger, advert_int, **more), PHASES)


PHASES = 48  # of 0.1 s or 0.3 s: a share is exact to one of them
FEW = 8  # where every phase gives the same
NEAR = 1.5 / PHASES
FRAMES = 5 * ms  # what frames take, and what keepalived takes to notice that a carrier is lost


def master_down(advert_int_ns: int, priority: int) -> int:
    """RFC 5798 section 6.1: 3 × advert_int + skew."""
    return 3 * advert_int_ns + (256 - priority) * advert_int_ns // 256


@pytest.mark.parametrize("trigger", [UPLINK, FROZEN, TRUNK, ONE_WAY])
@pytest.mark.parametrize("equal", [False, True])
def test_nothing_silent_is_noticed_at_one_second(trigger: str, equal: bool) -> None:  # noqa: FBT001
    assert shares(trigger, 1.0, equal=equal).takeover == 0


@pytest.mark.parametrize("trigger", [UPLINK, TRUNK])
def test_a_silent_loss_is_noticed_in_two_thirds_of_the_phases(trigger: str) -> None:
    """The standby hears nothing for 4 × 0.3 s > master-down where the loss begins 0.1 s or more after an advert."""
    assert shares(trigger, 0.3).takeover == pytest.approx(2 / 3, abs=NEAR)


@pytest.mark.parametrize("trigger", [UPLINK, TRUNK])
def test_who_speaks_first_decides(trigger: str) -> None:
    """Both are masters. The standby's adverts lag by skew = 0.609 advert_int: where it is heard first, all is well."""
    foreseen = shares(trigger, 0.1)
    assert foreseen.split == foreseen.split_after
    assert foreseen.split[0] == pytest.approx(1 - 156 / 256, abs=NEAR)


def test_a_frozen_master_speaks_first() -> None:
    """Its timers ran out while it was frozen: it advertises the moment it goes on, and never learns of its rival."""
    assert shares(FROZEN, 0.1).split == (1.0, 1.0)
    assert shares(FROZEN, 0.3).takeover == pytest.approx((0.3 - 0.283) / 0.3, abs=NEAR)


def test_one_way_back_always_splits() -> None:
    assert shares(ONE_WAY, 0.1).split == (1.0, 1.0)
    assert shares(ONE_WAY, 0.3).takeover == 0  # 0.55 s is too short


@pytest.mark.parametrize("preempt,changes", [(True, 2), (False, 1)])
def test_a_lost_carrier_is_announced(preempt: bool, changes: int) -> None:  # noqa: FBT001
    for advert_int in (1.0, 0.3, 0.1):
        foreseen = expected(cell(CARRIER, advert_int, preempt=preempt), FEW)
        assert (foreseen.transitions, foreseen.split) == (changes, (0, 0))


def test_late_takeovers_are_a_race_until_the_second_burst() -> None:
    """The standby takes over just after the heal and is told off at once: two bursts interleave."""
    blip = predict(cell(UPLINK, 0.3), 200 * ms)
    assert (blip.gains, blip.split, blip.split_after) == (1, None, False)


def test_equal_priorities_heal_at_the_second_burst() -> None:
    """The higher address wins: the survivor is the one that took over, and announces itself again 5 s later."""
    blip = predict(cell(TRUNK, 0.1, equal=True), 10 * ms)
    assert (blip.split, blip.split_after) == (True, False)


def test_dual_mastership_and_gap() -> None:
    dual = predict(cell(FROZEN, 0.1), 50 * ms).dual_ns
    assert dual == pytest.approx(800 * ms - (master_down(100 * ms, 100) - 50 * ms), abs=FRAMES)
    gap = predict(cell(CARRIER, 1.0), 100 * ms).gap_ns
    assert gap == pytest.approx(master_down(s, 100) - 100 * ms, abs=FRAMES)


def test_without_preempt_nothing_silent_changes() -> None:
    """Why those cells are merged: the preferred node never leaves."""
    for trigger in (UPLINK, FROZEN, TRUNK, ONE_WAY):
        assert expected(cell(trigger, 0.1), FEW) == expected(cell(trigger, 0.1, preempt=False), FEW)

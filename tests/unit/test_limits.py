"""Bounds follow from the configuration that ran."""

import pytest

from harness.model.errors import UnknownName, UsageError
from harness.model.limits import Limit, Limits
from harness.model.units import ms, s
from tests.histories import LB1, LB2, keepalived_conf, lab


def derive(advert_int: float, extra: str = "", **overrides: int) -> Limits:
    files = {LB1: keepalived_conf(150, advert_int, extra), LB2: keepalived_conf(100, advert_int, extra)}
    return Limits.derive(lab(), files, overrides)


@pytest.mark.parametrize("advert_int, no_owner, dual_owner", [(1, 3809, 2050), (0.3, 1282, 650), (0.1, 560, 250)])
def test_bounds_by_advert_int(advert_int: float, no_owner: int, dual_owner: int) -> None:
    router = derive(advert_int).routers["external"]
    assert router.no_owner.ns // ms == no_owner
    assert router.dual_owner.ns // ms == dual_owner
    assert router.advert_int_ns == advert_int * s


def test_formula_is_part_of_the_bound() -> None:
    assert str(derive(0.1).routers["external"].no_owner) == "0.561 s = 3 × advert_int + skew + 0.2 s at priority 100"
    assert str(Limit(100 * ms)) == "0.1 s"


def test_settle_outlasts_failback() -> None:
    """A returning preferred master waits master-down, and preempt_delay, before it takes the VIP back."""
    assert derive(0.1).settle_ns == 2 * s
    assert derive(1).settle_ns // ms == 4109
    assert derive(0.1, "preempt_delay 10").settle_ns // ms == 10_860


def test_preempt_is_the_preferred_nodes() -> None:
    assert derive(1).routers["external"].preempt
    assert not derive(1, "nopreempt").routers["external"].preempt


def test_master_down_is_the_standbys() -> None:
    assert derive(0.1).routers["external"].master_down_ns // ms == 360


def test_master_down_follows_the_masters_interval() -> None:
    """A VRRPv3 standby goes by the interval that the master's adverts carry (RFC 5798 section 6.1)."""
    files = {LB1: keepalived_conf(150, 0.1), LB2: keepalived_conf(100, 1)}
    router = Limits.derive(lab(), files).routers["external"]
    assert router.master_down_ns // ms == 360
    assert router.no_owner.ns // ms == 3614  # lb-ext-1's, after lb-ext-2 was master


def test_overrides() -> None:
    bound = derive(1, stale_arp=2 * s).routers["external"].stale_arp
    assert str(bound) == "2 s = set by hand"
    with pytest.raises(UnknownName, match="Did you mean 'stale_arp'"):
        derive(1, stale_apr=1)


def test_missing_instance() -> None:
    with pytest.raises(UsageError, match="lb-ext-2 has no vrrp_instance with virtual_router_id 51"):
        Limits.derive(lab(), {LB1: keepalived_conf(150, 1), LB2: ""})


def test_preferred_is_the_higher_priority() -> None:
    files = {LB1: keepalived_conf(100, 1), LB2: keepalived_conf(150, 1)}
    assert Limits.derive(lab(), files).routers["external"].preferred == LB2
    assert derive(1).routers["external"].preferred == LB1


def test_who_takes_the_vip_back() -> None:
    """Only a higher priority pre-empts: of equals nobody does, and nobody with nopreempt."""
    assert derive(1).routers["external"].takes_back == LB1
    assert derive(1, "nopreempt").routers["external"].takes_back is None
    equal = Limits.derive(lab(), {LB1: keepalived_conf(100, 1), LB2: keepalived_conf(100, 1)}).routers["external"]
    assert (equal.preferred, equal.takes_back) == (LB1, None)

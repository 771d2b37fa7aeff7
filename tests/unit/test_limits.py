"""Bounds follow from the configuration that ran."""

import pytest

from harness.model.errors import UnknownName, UsageError
from harness.model.limits import NAMES, Limit, Limits, RouterLimits
from harness.model.units import ms, s, us
from tests.histories import LB1, LB2, keepalived_conf, lab
from tests.shapes import LB3, three_nodes


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


CHECK = 'vrrp_script page {{\n script "/usr/bin/ask" \n interval 3 \n fall 2 \n rise {rise} \n }}'


@pytest.mark.parametrize(
    "top, later_s, named",
    [
        (CHECK.format(rise=5), 15, "rise × interval of the slowest check"),
        ("global_defs {\n vrrp_startup_delay 20 \n}", 20, "startup_delay"),
        ("vrrp_track_process alive {\n process haproxy \n}", 0, ""),
    ],
)
def test_a_node_is_at_rest_once_its_keepalived_has_started_and_its_checks_have_risen(
    top: str, later_s: float, named: str
) -> None:
    files = {node: keepalived_conf(priority, 1) + top for node, priority in ((LB1, 150), (LB2, 100))}
    limits = Limits.derive(lab(), files)
    settle = limits.routers["external"].settle
    assert settle.ns == derive(1).settle_ns + later_s * s
    assert limits.returns_ns == settle.ns
    assert named in settle.formula


def test_an_election_does_not_wait_for_a_preempt_delay() -> None:
    late, plain = derive(1, "preempt_delay 300"), derive(1)
    assert late.returns_ns == plain.returns_ns == plain.settle_ns
    assert late.settle_ns == plain.settle_ns + 300 * s


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


BOUNDS_MS = {
    "stale_arp": 500, "forwarding": 500, "announced": 100, "survivor": 500, "agreement": 500,
    "groups": 1000, "can_serve": 1000, "hang": 5000,
}  # fmt: skip
"""What no interval changes."""


@pytest.mark.parametrize(
    "advert_int, bounds_us",
    [
        (1, {"dual_owner": 2_050_000, "no_owner": 3_809_375, "no_owner_planned": 809_375, "advert_gap": 2_000_000,
             "settle": 4_109_375}),
        (0.1, {"dual_owner": 250_000, "no_owner": 560_937.5, "no_owner_planned": 260_937.5, "advert_gap": 200_000,
               "settle": 2_000_000}),
    ],
)  # fmt: skip
def test_every_bound(advert_int: float, bounds_us: dict[str, float]) -> None:
    """Another number is another verdict: on the same pair, and on every recording that is judged anew."""
    router = derive(advert_int).routers["external"]
    assert {name: getattr(router, name).ns for name in NAMES} == {
        **{name: bound * ms for name, bound in BOUNDS_MS.items()},
        **{name: bound * us for name, bound in bounds_us.items()},
    }


def test_shares_of_what_is_served() -> None:
    """docs/design.md: 99.9 % before the fault."""
    assert (derive(1).steady_share, derive(1).recovered_share, derive(1).advert_tolerance) == (0.999, 0.99, 0.2)


def uneven(first: tuple[float, str], second: tuple[float, str], version: int = 3) -> RouterLimits:
    """Intervals and further lines of 150 and 100."""
    files = {LB1: keepalived_conf(150, *first), LB2: keepalived_conf(100, *second)}
    texts = {node: text.replace("vrrp_version 3", f"vrrp_version {version}") for node, text in files.items()}
    return Limits.derive(lab(), texts).routers["external"]


@pytest.mark.parametrize("intervals", [(0.1, 1), (1, 0.1)])
def test_bounds_go_by_the_longer_interval(intervals: tuple[float, float]) -> None:
    router = uneven((intervals[0], ""), (intervals[1], ""))
    assert (router.advert_int_ns, router.advert_gap.ns, router.dual_owner.ns) == (1 * s, 2 * s, 2050 * ms)


def test_a_vrrpv2_standby_goes_by_its_own_interval() -> None:
    """RFC 3768 section 6.1: adverts of another interval are dropped, not followed."""
    router = uneven((1, ""), (2, ""), version=2)
    assert router.master_down_ns == 6_609_375_000


@pytest.mark.parametrize("first, second", [("preempt_delay 10", ""), ("", "preempt_delay 10")])
def test_the_longest_delay_counts(first: str, second: str) -> None:
    assert uneven((0.1, first), (0.1, second)).settle.ns // ms == 10_860


@pytest.mark.parametrize(
    "priorities, preferred, back",
    [
        ((150, 100, 100), LB1, LB1),
        ((150, 150, 50), LB1, None),
        ((100, 150, 150), LB2, None),
        ((50, 100, 150), LB3, LB3),
    ],
)
def test_of_three_nodes(priorities: tuple[int, ...], preferred: str, back: str | None) -> None:
    """The first of equals has the VIPs at rest, and takes nothing back."""
    files = {node: keepalived_conf(each, 1) for node, each in zip((LB1, LB2, LB3), priorities, strict=True)}
    router = Limits.derive(three_nodes().topology, files).routers["external"]
    assert (router.preferred, router.takes_back) == (preferred, back)


@pytest.mark.parametrize("name", ["vrrp", "heartbeats", "ns"])
def test_only_a_bound_is_set_by_hand(name: str) -> None:
    with pytest.raises(UnknownName, match=f"no limit '{name}'"):
        Limits.derive(lab(), {LB1: keepalived_conf(150, 1), LB2: keepalived_conf(100, 1)}, {name: 1 * s})


def test_the_slowest_router_sets_when_all_must_be_at_rest() -> None:
    quick, slow = derive(0.1).routers["external"], derive(1).routers["external"]
    for routers in ({"a": quick, "b": slow}, {"a": slow, "b": quick}):
        assert Limits(routers).settle_ns == slow.settle.ns


def test_the_segments_of_the_adverts() -> None:
    assert derive(1).routers["external"].segments == {"external"}


def test_from_all_that_a_node_gets() -> None:
    """Files by path; a node that gets no keepalived.conf is none of the pair."""
    inner = keepalived_conf(150, 0.3)
    main = {"/etc/keepalived/keepalived.conf": "include conf.d/*.conf\n", "/etc/keepalived/conf.d/a.conf": inner}
    files = {LB1: main, LB2: {"keepalived.conf": keepalived_conf(100, 0.3)}, "gw-1": {"bird.conf": "{"}}
    router = Limits.of_files(lab(), files).routers["external"]
    assert (router.vrrp[LB1].priority, router.advert_int_ns) == (150, 300 * ms)


def test_nothing_that_was_told_changes_nothing() -> None:
    assert derive(1).with_running({}, lab()) == derive(1)

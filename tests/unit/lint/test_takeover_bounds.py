"""How long a takeover may take, from the timers of a pair. Ten whole sites are in test_sites.py."""

import pytest

from harness.lint._bounds import Bounds, bounds
from harness.model.units import ms, s
from tests.unit.lint.krules import both, instance, node, pair_of


def check(command: str = "/usr/bin/pgrep -x haproxy", *lines: str, name: str = "chk") -> str:
    return (
        f'vrrp_script {name} {{\n  script "{command}"\n  interval 2\n  fall 3\n'
        + "".join(f"  {line}\n" for line in lines)
        + "}\n"
    )


def tracking(*names: str) -> str:
    return "  track_script {\n" + "".join(f"    {name}\n" for name in names) + "  }"


def of(one: str, other: str) -> Bounds:
    (router,) = both(one, other).routers
    found = bounds(router)
    assert found
    return found


def test_a_weight_waits_for_the_peers_master_down_and_fault_for_its_skew() -> None:
    fault = of(check() + instance(tracking("chk"), priority=150), instance(priority=128))
    weight = of(
        check("/usr/bin/pgrep -x haproxy", "weight -60") + instance(tracking("chk"), priority=150),
        instance(priority=128),
    )
    assert fault.haproxy_dead
    assert weight.haproxy_dead
    assert (fault.peer_dead.ns, weight.peer_dead.ns) == (3_500 * ms, 3_500 * ms)
    assert (fault.haproxy_dead.ns, weight.haproxy_dead.ns) == (6_500 * ms, 9_500 * ms)
    assert str(fault.haproxy_dead) == (
        "6.5 s = interval 2 s × fall 3 + skew (256 − 128) / 256 s (FAULT: priority 0 is sent)"
    )


def test_preempt_delay_is_waited_for_after_a_lower_advert() -> None:
    found = of(
        check("/usr/bin/pgrep -x haproxy", "weight -60") + instance(tracking("chk"), priority=150),
        instance("  preempt_delay 20", priority=128),
    )
    assert found.haproxy_dead
    assert found.haproxy_dead.ns == 29_500 * ms
    assert "preempt_delay 20 s" in found.haproxy_dead.formula


def test_a_backup_of_version_3_takes_the_masters_interval() -> None:
    version = "global_defs {\n  vrrp_version 3\n}\n"
    found = of(version + instance("  advert_int 0.5", priority=150), version + instance("  advert_int 2", priority=128))
    assert found.peer_dead.ns == 1_750 * ms


def test_down_timer_adverts_counts() -> None:
    assert of(instance(priority=150), instance("  down_timer_adverts 5", priority=128)).peer_dead.ns == 5_500 * ms


def test_the_slowest_check_of_haproxy_counts() -> None:
    slow = check(name="slow").replace("interval 2", "interval 10")
    found = of(check() + slow + instance(tracking("chk", "slow"), priority=150), instance(priority=128))
    assert found.haproxy_dead
    assert found.haproxy_dead.ns == 30_500 * ms


def test_checks_that_only_move_the_vip_together_are_waited_for_together() -> None:
    half = check("/usr/bin/pgrep -x haproxy", "weight -15") + check("/usr/bin/pgrep -x haproxy", "weight -15", name="b")
    found = of(half + instance(tracking("chk", "b"), priority=150), instance(priority=128))
    assert found.haproxy_dead
    assert found.haproxy_dead.ns == 9_500 * ms


@pytest.mark.parametrize(
    "text", [instance(priority=150), check("/usr/bin/ping 192.0.2.9") + instance(tracking("chk"), priority=150)]
)
def test_without_a_check_of_haproxy_nothing_moves(text: str) -> None:
    assert of(text, instance()).haproxy_dead is None


def test_a_process_counts_by_its_delay() -> None:
    text = "vrrp_track_process haproxy {\n  process haproxy\n  delay 0.5\n}\n" + instance(
        "  track_process {\n    haproxy\n  }", priority=150
    )
    found = of(text, instance(priority=128))
    assert found.haproxy_dead
    assert found.haproxy_dead.ns == s


@pytest.mark.parametrize(
    "command, lines, remark",
    [
        ("/usr/bin/curl -m 2 http://127.0.0.1/", [], "if chk hangs, that adds up to 2 s"),
        ("/usr/bin/pgrep -x haproxy", ["timeout 4"], "if chk hangs, that adds up to 4 s"),
        ("/usr/bin/pgrep -x haproxy", [], ""),
    ],
)
def test_time_that_a_check_may_hang_is_a_remark(command: str, lines: list[str], remark: str) -> None:
    assert of(check(command, *lines) + instance(tracking("chk"), priority=150), instance()).remark == remark


def test_of_three_nodes_the_second_is_the_successor() -> None:
    pair = pair_of(*(node(name, instance(priority=p)) for name, p in [("c", 90), ("a", 150), ("b", 120)]))
    found = bounds(pair.routers[0])
    assert found
    assert (found.holder, found.successor) == ("a", "b")


def test_one_node_alone_has_no_bounds() -> None:
    assert bounds(pair_of(node("a", instance())).routers[0]) is None
    twice = instance() + instance(name="again", vrid=18)
    (router,) = pair_of(node("a", twice)).routers
    assert len(router.members) == 2
    assert bounds(router) is None

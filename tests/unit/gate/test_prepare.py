"""What a gate will try, from the files alone."""

import pytest
from msgspec.structs import replace

from harness import faults
from harness.gate.battery import AT_REST, GateTest
from harness.gate.decided import questions
from harness.gate.prepare import Prepared, Wish, prepare
from harness.model.errors import UnknownName, UsageError
from harness.model.units import s
from tests.lint_pairs import SOUND as SOUND_CFG
from tests.lint_pairs import conf, two
from tests.recorded_sites import SITES, expected, recorded

TRACKS_A_PROCESS = "ldap-nopreempt-process"
SOUND = [each for each in SITES if expected(each)["source"] == "sound" and each != TRACKS_A_PROCESS]


def names(prepared: Prepared) -> list[str]:
    return [test.name for test in prepared.tests]


@pytest.mark.parametrize("name", SOUND)
def test_every_fault_has_a_plan_on_the_site_s_own_lab(name: str) -> None:
    prepared = prepare(recorded(name), Wish())
    for test in prepared.tests:
        if test.fault:
            assert test.fault.plan(prepared.place.topology).parts


@pytest.mark.parametrize("name", SOUND)
def test_bounds_are_the_site_s_own(name: str) -> None:
    """Of the router whose VIP is asked first; each test adds a tenth and half a second to measure it."""
    bound = expected(name)["bound_s"]
    by_name = {test.name: test.bound.ns / 1e9 for test in prepare(recorded(name), Wish()).tests}
    assert by_name["power-cut"] == pytest.approx(1.1 * bound["peer_dead"] + 0.5, abs=0.002)
    assert by_name["haproxy-killed"] == pytest.approx(1.1 * bound["haproxy_dead"] + 0.5, abs=0.002)


def test_a_tracked_process_cannot_be_judged() -> None:
    with pytest.raises(UsageError, match=r"dir1/keepalived\.conf:\d+: LDAP of dir1 tracks a process"):
        prepare(recorded(TRACKS_A_PROCESS), Wish())


def test_a_node_of_which_nothing_is_known_is_named_and_not_left_out() -> None:
    pair = recorded("wiki-minimal")
    silent = pair._replace(nodes=(pair.nodes[0], pair.nodes[1]._replace(told=False)))
    with pytest.raises(UsageError, match="keepalived of lb2 did not tell its settings"):
        prepare(silent, Wish(only=("haproxy-killed",)))


def test_where_the_engine_grants_too_few_files_haproxy_gets_fewer_connections() -> None:
    assert prepare(recorded("press-include"), Wish()).connections == {"proxy01": 9900, "proxy02": 9900}
    assert prepare(recorded("wiki-minimal"), Wish()).connections == {}


def test_quick_is_eight_faults() -> None:
    prepared = prepare(recorded("wiki-minimal"), Wish(quick=True))
    assert len(prepared.tests) == 1 + 8
    assert prepared.expected_s < 240
    assert "haproxy-hung: not asked for" in prepared.not_tried


def test_only_what_is_named_and_the_pair_at_rest() -> None:
    assert names(prepare(recorded("wiki-minimal"), Wish(only=("return",)))) == [AT_REST, "return"]


def test_a_test_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownName, match=r"'haproxy-kiled'. Did you mean 'haproxy-killed'"):
        prepare(recorded("wiki-minimal"), Wish(only=("haproxy-kiled",)))


def test_a_budget_buys_rounds() -> None:
    once = prepare(recorded("wiki-minimal"), Wish(quick=True)).expected_s
    assert prepare(recorded("wiki-minimal"), Wish(quick=True, budget_s=3.5 * once)).trials == 3


def test_what_a_budget_has_no_time_for_is_said() -> None:
    prepared = prepare(recorded("wiki-minimal"), Wish(quick=True, budget_s=60))
    assert prepared.trials == 1
    assert names(prepared)[:2] == [AT_REST, "haproxy-killed"]
    assert "servers-down: no time within the budget" in prepared.not_tried
    assert prepared.expected_s <= 60
    assert {"freeze", "servers-down"} <= set(prepared.late)


def test_a_budget_that_drops_only_what_does_not_decide_drops_nothing_of_the_verdict() -> None:
    wish = Wish(only=("haproxy-killed", "overload"))
    enough = prepare(recorded("wiki-minimal"), wish).expected_s - 1
    prepared = prepare(recorded("wiki-minimal"), wish._replace(budget_s=enough))
    assert names(prepared) == [AT_REST, "haproxy-killed"]
    assert prepared.late == ()
    assert prepared.only


@pytest.mark.parametrize("decide", [True, False])
def test_partitions_decide_if_that_is_required(decide: bool) -> None:  # noqa: FBT001 - a parameter of the test
    prepared = prepare(recorded("wiki-minimal"), Wish(partitions_decide=decide))
    partitions = [test for test in prepared.tests if test.kind == "partition"]
    assert [test.name for test in partitions] == ["blip", "one-way", "vrrp-lost", "thaw"]
    assert {test.decides for test in partitions} == {decide}


def test_partitions_that_are_required_are_tried_though_it_is_quick() -> None:
    """Else the pair would be SAFE without what was required."""
    prepared = prepare(recorded("wiki-minimal"), Wish(quick=True, partitions_decide=True))
    assert {"blip", "one-way", "vrrp-lost", "thaw"} <= set(names(prepared))
    assert "overload" not in names(prepared)


def bounded(**bounds: float) -> Prepared:
    pair = recorded("wiki-minimal")
    return prepare(pair._replace(site=replace(pair.site, bounds=bounds)), Wish())


def test_a_site_may_allow_another_time_than_its_timers_need() -> None:
    """Trials are as long as its timers need: so it is seen how long it took."""
    before, after = ({test.name: test for test in bounded(**each).tests} for each in ({}, {"peer_dead": 1.0}))
    changed = {name for name, test in after.items() if test.bound != before[name].bound}
    assert changed == {
        "power-cut", "link-down", "keepalived-killed", "keepalived-stopped", "freeze", "vip-deleted", "blip", "one-way",
        "vrrp-lost", "thaw", "return",
    }  # fmt: skip
    assert after["freeze"].bound.ns == 1.6 * s
    assert str(after["freeze"].bound).startswith("1.6 s = peer_dead in bounds of pair.toml + 10%")
    assert {name: test.watch_ns for name, test in after.items()} == {n: test.watch_ns for n, test in before.items()}
    assert [test.fault for test in after.values()] == [test.fault for test in before.values()]


def test_a_bound_of_haproxy_is_of_its_failures_and_of_the_return() -> None:
    before, after = ({test.name: test for test in bounded(**each).tests} for each in ({}, {"haproxy_dead": 60.0}))
    changed = {name for name, test in after.items() if test.bound != before[name].bound}
    assert changed == {"haproxy-killed", "haproxy-stopped", "haproxy-hung", "return"}
    assert after["haproxy-killed"].watch_ns > 66 * s
    assert any("allowed are 60 s = haproxy_dead" in line for line in bounded(haproxy_dead=60.0).routers[0].formulas)


@pytest.mark.parametrize("more, later_s", [("", 0), ("preempt_delay 30", 30)])
def test_a_node_that_waits_before_it_takes_its_addresses_back_is_watched_as_long(more: str, later_s: float) -> None:
    pair = two(confs=(conf(101, "/usr/bin/pgrep haproxy", lines="rise 5", more=more), conf(100)))
    late = pair.nodes[0]._replace(running=replace(pair.nodes[0].running, startup_delay_ns=7 * s))
    (router,) = pair.routers
    members = tuple(each._replace(node=late) if each.node.name == late.name else each for each in router.members)
    prepared = prepare(pair._replace(nodes=(late, pair.nodes[1]), routers=(router._replace(members=members),)), Wish())
    assert prepared.target.comes_back_ns == (5 + 7 + later_s) * s
    (test,) = [test for test in prepared.tests if test.name == "return"]
    assert test.watch_ns > (12 + 5 + 7 + later_s) * s


def test_the_router_that_waits_longest_of_those_that_the_node_prefers_counts() -> None:
    """The one that is asked first waits for nothing."""

    def texts(priority: int, delay: str) -> str:
        more = conf(priority, more=delay, vips=("192.0.2.11",)).replace("web", "api").replace("id 51", "id 52")
        return conf(priority) + more

    prepared = prepare(two(confs=(texts(101, "preempt_delay 60"), texts(100, ""))), Wish())
    assert prepared.target.vip == "192.0.2.10"
    assert prepared.target.comes_back_ns >= 60 * s


def power_cut(script: str, lines: str) -> GateTest:
    """Of a pair whose standby alone has this check beside one that looks for HAProxy's process."""
    standby = conf(100, script, lines=lines)
    prepared = prepare(two(confs=(conf(101, "/usr/bin/pgrep haproxy"), standby)), Wish(only=("power-cut",)))
    (test,) = [test for test in prepared.tests if test.name == "power-cut"]
    return test


@pytest.mark.parametrize(
    "lines, longer_s",
    [("interval 5\nfall 3", 30 + 2), ("interval 2\nfall 3\ntimeout 10", 36 + 2), ("interval 1\nfall 1", 0)],
)
def test_a_power_cut_is_watched_until_a_check_that_looks_for_the_dead_node_has_failed(
    lines: str, longer_s: float
) -> None:
    """It puts the new owner into FAULT, long after the takeover: no node has the address then."""
    plain, asking = power_cut("/usr/bin/pgrep haproxy", lines), power_cut("/usr/bin/ping -c 1 192.0.2.1", lines)
    assert asking.bound == plain.bound
    assert asking.watch_ns == max(plain.watch_ns, longer_s * s)


def test_customers_ask_from_both_halves() -> None:
    topology = prepare(recorded("wiki-minimal"), Wish()).place.topology
    sides = {topology.node(name).ports[0].switch for name in topology.vantages}
    assert sides == {"sw-eth0-a", "sw-eth0-b"}


def test_without_a_frontend_on_a_vip_the_question_is_missing() -> None:
    pair = recorded("wiki-minimal")
    silent = pair._replace(nodes=(), routers=())
    with pytest.raises(UsageError, match="say what customers ask: probe ="):
        prepare(silent, Wish())


def test_a_load_that_fills_the_frontend() -> None:
    """Longer than the check needs to notice, and more sessions than the limit."""
    (full,) = [test for test in prepare(recorded("wiki-minimal"), Wish()).tests if test.name == "overload"]
    assert full.fault
    assert full.fault.describe().startswith("2,100 unfinished requests from customer-1 to 192.0.2.10:80, ")
    assert (full.kind, full.decides, full.quick) == ("overload", False, False)
    assert full.ends_ns >= 2.609e9 + 4e9


@pytest.mark.parametrize(
    "name, why",
    [
        ("kubeadm-curl", "the limit of its sessions is not a frontend's own"),
        ("press-include", "more than 8,000 sessions cannot be held here"),
        ("tls-vip-bound", "requests over TLS that never end cannot be held here"),
    ],
)
def test_a_frontend_that_cannot_be_filled_is_named(name: str, why: str) -> None:
    assert f"overload: {why}" in prepare(recorded(name), Wish()).not_tried


@pytest.mark.parametrize("probe, said", [((), False), (("http://192.0.2.10/",), True)])
def test_of_each_question_it_is_known_who_said_it(probe: tuple[str, ...], said: bool) -> None:  # noqa: FBT001 - of the test
    pair = recorded("wiki-minimal")
    prepared = prepare(pair._replace(site=replace(pair.site, probe=probe)), Wish())
    assert questions(prepared) == {"192.0.2.10": said, "customer-1": said, "customer-2": said}


@pytest.mark.parametrize("name", SOUND)
def test_each_vip_has_a_customer_or_a_reason(name: str) -> None:
    pair = recorded(name)
    placed = prepare(pair, Wish()).place
    asked = {vantage.vip for vantage in placed.topology.vantages.values()}
    assert {vip for router in pair.routers for vip in router.preferred.addresses} == asked | placed.unjudged.keys()
    assert not asked & placed.unjudged.keys()


def test_customers_on_another_network_than_the_adverts_have_a_cable_of_their_own() -> None:
    """edge-sync-group with the adverts of its first router on the other card."""
    pair = recorded("edge-sync-group")
    (ours, theirs) = {each.preferred.instance.base_interface for each in pair.routers}
    before = prepare(pair, Wish())
    assert before.target.customers == ""
    assert "customers-link-down" not in names(before)
    first = next(each for each in pair.routers if before.target.vip in each.preferred.addresses)
    swapped = {ours: theirs, theirs: ours}[first.preferred.instance.base_interface]
    members = tuple(
        each._replace(instance=replace(each.instance, interface=swapped, base_interface=swapped))
        for each in first.members
    )
    routers = tuple(each._replace(members=members) if each is first else each for each in pair.routers)
    prepared = prepare(pair._replace(routers=routers), Wish())
    (pulled,) = [test for test in prepared.tests if test.name == "customers-link-down"]
    assert prepared.target.customers == before.target.segment != prepared.target.segment
    assert pulled.fault == faults.link_down(f"{prepared.target.victim}.{before.target.segment}")
    assert pulled.decides


def on_the_nodes(*servers: str) -> dict[str, GateTest]:
    """Of a pair whose second server, and others, lie on the balancers."""
    more = "".join(f"    server own{number} {each}\n" for number, each in enumerate(servers))
    pair = two(SOUND_CFG.replace("    server app2 192.0.2.22:8080 check\n", more), confs=(conf(101), conf(100)))
    return {test.name: test for test in prepare(pair, Wish()).tests}


def test_a_node_that_fails_with_its_own_server_is_allowed_as_long_as_haproxy_needs_to_leave_it_out() -> None:
    """Half of the requests hang until then, wherever the address is: no failure of the pair's timers."""
    tests, plain = on_the_nodes("192.0.2.1:8080 check inter 2s fall 3"), on_the_nodes("192.0.2.22:8080 check")
    longer = {name for name, test in tests.items() if name in plain and test.bound.ns > plain[name].bound.ns}
    assert longer == {"power-cut", "link-down", "freeze"}
    assert tests["power-cut"].bound.ns == pytest.approx((12 * 1.1 + 0.5) * s)
    assert "until HAProxy leaves out own0, which is on the node itself" in tests["power-cut"].bound.formula
    assert tests["return"].ends_ns > 12 * s


@pytest.mark.parametrize(
    "server, back_s, said",
    [
        ("check inter 1s rise 2", 7, "inter 2 s × (rise 2 + 1) of app1 + 1 s to start"),
        ("check inter 1s rise 2 downinter 30s", 33, "downinter 30 s + inter 1 s × rise 2 of own0 + 1 s to start"),
        ("check inter 10s rise 2 downinter 5s", 31, "inter 10 s × (rise 2 + 1) of own0 + 1 s to start"),
    ],
)
def test_a_server_that_is_down_is_asked_less_often(server: str, back_s: float, said: str) -> None:
    """HAProxy's manual, 5.2, downinter: such a pair is as sound as another, and its servers come back later."""
    bound = on_the_nodes(f"192.0.2.22:8080 {server}")["servers-down"].bound
    assert bound.ns == pytest.approx((back_s * 1.1 + 0.5) * s)
    assert said in bound.formula


@pytest.mark.parametrize("server", ["192.0.2.2:8080 check", "127.0.0.1:8080 check", "192.0.2.1:8080"])
def test_servers_that_do_not_fail_with_the_node_or_are_never_left_out_allow_no_more(server: str) -> None:
    plain = on_the_nodes("192.0.2.22:8080 check")
    assert on_the_nodes(server)["power-cut"].bound == plain["power-cut"].bound


def test_a_server_is_found_by_its_name_too() -> None:
    pair = two(
        SOUND_CFG.replace("192.0.2.22:8080", "one:8080"), confs=(conf(101), conf(100)), hosts={"one": "192.0.2.1"}
    )
    assert prepare(pair, Wish()).target.servers_gone


def test_a_pair_of_ipv6_alone_is_not_asked_for_a_probe() -> None:
    """HAProxy listens there; it is the lab that has no IPv6."""
    cfg = SOUND_CFG.replace("bind *:80", "bind :::80")
    pair = two(cfg, confs=(conf(101, vips=("2001:db8::10",)), conf(100, vips=("2001:db8::10",))))
    with pytest.raises(UsageError, match="Each VIP of the pair is an IPv6 address, and the lab has IPv4 alone"):
        prepare(pair, Wish())

"""What a site's checks make of a HAProxy that is killed, hangs or stops: foreseen from its own files and scripts."""

from functools import cache

import pytest

from harness.model import ops
from harness.model.ops import Part
from harness.model.units import ms, s
from harness.search.follows import follows
from harness.search.pair import Ended, SimulatedPair
from harness.search.schedule import Act, Schedule
from harness.search.searching import grid
from harness.search.subject import Subject, of_site
from harness.simulation.nodes import Transition
from tests.lint_pairs import conf, two
from tests.recorded_sites import recorded


@cache
def site(name: str) -> Subject:
    return of_site(name, recorded(name))


def run(pair: SimulatedPair, word: str, lasts: int, phase: int = 1 * ms) -> Ended:
    return pair.run(Schedule((Act(word, 0, lasts),), phase))


def states(pair: SimulatedPair, node: str) -> list[str]:
    return [each.state for each in pair.told() if each.node == node and each.router == pair.router.name]


def first(pair: SimulatedPair, node: str, state: str) -> Transition:
    return next(each for each in pair.told() if (each.node, each.state) == (node, state))


# -- what a command asks for


@pytest.mark.parametrize(
    "command, asks",
    [
        ("/usr/bin/killall -0 haproxy", "process"),
        ("/usr/bin/pidof haproxy", "process"),
        ("systemctl is-active haproxy", "process"),
        ("/bin/nc -z 127.0.0.1 80", "connection"),
        ("/usr/bin/curl -sf -m 1 http://127.0.0.1:8404/ready", "answer"),
        ("/usr/bin/pidof nginx", "nothing"),
        ("/usr/sbin/haproxy -c -f /etc/haproxy/haproxy.cfg", "nothing"),
        ("/usr/bin/curl -sf http://198.51.100.7/", "nothing"),
        ("/etc/keepalived/haproxy.sh", "nothing"),
        ("/usr/sbin/service haproxy status", "process"),
        ("/bin/sh -c 'kill -0 $(cat /run/haproxy.pid)'", "process"),
        ("/bin/sh -c 'ss -ltnp | grep -q haproxy'", "connection"),
        ("/bin/sh -c 'haproxy -c -q -f /etc/haproxy/haproxy.cfg && pidof haproxy'", "process"),
        ("/bin/sh -c 'echo show info | socat - /run/haproxy.sock'", "connection"),
        ("/bin/nc -z haproxy.example 80", "nothing"),
        ("/usr/bin/curl -sf http://198.51.100.7/haproxy/status", "nothing"),
        ("/usr/bin/test -S /run/haproxy/admin.sock", "nothing"),
        ("/usr/bin/test -f /run/haproxy.pid", "nothing"),
        ("/bin/sh -c '[ -f /run/haproxy.pid ]'", "nothing"),
        ("/bin/sh -c 'pidof haproxy || true'", "nothing"),
        ("/bin/sh' '-c' 'pidof haproxy || true", "nothing"),
        ("/usr/bin/killall -0 haproxy || exit 1", "nothing"),
        ("/usr/bin/curl -sf http://127.0.0.1/up > /dev/null", "nothing"),
        ("/usr/bin/pidof haproxy || exit 1", "process"),
    ],
)
def test_what_a_check_follows_is_read_from_its_command(command: str, asks: str) -> None:
    assert follows(command, {}).follows == asks


def test_a_script_file_says_what_it_asks_and_for_how_long_it_waits() -> None:
    files = {"/etc/check.sh": "#!/bin/sh\ncurl -sf --max-time 2.5 http://localhost/health || exit 1\n"}
    assert follows("'/etc/check.sh' '-v'", files) == ("answer", 2_500 * ms)


@pytest.mark.parametrize(
    "text, asks",
    [
        ("pidof haproxy || systemctl restart haproxy\nexit 0", "nothing"),
        ("curl -sf http://127.0.0.1/up\nexit 0", "nothing"),
        ("pgrep -f haproxy", "nothing"),  # it finds the script itself
        ("pgrep -x haproxy", "process"),
        ("pid=$(cat /run/haproxy.pid)\n[ -d /proc/$pid ]", "process"),
    ],
)
def test_a_script_that_cannot_fail_follows_nothing(text: str, asks: str) -> None:
    path = "/etc/keepalived/check_haproxy.sh"
    assert follows(path, {path: f"#!/bin/sh\n{text}\n"}).follows == asks


def test_a_check_that_starts_haproxy_and_succeeds_keeps_the_vip_where_it_is() -> None:
    files = {"/x.sh": "#!/bin/sh\npidof haproxy || systemctl restart haproxy\nexit 0\n"}
    subject = of_site("texts", two(confs=(conf(101, "/x.sh"), conf(100, "/x.sh")), files=files))
    assert not run(subject.pair(), "killed lb1 --service haproxy", 20 * s).took_over
    assert any("chk: it is taken as succeeding" in line for line in subject.left_out)


def test_an_address_of_the_node_is_its_own_haproxy() -> None:
    assert follows("curl -f http://192.0.2.1/up", {}, {"192.0.2.1"}).follows == "answer"


def test_the_grid_has_faults_that_are_long_enough_for_the_slowest_check() -> None:
    """kubeadm-curl fails ten times in a row, every 3 s."""
    pair = site("kubeadm-curl").pair()
    assert max(grid(pair).lasts) >= 30 * s + pair.master_down_ns


# -- recorded sites


def test_a_dead_haproxy_moves_the_vip_when_its_check_has_failed_as_often_as_it_must() -> None:
    """wiki-minimal: killall -0, every 2 s, once."""
    pair = site("wiki-minimal").pair()
    assert run(pair, "killed lb1 --service haproxy", 10 * s).took_over
    assert first(pair, "lb1", "FAULT").t <= 2 * s + 50 * ms
    assert states(pair, "lb2")[:2] == ["MASTER", "BACKUP"]


def test_a_look_at_processes_does_not_see_a_haproxy_that_hangs() -> None:
    assert not run(site("wiki-minimal").pair(), "hung lb1 --service haproxy", 20 * s).took_over


def test_a_request_does() -> None:
    """tls-vip-bound: curl -m 1, every 2 s, twice."""
    pair = site("tls-vip-bound").pair()
    assert run(pair, f"hung {pair.owner} --service haproxy", 20 * s).took_over
    assert 3 * s <= first(pair, pair.owner, "FAULT").t <= 5 * s + 50 * ms


def test_a_weight_that_is_too_small_keeps_the_vip_where_no_haproxy_is() -> None:
    pair = site("clinic-small-weight").pair()
    ended = run(pair, f"killed {pair.owner} --service haproxy", 20 * s)
    assert not ended.took_over
    assert ended.dark_ns >= 19 * s * pair.customers


def test_a_weight_moves_the_vip_without_fault() -> None:
    pair = site("galera-positive-weight").pair()
    assert run(pair, f"killed {pair.owner} --service haproxy", 20 * s).took_over
    assert "FAULT" not in states(pair, pair.owner)


def test_a_process_that_is_back_before_its_delay_is_not_missed() -> None:
    pair = site("ldap-nopreempt-process").pair()
    word = f"killed {pair.owner} --service haproxy"
    assert not run(pair, word, 300 * ms).took_over
    assert run(pair, word, 5 * s).took_over
    assert 500 * ms <= first(pair, pair.owner, "FAULT").t <= 550 * ms


def test_a_second_loss_waits_for_its_own_delay() -> None:
    """ldap-nopreempt-process: keepalived drops the timer of the first loss when the process is back."""
    pair = site("ldap-nopreempt-process").pair()
    word = f"killed {pair.owner} --service haproxy"
    pair.run(Schedule((Act(word, 0, 100 * ms), Act(word, 400 * ms, 5 * s)), 1 * ms))
    assert 900 * ms <= first(pair, pair.owner, "FAULT").t <= 950 * ms


def test_a_delay_goes_on_while_keepalived_stands_still() -> None:
    """What was lost before is told as soon as it goes on; what is lost meanwhile is read then, and waits."""
    for lost, told in ((0, 700 * ms), (300 * ms, 1_200 * ms)):
        pair = site("ldap-nopreempt-process").pair()
        killed, hung = (f"{fault} {pair.owner} --service" for fault in ("killed", "hung"))
        pair.run(
            Schedule((Act(f"{killed} haproxy", lost, 5 * s), Act(f"{hung} keepalived", 100 * ms, 600 * ms)), 1 * ms)
        )
        assert told <= first(pair, pair.owner, "FAULT").t <= told + 50 * ms


def done(pair: SimulatedPair, op: ops.AnyOp) -> list[Transition]:
    pair.world.begin(pair._at_rest(300 * ms))
    pair.world.plan([Part(op, 0)])
    pair.world.run(10 * s)
    return pair.told()


@pytest.mark.parametrize("kind", [ops.ServiceKill, ops.ServiceRestart])
def test_a_haproxy_that_is_restarted_is_away_until_it_runs_again(
    kind: type[ops.ServiceKill | ops.ServiceRestart],
) -> None:
    """ldap-nopreempt-process waits for half a second; a restart takes 1.1 s."""
    pair = site("ldap-nopreempt-process").pair()
    told = [(each.node, each.state) for each in done(pair, kind(pair.owner, "haproxy"))]
    assert told == [(pair.owner, "FAULT"), ("dir2", "MASTER"), (pair.owner, "BACKUP")]
    assert not pair.world.unknown
    assert not pair.world.state.gone[pair.owner]
    assert not pair.world.state.silent[pair.owner]


@pytest.mark.parametrize("kind", [ops.ServiceKill, ops.ServiceRestart, ops.ServiceDown, ops.ServiceKilled, ops.Signal])
def test_a_service_that_the_model_does_not_have_is_told_as_unknown(
    kind: type[ops.ServiceKill | ops.ServiceRestart | ops.ServiceDown | ops.ServiceKilled | ops.Signal],
) -> None:
    pair = site("ldap-nopreempt-process").pair()
    op = kind(pair.owner, service="mariadb")
    assert not done(pair, op)
    assert pair.world.unknown == [op]


def test_instances_of_a_sync_group_move_together() -> None:
    subject = site("edge-sync-group")
    pair = subject.pair()
    other = next(each for each in subject.topology.virtual_routers.values() if each != pair.router)
    port = next(one.port for one in pair.world.nodes.of(pair.router.name) if one.node == pair.owner)
    run(pair, f"link-down {port}", 8 * s)
    took = [each.t for each in pair.told() if each.state == "MASTER" and each.node != pair.owner]
    assert {each.router for each in pair.told() if each.state == "MASTER"} == {pair.router.name, other.name}
    assert max(took[:2]) - min(took[:2]) < 1 * ms


def test_a_member_that_hears_no_adverts_waits_for_its_sync_group() -> None:
    """The standby is deaf on one cable: the other instance hears its master, and both stay BACKUP."""
    pair = site("edge-sync-group").pair()
    standby = next(one for one in pair.world.nodes.of(pair.router.name) if one.node != pair.owner)
    assert not run(pair, f"vrrp-lost {standby.port} --direction in", 20 * s).took_over


# -- settings of short texts


def of(first_conf: str, second_conf: str) -> SimulatedPair:
    return of_site("texts", two(confs=(first_conf, second_conf))).pair()


def test_an_address_owner_is_master_at_once_and_no_weight_changes_it() -> None:
    pair = of(conf(255), conf(100))
    run(pair, "stopped lb1 --service keepalived", 5 * s)
    again = [each.t for each in pair.told() if (each.node, each.state) == ("lb1", "MASTER")]
    assert again
    assert again[0] - 5 * s < 200 * ms
    one = pair.world.nodes.of(pair.router.name)[0]
    one.weigh(0, "script chk", -50)
    assert one.priority == 255


def test_a_script_that_begins_as_failed_must_succeed_as_often_as_it_rises() -> None:
    check = "/usr/bin/pidof haproxy"
    word = "killed lb1 --service keepalived"
    waits = [
        back(of(conf(101, check, lines=lines), conf(100, check)), word) for lines in ("rise 3", "rise 3\ninit_fail")
    ]
    assert waits[0] < 4 * s
    assert waits[1] - waits[0] == pytest.approx(2 * s, abs=100 * ms)


def back(pair: SimulatedPair, word: str) -> int:
    """When lb1 is BACKUP again after its keepalived was away for 3 s."""
    run(pair, word, 3 * s)
    return first(pair, "lb1", "BACKUP").t


def test_a_tracked_cable_without_a_weight_is_fault_and_with_one_a_lower_priority() -> None:
    assert cable("track_interface {\neth1\n}") == ("FAULT", 101)
    assert cable("track_interface {\neth1 weight -20\n}") == ("MASTER", 81)


def cable(lines: str) -> tuple[str, int]:
    """The state and priority of lb1 after eth1 is lost, as the rules have them."""
    pair = of(conf(101, more=lines), conf(100))
    pair.world.begin(pair._at_rest(300 * ms))
    one = next(each for each in pair.world.nodes.of("web") if each.node == "lb1")
    for watch in one.set.watches:
        pair.world.nodes._tracking.judge(one, watch, failed=True)
    return one.state, one.priority


def test_a_deleted_vip_is_back_after_the_skew() -> None:
    pair = of(conf(101), conf(100))
    world = pair.world
    world.begin(pair._at_rest(300 * ms))
    world.plan([Part(ops.DeleteAddress("lb1", "192.0.2.10"), 0)])
    world.run(3 * s)
    assert [each.state for each in pair.told()] == ["BACKUP", "MASTER"]
    skew = next(one for one in world.nodes.of("web") if one.node == "lb1").skew_ns()
    assert pair.told()[1].t - pair.told()[0].t == skew
    assert world.owners("192.0.2.10") == ("lb1",)


def test_a_vip_that_is_deleted_again_and_again_is_back_again_and_again() -> None:
    pair = of(conf(101), conf(100))
    world = pair.world
    world.begin(pair._at_rest(300 * ms))
    world.plan([Part(ops.AddressKeptAway("lb1", "192.0.2.10", 1 * s), 0, 2_500 * ms)])
    world.run(10 * s)
    assert sum(each.state == "MASTER" for each in pair.told()) == 3
    assert world.owners("192.0.2.10") == ("lb1",)


def test_a_check_that_cannot_be_read_is_named() -> None:
    subject = of_site("texts", two(confs=(conf(101, "/opt/ours"), conf(100, "/opt/ours"))))
    assert any("chk: it is taken as succeeding" in line for line in subject.left_out)


def test_a_standby_that_is_stopped_and_started_takes_over_nothing() -> None:
    """While it starts, the owner goes on sending adverts, though nothing else is to come."""
    pair = of(conf(101), conf(100))
    assert not run(pair, "stopped lb2 --service keepalived", 3 * s).took_over


def test_a_socket_of_haproxy_is_its_own() -> None:
    assert follows("curl -sf --unix-socket /run/haproxy/alive.sock http://localhost/alive", {}).follows == "answer"

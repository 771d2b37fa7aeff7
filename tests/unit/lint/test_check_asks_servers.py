"""check-asks-servers."""

import pytest

from harness.lint import Pair
from harness.lint._answered import servers_asked
from tests.lint_pairs import SOUND, VIP, conf, found, recorded, two

RULE = "check-asks-servers"
HEALTH = "/usr/bin/curl -sf -m 1 http://127.0.0.1/health"
BOTH = ["lb1/keepalived.conf:2", "lb2/keepalived.conf:2"]


def pair(
    script: str = HEALTH, lines: str = "", other: str | None = None, *, gap: int = 1, more: str = "", cfg: str = SOUND
) -> Pair:
    """Priorities 101 and 101 - `gap`. `lines`: of the check on both, `other`: on lb2 instead."""
    second = conf(101 - gap, script, lines=lines if other is None else other, more=more)
    return two(cfg, confs=(conf(101, script, lines=lines, more=more), second))


def places(found: list[tuple[str, str]], severity: str = "error") -> list[str]:
    return [place for each, place in found if each == severity]


def test_the_tickets() -> None:
    assert found(RULE, recorded("tickets-check-asks-servers")) == [
        ("error", "bal1/keepalived.conf:9"),
        ("error", "bal2/keepalived.conf:9"),
    ]


def test_without_a_weight_all_nodes_go_to_fault() -> None:
    assert places(found(RULE, pair())) == BOTH


@pytest.mark.parametrize(
    "script",
    [
        "curl -sf http://localhost/",
        f"curl -sf http://{VIP}/health",
        "wget -qO- http://127.0.0.1:80/x",
        "curl -sf http://192.0.2.21:8080/health",
        "nc -z 192.0.2.21 8080",
    ],
)
def test_ways_to_ask_the_servers(script: str) -> None:
    assert places(found(RULE, pair(script))) == BOTH


ALIVE = "curl -sf --unix-socket /run/haproxy/alive.sock http://localhost/alive"
BY_SOCKET = f"frontend alive\n  mode http\n  bind unix@/var/run/haproxy/alive.sock mode 600\n  {{}}\n{SOUND}"


@pytest.mark.parametrize(
    "script, does, asks",
    [
        (ALIVE, "monitor-uri /alive", []),
        (ALIVE, "default_backend app", BOTH),
        (f"bash -c '{ALIVE} && curl -sf http://127.0.0.1:80/'", "monitor-uri /alive", BOTH),
        ("curl -sf --abstract-unix-socket beat http://localhost/alive", "default_backend app", []),
        (
            "curl -sf --abstract-unix-socket alive http://localhost/alive",
            "bind abns@alive\n  default_backend app",
            BOTH,
        ),
    ],
)
def test_a_socket_leads_to_its_own_frontend(script: str, does: str, asks: list[str]) -> None:
    """And not to port 80, which its URL would mean otherwise."""
    assert places(found(RULE, pair(script, cfg=BY_SOCKET.format(does)))) == asks
    assert found("check-asks-no-bind", pair(script, cfg=BY_SOCKET.format(does))) == []


def test_a_socket_that_haproxy_does_not_make() -> None:
    made = pair(ALIVE, cfg=BY_SOCKET.format("monitor-uri /alive"))
    other = pair(ALIVE.replace("alive.sock", "other.sock"), cfg=BY_SOCKET.format("monitor-uri /alive"))
    assert found("check-asks-no-socket", made) == []
    shell = "bash -c 'code=$(curl -s -w %{http_code} http://localhost/alive --unix-socket /run/haproxy/alive.sock)'"
    docker = "curl -sf --unix-socket /var/run/docker.sock http://localhost/containers/haproxy/json"
    for script in (shell, docker):
        assert found("check-asks-no-socket", pair(script, cfg=BY_SOCKET.format("monitor-uri /alive"))) == []
    assert places(found("check-asks-no-socket", other)) == BOTH


@pytest.mark.parametrize(
    "script",
    [
        "nc -z 127.0.0.1 80",
        "bash -c '</dev/tcp/127.0.0.1/80'",
        "curl -sf http://127.0.0.1:8404/alive",
        "curl -sf http://192.0.2.254/",
        "killall -0 haproxy",
    ],
)
def test_what_asks_the_balancer_or_neither(script: str) -> None:
    alive = "frontend alive\n bind 127.0.0.1:8404\n monitor-uri /alive\n"
    assert found(RULE, pair(script, cfg=SOUND + alive)) == []


def test_a_monitor_that_looks_at_the_servers_asks_them() -> None:
    alive = "frontend alive\n bind 127.0.0.1:8404\n monitor-uri /alive\n monitor fail if { nbsrv(app) lt 1 }\n"
    assert places(found(RULE, pair("curl -sf http://127.0.0.1:8404/alive", cfg=SOUND + alive))) == BOTH


def test_a_server_on_the_balancer_itself_is_not_the_same_on_all_nodes() -> None:
    assert found(RULE, pair(cfg=SOUND.replace("192.0.2.22", "127.0.0.1"))) == []


@pytest.mark.parametrize(
    "lines, other, gap, sound",
    [
        ("weight -2", None, 1, True),  # 99 and 98
        ("weight 20", None, 10, True),  # 101 and 91, as it was 121 and 111
        ("weight -20", "weight -2", 1, False),  # 81 and 98
        ("weight -2", "weight -20", 1, True),  # 99 and 80
        ("weight -2", "", 1, True),  # 99, and FAULT
        ("", "weight -2", 1, False),  # FAULT, and 98
        ("weight -200", None, 1, True),  # 1 and 1
        ("weight 200", "weight 200 reverse", 1, True),  # 101 and 1, as it was 254 and 100
        ("weight 160", "weight 170", 1, True),  # 101 and 100, as it was 254 and 254
        ("weight 152", "weight 154", 1, False),  # 101 and 100, as it was 253 and 254
    ],
)
def test_weights_that_leave_the_order_move_nothing(lines: str, other: str | None, gap: int, *, sound: bool) -> None:
    assert (places(found(RULE, pair(lines=lines, other=other, gap=gap))) == []) == sound


def test_a_backup_with_nopreempt_takes_lower_adverts_as_good() -> None:
    assert found(RULE, pair(lines="weight -20", other="weight -2", more="nopreempt")) == []


def test_a_node_that_notices_much_later_takes_the_address_meanwhile() -> None:
    """2 s and 6 s, and the second one's master-down time is 3.6 s."""
    slow = "weight -2\nfall 6"
    assert places(found(RULE, pair(lines="weight -2", other=slow)), "warning") == BOTH
    assert found(RULE, pair(lines="weight -2", other="weight -2\nfall 3")) == []


def test_with_nopreempt_it_waits_for_the_other_one() -> None:
    assert found(RULE, pair(lines="weight -2", other="weight -2\nfall 6", more="nopreempt")) == []


def test_the_skew_of_vrrpv2_belongs_to_the_master_down_time() -> None:
    """The one notices after 1 s at least, the other after 4.6 or 4.62 s at most; its master-down time is 3.609 s."""
    assert found(RULE, pair(lines="weight -2", other="weight -2\ninterval 2.3")) == []
    assert places(found(RULE, pair(lines="weight -2", other="weight -2\ninterval 2.31")), "warning") == BOTH


def test_a_handshake_of_tls_ends_where_the_certificate_is() -> None:
    script = "openssl s_client -connect 127.0.0.1:80"
    passed = SOUND.replace("mode http", "mode tcp")
    assert places(found(RULE, pair(script, cfg=passed))) == BOTH
    assert found(RULE, pair(script, cfg=passed.replace("*:80", "*:80 ssl crt x"))) == []


def test_the_frontend_is_the_one_of_the_port_and_the_address() -> None:
    alive = "frontend alive\n bind 127.0.0.1:80\n monitor-uri /health\n"
    assert found(RULE, pair(cfg=SOUND + alive)) == []
    assert found(RULE, pair(HEALTH.replace("127.0.0.1", "localhost"), cfg=SOUND + alive)) == []
    assert places(found(RULE, pair(HEALTH.replace("127.0.0.1", VIP), cfg=SOUND + alive))) == BOTH
    assert found(RULE, pair(HEALTH.replace("/health", ":81/health"))) == []


def test_a_node_without_the_check_takes_over() -> None:
    assert found(RULE, two(confs=(conf(101, HEALTH, lines="weight -2"), conf(100)))) == [("error", BOTH[0])]


def test_an_answer_503_of_haproxy_itself_satisfies_curl_without_fail() -> None:
    lenient = HEALTH.replace("-sf", "-s")
    assert places(found(RULE, pair(lenient)), "warning") == BOTH
    assert places(found(RULE, pair(lenient, cfg=SOUND.replace("mode http", "mode tcp")))) == BOTH


def test_a_check_of_the_sync_group() -> None:
    group = "vrrp_sync_group all {\ngroup {\nweb\n}\ntrack_script {\nchk\n}\n}\n"
    text = conf(101, HEALTH).replace("track_script {\nchk\n}\n", "") + group
    assert found(RULE, two(confs=(text, text))) == [("error", place) for place in BOTH]


def test_a_script_file_of_the_site() -> None:
    script = "/etc/keepalived/check.sh"
    confs = (conf(101, f"/bin/sh {script} --quiet"), conf(100, script))
    assert found(RULE, two(confs=confs, files={script: f"#!/bin/sh\n{HEALTH}\n"})) == [("error", each) for each in BOTH]
    assert found(RULE, two(confs=confs)) == []  # what it asks cannot be known


def test_the_control_plane_is_asked_and_nothing_moves() -> None:
    kubeadm = recorded("kubeadm-curl")
    assert [list(servers_asked(kubeadm, member)) != [] for member in kubeadm.routers[0].members] == [True, True]
    assert found(RULE, kubeadm) == []


@pytest.mark.parametrize("name", ["tls-vip-bound", "press-include", "galera-positive-weight", "edge-sync-group"])
def test_sound_sites(name: str) -> None:
    assert found(RULE, recorded(name)) == []


def test_a_check_that_never_fails_does_not_fail_with_the_servers() -> None:
    idle = pair("/usr/bin/sh -c 'curl -sf http://127.0.0.1/health || true'")
    assert found(RULE, idle) == []
    assert places(found("check-never-fails", idle)) == BOTH

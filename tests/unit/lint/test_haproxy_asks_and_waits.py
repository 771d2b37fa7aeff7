"""source-is-vip, proxy-header-expected, health-check-of-other-protocol, haproxy-line-ignored: one haproxy.cfg."""

import pytest

from harness.site.examined import Answer
from tests.lint_pairs import SOUND, VIP, found, two

PROBE = (f"http://{VIP}/",)
CHECKED = SOUND.replace("\nbackend app\n", "\nbackend app\n    option httpchk GET /\n")


def with_server(line: str, cfg: str = SOUND) -> str:
    return cfg.replace("server app1 192.0.2.21:8080 check", line)


@pytest.mark.parametrize(
    "cfg, line",
    [
        (SOUND.replace("\nbackend app\n", f"\nbackend app\n    source {VIP}\n"), 9),
        (SOUND.replace("\nbackend app\n", f"\nbackend app\n    source {VIP}:1024-65000 usesrc clientip\n"), 9),
        (SOUND.replace("    mode http\n", f"    mode http\n    source {VIP}\n"), 5),
        (with_server(f"server app1 192.0.2.21:8080 check source {VIP}"), 9),
        (SOUND.replace("\nbackend app\n", f"\nbackend app\n    default-server source {VIP}\n"), 10),
    ],
)
def test_servers_are_asked_from_the_vip(cfg: str, line: int) -> None:
    assert ("warning", f"haproxy.cfg:{line}") in found("source-is-vip", two(cfg))


@pytest.mark.parametrize(
    "cfg",
    [
        SOUND.replace("\nbackend app\n", "\nbackend app\n    source 192.0.2.1\n"),
        SOUND.replace("\nbackend app\n", "\nbackend app\n    source 0.0.0.0 usesrc clientip\n"),
        SOUND.replace(" check", "").replace("\nbackend app\n", f"\nbackend app\n    source {VIP}\n"),
    ],
)
def test_servers_are_asked_from_elsewhere_or_not_at_all(cfg: str) -> None:
    assert found("source-is-vip", two(cfg)) == []


@pytest.mark.parametrize("more", [" accept-proxy", "\n    tcp-request connection expect-proxy layer4"])
def test_customers_send_no_header(more: str) -> None:
    line = 7 if "\n" in more else 6
    cfg = SOUND.replace("*:80", f"*:80{more}")
    assert found("proxy-header-expected", two(cfg, probe=PROBE)) == [("warning", f"haproxy.cfg:{line}")]
    assert found("proxy-header-expected", two(cfg)) == []


@pytest.mark.parametrize(
    "cfg",
    [
        SOUND,
        SOUND.replace("*:80", "*:80\n    bind 127.0.0.1:8443 accept-proxy"),
        SOUND.replace("*:80", "*:80\n    bind *:81 accept-proxy"),
        SOUND.replace("*:80", "*:80\n    tcp-request connection expect-proxy layer4 if { src 198.51.100.0/24 }"),
    ],
)
def test_a_header_is_expected_of_others(cfg: str) -> None:
    assert found("proxy-header-expected", two(cfg, probe=PROBE)) == []


def test_a_header_on_one_node_alone_is_another_rule_s() -> None:
    cfg = SOUND.replace("*:80", "*:80 accept-proxy")
    assert found("proxy-header-expected", two(SOUND, other_cfg=cfg, probe=PROBE)) == []


@pytest.mark.parametrize(
    "server",
    ["192.0.2.21:3306 check", "192.0.2.21:5432 check inter 2s", "192.0.2.21:8080 check port 6379",
     "192.0.2.21:443 check", "192.0.2.21:6443 check"],
)  # fmt: skip
def test_a_page_is_asked_of_what_speaks_no_http(server: str) -> None:
    cfg = with_server(f"server app1 {server}", CHECKED)
    assert found("health-check-of-other-protocol", two(cfg)) == [("warning", "haproxy.cfg:10")]
    assert found("health-check-of-other-protocol", two(cfg.replace("option httpchk GET /", "option tcp-check"))) == []


@pytest.mark.parametrize(
    "server",
    ["192.0.2.21:3306 check port 9200", "192.0.2.21:3306", "192.0.2.21:6443 check check-ssl verify none",
     "192.0.2.21:443 ssl verify none check", "192.0.2.21:8080 check", "192.0.2.21:3306 track other/x",
     "192.0.2.21:3306 agent-check agent-port 9300"],
)  # fmt: skip
def test_a_page_is_asked_where_one_is(server: str) -> None:
    assert found("health-check-of-other-protocol", two(with_server(f"server app1 {server}", CHECKED))) == []


@pytest.mark.parametrize("option", ["ssl-hello-chk", "tcp-check", "mysql-check user haproxy"])
def test_the_last_kind_of_check_counts(option: str) -> None:
    cfg = with_server("server app1 192.0.2.21:6443 check", CHECKED)
    after = cfg.replace("httpchk GET /\n", f"httpchk GET /\n    option {option}\n")
    assert found("health-check-of-other-protocol", two(after)) == []
    before = cfg.replace("    option httpchk GET /\n", f"    option {option}\n    option httpchk GET /\n")
    assert found("health-check-of-other-protocol", two(before)) == [("warning", "haproxy.cfg:11")]


def said(*warnings: str) -> Answer:
    return Answer(0, "".join(f"[WARNING]  (13) : {each}\n" for each in warnings))


@pytest.mark.parametrize(
    "warning, line",
    [
        ("config : 'http-request' rules ignored for frontend 'web' as they require HTTP mode.", 7),
        ("'http-request' rules ignored for frontend 'web' as they require HTTP mode.", 7),
        ("config : Removing incomplete section 'peers lbs' (no peer named 'lb1').", 12),
        ("config : parsing [/etc/haproxy/haproxy.cfg:8] : 'x' will be ignored.", 8),
    ],
)
def test_what_haproxy_says_that_it_ignores(warning: str, line: int) -> None:
    cfg = (
        SOUND.replace("*:80", "*:80\n    http-request deny if { path /admin }") + "peers lbs\n    peer a 192.0.2.1:1\n"
    )
    assert found("haproxy-line-ignored", two(cfg, started=said(warning))) == [("warning", f"haproxy.cfg:{line}")]


@pytest.mark.parametrize(
    "warning",
    ["config : log format ignored for proxy 'ldap' since it has no log address.",
     "config : missing timeouts for frontend 'web'.",
     "config : 'option httplog' not usable with frontend 'web' (needs 'mode http'). Falling back to 'option tcplog'."],
)  # fmt: skip
def test_what_concerns_its_log_alone_or_another_rule(warning: str) -> None:
    assert found("haproxy-line-ignored", two(started=said(warning))) == []

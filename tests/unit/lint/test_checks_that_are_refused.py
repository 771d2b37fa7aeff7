"""What a check needs of HAProxy and of the node: a password, a certificate, a file. A server that is never asked."""

import pytest

from tests.lint_pairs import SOUND, conf, found, two

PATH = "/etc/keepalived/chk.sh"
STATS = """\
listen stats
    bind *:9000
    stats enable
    stats uri /s
    stats auth admin:x
    monitor-uri /alive
"""
TLS = SOUND.replace("bind *:80", "bind *:443 ssl crt /etc/a.pem")


def of(rule: str, command: str, cfg: str = SOUND, *, script: str = "", lines: str = "") -> list[str]:
    """Severities on lb1."""
    files = {PATH: script} if script else None
    confs = (conf(101, command, lines=lines), conf(100, command, lines=lines))
    return [severity for severity, place in found(rule, two(cfg, confs=confs, files=files)) if "lb1" in place]


@pytest.mark.parametrize(
    "command, severities",
    [
        ("/usr/bin/curl -fs http://127.0.0.1:9000/s", ["error"]),
        ("/usr/bin/wget -q -O /dev/null http://127.0.0.1:9000/s;csv", ["error"]),
        ("/usr/bin/curl -fs -u admin:x http://127.0.0.1:9000/s", []),
        ("/usr/bin/curl -fsu admin:x http://127.0.0.1:9000/s", []),
        ("/usr/bin/curl -fs http://admin:x@127.0.0.1:9000/s", []),
        ("/usr/bin/curl -s http://127.0.0.1:9000/s", []),  # any answer will do
        ("/usr/bin/curl -fs http://127.0.0.1:9000/alive", []),
    ],
)
def test_statistics_with_a_password(command: str, severities: list[str]) -> None:
    assert of("check-gets-error", command, SOUND + STATS) == severities
    assert of("check-gets-error", command, SOUND + STATS.replace("    stats auth admin:x\n", "")) == []


@pytest.mark.parametrize(
    "command, severities",
    [
        ("/usr/bin/curl -sf https://127.0.0.1/alive", ["warning"]),
        ("/usr/bin/curl -s -m 2 https://localhost:443/", ["warning"]),
        ("/usr/bin/wget -q https://192.0.2.10/", ["warning"]),
        ("/usr/bin/curl -skf https://127.0.0.1/alive", []),
        ("/usr/bin/curl --insecure https://127.0.0.1/alive", []),
        ("/usr/bin/curl --cacert /etc/ca.pem https://127.0.0.1/", []),
        ("/usr/bin/wget --no-check-certificate https://127.0.0.1/", []),
        ("/usr/bin/curl --resolve www.example.com:443:127.0.0.1 https://www.example.com/", []),
        ("/usr/bin/openssl s_client -connect 127.0.0.1:443", []),
    ],
)
def test_a_certificate_for_an_address(command: str, severities: list[str]) -> None:
    assert of("check-doubts-certificate", command, TLS) == severities
    assert of("check-doubts-certificate", command, SOUND) == []


@pytest.mark.parametrize(
    "script, user, severities",
    [
        ("#!/bin/sh\nset -e\ndate >> /var/log/chk.log\npgrep haproxy\n", "nobody", ["warning"]),
        ("#!/bin/bash -e\nLOG=/var/log/chk.log\ndate >>$LOG\npgrep haproxy\n", "nobody", ["warning"]),
        ("#!/bin/sh\nset -euo pipefail\necho now > /run/chk\npgrep haproxy\n", "nobody", ["warning"]),
        ("#!/bin/sh\nset -e\ndate >> /var/log/chk.log\npgrep haproxy\n", "root", []),
        ("#!/bin/sh\ndate >> /var/log/chk.log\npgrep haproxy\n", "nobody", []),
        ("#!/bin/sh\nset -e\npgrep haproxy > /dev/null\n", "nobody", []),
        ("#!/bin/sh\nset -e\ndate > /tmp/chk\npgrep haproxy 2>/var/log/x\n", "nobody", []),
    ],
)
def test_a_file_that_the_check_may_not_write(script: str, user: str, severities: list[str]) -> None:
    assert of("check-may-not-write", PATH, script=script, lines=f"user {user}") == severities


@pytest.mark.parametrize(
    "rules, port, told",
    [
        (("connect", "expect string role:master"), 6379, True),
        (("expect string x", "send PING\\r\\n"), 6379, True),
        (("connect port 6379", "expect string x"), 7000, True),
        (("connect", "send PING\\r\\n", "expect string +PONG"), 6379, False),
        (("expect rstring ^220",), 25, False),
        (("connect",), 6379, False),
    ],
)
def test_a_server_that_speaks_only_when_asked(rules: tuple[str, ...], port: int, *, told: bool) -> None:
    lines = "".join(f"    tcp-check {each}\n" for each in rules)
    cfg = SOUND.replace("backend app\n    server", f"backend app\n    option tcp-check\n{lines}    server")
    cfg = cfg.replace("8080", str(port)).replace("mode http", "mode tcp")
    number = 9 + next((n for n, each in enumerate(rules, 1) if "expect" in each), 0)
    assert found("health-check-never-asks", two(cfg)) == ([("warning", f"haproxy.cfg:{number}")] if told else [])
    assert found("health-check-never-asks", two(cfg.replace("    option tcp-check\n", ""))) == []


TCP = SOUND.replace("mode http", "mode tcp") + "frontend alive\n    bind *:9090\n    monitor-uri /alive\n"


def test_a_page_in_mode_tcp_is_none() -> None:
    command = "/usr/bin/curl -s http://127.0.0.1:9090/alive"
    assert of("check-gets-error", command, TCP) == ["error"]
    assert of("check-gets-error", command, TCP + "    mode http\n") == []
    assert of("check-gets-error", command, TCP + "    default_backend app\n") == []
    assert of("check-gets-error", command, TCP + "    tcp-request content switch-mode http\n") == []
    assert of("check-gets-error", "/usr/bin/nc -z 127.0.0.1 9090", TCP) == []


ALIVE = "frontend alive\n    bind *:9090\n"
RETURN = "    http-request return status 200 content-type text/plain string ok if { path /alive }\n"


@pytest.mark.parametrize(
    "page", ["    monitor-uri /alive\n", RETURN, "    http-request deny if { path /x }\n" + RETURN]
)
@pytest.mark.parametrize(
    "script, told",
    [
        ("curl -s http://127.0.0.1:9090/alive | grep -q 'service up'", True),
        ("curl -s http://127.0.0.1:9090/alive | grep -q UP || exit 1", True),
        ('B=$(curl -s http://127.0.0.1:9090/alive)\ncase $B in\n *"service up"*) exit 0 ;;\nesac\nexit 1', True),
        ("curl -s http://127.0.0.1:9090/alive | grep -qi OK", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -qv UP", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q DOWN && exit 1\nexit 0", False),
        ("if curl -s http://127.0.0.1:9090/alive | grep -q DOWN; then\n  exit 1\nfi", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q UP\npgrep -x haproxy", False),
        ("B=$(curl -s http://127.0.0.1:9090/alive)\ncase $B in\n *DOWN*) exit 1 ;;\nesac\nexit 0", False),
        ("B=$(curl -s http://127.0.0.1:9090/alive)\ncase $B in\n *UP*) exit 0 ;;\n *) exit 0 ;;\nesac\nexit 1", False),
        ("B=$(curl -s http://127.0.0.1:9090/alive)\ncase $B in\n *ok*|*UP*) exit 0 ;;\nesac\nexit 1", False),
        ("curl -s http://127.0.0.1:9090/alive | grep UP > /dev/null 2>&1; exit $?", True),
        ("curl -si http://127.0.0.1:9090/alive | grep -q 'HTTP/1.1'", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q 'up\\|ok'", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q $WORD", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q UP || curl -s http://127.0.0.1/ | grep -q ok", False),
        ("if ! curl -s http://127.0.0.1:9090/alive | grep -q DOWN; then exit 0; fi", False),
        ("curl -s http://127.0.0.1:80/alive | grep -q UP", False),  # a server's page
    ],
)
def test_a_word_that_the_page_lacks(page: str, script: str, *, told: bool) -> None:
    found_on = of("check-waits-for-word", PATH, SOUND + ALIVE + page, script=f"#!/bin/sh\n{script}\n")
    assert found_on == (["error"] if told else [])

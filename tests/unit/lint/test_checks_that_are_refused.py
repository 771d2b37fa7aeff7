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

"""check-slower-than-timeout, check-may-not-signal, and what asks whether HAProxy is installed."""

import pytest

from harness.lint._duration import at_least_s
from tests.lint_pairs import SOUND, conf, found, two

PATH = "/etc/keepalived/chk.sh"
USED = SOUND.replace("global\n", "global\n    user haproxy\n")


def of(rule: str, command: str, script: str = "", *, lines: str = "", cfg: str = USED, user: str = "") -> list[str]:
    """Severities on lb1."""
    files = {PATH: f"#!/bin/sh\n{script}\n"} if script else None
    heads = f"global_defs {{\nscript_user {user}\n}}\n" if user else ""
    confs = (heads + conf(101, command, lines=lines), heads + conf(100, command, lines=lines))
    return [severity for severity, place in found(rule, two(cfg, confs=confs, files=files)) if "lb1" in place]


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("sleep 2\npgrep haproxy", 2),
        ("/bin/sleep 1.5; sleep 1m", 61.5),
        ("sh -c sleep 3; pgrep haproxy", 3),
        ("ping -c 5 192.0.2.1", 4),
        ("/bin/ping -q -c3 -W 1 192.0.2.1 > /dev/null || exit 1\nsleep 9", 2),
        ("if ! ping -i 0.2 -c 6 gw; then\n sleep 5\nfi", 1),
        ("LOST=$(ping -c 4 gw | grep -c loss)", 3),
        ("pgrep haproxy && sleep 5", 0),
        ("first=0\npgrep haproxy && first=1\nsleep 3", 3),
        ("pgrep haproxy || echo gone >> /tmp/log\nsleep 3", 3),
        ("pgrep haproxy || exit 1\nsleep 3", 0),
        ("pgrep haproxy &&\nsleep 3", 0),
        ("pgrep haproxy || fail\nsleep 3", 0),
        ("for i in 1 2 3; do\n sleep 1\ndone", 0),
        ("if pgrep haproxy; then exit 0; fi\nsleep 5", 0),
        ("exit 0\nsleep 5", 0),
        ("sleep 5 &\npgrep haproxy", 0),
        ("sleep 5 & pgrep haproxy", 0),
        ("( sleep 2; kill $$ ) & curl -sf http://127.0.0.1/", 0),
        ("(\n sleep 2\n kill $$\n) &\ncurl -sf http://127.0.0.1/", 0),
        ("{ sleep 2; }", 0),
        ("ping -c 5 -i .2 gw", 0.8),
        ("ping -c 1 -W 3 gw", 0),
        ("ping -c 5 -w 1 gw", 0),
        ("timeout 1 ping -c 5 gw", 0),
        ("fping -c 5 gw", 0),
        ("check() {\n sleep 5\n}\ncheck", 0),
        ("echo sleep 5", 0),
    ],
)
def test_how_long_a_text_takes_at_least(text: str, seconds: float) -> None:
    assert at_least_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "lines, severities",
    [
        ("timeout 1", ["error"]),
        ("timeout 2", ["error"]),
        ("timeout 3", []),
        ("", ["error"]),
        ("timeout 1\nweight -20", ["error"]),
    ],
)
def test_a_check_that_is_ended_before_it_is_done(lines: str, severities: list[str]) -> None:
    """Without a timeout the interval counts: 1 s."""
    assert of("check-slower-than-timeout", PATH, "sleep 2\nexec pgrep -x haproxy", lines=lines) == severities


def test_a_check_that_has_the_time() -> None:
    script = "for i in 1 2 3; do\n  pgrep -x haproxy && exit 0\n  sleep 1\ndone\nexit 1"
    assert of("check-slower-than-timeout", PATH, script) == []
    assert of("check-slower-than-timeout", "/usr/bin/pgrep -x haproxy") == []


@pytest.mark.parametrize(
    "command, script",
    [
        ("/usr/bin/killall -0 haproxy", ""),
        ("/usr/bin/killall -q -s 0 haproxy", ""),
        ("/usr/bin/pkill --signal 0 haproxy", ""),
        (PATH, "kill -0 $(cat /run/haproxy.pid)"),
        (PATH, "PID=`pidof haproxy`\nkill -s 0 $PID || exit 1"),
    ],
)
def test_a_user_who_may_not_send_signals(command: str, script: str) -> None:
    assert of("check-may-not-signal", command, script, user="nobody") == ["error"]
    assert of("check-may-not-signal", command, script, lines="user nobody") == ["error"]
    assert of("check-may-not-signal", command, script, user="nobody", cfg=SOUND) == ["warning"]
    assert of("check-may-not-signal", command, script, user="root") == []
    assert of("check-may-not-signal", command, script) == []


@pytest.mark.parametrize(
    "command", ["/usr/bin/pgrep -x haproxy", "/usr/bin/sudo /usr/bin/killall -0 haproxy", "/usr/bin/killall -0 nginx"]
)
def test_what_needs_no_permission(command: str) -> None:
    assert of("check-may-not-signal", command, user="nobody") == []


def test_haproxy_s_own_user_may_signal_its_workers() -> None:
    assert of("check-may-not-signal", "/usr/bin/killall -0 haproxy", user="haproxy") == []
    assert of("check-may-not-signal", PATH, "kill -0 $(cat /run/haproxy.pid)", user="haproxy") == ["warning"]


@pytest.mark.parametrize(
    "script",
    [
        "LOCK=/run/check.lock\nkill -0 $(cat $LOCK) && exit 0\npgrep -x haproxy",
        "kill -0 $(cat /run/nginx.pid)",
        "kill -0 $PPID && pgrep -x haproxy",
    ],
)
def test_a_signal_to_another_process(script: str) -> None:
    assert of("check-may-not-signal", PATH, script, user="nobody") == []


@pytest.mark.parametrize(
    "command",
    ["/usr/bin/systemctl is-enabled --quiet haproxy", "/usr/bin/systemctl --quiet is-enabled haproxy.service",
     "/usr/bin/which haproxy", "/usr/bin/test -x /usr/sbin/haproxy", "/usr/bin/dpkg -s haproxy",
     "/usr/bin/rpm -q haproxy",
     "/usr/bin/test -f /etc/haproxy/haproxy.cfg"],
)  # fmt: skip
def test_installed_is_not_running(command: str) -> None:
    assert of("no-check", command) == ["error"]
    assert of("no-check", PATH, f"{command} || exit 1") == ["error"]


@pytest.mark.parametrize(
    "command",
    ["/usr/bin/systemctl is-active --quiet haproxy", "/usr/bin/systemctl status haproxy",
     "/usr/bin/test -S /run/haproxy.sock",
     "/usr/bin/test -e /run/haproxy.pid",
     "$(which killall) -0 haproxy", "`which pidof` haproxy", "$(which curl) -sf http://127.0.0.1/haproxy",
     "/usr/bin/systemctl list-units --type service haproxy.service"],
)  # fmt: skip
def test_what_asks_for_the_one_that_runs(command: str) -> None:
    assert of("no-check", command) == []
    assert of("no-check", PATH, "systemctl is-enabled haproxy && systemctl is-active haproxy") == []

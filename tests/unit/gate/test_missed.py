"""How long a node that took over may take until its own check misses the other node."""

import pytest

from harness.gate.missed import missed_ns
from harness.model.units import s
from tests.lint_pairs import SOUND, VIP, conf, two

PING = "/bin/ping -c 1 192.0.2.1"


def missed_s(command: str, lines: str = "", files: dict[str, str] | None = None, cfg: str = SOUND) -> float:
    pair = two(cfg, confs=(conf(101, command, lines=lines), conf(100, command, lines=lines)), files=files)
    (router,) = pair.routers
    return missed_ns(pair, router, "lb1") / s


@pytest.mark.parametrize(
    "lines, seconds",
    [
        ("interval 2\nfall 3", 12),
        ("interval 2\nfall 3\ntimeout 1", 7),
        ("interval 6\nfall 3\ntimeout 7", 37),
        ("interval 2\nfall 3\ntimeout 4", 18),
        ("interval 2\nfall 1", 4),
    ],
)
def test_a_run_that_is_due_while_the_last_one_is_being_ended_is_left_out(lines: str, seconds: float) -> None:
    """keepalived 2.3.3 and later: a program that hangs until its timeout runs at every second interval only.

    The first run may be due an interval after the fault, and the last one waits for its timeout.
    """
    assert missed_s(PING, lines) == seconds


STATUS = SOUND + "frontend status\n bind 127.0.0.1:8404\n monitor-uri /up\n"


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/nc -z 127.0.0.1 80",
        "/usr/bin/nc -z 192.0.2.2 80",
        "/usr/bin/curl -sf http://localhost:8404/up",
        "/bin/sh -c 'killall -0 haproxy && curl -f http://127.0.0.1:8404/up'",
        "/usr/bin/pgrep -x haproxy",
    ],
)
def test_a_check_that_asks_its_own_balancer_misses_no_other_node(command: str) -> None:
    assert missed_s(command, cfg=STATUS) == 0


@pytest.mark.parametrize(
    "command",
    [
        PING,
        f"/usr/bin/nc -z {VIP} 80",
        "/usr/bin/nc -z 192.0.2.1 80",
        "/usr/bin/curl -sf http://localhost/",
        "/bin/sh -c 'curl -f http://127.0.0.1:8404/up && ping -c 1 192.0.2.1'",
        "/bin/sh -c 'curl -f http://127.0.0.1:8404/up && /usr/local/bin/peer-up'",
        "/bin/sh -c 'curl -f http://127.0.0.1:8404/up && curl -f $PEER'",
        "/usr/local/bin/haproxy-check",
    ],
)
def test_one_that_may_ask_more_does(command: str) -> None:
    """The VIP may be the other node's; servers may lie on it; nothing is known of a program that is not there."""
    assert missed_s(command, cfg=STATUS) > 0

"""Which checks look at their own node alone, by their commands and scripts as sites have them; what reaches a check."""

import pytest

from harness.checks._noticing import _reaches, stays
from harness.model.node_check import NodeCheck, script_check
from harness.model.ops import AnyOp, Drop, Signal
from harness.model.units import s


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin/killall -0 haproxy",
        "killall -0 haproxy >/dev/null 2>&1",
        "pidof haproxy &>/dev/null",
        "pidof haproxy > /dev/null || exit 1",
        "#!/bin/sh\n# asks http://10.0.0.9/\npidof haproxy >/dev/null || exit 1\nss -ltn | grep -q ':631 '\n",
        "if ! pgrep -x haproxy; then exit 1; fi",
        "test -f /run/haproxy.pid",
        "[[ -e /run/haproxy.sock ]] || exit 1",
        "! test -e /etc/maintenance",
        "systemctl is-active --quiet haproxy",
    ],
)
def test_what_looks_at_its_own_node(text: str) -> None:
    assert stays(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "curl -sf http://10.0.0.9/",
        '[ "`curl -s http://10.0.0.9/`" = ok ]',
        "[ $(curl -s http://10.0.0.9/) = ok ]",
        "echo > /dev/tcp/10.0.0.9/80",
        "pidof haproxy && ping -c 1 10.0.0.1",
        "pidof haproxy | /usr/local/bin/ask",
        "/etc/keepalived/check.sh",
    ],
)
def test_what_may_look_beyond_it(text: str) -> None:
    assert not stays(text)


LOCAL = script_check("chk", 1 * s, 2, 2, "pidof haproxy")
ASKS = script_check("chk", 1 * s, 2, 2, "curl -sf http://10.0.0.9/")
PROCESS = NodeCheck("haproxy", "process")
BFD = NodeCheck("peer", "bfd")


@pytest.mark.parametrize(
    "op, reached",
    [
        (Signal("lb1", "haproxy"), ["ASKS", "BFD", "LOCAL"]),
        (Signal("lb2", "haproxy"), ["ASKS", "BFD"]),
        (Drop("trunk.a", "ingress"), ["ASKS", "BFD"]),
    ],
    ids=str,
)
def test_which_checks_of_lb1_an_op_reaches(op: AnyOp, reached: list[str]) -> None:
    every = {"LOCAL": LOCAL, "ASKS": ASKS, "PROCESS": PROCESS, "BFD": BFD}
    assert sorted(name for name, check in every.items() if _reaches(op, "lb1", check)) == reached

"""check-pings-peer: the survivor's check fails with the node that dies."""

import pytest

from tests.lint_pairs import SOUND, conf, found, two

PATH = "/etc/keepalived/net.sh"


def of(commands: tuple[str, str], lines: str = "", script: str = "", hosts: dict[str, str] | None = None) -> list[str]:
    confs = (conf(101, commands[0], lines=lines), conf(100, commands[1], lines=lines))
    files = {PATH: f"#!/bin/sh\n{script}\n"} if script else None
    made = found("check-pings-peer", two(SOUND, confs=confs, files=files, hosts=hosts))
    return [place.partition("/")[0] for severity, place in made if severity == "error"]


PINGS = ("/bin/ping -c 1 -W 1 192.0.2.2", "/bin/ping -c 1 -W 1 192.0.2.1")


def test_each_node_pings_the_other_one() -> None:
    assert of(PINGS) == ["lb2", "lb1"]
    assert of(("/usr/sbin/fping -q lb2", "/usr/sbin/arping -c 1 -I eth0 peer"), hosts={"peer": "192.0.2.1"}) == [
        "lb2",
        "lb1",
    ]
    assert of(PINGS, "weight -20") == []  # lowered, and no node is above it


def test_one_of_them_pings_the_other_one() -> None:
    """When the node that is pinged dies, the other one has the address no more."""
    assert of((PINGS[0], "/usr/bin/pgrep -x haproxy")) == ["lb1"]
    assert of(("/usr/bin/pgrep -x haproxy", PINGS[1])) == ["lb2"]
    assert of(("/bin/ping -c 1 192.0.2.254", "/bin/ping -c 1 192.0.2.254")) == []  # a gateway
    assert of((PINGS[1], PINGS[0])) == []  # each itself


@pytest.mark.parametrize(
    "script, told",
    [
        ("ping -c 1 192.0.2.1", True),
        ("PEER=192.0.2.1\npgrep -x haproxy || exit 1\nping -c 1 $PEER > /dev/null 2>&1 || exit 1", True),
        ("ping -c 1 -q 192.0.2.1 >/dev/null\nexit $?", True),
        ("ping -c 1 192.0.2.1 &>/dev/null || exit 1\npgrep -x haproxy", True),
        ("ping -c 1 192.0.2.254 || ping -c 1 192.0.2.1", False),
        ("ping -c 1 192.0.2.1 || ping -c 1 192.0.2.254 || exit 1", False),
        ("ping -c 1 192.0.2.1\nping -c 1 192.0.2.254", False),
        ("ping -c 1 192.0.2.1 || exit 0", False),
        ("ping -c 1 192.0.2.1 || true", False),
        ("ping -c 1 192.0.2.1\npgrep -x haproxy", False),
        ("ping -c 1 192.0.2.1\nexit 0", False),
        ("! ping -c 1 192.0.2.1", False),
        ("ping -c 1 192.0.2.1 && exit 0\npgrep -x haproxy", False),
        ("if ping -c 1 192.0.2.1; then exit 0; fi\npgrep -x haproxy", False),
        ("pgrep -x haproxy || ping -c 1 192.0.2.1", False),
        ("ping -c 1 $GATEWAY", False),
        ("ping -c 1 192.0.2.1 &\npgrep -x haproxy", False),
        ("# ping -c 1 192.0.2.1\npgrep -x haproxy", False),
        ("exit 0\nping -c 1 192.0.2.1", False),
    ],
)
def test_a_script_that_fails_with_the_ping_alone(script: str, *, told: bool) -> None:
    """The same on both: lb1 pings itself."""
    assert of((PATH, PATH), script=script) == (["lb2"] if told else [])

"""notify-leaves-address, bfd-fails-with-peer, first-owner-late."""

import pytest

from tests.lint_pairs import conf, found, two

PATH = "/etc/keepalived/state.sh"
ADD = "ip address add 192.0.2.81/24 dev eth0"


def notified(more: str, script: str = "") -> list[str]:
    files = {PATH: f"#!/bin/sh\n{script}\n"} if script else None
    confs = (conf(101, more=more), conf(100, more=more))
    return [severity for severity, _ in found("notify-leaves-address", two(confs=confs, files=files))][::2]


@pytest.mark.parametrize(
    "add", [ADD, "/sbin/ip a add 192.0.2.81/24 dev eth0", "ip -4 addr replace 192.0.2.81 dev eth0"]
)
def test_an_address_that_stays(add: str) -> None:
    assert notified(f"notify_master {PATH}", f"logger master\n{add}") == ["warning"]
    assert notified(f'notify_master "/usr/bin/{add.removeprefix("/sbin/")}"') == ["warning"]


@pytest.mark.parametrize(
    "more, script",
    [
        (f'notify_master {PATH}\nnotify_backup "/usr/sbin/ip addr del 192.0.2.81/24 dev eth0"', ADD),
        (f"notify {PATH}", f"case $3 in\nMASTER) {ADD} ;;\n*) ip addr del 192.0.2.81/24 dev eth0 ;;\nesac"),
        (f"notify_master {PATH}\nnotify_backup /opt/backup.sh", ADD),  # which may do so
        (f"notify_master {PATH}\nnotify_backup /usr/local/bin/release-vip.sh", ADD),
        (f'notify_master {PATH}\nnotify_backup "/bin/sh /opt/backup.sh"', ADD),
        (f'notify_master {PATH}\nnotify_backup "/usr/bin/env bash /opt/backup.sh"', ADD),
        (f"notify_master {PATH}\nnotify_backup {PATH}", f"{ADD}\nip address flush dev eth0"),
        (f'notify_master {PATH}\nnotify_backup "/sbin/ifconfig eth0:1 down"', ADD),
        (f"notify_master {PATH}", "ip route add 192.0.2.81/32 dev eth0"),
        (f"notify_master {PATH}", "# ip address add 192.0.2.81/24 dev eth0"),
    ],
)
def test_addresses_that_go_again(more: str, script: str) -> None:
    assert notified(more, script) == []


def bfd(neighbours: tuple[str, str], weight: str = "", rule: str = "bfd-fails-with-peer") -> list[tuple[str, str]]:
    """Of nodes with the addresses 192.0.2.1 and 192.0.2.2."""
    heads = [f"bfd_instance peer {{\nneighbor_ip {each}\n}}\n" for each in neighbours]
    more = f"track_bfd {{\npeer {weight}\n}}\n"
    confs = (heads[0] + conf(110, more=more), heads[1] + conf(100, more=more))
    return found(rule, two(confs=confs))


def test_the_death_of_the_peer_takes_the_survivor_into_fault() -> None:
    right = ("192.0.2.2", "192.0.2.1")
    assert [severity for severity, _ in bfd(right)] == ["error", "error"]
    assert bfd(right, "weight -5") == []
    assert bfd(right, "weight -5", "check-cannot-move-vip") == []  # no node is left to which it could move


def test_a_neighbour_that_no_node_is() -> None:
    wrong = ("192.0.2.3", "192.0.2.1")
    assert bfd(wrong) == [("error", "lb1/keepalived.conf:2"), ("error", "lb2/keepalived.conf:9")]
    assert bfd(wrong, "weight -5") == [("warning", "lb1/keepalived.conf:2")]
    assert bfd(("192.0.2.254", "192.0.2.254")) == []  # a router


def test_a_session_with_a_router_beside_one_with_the_peer() -> None:
    """The router is no node of the pair, and is not meant to be one."""
    gateway = "bfd_instance gw {\nneighbor_ip 192.0.2.254\n}\n"
    more = "track_bfd {\npeer weight -5\ngw\n}\n"
    heads = [f"bfd_instance peer {{\nneighbor_ip {each}\n}}\n{gateway}" for each in ("192.0.2.2", "192.0.2.1")]
    confs = (heads[0] + conf(110, more=more), heads[1] + conf(100, more=more))
    assert found("bfd-fails-with-peer", two(confs=confs)) == []
    misspelt = heads[0].replace("192.0.2.2\n", "192.0.2.3\n")
    confs = (misspelt + conf(110, more=more), heads[1] + conf(100, more=more))
    assert found("bfd-fails-with-peer", two(confs=confs)) == [("warning", "lb1/keepalived.conf:2")]


def test_a_backup_that_is_held_back_while_the_peer_lives() -> None:
    """`weight 0 reverse`: FAULT while the session is up."""
    right = ("192.0.2.2", "192.0.2.1")
    assert bfd(right, "weight 0 reverse") == []
    assert [severity for severity, _ in bfd(right, "weight 0")] == ["error", "error"]


@pytest.mark.parametrize(
    "lines, told",
    [
        ("rise 62\ninit_fail", True),
        ("rise 61\ninit_fail", False),
        ("rise 600", False),
        ("rise 600\ninit_fail\nweight -20", False),
    ],
)
def test_no_node_has_the_address_for_minutes_after_a_start(lines: str, *, told: bool) -> None:
    slow, quick = (conf(100, "/usr/bin/pgrep haproxy", lines=each) for each in (lines, ""))
    expected = [("warning", "lb1/keepalived.conf:2"), ("warning", "lb2/keepalived.conf:2")] if told else []
    assert found("first-owner-late", two(confs=(slow, slow))) == expected
    assert found("first-owner-late", two(confs=(slow, quick))) == []

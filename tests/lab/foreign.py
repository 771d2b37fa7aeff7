"""What an operator may have put into a lab by hand: each kind is made, read and removed by the system's own tools."""

import json
import subprocess
from typing import Final, NamedTuple

import docker

from harness.lab.exec import find_container
from tests.lab.shared import LAB, container

AGENT: Final = "network-agent"
TAG: Final = 12
"""net.ipv4.conf.DEVICE.tag (linux/ip.h, IPV4_DEVCONF_TAG): the kernel keeps it, and does nothing with it."""
SETTING: Final = """
import sys
from harness.agents.network.netlink import ipv4_settings
from harness.agents.network.wiring import Cabled
node = Cabled.enter(int(sys.argv[1]))
(index,) = node.ip.link_lookup(ifname="lan0")
node.netlink.request(ipv4_settings(index, {int(sys.argv[2]): int(sys.argv[3])}))
"""
CHAIN: Final = "{ type filter hook forward priority 5; }"
HAPROXY: Final = "echo '%s' | socat - UNIX-CONNECT:/run/haproxy/admin.sock"


class Foreign(NamedTuple):
    """One thing. `made`, `removed`, `read`: shell scripts in the service's container; `read` prints what it is like."""

    service: str
    what: str
    made: str
    removed: str
    read: str


def address(node: str, number: int) -> Foreign:
    ip = f"192.0.2.{number}/32"
    return _of_ip(node, f"address {number}", f"addr %s {ip} dev lan0", f"ip -br addr show dev lan0 | grep -o {ip}")


def route(node: str, number: int) -> Foreign:
    to = f"198.51.100.{number}"
    return _of_ip(node, f"route {number}", f"route %s {to} dev lan0 metric 7", f"ip route show {to}")


def _of_ip(node: str, what: str, words: str, read: str) -> Foreign:
    """`words`: of the program ip, with %s for add and del."""
    return Foreign(node, what, f"ip {words % 'add'}", f"ip {words % 'del'}", read)


def rules(number: int) -> Foreign:
    """In the family that the harness uses, and on the hook that it uses."""
    table = f"bridge site_{number}"
    return Foreign(
        AGENT, f"table {number}", f"nft add table {table} && nft add chain {table} c '{CHAIN}'"
        f" && nft add rule {table} c ip saddr 192.0.2.200 drop",
        f"nft delete table {table}", f"nft list table {table}",
    )  # fmt: skip


def qdisc(number: int) -> Foreign:
    """At the switch's end of a cable, where `rate` puts its own."""
    device = ("gw-1.0", "lb-ext-1.0", "customer-3.0")[number % 3]
    return Foreign(
        AGENT, f"qdisc of {device}", f"tc qdisc add dev {device} root handle 77: pfifo limit {100 + number}",
        f"tc qdisc del dev {device} root handle 77:", f"tc qdisc show dev {device} root",
    )  # fmt: skip


def file(node: str, number: int) -> Foreign:
    """Beside the script that `check_broken` swaps."""
    path = f"/usr/bin/pidof.site-{number}"
    return Foreign(
        node, f"file {number}", f"echo {number} > {path}; chmod 750 {path}", f"rm {path}",
        f"cat {path}; stat -c '%a %U' {path}",
    )  # fmt: skip


def weight(node: str, number: int) -> Foreign:
    """Of a server, in HAProxy at run time."""
    server = f"servers/{'api-1' if number % 2 else 'api-2'}"
    set_to = f"set server {server} weight"
    made, removed = (HAPROXY % f"{set_to} {value}" for value in (2 + number % 50, 1))
    return Foreign(node, f"weight of {server}", made, removed, HAPROXY % f"get weight {server}")


def setting(node: str, number: int) -> Foreign:
    """A sysctl of a card. Made and removed by `set_tag`: /proc/sys is read-only in a container."""
    return Foreign(node, "sysctl", str(number), "0", "cat /proc/sys/net/ipv4/conf/lan0/tag")


def make(thing: Foreign) -> None:
    _set_tag(thing, thing.made) if thing.what == "sysctl" else sh(thing.service, thing.made)


def remove(thing: Foreign) -> None:
    _set_tag(thing, thing.removed) if thing.what == "sysctl" else sh(thing.service, thing.removed)


def read(thing: Foreign) -> str:
    """ "": it is not there."""
    return sh(thing.service, thing.read, check=False)


def sh(service: str, script: str, *, check: bool = True) -> str:
    command = ["docker", "exec", container(service), "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert not check or done.returncode == 0, f"{service}: {script}: {done.stderr or done.stdout}"
    return done.stdout.strip()


def _set_tag(thing: Foreign, value: str) -> None:
    pid = find_container(docker.from_env(), LAB, thing.service).attrs["State"]["Pid"]
    arguments = ["python3", "-c", SETTING, str(pid), str(TAG), value]
    subprocess.run(["docker", "exec", container(AGENT), *arguments], check=True, capture_output=True, timeout=20)


def told(output: str) -> set[str]:
    """The foreign differences that ``clean --check --json`` lists."""
    return {f"{each['where']}: {each['what']}" for each in json.loads(output)["foreign"]}

"""The nodes of a lab: who serves, what may pass, what survives."""

import json
import subprocess
import time
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
import pytest

from harness.lab import compose
from harness.model.configuration import DEFAULT, Configuration
from tests.lab.shared import container, execute

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab")]

TOPOLOGY: Final = compose.topology()
CUSTOMERS: Final = list(TOPOLOGY.vantages)
FIRST, SECOND = TOPOLOGY.virtual_router("external").nodes
VIP: Final = TOPOLOGY.virtual_router("external").first.address
GET: Final = """
import http.client, json
connection = http.client.HTTPConnection("VIP", timeout=0.5)
connection.request("GET", "/event/7")
answer = connection.getresponse()
print(json.dumps([answer.status, answer.headers["X-LB-Node"], answer.headers["X-API-Node"], json.load(answer)]))
""".replace("VIP", VIP)

T = TypeVar("T")


def get(customer: str) -> tuple[int, str, str, object] | None:
    """One request to the VIP on a new connection: status, balancer, API server, body; None without an answer."""
    answer = execute(customer, "python3", "-c", GET, check=False)
    return msgspec.json.decode(answer, type=tuple[int, str, str, object]) if answer else None


def balancers() -> list[str]:
    """Who serves each customer now; "" where nobody does."""
    return [answer[1] if (answer := get(customer)) and answer[0] == 200 else "" for customer in CUSTOMERS]


def until(wanted: T, look: Callable[[], T], seconds: float = 15) -> None:
    """Looks again and again. Fails with what was awaited and what was seen last."""
    deadline = time.monotonic() + seconds
    while (seen := look()) != wanted:
        assert time.monotonic() < deadline, f"awaited {wanted!r}, last saw {seen!r} after {seconds} s"


def holds_vip(node: str) -> bool:
    """False also while the node has no cable."""
    return f" {VIP}/" in execute(node, "ip", "-4", "address", "show", "dev", "lan0", check=False)


@pytest.mark.parametrize("node", TOPOLOGY.virtual_router("external").nodes)
def test_compose_up_alone_is_enough(node: str) -> None:
    """The image bakes what the harness would deliver."""
    every = compose.topology(compose.overlays())
    for path, text in Configuration.load(DEFAULT).render(every, node).items():
        assert execute(node, "cat", f"/usr/share/harness/nodes/{node}{path}") == text


def test_the_read_is_the_same_from_everywhere() -> None:
    """Whoever asks, through whichever API server: one answer."""
    answers = [get(customer) for customer in CUSTOMERS for _ in range(4)]
    assert {json.dumps(answer and answer[3]) for answer in answers} == {
        json.dumps({"id": 7, "venue": "Winter Garden", "seats": 383})
    }
    assert {answer and answer[2] for answer in answers} == {"api-1", "api-2"}


@pytest.mark.parametrize("node", TOPOLOGY.nodes)
def test_only_gateways_forward(node: str) -> None:
    """A standby that forwards would hide a split."""
    forwarding = execute(node, "cat", "/proc/sys/net/ipv4/ip_forward").strip()
    assert forwarding == str(int(TOPOLOGY.nodes[node].forwards))


@pytest.mark.parametrize("node", TOPOLOGY.nodes)
def test_the_management_network_carries_no_data(node: str) -> None:
    """No default route; every segment that a node can reach lies behind a cable, the others are unreachable."""
    routes = json.loads(execute(node, "ip", "-json", "-4", "route"))
    reached = {route["dst"]: route["dev"] for route in routes}
    assert "default" not in reached
    assert {device for to, device in reached.items() if to in TOPOLOGY.segments.values()} <= {"lan0", "lan1"}
    for unreached in set(TOPOLOGY.segments.values()) - reached.keys():
        assert not execute(node, "ip", "route", "get", unreached.replace(".0/24", ".9"), check=False)


_OF_A_BALANCER = {
    "CHOWN": 0, "FOWNER": 3, "KILL": 5, "SETGID": 6, "SETUID": 7, "NET_ADMIN": 12, "NET_RAW": 13, "SYS_CHROOT": 18,
}  # fmt: skip


@pytest.mark.parametrize(
    "kind, capabilities",
    [
        ("balancer", _OF_A_BALANCER),
        ("gateway", {"NET_ADMIN": 12, "NET_RAW": 13}),
        ("api", {}),
        ("customer", {}),
    ],
)
def test_a_node_has_no_more_privilege_than_it_needs(kind: str, capabilities: dict[str, int]) -> None:
    """capabilities(7), as the kernel counts them, of PID 1."""
    expected = sum(1 << bit for bit in capabilities.values())
    for node in (node.name for node in TOPOLOGY.nodes.values() if node.kind == kind):
        status = execute(node, "cat", "/proc/1/status")
        granted = next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd:"))
        assert int(granted, 16) == expected, node


@pytest.mark.parametrize(
    "node, service", [(FIRST, "haproxy"), (FIRST, "keepalived"), ("api-1", "api"), ("customer-1", "load")]
)
def test_each_service_has_a_log_and_a_supervisor(node: str, service: str) -> None:
    assert execute(node, "sv", "status", f"/etc/service/{service}").startswith("run: ")
    assert execute(node, "test", "-f", f"/var/log/{service}/current") == ""


def test_the_containers_log_says_which_service_spoke() -> None:
    log = subprocess.run(["docker", "logs", container(FIRST)], capture_output=True, text=True, check=True)
    lines = (log.stdout + log.stderr).splitlines()
    assert any(" keepalived: " in line and "Entering MASTER STATE" in line for line in lines)
    assert any(" haproxy: " in line and "Loading success" in line for line in lines)


def test_a_network_device_shows_its_arp_cache() -> None:
    """How one logs in to it; and may ping, and flush by hand."""
    mac = TOPOLOGY.node(FIRST).port("external").mac
    assert f"{VIP} dev lan0 lladdr {mac}" in execute("gw-1", "ip", "neigh")
    assert " 0% packet loss" in execute("gw-1", "ping", "-c", "1", "-W", "1", VIP)
    assert "deleting" in execute("gw-1", "ip", "-statistics", "neigh", "flush", "dev", "lan0")
    until([FIRST] * len(CUSTOMERS), balancers)


def test_keepalived_dumps_its_state() -> None:
    """The JSON that the service agent reads: state 2 is MASTER."""
    script = "rm -f /tmp/keepalived.json; kill -s $(keepalived --signum=JSON) $(cat /run/keepalived.pid)"
    execute(FIRST, "sh", "-c", script)
    until(True, lambda: execute(FIRST, "cat", "/tmp/keepalived.json", check=False).rstrip().endswith("]"))
    (instance,) = json.loads(execute(FIRST, "cat", "/tmp/keepalived.json"))
    assert (instance["data"]["state"], instance["data"]["vipset"]) == (2, True)


def test_haproxys_socket_takes_orders() -> None:
    """Level admin: a fault may set what it reads."""
    ask = "echo 'show servers state servers' | socat - UNIX-CONNECT:/run/haproxy/admin.sock"
    assert {"api-1", "api-2"} <= set(execute(FIRST, "sh", "-c", ask).split())
    order = "echo 'set maxconn frontend api 2000' | socat - UNIX-CONNECT:/run/haproxy/admin.sock"
    assert execute(FIRST, "sh", "-c", order).strip() == ""


def test_a_stopped_keepalived_fails_over_and_back_and_the_node_lives() -> None:
    """A planned stop (priority 0): the standby serves everyone, the preferred node takes the VIP back."""
    haproxy = execute(FIRST, "sv", "status", "/etc/service/haproxy").split("s;")[0].rsplit(" ", 1)[0]
    execute(FIRST, "sv", "down", "/etc/service/keepalived")
    until([SECOND] * len(CUSTOMERS), balancers)
    assert (holds_vip(FIRST), holds_vip(SECOND)) == (False, True)
    execute(FIRST, "sv", "up", "/etc/service/keepalived")
    until([FIRST] * len(CUSTOMERS), balancers)
    assert execute(FIRST, "sv", "status", "/etc/service/haproxy").startswith(haproxy), "HAProxy was restarted too"


def test_a_killed_haproxy_comes_back_and_the_vip_stays() -> None:
    """keepalived does not watch HAProxy in `default`."""
    execute(FIRST, "sh", "-c", "sv kill /etc/service/haproxy")
    until([FIRST] * len(CUSTOMERS), balancers)
    assert (holds_vip(FIRST), holds_vip(SECOND)) == (True, False)


def test_a_restarted_node_keeps_what_was_delivered_and_serves_again() -> None:
    """A power cut: stale pid files do not keep keepalived down, the baked configuration does not come back."""
    path = "/etc/keepalived/keepalived.conf"
    execute(FIRST, "sed", "-i", "s/advert_int .*/advert_int 0.5/", path)
    subprocess.run(["docker", "restart", container(FIRST)], check=True, capture_output=True)
    until(True, lambda: holds_vip(FIRST))
    until([FIRST] * len(CUSTOMERS), balancers)
    assert "advert_int 0.5" in execute(FIRST, "cat", path)

"""The management network never carries what belongs on the data plane: watched on every node while the load runs."""

import subprocess
from ipaddress import ip_address, ip_network
from typing import Final

import docker
import msgspec
import pytest

from harness.lab import compose
from harness.lab.exec import find_container
from tests.lab.shared import container

pytestmark = pytest.mark.lab

TOPOLOGY: Final = compose.topology()
DATA_PLANE: Final = [ip_network(cidr) for cidr in TOPOLOGY.segments.values()]
SECONDS: Final = 2
# In the network agent, which may enter every node: {node: {device: [addresses in IPv4 and ARP frames]}}.
CAPTURE: Final = """
import collections, json, os, select, socket, sys, time
nodes, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
sockets, seen = {}, {node: collections.defaultdict(set) for node in nodes}
for node, pid in nodes.items():
    with open(f"/proc/{pid}/ns/net") as namespace:
        os.setns(namespace.fileno(), os.CLONE_NEWNET)
    sockets[socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))] = node
end = time.monotonic() + seconds
while (left := end - time.monotonic()) > 0:
    for ready in select.select(list(sockets), [], [], left)[0]:
        frame, (device, protocol, *_) = ready.recvfrom(64)
        at = {0x0800: (26, 30), 0x0806: (28, 38)}.get(protocol, ())
        seen[sockets[ready]][device].update(socket.inet_ntoa(frame[i : i + 4]) for i in at)
print(json.dumps({node: {d: sorted(found) for d, found in devices.items()} for node, devices in seen.items()}))
"""


# In the same place: who can connect to the address. [nodes]
CONNECT: Final = """
import json, os, socket, sys
nodes, address = json.loads(sys.argv[1]), sys.argv[2]
reach = []
for node, pid in nodes.items():
    with open(f"/proc/{pid}/ns/net") as namespace:
        os.setns(namespace.fileno(), os.CLONE_NEWNET)
    try:
        socket.create_connection((address, 5557), 0.5).close()
    except OSError:
        continue
    reach.append(node)
print(json.dumps(reach))
"""


def pids(lab: str) -> dict[str, int]:
    client = docker.from_env()
    return {node: find_container(client, lab, node).attrs["State"]["Pid"] for node in TOPOLOGY.nodes}


def from_nodes(lab: str, program: str, argument: str) -> str:
    """What a program says that enters every node's network in turn."""
    command = ["docker", "exec", container("network-agent"), "python3", "-c", program]
    nodes = msgspec.json.encode(pids(lab)).decode()
    return subprocess.run([*command, nodes, argument], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def seen(lab: str) -> dict[str, dict[str, list[str]]]:
    """Node → device → every address that was in a frame there."""
    return msgspec.json.decode(from_nodes(lab, CAPTURE, str(SECONDS)), type=dict[str, dict[str, list[str]]])


def on_data_plane(addresses: list[str]) -> set[str]:
    return {each for each in addresses if any(ip_address(each) in network for network in DATA_PLANE)}


@pytest.mark.parametrize("node", TOPOLOGY.nodes)
def test_no_data_on_the_management_network(seen: dict[str, dict[str, list[str]]], node: str) -> None:
    cables = {port.device for port in TOPOLOGY.node(node).ports}
    carried = {device: on_data_plane(addresses) for device, addresses in seen[node].items()}
    assert all(carried.get(cable) for cable in cables), f"the load was not seen: {carried}"
    assert {device for device, addresses in carried.items() if addresses} <= cables


def test_customers_alone_reach_the_loads_master(lab: str) -> None:
    """It takes whatever registers. Nodes that run a site's own files have no way to it."""
    (network,) = find_container(docker.from_env(), lab, "load-master").attrs["NetworkSettings"]["Networks"].values()
    reach = msgspec.json.decode(from_nodes(lab, CONNECT, network["IPAddress"]), type=list[str])
    assert set(reach) == {node.name for node in TOPOLOGY.nodes.values() if node.kind == "customer"}

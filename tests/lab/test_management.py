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


@pytest.fixture(scope="module")
def seen(lab: str) -> dict[str, dict[str, list[str]]]:
    """Node → device → every address that was in a frame there."""
    client = docker.from_env()
    pids = {node: find_container(client, lab, node).attrs["State"]["Pid"] for node in TOPOLOGY.nodes}
    command = ["docker", "exec", container("network-agent"), "python3", "-c", CAPTURE]
    done = subprocess.run(
        [*command, msgspec.json.encode(pids).decode(), str(SECONDS)], capture_output=True, text=True, check=True
    )
    return msgspec.json.decode(done.stdout, type=dict[str, dict[str, list[str]]])


def on_data_plane(addresses: list[str]) -> set[str]:
    return {each for each in addresses if any(ip_address(each) in network for network in DATA_PLANE)}


@pytest.mark.parametrize("node", TOPOLOGY.nodes)
def test_no_data_on_the_management_network(seen: dict[str, dict[str, list[str]]], node: str) -> None:
    cables = {port.device for port in TOPOLOGY.node(node).ports}
    carried = {device: on_data_plane(addresses) for device, addresses in seen[node].items()}
    assert all(carried.get(cable) for cable in cables), f"the load was not seen: {carried}"
    assert {device for device, addresses in carried.items() if addresses} <= cables

"""The device that sends into a switch port, or out of it: rates and delays act where a frame begins its way.

What comes in at a port leaves the other end of its cable: a node's own device, or the other end of a trunk.
"""

import socket
from contextlib import nullcontext
from dataclasses import dataclass

from harness.agents.network.namespace import inside
from harness.agents.network.wiring import Cabled, Wiring
from harness.model.errors import AgentError
from harness.model.ops import Side
from harness.model.topology import Topology


@dataclass(frozen=True)
class Sending:
    """As wired now. `node`: whose cable the port has; None for a trunk. `inside`: the node whose namespace it is in."""

    port: str
    device: str
    index: int
    node: Cabled | None
    inside: Cabled | None
    wiring: Wiring

    def request(self, message: bytes) -> None:
        """A prebuilt rtnetlink request, in the device's namespace. Raises `OSError`."""
        (self.inside.netlink if self.inside else self.wiring).request(message)

    @property
    def there(self) -> bool:
        """Is it still the same cable? A node that starts again gets another one."""
        return cabled(self.wiring, self.port) is self.node

    def expect(self) -> None:
        """Raises `AgentError` if it is not there any more."""
        if not self.there:
            raise AgentError(f"{self.port} has another cable now, or none: its node ended.")


def sending(topology: Topology, wiring: Wiring, port: str, side: Side) -> Sending:
    """Raises `AgentError` for a node that is not running. Any thread may call it."""
    wiring.expect(port)
    node, cable = cabled(wiring, port), topology.ports.get(port)
    if node and cable and side == "ingress":
        return Sending(port, cable.device, _index(cable.device, node), node, node, wiring)
    device = wiring.device(port if side == "egress" else _other_end(topology, port))
    return Sending(port, device, _index(device), node, None, wiring)


def cabled(wiring: Wiring, port: str) -> Cabled | None:
    """The running node of a port; None for a trunk, or while the node does not run."""
    return wiring.nodes.get(port.rpartition(".")[0])


def _index(device: str, node: Cabled | None = None) -> int:
    """In the namespace of `node`. Raises `AgentError` if the node has just ended."""
    try:
        with inside(node.namespace) if node else nullcontext():
            return socket.if_nametoindex(device)
    except OSError as error:
        raise AgentError(f"There is no {device} now: {error.strerror or error}.") from error


def _other_end(topology: Topology, end: str) -> str:
    trunk = topology.trunks[end.rpartition(".")[0]]
    return trunk.end_b if end == trunk.end_a else trunk.end_a

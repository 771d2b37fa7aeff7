"""Measuring streams: numbered marker frames that cross chosen points of the wire, sent by a process of their own.

How a stream is sent so that it crosses (port, side):

=================  ==========================  ==========================================
point              sent on                     to
=================  ==========================  ==========================================
NODE.SEGMENT in    the node's own device       the switch's own MAC: it ends there
NODE.SEGMENT out   the switch's own device     the node's MAC
TRUNK.x in         the trunk's opposite end    the own MAC of the switch at x
TRUNK.x out        the switch's own device     the MAC of the first node behind the trunk
=================  ==========================  ==========================================

(in = ingress, out = egress.) No node handles a marker. If a switch has not learnt the MAC it floods the frame, which
still crosses the point.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterable
from typing import Final, NamedTuple

from harness.agents.loop import Loop
from harness.agents.network.namespace import inside_namespace_of
from harness.model.errors import AgentError, BadValue, UnknownName
from harness.model.topology import Topology

FASTEST: Final = 20_000
"""Frames per second, of all points together."""


class Route(NamedTuple):
    """`node`: the sender's namespace, None: the switches'. `to`: a MAC, or the name of a switch."""

    node: str | None
    device: str
    to: str


class Measuring:
    """At most one set of streams at a time. A node's streams end with the node, and start again with it."""

    def __init__(self, topology: Topology, loop: Loop) -> None:
        self._topology = topology
        self._loop = loop
        self._pids: dict[str, int] = {}
        self._routes: list[Route] = []
        self._rate_hz = 0
        self._stream = 0
        self._sender: subprocess.Popen[bytes] | None = None

    def start(self, points: Iterable[tuple[str, str]], rate_hz: int) -> None:
        """`rate_hz` frames per second across each point; 0 stops. Raises `UnknownName`, `BadValue`."""
        routes = [route(self._topology, port, side) for port, side in points] if rate_hz else []
        if not 0 <= rate_hz * len(routes) <= FASTEST:
            raise BadValue("rate_hz", rate_hz, f"from 0 to {FASTEST} frames per second for all points together")
        self._routes, self._rate_hz = routes, rate_hz
        self._restart()

    def wired(self, node: str, pid: int) -> None:
        self._pids[node] = pid
        self._restart_for(node)

    def unwired(self, node: str) -> None:
        """Restarts the sender, without this node, if it has a socket in the node."""
        self._pids.pop(node, None)
        self._restart_for(node)

    def _restart_for(self, node: str) -> None:
        if any(route.node == node for route in self._routes):
            self._restart()

    def _restart(self) -> None:
        self._stop()
        sockets = [(out, route) for route in self._routes if (out := self._socket(route))]
        if sockets:
            self._send(sockets)
        for out, _ in sockets:
            out.close()  # the sender has inherited it

    def _stop(self) -> None:
        if self._sender:
            self._loop.forget(_end_of(self._sender))
            self._sender.kill()
            self._sender.communicate()
            self._sender = None

    def _socket(self, route: Route) -> socket.socket | None:
        """Bound to the device from which the stream is sent; None while that node does not run."""
        if route.node is None:
            return _bound(route.device)
        if route.node not in self._pids:
            return None
        try:
            with inside_namespace_of(self._pids[route.node]):
                return _bound(route.device)
        except (FileNotFoundError, ProcessLookupError):  # the node ended: `unwired` will follow
            return None

    def _send(self, sockets: list[tuple[socket.socket, Route]]) -> None:
        streams = [(out.fileno(), self._number_stream(), self._mac(route)) for out, route in sockets]
        command = [sys.executable, "-m", "harness.agents.network.sender", str(self._rate_hz), json.dumps(streams)]
        fds = [fd for fd, _, _ in streams]
        self._sender = subprocess.Popen(command, pass_fds=fds, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self._loop.watch(_end_of(self._sender), self._died)

    def _died(self, _: int) -> None:
        """Ends the eye: no frames bracket an op now. The start of the next eye makes the trial invalid."""
        code = self._sender.wait() if self._sender else 0
        raise AgentError(
            f"the sender of the measuring stream ended with status {code} (-9: killed, e.g. for lack of memory)."
        )

    def _number_stream(self) -> int:
        """A new number at each start: (stream, number) of a frame is unique."""
        self._stream = (self._stream + 1) & 0xFFFF
        return self._stream

    def _mac(self, route: Route) -> str:
        if route.to not in self._topology.switches:
            return route.to
        with _bound(route.to) as switch:
            hardware: bytes = switch.getsockname()[4]
            return hardware.hex(":")


def route(topology: Topology, port: str, side: str) -> Route:
    """How to cross this point. Raises `UnknownName` for a port, `BadValue` for a side that does not exist."""
    if side not in ("ingress", "egress"):
        raise BadValue("side", side, "ingress or egress")
    cable = topology.ports.get(port)
    if cable and side == "ingress":
        return Route(cable.node, cable.device, cable.switch)
    if cable:
        return Route(None, cable.switch, cable.mac)
    here, there, opposite = _trunk_end(topology, port)
    return Route(None, opposite, here) if side == "ingress" else Route(None, here, _mac_behind(topology, there))


def _trunk_end(topology: Topology, port: str) -> tuple[str, str, str]:
    """The end's own switch, the other switch, the other end's device."""
    for trunk in topology.trunks.values():
        if port == trunk.end_a:
            return trunk.a, trunk.b, trunk.end_b
        if port == trunk.end_b:
            return trunk.b, trunk.a, trunk.end_a
    raise UnknownName("port", port, topology.taps.values())


def _mac_behind(topology: Topology, switch: str) -> str:
    """Of any node there; without a node, a MAC that no device has: the switch floods it."""
    return next((port.mac for port in topology.ports.values() if port.switch == switch), "02:88:b5:ff:ff:ff")


def _end_of(process: subprocess.Popen[bytes]) -> int:
    """A file descriptor that becomes readable when the process ends: its standard output, where it writes nothing."""
    assert process.stdout
    return process.stdout.fileno()


def _bound(device: str) -> socket.socket:
    """Sends on `device`; protocol 0: receives nothing."""
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    out.bind((device, 0))
    return out

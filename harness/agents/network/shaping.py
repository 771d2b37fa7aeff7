"""Rates: a token bucket (tbf) at the device that sends into a switch port, or out of it.

What comes in at a port leaves the other end of its cable: a node's own device, or the other end of a trunk.
"""

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from harness.agents.executor import Ready
from harness.agents.network.netlink import no_token_bucket
from harness.agents.network.token_bucket import bucket, refusal
from harness.agents.network.wiring import Cabled, Wiring
from harness.model.errors import AgentError
from harness.model.ops import LimitRate
from harness.model.topology import Topology

_GONE: Final = frozenset({errno.ENOENT, errno.ENODEV, errno.EINVAL})  # EINVAL: the device has a foreign qdisc now


@dataclass(frozen=True)
class _Sender:
    """A device, and how to ask the kernel for it: in the namespace that the device is in."""

    request: Callable[[bytes], None]
    index: int


class Shaper:
    def __init__(self, topology: Topology, wiring: Wiring) -> None:
        self._topology = topology
        self._wiring = wiring
        self._tried = False

    def ready(self, op: LimitRate) -> Ready:
        """Raises `AgentError` for a kernel without tbf, or a node that is not running.

        `apply` raises `OSError` where a foreign qdisc is: none is replaced.
        """
        self._try()
        cabled, sender = self._cabled(op.port), self._sender(op)
        add, remove = bucket(sender.index, op.bits_per_s), no_token_bucket(sender.index)

        def apply() -> None:
            if self._cabled(op.port) is not cabled:
                raise AgentError(f"{op.port} has another cable now: its node started again.")
            sender.request(add)

        def undo() -> None:
            if self._cabled(op.port) is cabled:  # the qdisc of another cable ended with that
                _unless_gone(sender.request, remove)

        return Ready(apply, undo)

    def _cabled(self, port: str) -> Cabled | None:
        """The running node of a port; None for a trunk, or while the node does not run."""
        return self._wiring.nodes.get(port.rpartition(".")[0])

    def _sender(self, op: LimitRate) -> _Sender:
        port = self._topology.ports.get(op.port)
        if op.side == "ingress" and port:
            cabled = self._wiring.cabled(port.node)
            return _Sender(cabled.netlink.request, int(cabled.ip.link_lookup(ifname=port.device)[0]))
        device = self._wiring.device(op.port if op.side == "egress" else self._other_end(op.port))
        return _Sender(self._wiring.request, socket.if_nametoindex(device))

    def _other_end(self, end: str) -> str:
        trunk = self._topology.trunks[end.rpartition(".")[0]]
        return trunk.end_b if end == trunk.end_a else trunk.end_a

    def _try(self) -> None:
        """Once in the agent's life, on the loopback device, which no cable uses."""
        if not self._tried and (reason := refusal()):
            raise AgentError(f"This kernel cannot limit a rate: it refuses tbf ({reason}).")
        self._tried = True


def _unless_gone(request: Callable[[bytes], None], message: bytes) -> None:
    try:
        request(message)
    except OSError as error:
        if error.errno not in _GONE:
            raise

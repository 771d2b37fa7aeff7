"""Rates: a token bucket (tbf) at the device that sends."""

import errno
from typing import Final

from harness.agents.executor import Ready
from harness.agents.network.netlink import no_token_bucket
from harness.agents.network.sending import Sending, sending
from harness.agents.network.token_bucket import bucket, refusal
from harness.agents.network.wiring import Wiring
from harness.model.errors import AgentError
from harness.model.ops import LimitRate
from harness.model.topology import Topology

_GONE: Final = frozenset({errno.ENOENT, errno.ENODEV, errno.EINVAL})  # EINVAL: the device has a foreign qdisc now


class Shaper:
    def __init__(self, topology: Topology, wiring: Wiring) -> None:
        self._topology = topology
        self._wiring = wiring
        self._tried = False

    def ready(self, op: LimitRate) -> Ready:
        """Raises `AgentError` for a kernel without tbf, or a node that is not running.

        `apply` raises `OSError` where a foreign qdisc is: none is replaced.
        """
        sender = sending(self._topology, self._wiring, op.port, op.side)
        self._try()
        add, remove = bucket(sender.index, op.bits_per_s), no_token_bucket(sender.index)

        def apply() -> None:
            sender.expect()
            sender.request(add)

        def undo() -> None:
            if sender.there:  # the qdisc of another cable ended with that
                _unless_gone(sender, remove)

        return Ready(apply, undo)

    def _try(self) -> None:
        """Once in the agent's life."""
        if not self._tried and (reason := refusal()):
            raise AgentError(f"This kernel cannot limit a rate: it refuses tbf ({reason}).")
        self._tried = True


def _unless_gone(sender: Sending, message: bytes) -> None:
    try:
        sender.request(message)
    except OSError as error:
        if error.errno not in _GONE:
            raise

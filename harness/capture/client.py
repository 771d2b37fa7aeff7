"""A client of a VIP, and each port of the VIP that it asked: a service of its own."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.capture.connection import Connections
from harness.model.requests import Outcome


class Client(NamedTuple):
    """`connections`: on the scene's clock, of the point that saw the most. `replies`: did any answer pass that?

    `statuses`: of their answers; 0 where no log tells it. `port`: of the VIP, if it asked several and this is one.
    """

    ip: str
    point: str
    connections: Connections
    replies: bool
    statuses: NDArray[np.int64]
    port: int = 0

    @property
    def name(self) -> str:
        return f"{self.ip} (port {self.port})" if self.port else self.ip

    @property
    def by_port(self) -> list["Client"]:
        """One for each port that it asked. What one of them serves tells nothing of another, which may be closed."""
        asked = self.connections["service"]
        ports: list[int] = np.unique(asked).tolist()
        return [self._at(port, asked == port) for port in ports] if len(ports) > 1 else [self]

    @property
    def unknown(self) -> int:
        """Connections that were answered with a status which no log tells."""
        return int(((self.connections["outcome"] == Outcome.ok) & (self.statuses == 0)).sum())

    def _at(self, port: int, chosen: NDArray[np.bool_]) -> "Client":
        return self._replace(connections=self.connections[chosen], statuses=self.statuses[chosen], port=port)

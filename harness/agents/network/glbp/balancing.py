"""Which forwarder a host gets. Pure.

Cisco, "Configuring GLBP", section "GLBP Gateway Load Balancing": round-robin by default; weighted: in proportion;
host-dependent: the same host always gets the same MAC address, as long as the number of forwarders stays the same.
"""

from collections.abc import Mapping

from harness.model.glbp import Balancing


class Balancer:
    """`choose` for each answer to ARP."""

    def __init__(self, way: Balancing) -> None:
        self._way = way
        self._last = 0
        self._credit: dict[int, int] = {}

    def choose(self, host: bytes, forwarders: Mapping[int, int]) -> int | None:
        """`host`: its MAC address. `forwarders`: number → weight, of those that hosts may get. None: there is none."""
        numbers = sorted(forwarders)
        if not numbers:
            return None
        if self._way == "host-dependent":
            return numbers[int.from_bytes(host, "big") % len(numbers)]
        if self._way == "weighted" and any(forwarders.values()):
            return self._weighted(forwarders)
        self._last = next((number for number in numbers if number > self._last), numbers[0])
        return self._last

    def _weighted(self, forwarders: Mapping[int, int]) -> int:
        """Each gains its weight in each turn; the one that has most is chosen, and pays for all."""
        self._credit = {number: self._credit.get(number, 0) + weight for number, weight in forwarders.items()}
        chosen = max(self._credit, key=lambda number: (self._credit[number], -number))
        self._credit[chosen] -= sum(forwarders.values())
        return chosen

"""The process that speaks GLBP for every gateway of the lab. It follows the hand, which wires the gateways.

A process of its own at ordinary priority, as a router's control plane is: the hand's deadlines do not wait for it. When
it ends, the network agent starts it again; meanwhile the gateways' devices stay, and no ARP is answered.
"""

import sys
from typing import Final

from harness.agents import lab
from harness.agents.loop import Loop
from harness.agents.network.glbp.gateway import Gateway
from harness.agents.network.glbp.port import GlbpPort
from harness.agents.network.glbp.speaker import Speaker
from harness.agents.network.hand_link import HandLink
from harness.model.events import Unwired, Wired
from harness.model.glbp import GlbpGroup
from harness.model.topology import Topology

_Key = tuple[str, str]  # group, node


class Speakers:
    """A speaker for each gateway that is wired. The first of a node is settled: a lab comes up in steady state.

    Not if an earlier process left a gateway with other forwarders than a settled group has: there had been a takeover.
    Then it begins as a router that has just booted.
    """

    def __init__(self, loop: Loop, topology: Topology) -> None:
        self._loop = loop
        self._topology = topology
        self._open: dict[_Key, Speaker] = {}
        self._known: set[_Key] = set()

    def told(self, event: Wired | Unwired) -> None:
        for group in self._topology.glbp.values():
            if event.node in group.gateways:
                self._unwired((group.name, event.node))
                if isinstance(event, Wired):
                    self._wired(group, event.node, event.pid)

    def _wired(self, group: GlbpGroup, node: str, pid: int) -> None:
        card = self._topology.node(node).port(group.segment)
        try:
            port = GlbpPort(pid, card.device, f"glbp{group.number}.")
        except OSError as error:  # the node ended meanwhile: the hand will tell; a new start is another `Wired`
            print(f"glbp {group.name}: {node} has gone: {error}", file=sys.stderr, flush=True)
            return
        key = (group.name, node)
        gateway = Gateway(group, node, addresses(self._topology, group))
        speaker = Speaker(self._loop, group, node, gateway, port)
        speaker.open(settled=key not in self._known and gateway.was_settled(port.left))
        self._open[key] = speaker
        self._known.add(key)

    def _unwired(self, key: _Key) -> None:
        if speaker := self._open.pop(key, None):
            speaker.close()


def addresses(topology: Topology, group: GlbpGroup) -> dict[str, tuple[bytes, str]]:
    """Of the cards of its gateways: node → (MAC address, IP address)."""
    cards: Final = {node: topology.node(node).port(group.segment) for node in group.gateways}
    return {node: (bytes.fromhex(card.mac.replace(":", "")), card.address) for node, card in cards.items()}


def main() -> None:
    """Ends only by an exception, also with the hand."""
    loop, topology = Loop(), lab.topology()
    HandLink(loop, lab.STATE / "hand.sock", Speakers(loop, topology).told).open()
    loop.run()


if __name__ == "__main__":
    main()

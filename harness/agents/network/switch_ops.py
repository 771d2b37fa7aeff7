"""How the network agent does and undoes its ops on switches (`harness.model.ops.switches`)."""

import socket
from functools import partial
from typing import assert_never

from harness.agents.executor import Ready, taken_back
from harness.agents.network.frames import card_announcement
from harness.agents.network.netlink import enslave, learnt_fdb
from harness.agents.network.wiring import Wiring
from harness.model.errors import BadValue, UnknownName
from harness.model.frames import ETH_ARP
from harness.model.node import Port
from harness.model.ops import AnnounceCard, FlushFdb, PinMac, Repin, SwitchOp
from harness.model.topology import Topology


class SwitchExecutor:
    def __init__(self, topology: Topology, wiring: Wiring) -> None:
        self._topology = topology
        self._wiring = wiring
        self._pinned: dict[str, str] = {}
        """Port → the other switch that its card is pinned to."""

    def prepare(self, op: SwitchOp) -> Ready:
        """Raises `AgentError` for a port that is not wired, `UnknownName` for a switch, `BadValue` for a trunk."""
        match op:
            case PinMac(port=port, mac=mac, pinned=pinned):
                self._wiring.expect(port)
                return Ready(lambda: self._wiring.pin_mac(port, mac, pinned=pinned))
            case FlushFdb(switch=switch):
                return Ready(lambda: self._wiring.flush_fdb(switch))
            case AnnounceCard():
                return Ready(partial(self._announce, self._card(op.port)))
            case Repin():
                return self._repin(self._card(op.port), op.to)
            case _:
                assert_never(op)

    def restore(self, op: SwitchOp) -> None:
        """All cables were made anew, at the switches that the topology names."""

    def _card(self, name: str) -> Port:
        if name not in self._topology.ports:
            raise BadValue("port", name, "a node's port: a trunk has no card")
        self._wiring.expect(name)
        return self._topology.ports[name]

    def _repin(self, card: Port, to: str) -> Ready:
        others = [name for name, at in self._topology.switches.items() if at == card.segment and name != card.switch]
        if to not in others:
            raise UnknownName(f"other switch of {card.segment}", to, others)

        def apply() -> None:
            with taken_back(undo):
                self._plug(card, to)
                self._pinned[card.name] = to

        def undo() -> None:
            if self._wiring.is_wired(card.name):  # else its cable ended with the node
                self._plug(card, card.switch)
            self._pinned.pop(card.name, None)

        return Ready(apply, undo)

    def _plug(self, card: Port, switch: str) -> None:
        """An interconnect knows its cards. A bridge has learnt at its uplink where the card was: it would lead back."""
        tap = socket.if_nametoindex(card.tap)
        self._wiring.request(enslave(tap, socket.if_nametoindex(switch)))
        self._wiring.request(learnt_fdb(tap, card.mac))

    def _announce(self, card: Port) -> None:
        """A frame that is sent on a trunk's end leaves the switch there, and comes in at the other end."""
        switch = self._pinned.get(card.name, card.switch)
        ends = [port for port in self._topology.ports_on(switch) if port not in self._topology.ports]
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
            for end in ends:
                out.sendto(card_announcement(bytes.fromhex(card.mac.replace(":", ""))), (end, ETH_ARP))

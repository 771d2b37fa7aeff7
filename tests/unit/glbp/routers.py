"""Two routers as a debug log shows them, and a network of gateways for tests.

The log: ``debug glbp`` of the router 10.10.10.2 while 10.10.10.3 is shut down and starts again, in "LAN Switching
Layer 3 Redundancy Protocols" (jtdub.com, 2010-08-08). Its facts are here as
(seconds behind 22:57:00, what the router heard).
"""

from dataclasses import dataclass, field

from harness.agents.network.glbp.gateway import Gateway, Sent
from harness.agents.network.glbp.wire import HELLO, ForwarderPart, Hello, Message, State
from harness.model.glbp import GlbpGateway, GlbpGroup
from harness.model.units import s

GROUP = GlbpGroup(
    "customers", "shared", 1, "10.10.10.1",
    {"vlan3": GlbpGateway(150, preempt=True), "vlan2": GlbpGateway(120)},
)  # fmt: skip
MACS = {"vlan3": "000f8f6dab60", "vlan2": "000ab7e98180"}
ADDRESSES = {
    "vlan3": (bytes.fromhex(MACS["vlan3"]), "10.10.10.3"),
    "vlan2": (bytes.fromhex(MACS["vlan2"]), "10.10.10.2"),
}
VMACS = [bytes.fromhex("0007b4000101"), bytes.fromhex("0007b4000102")]


def hello(state: State, priority: int) -> Hello:
    return Hello(state, priority, 3000, 10000, 600, 14400, bytes([10, 10, 10, 1]))


def part(number: int, priority: int, weight: int = 100) -> ForwarderPart:
    return ForwarderPart(number, State.ACTIVE, priority, weight, VMACS[number - 1])


def said(state: State | None, *forwarders: int, priority: int = 150) -> Message:
    """By 10.10.10.3, as the log shows what came in; without a state it names forwarders alone."""
    parts = tuple(part(number, 167) for number in forwarders)
    return Message(HELLO, 1, ADDRESSES["vlan3"][0], hello(state, priority) if state is not None else None, parts)


HEARD = [
    (22.550, said(State.ACTIVE, 1)),
    (25.550, said(State.ACTIVE, 1)),
    (28.550, said(State.ACTIVE, 1)),
    (68.562, said(State.SPEAK)),
    (71.562, said(State.SPEAK)),
    (71.566, said(State.ACTIVE)),
    (74.562, said(State.ACTIVE)),
    (77.566, said(State.ACTIVE)),
    (80.566, said(State.ACTIVE)),
    (83.566, said(State.ACTIVE)),
    (86.566, said(State.ACTIVE)),
    (89.570, said(State.ACTIVE)),
    (90.570, said(None, 1)),
    (92.570, said(State.ACTIVE, 1)),
    (95.570, said(State.ACTIVE, 1)),
]


@dataclass
class Net:
    """Gateways that hear each other at once; `cut` ones hear and say nothing. `t`: seconds."""

    gateways: dict[str, Gateway]
    cut: set[str] = field(default_factory=set)
    t: float = 0
    log: list[tuple[float, str, str]] = field(default_factory=list)
    sent: list[tuple[float, str, Sent]] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """Timers in their order, until so many seconds later."""
        end = self.t + seconds
        while (due := self._next()) is not None and due[0] <= end * s:
            self.t = due[0] / s
            self.gateways[due[1]].tick(due[0])
            self.deliver()
        self.t = end

    def deliver(self) -> None:
        for name, gateway in self.gateways.items():
            for each in gateway.take_outbox():
                self.sent.append((self.t, name, each))
                for other, hears in self.gateways.items():
                    if other != name and not self.cut & {name, other}:
                        hears.hear(gateway.ip, each.message, round(self.t * s))
        if any(gateway._outbox for gateway in self.gateways.values()):
            self.deliver()

    def active(self) -> list[str]:
        return [name for name, each in self.gateways.items() if each.virtual.state == State.ACTIVE]

    def forwards(self) -> dict[str, list[int]]:
        return {name: sorted(each.forwarding) for name, each in self.gateways.items()}

    def _next(self) -> tuple[int, str] | None:
        times = [(due, name) for name, each in self.gateways.items() if (due := each.due()) is not None]
        return min(times, default=None)


def net(group: GlbpGroup = GROUP, *, settled: bool = True) -> Net:
    """Both gateways, as if they had run for long, or as they start together."""
    made = Net({name: Gateway(group, name, ADDRESSES) for name in group.gateways})
    for each in made.gateways.values():
        each.settle(0) if settled else each.start(0)
    made.deliver()
    return made

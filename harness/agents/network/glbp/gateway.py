"""One gateway of a GLBP group: hears messages and the clock, sends messages, answers ARP. Pure, without sockets.

After `start`, `hear` and `tick` the caller sends what is in `take_outbox()` and makes the devices of `forwarding`.
"""

import socket
from collections.abc import Collection, Iterator
from ipaddress import IPv4Address
from typing import Final, NamedTuple

from harness.agents.network.glbp.balancing import Balancer
from harness.agents.network.glbp.forwarder import SECONDARY, Forwarder
from harness.agents.network.glbp.virtual_gateway import VirtualGateway
from harness.agents.network.glbp.wire import HELLO, REQUEST, RESPONSE, ForwarderPart, Hello, Message, State
from harness.model.glbp import FORWARDERS, GlbpGateway, GlbpGroup, Rank
from harness.model.units import ms, s

_ASKS: Final = ForwarderPart(0, State.LISTEN, SECONDARY, 0, bytes(6))


class Sent(NamedTuple):
    """`forwarder`: from its virtual MAC address, so that switches learn where it is; None: from the card's own."""

    message: Message
    forwarder: int | None = None


class Gateway:
    """`mac`, `ip`: of its card. `addresses`: of every gateway of the group, its own included: node → (MAC, IP)."""

    def __init__(self, group: GlbpGroup, node: str, addresses: dict[str, tuple[bytes, str]]) -> None:
        self._group = group
        self._own: GlbpGateway = group.gateways[node]
        self._addresses = addresses
        self.mac, self.ip = addresses[node]
        rank = Rank(self._own.priority, IPv4Address(self.ip))
        self.virtual = VirtualGateway(rank, group.hold_ns, preempt=self._own.preempt)
        self.forwarders: dict[int, Forwarder] = {}
        self._balancer = Balancer(group.balancing)
        self._outbox: list[Sent] = []
        self._hello_at = 0

    @property
    def forwarding(self) -> list[int]:
        """The forwarders that this gateway is active for."""
        return [each.number for each in self.forwarders.values() if each.state == State.ACTIVE]

    @property
    def up(self) -> bool:
        return self.virtual.state != State.INIT

    def start(self, t: int) -> None:
        """Its interface is up: it forwards for no host until it has listened. Forwarders that it knows stay known."""
        self.virtual.start(t)
        for each in self.forwarders.values():
            each.listen(t)
        self._hello_at = t

    def settle(self, t: int) -> None:
        """Starts as if the group had run for long: a lab comes up in steady state."""
        ranks = self._ranks()
        self.virtual.settle(list(ranks.values()), t)
        for number, node in _numbered(ranks):
            owner, weight = self._addresses[node][0], self._group.gateways[node].weight
            self.forwarders[number] = Forwarder(self._group, number, owner, weight, t, mine=owner == self.mac)
            self.forwarders[number].settle()
        self._hello_at = t
        self.tick(t)

    def was_settled(self, devices: Collection[str]) -> bool:
        """Was the group settled when an earlier process left these devices here? None: there was no such process."""
        own = {self._group.device(n) for n, node in _numbered(self._ranks()) if self._addresses[node][0] == self.mac}
        return not devices or set(devices) == own

    def _ranks(self) -> dict[str, Rank]:
        return {node: Rank(each.priority, IPv4Address(self._addresses[node][1])) for node, each in self._members}

    def stop(self) -> None:
        """Its interface is down: no forwarder is active here."""
        self.virtual.stop()
        for each in self.forwarders.values():
            each.state = State.LISTEN

    def due(self) -> int | None:
        """When `tick` must be called next; None: never."""
        if not self.up:
            return None
        times = [self._hello_at, self.virtual.due(), *(each.due() for each in self.forwarders.values())]
        return min(t for t in times if t is not None)

    def tick(self, t: int) -> None:
        """What is due by `t`: timers, then the hello of each interval."""
        if not self.up:
            return
        before = self.virtual.state
        self.virtual.tick(t)
        self._after(before, t)
        for each in self.forwarders.values():
            self._tick_forwarder(each, t)
        self.forwarders = {number: each for number, each in self.forwarders.items() if each.lives(t)}
        if t >= self._hello_at:
            self._hello_at = t + self._group.hello_ns
            self._say_hello()

    def hear(self, sender_ip: str, message: Message, t: int) -> None:
        """A message of another gateway; one of another group, or with another virtual address, is not for us."""
        if not self.up or message.group != self._group.number or sender_ip == self.ip:
            return
        if message.kind == RESPONSE:
            self._take_number(message, t)
            return
        if message.hello and message.hello.ip == socket.inet_aton(self._group.ip):
            before = self.virtual.state
            rank = Rank(message.hello.priority, IPv4Address(sender_ip))
            self.virtual.hear(message.hello.state, rank, t)
            self._after(before, t)
        for part in message.forwarders:
            if part.number and part.state == State.ACTIVE:
                self._hear_forwarder(part, message.owner, IPv4Address(sender_ip), t)
        if message.kind == REQUEST and self.virtual.state == State.ACTIVE:
            self._respond(message.owner, t)

    def choose(self, host: bytes, t: int) -> int | None:
        """The forwarder that a host which asks gets; None: this gateway does not answer."""
        if self.virtual.state != State.ACTIVE:
            return None
        may = {each.number: each.weight for each in self.forwarders.values() if each.redirects(t)}
        return self._balancer.choose(host, may)

    def take_outbox(self) -> list[Sent]:
        taken, self._outbox = self._outbox, []
        return taken

    @property
    def _members(self) -> list[tuple[str, GlbpGateway]]:
        return list(self._group.gateways.items())

    def _after(self, before: State, t: int) -> None:
        """A new state is told at once. The active virtual gateway that has no forwarder gives itself a number."""
        if self.virtual.state == before:
            return
        if self.virtual.state == State.ACTIVE and not any(each.mine for each in self.forwarders.values()):
            self._assign(self.mac, t)
        if self.virtual.state != State.LISTEN:
            self._hello_at = t + self._group.hello_ns
            self._say_hello()

    def _tick_forwarder(self, each: Forwarder, t: int) -> None:
        before = each.state
        each.tick(t)
        if each.state != before:
            self._outbox.append(
                Sent(Message(HELLO, self._group.number, self.mac, None, (self._part(each),)), each.number)
            )

    def _hear_forwarder(self, part: ForwarderPart, sender: bytes, ip: IPv4Address, t: int) -> None:
        if part.number > FORWARDERS:
            return
        known = self.forwarders.setdefault(
            part.number, Forwarder(self._group, part.number, b"", part.weight, t, mine=False)
        )
        ours = Rank(known.priority, IPv4Address(self.ip))
        known.hear(part.priority, part.weight, sender, (Rank(part.priority, ip), ours), t)

    def _respond(self, asker: bytes, t: int) -> None:
        """The gateway that asks gets the forwarder that was its own before, else the next free one, if there is one."""
        number = self._assign(asker, t)
        if number:
            part = self._part(self.forwarders[number])._replace(state=State.LISTEN)
            self._outbox.append(Sent(Message(RESPONSE, self._group.number, asker, None, (part,))))

    def _assign(self, owner: bytes, t: int) -> int | None:
        """Whose owner is not known may be this one's: it is not free."""
        for each in self.forwarders.values():
            if each.owner == owner:
                return each.number
        free = [number for number in range(1, FORWARDERS + 1) if number not in self.forwarders]
        if free:
            weight = self._own.weight
            self.forwarders[free[0]] = Forwarder(self._group, free[0], owner, weight, t, mine=owner == self.mac)
        return free[0] if free else None

    def _take_number(self, message: Message, t: int) -> None:
        """What the active virtual gateway says to the one that asked; each gateway hears it."""
        for part in message.forwarders:
            mine = message.owner == self.mac
            known = self.forwarders.get(part.number)
            if 1 <= part.number <= FORWARDERS and (known is None or known.mine != mine):
                weight = self._own.weight if mine else part.weight
                made = Forwarder(self._group, part.number, message.owner, weight, t, mine=mine)
                self.forwarders[part.number] = made

    def _say_hello(self) -> None:
        """One message of the gateway with all that it forwards for, then one from each virtual MAC address.

        The latter keep the switches' forwarding entries: hosts never get a frame from that address.
        """
        parts = tuple(self._part(self.forwarders[number]) for number in self.forwarding)
        own = any(each.mine for each in self.forwarders.values())
        asks = () if own or self.virtual.state == State.ACTIVE else (_ASKS,)
        if self.virtual.state >= State.SPEAK or parts or asks:
            kind = REQUEST if asks else HELLO
            self._outbox.append(Sent(Message(kind, self._group.number, self.mac, self._hello(), parts + asks)))
        for number, part in zip(self.forwarding, parts, strict=True):
            self._outbox.append(Sent(Message(HELLO, self._group.number, self.mac, None, (part,)), number))

    def _hello(self) -> Hello:
        group = self._group
        return Hello(
            self.virtual.state, self._own.priority, group.hello_ns // ms, group.hold_ns // ms,
            group.redirect_ns // s, group.timeout_ns // s, socket.inet_aton(group.ip),
        )  # fmt: skip

    def _part(self, each: Forwarder) -> ForwarderPart:
        mac = bytes.fromhex(self._group.vmac(each.number).replace(":", ""))
        return ForwarderPart(each.number, each.state, each.priority, each.weight, mac)


def _numbered(ranks: dict[str, Rank]) -> Iterator[tuple[int, str]]:
    """In a settled group: forwarder → its gateway."""
    return enumerate(sorted(ranks, key=lambda node: ranks[node], reverse=True)[:FORWARDERS], 1)

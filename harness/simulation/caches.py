"""The devices whose ARP entries lead customers to a VIP, and owners that ask for those devices. Times in ns.

Linux: an ARP frame changes an entry that exists and makes none (arp_accept 0); one that is not gratuitous does not
replace an entry younger than LOCKTIME; an owner asks with the VIP as sender (arp_announce 0).
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from harness.model.topology import Cache
from harness.model.units import ms, s
from harness.simulation.queue import Kind
from harness.simulation.state import WIRE, Arp, State, us

ASK_AFTER: Final = 2_500 * us  # a cache without an entry, at 200 requests a second
WHO_HAS_AFTER: Final = 1_500 * us  # a new owner that does not know a customer's MAC, from its first request on
RETRY: Final = 1 * s
PROBE_EVERY: Final = 1_024 * ms
LOCKTIME: Final = 1 * s
OLD: Final = -10 * s

Key = tuple[str, str]  # (device, VIP)


class Caches:
    """`entries`: what each device has for each VIP. `pinned`: entries that no frame changes.

    `timeouts`: device → for how long it uses what nothing confirms; absent: for ever.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        watched: list[Cache] = list(state.topology.caches.values())
        self.keys: tuple[Key, ...] = tuple((cache.device, cache.vip.address) for cache in watched)
        self.ports = {
            (cache.device, cache.vip.address): state.topology.node(cache.device).port(cache.vip.segment).name
            for cache in watched
        }
        self.asked = {(cache.device, cache.vip.address) for cache in watched if cache.asked}
        self.entries: dict[Key, str | None] = {}
        self.since: dict[Key, int] = {}
        self.pinned: set[Key] = set()
        self.timeouts: dict[str, int] = {}
        self._asking: set[Key] = set()
        self._addresses = {name: port.address for name, port in state.topology.ports.items()}

    def reset(self) -> None:
        self.entries.clear()
        self.since.clear()
        self.pinned.clear()
        self.timeouts.clear()
        self._asking.clear()

    def begin(self, key: Key, mac: str | None) -> None:
        """What the entry was long before the first op."""
        self.entries[key], self.since[key] = mac, OLD

    def arp(self, port: str, said: Arp, repeat: int = 1) -> None:
        """From a node's port; the sender is a VIP."""
        state = self._state
        flood = state.layer2.flood(port, said.sender)
        state.learn(said.mac, flood)
        if state.told:
            state.told.arp(state.now, flood, said, repeat)
        state.queue.push(state.now + WIRE, Kind.arp, said.mac, self._heard, flood.receivers, said)

    def flush(self, device: str, address: str | None) -> None:
        """An operator deletes learnt entries."""
        for key in self.keys:
            if key[0] == device and address in (None, key[1]) and key not in self.pinned:
                self.set(key, None)
                self._asks_soon(key)

    def lost_carrier(self, device: str, port: str) -> None:
        """The kernel forgets what it had learnt on that port."""
        for key in self._on(device, port):
            if key not in self.pinned:
                self.set(key, None)

    def got_carrier(self, device: str, port: str) -> None:
        for key in self._on(device, port):
            if self.entries.get(key) is None:
                self._asks_soon(key)

    def set(self, key: Key, mac: str | None) -> None:
        if self.entries.get(key) == mac:
            return
        state = self._state
        self.entries[key], self.since[key], state.dirty = mac, state.now, True
        if state.told:
            state.told.neighbour(state.now, *key, mac)
        timeout = self.timeouts.get(key[0])
        if timeout and mac:
            state.queue.push(
                state.now + 2 * timeout + timeout // 8, Kind.other, key[0], self._probes, key, mac, state.now
            )

    def lead(self, key: Key) -> str | None:
        """The node that forwarding tables lead the entry's frames to, whatever keeps frames away (`History.arp`)."""
        mac, layer2 = self.entries.get(key), self._state.layer2
        if mac is None:
            return None
        port = layer2.believed(layer2.switch_of[self.ports[key]], mac)
        if port is not None:
            return layer2.node_of[port]
        ports = (name for name, owned in layer2.mac_of.items() if owned == mac)
        return next((layer2.node_of[name] for name in chain(ports, self._holding(key[1], mac))), None)

    def serving(self, key: Key) -> str | None:
        """The node that serves customers behind this entry now; None if none does. An owner may then ask for them."""
        state, layer2, mine = self._state, self._state.layer2, self.ports[key]
        mac = self.entries.get(key)
        port = self._reached(key, mac) if mac else None
        if port is None:
            return None
        node = layer2.node_of[port]
        if state.holds.get((node, key[1])) != port or state.silent.get(node):
            return None
        if layer2.reached(port, layer2.mac_of[mine]) != mine:
            return None
        if (node, key[0]) not in state.known and (node, key[0]) not in self._asking:
            self._owner_asks_in(WHO_HAS_AFTER, node, key)
        return node

    def _reached(self, key: Key, mac: str) -> str | None:
        """A virtual MAC address that a switch has forgotten is flooded, and its owner hears it."""
        layer2, mine = self._state.layer2, self.ports[key]
        if port := layer2.reached(mine, mac):
            return port
        return next((port for port in self._holding(key[1], mac) if layer2.floods_to(mine, mac, port)), None)

    def _holding(self, address: str, mac: str) -> Iterator[str]:
        """The ports on which `mac` has this VIP now."""
        state = self._state
        held = ((node, port) for (node, vip), port in state.holds.items() if vip == address)
        return (port for node, port in held if state.macs[node, address] == mac)

    def _on(self, device: str, port: str) -> list[Key]:
        return [key for key in self.keys if key[0] == device and self.ports[key] == port]

    def _heard(self, receivers: tuple[str, ...], said: Arp) -> None:
        now = self._state.now
        for key in self.keys:
            if key[1] != said.sender or self.ports[key] not in receivers or key in self.pinned:
                continue
            if self.entries.get(key) is not None and (said.gratuitous or now - self.since[key] >= LOCKTIME):
                self.set(key, said.mac)

    # -- a device asks for a VIP

    def _asks_soon(self, key: Key) -> None:
        if key in self.asked:
            self._state.queue.push(self._state.now + ASK_AFTER, Kind.other, key[0], self._asks, key)

    def _asks(self, key: Key) -> None:
        """By broadcast; each holder answers. Of two answers the first stays (LOCKTIME): a race."""
        if self.entries.get(key) is not None:
            return
        state, port = self._state, self.ports[key]
        mac = state.layer2.mac_of[port]
        flood = state.layer2.flood(port)
        state.learn(mac, flood)
        answers = [
            node
            for (node, address), held in state.holds.items()
            if address == key[1] and held in flood.receivers and state.layer2.reached(held, mac) == port
        ]
        if answers:
            node = answers[state.choose(len(answers), "first answer")]
            state.known.add((node, key[0]))
            self.set(key, state.macs[node, key[1]])
        else:
            state.queue.push(state.now + RETRY, Kind.other, key[0], self._asks, key)

    def _probes(self, key: Key, mac: str, since: int) -> None:
        """DELAY and REACHABLE each last about the timeout; then three questions to the cached MAC alone."""
        if self.entries.get(key) != mac or self.since[key] != since or key in self.pinned:
            return
        state = self._state
        port = state.layer2.reached(self.ports[key], mac)
        if port is not None and state.holds.get((state.layer2.node_of[port], key[1])) == port:
            again = state.now + 2 * self.timeouts[key[0]]
            state.queue.push(again, Kind.other, key[0], self._probes, key, mac, since)
        else:
            state.queue.push(state.now + 3 * PROBE_EVERY, Kind.other, key[0], self._gives_up, key, mac, since)

    def _gives_up(self, key: Key, mac: str, since: int) -> None:
        if self.entries.get(key) == mac and self.since[key] == since:
            self.set(key, None)
            self._asks_soon(key)

    # -- an owner asks for a device

    def _owner_asks_in(self, after: int, node: str, key: Key) -> None:
        self._asking.add((node, key[0]))
        self._state.queue.push(self._state.now + after, Kind.other, node, self._owner_asks, node, key)

    def _owner_asks(self, node: str, key: Key) -> None:
        """Who-has with the VIP as sender, if a customer's request is there and the device's MAC address is not."""
        state, layer2, mine = self._state, self._state.layer2, self.ports[key]
        self._asking.discard((node, key[0]))
        port = state.holds.get((node, key[1]))
        if port is None or (node, key[0]) in state.known:
            return
        mac = state.macs[node, key[1]]
        self.arp(port, Arp(mac, key[1], self._addresses[mine]))
        if mine in layer2.flood(port, key[1]).receivers and layer2.reached(mine, mac) == port:
            state.known.add((node, key[0]))
            state.dirty = True
        else:
            self._owner_asks_in(RETRY, node, key)

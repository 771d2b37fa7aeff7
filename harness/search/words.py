"""What may be done to a virtual router, as far as the model knows it: each word is a fault without its duration."""

from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from harness import faults
from harness.faults import Fault
from harness.model.topology import Topology
from harness.model.units import ms
from harness.model.virtual_router import VirtualRouter


class Word(NamedTuple):
    """`fault`: as Python names it. `option`: one more parameter and its value."""

    fault: str
    target: str
    option: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """As `harness inject` takes it, without the duration."""
        more = f" --{self.option[0].replace('_', '-')} {self.option[1]}" if self.option else ""
        return f"{self.fault.replace('_', '-')} {self.target}{more}"

    def lasting(self, ns: int) -> Fault:
        made: Fault = getattr(faults, self.fault)(self.target, **self._options, duration=ns)
        return made

    def code(self, ns: int) -> str:
        """The same as a line of Python, to the millisecond."""
        options = "".join(f", {name}={value!r}" for name, value in self._options.items())
        return f"faults.{self.fault}({self.target!r}{options}, duration={max(1, round(ns / ms)):_} * ms)"

    @property
    def _options(self) -> dict[str, str]:
        return dict([self.option]) if self.option else {}


Ports = Mapping[str, tuple[str, ...]]


def words(topology: Topology, router: VirtualRouter, ports: Ports, senders: Container[str]) -> dict[str, Word]:
    """By name. `ports`: of each node those that decide its VIPs; their trunks; the caches that lead customers there.

    `senders`: those from which adverts are sent. keepalived, and the model, do without the address of any other.
    """
    return {word.name: word for word in _words(topology, router, ports, senders)}


def _words(topology: Topology, router: VirtualRouter, ports: Ports, senders: Container[str]) -> Iterator[Word]:
    segments = {topology.ports[port].segment for every in ports.values() for port in every}
    for trunk in topology.trunks.values():
        if topology.switches[trunk.a] in segments:
            yield from _of_trunk(trunk.name)
    for node, own in ports.items():
        for port in own:
            yield from _of_port(port)
            if port in senders:
                yield _deleted(node, topology.ports[port].address)
        if len(own) > 1:  # what cuts a machine off cuts each of its cards
            yield from (Word("blackhole", node, ("direction", way)) for way in ("in", "out"))
        yield from _of_node(node)
        yield _deleted(node, router.first.address)
    for cache in topology.caches.values():
        if cache.asked and cache.vip.router == router:
            yield Word("garp_lost", cache.device, ("virtual_router", router.name))


def _of_trunk(trunk: str) -> Iterator[Word]:
    yield from (Word("blackhole", trunk, ("direction", way)) for way in ("a-to-b", "b-to-a"))
    yield from (Word(fault, trunk) for fault in ("blackhole", "link_down", "vrrp_lost"))


def _of_port(port: str) -> Iterator[Word]:
    yield from (Word("blackhole", port, ("direction", way)) for way in ("in", "out"))
    yield Word("link_down", port)
    yield Word("vrrp_lost", port, ("direction", "in"))


def _deleted(node: str, address: str) -> Word:
    return Word("address_deleted", node, ("address", address))


def _of_node(node: str) -> Iterator[Word]:
    yield Word("freeze", node)
    for service in ("keepalived", "haproxy"):
        yield from (Word(fault, node, ("service", service)) for fault in ("hung", "stopped", "killed"))

"""What tcpdump at the cables would have captured of a recorded step: its ARP frames and adverts, and a SYN per request.

A recording has no frames of requests. Each is made from its record and the ARP entry that it needed: sent to the MAC
address of that entry, and answered by the balancer that the record names.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from harness.history import History, Step
from harness.model.events import AdvertSeen, ArpSeen
from harness.model.requests import Outcome
from harness.model.virtual_router import VirtualRouter
from tests.frames import ACK, SYN, SYN_ACK, Stamped, arp_frame, pcap, tcp, vrrp_frame

WALL: Final = 1_700_000_000_000_000_000
CLOCK: Final = 41_234_567_891


class Captures(NamedTuple):
    """`places`: file → node at whose interface it was taken. `nodes`: balancer → IP address."""

    files: list[Path]
    places: dict[str, str]
    nodes: dict[str, str]


def captures(history: History, step: Step, folder: Path) -> Captures:
    """Of the first router's segment: one file of each balancer, and of each device whose cache is watched."""
    router = history.topology.virtual_router()
    cables = {f"{name}.{router.segment}": name for name in _devices(history, router)}
    frames: dict[str, list[Stamped]] = defaultdict(list, {name: [] for name in cables.values()})
    for t, device, frame in [*_frames(history, step, router, cables), *_requests(history, step, router)]:
        if device in frames and step.began_ns <= t < step.ends_ns:
            frames[device].append((t, frame))
    files = [
        pcap(folder / f"{name}.pcap", ((t + WALL + i * CLOCK, frame) for t, frame in sorted(own)))
        for i, (name, own) in enumerate(frames.items())
    ]
    nodes = {node: history.topology.node(node).port(router.segment).address for node in router.nodes}
    return Captures(files, {f"{node}.pcap": node for node in nodes}, nodes)


def _devices(history: History, router: VirtualRouter) -> dict[str, None]:
    caches = (cache.device for cache in history.topology.caches.values() if cache.vip.router == router)
    return dict.fromkeys([*router.nodes, *caches])


def _frames(
    history: History, step: Step, router: VirtualRouter, cables: dict[str, str]
) -> Iterator[tuple[int, str, bytes]]:
    settings = step.limits.routers[router.name].vrrp
    by_ip = {
        port.address: node for node, port in ((n, history.topology.node(n).port(router.segment)) for n in router.nodes)
    }
    idents: dict[str, int] = defaultdict(int)
    for event in history.events:
        if not isinstance(event, ArpSeen | AdvertSeen) or event.port not in cables:
            continue
        match event:
            case AdvertSeen(ip=ip) if ip in by_ip:
                own = settings[by_ip[ip]]
                idents[ip] += event.inward and event.port.startswith(by_ip[ip])
                named = tuple(vip for vip in own.vips if vip not in own.excluded)
                frame = vrrp_frame(event, own.version, own.advert_int_ns, named, idents[ip] % 65_536)
            case ArpSeen():
                frame = arp_frame(event)
            case _:
                continue
        yield event.t, cables[event.port], frame


def _requests(history: History, step: Step, router: VirtualRouter) -> Iterator[tuple[int, str, bytes]]:
    balancers = {number: node for node, number in history.topology.numbers("balancer").items()}
    macs = {port.mac: port.node for port in history.topology.ports.values()}
    for number, vantage in enumerate(history.topology.asking_any(router)):
        cache = history.tables.cache_of(vantage)
        device = history.topology.node(cache.device).port(cache.vip.segment)
        client = history.topology.node(vantage).ports[0].address
        for i, request in enumerate(history.arrivals(vantage)):
            sent, mac = int(request["sent"]), history.tables.mac(cache, int(request["sent"]))
            ports, ends = (1_024 + i % 60_000, 80), (device.mac.replace(":", ""), (mac or "").replace(":", ""))
            if mac is None or not step.began_ns <= sent < step.ends_ns:
                continue
            vip = cache.vip.address
            places = [device.node, *([macs[mac]] if mac in macs else [])]
            yield from ((sent + number, place, tcp(client, vip, ports, SYN, macs=ends)) for place in places)
            answered = balancers.get(int(request["balancer"]))
            if request["outcome"] != Outcome.ok or answered is None:
                continue
            back = (history.topology.node(answered).port(router.segment).mac.replace(":", ""), ends[0])
            for place in dict.fromkeys([device.node, answered]):
                yield sent + 1_000, place, tcp(vip, client, ports[::-1], SYN_ACK, macs=back)
                yield sent + 2_000, place, tcp(client, vip, ports, ACK, b"?", macs=ends)
                yield int(request["done"]), place, tcp(vip, client, ports[::-1], ACK, b"!", macs=back)

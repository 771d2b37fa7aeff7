"""Runs inside one container of the agent's image, without nodes: rings on real bridges, and frames that cross them.

Two devices beside the switches are hosts on sw-a and sw-b. One process sends from sw-b to sw-a every millisecond, and
notes when the frames arrive; this one runs the rings. Prints one JSON object: what happened, in milliseconds.
"""

import faulthandler
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from itertools import pairwise

import msgspec
from pyroute2.iproute.linux import IPRoute

from harness.agents.loop import Loop, now
from harness.agents.network.netlink import link
from harness.agents.network.nft import Drops, every_frame
from harness.agents.network.rings import Rings
from harness.agents.network.wiring import Wiring
from harness.model.events import AnyEvent, PortShut
from harness.model.ops import AnyOp, Drop
from harness.model.topology import Topology
from harness.model.units import ms

ETHERTYPE = 0x9998
MACS = {"host-a": bytes.fromhex("020000000a01"), "host-b": bytes.fromhex("020000000a02")}
BROADCAST = b"\xff" * 6


class Bench:
    def __init__(self, topology: Topology) -> None:
        self.loop, self.events, self.held = Loop(), list[AnyEvent](), list[AnyOp]()
        self.wiring = Wiring(topology)
        self.rings = Rings(self.loop, topology, self.wiring)
        self.wiring.build()
        self.topology = topology
        with IPRoute() as ip:
            for host, switch in (("host-a", "sw-a"), ("host-b", "sw-b")):
                ip.link("add", ifname=host, kind="veth", peer={"ifname": f"{host}.p"})
                master = ip.link_lookup(ifname=switch)[0]
                ip.link("set", index=ip.link_lookup(ifname=f"{host}.p")[0], master=master, state="up")
                ip.link("set", index=ip.link_lookup(ifname=host)[0], address=MACS[host].hex(":"), state="up")
        self.rings.start(self.events.append, lambda: self.held)

    def run(self, milliseconds: int, until: Callable[[], bool] = lambda: False) -> None:
        end = now() + milliseconds * ms
        while now() < end and not until():
            self.loop.turn(2 * ms)

    def blocked(self) -> list[str]:
        with IPRoute() as ip:
            states = {each.get_attr("IFLA_IFNAME"): each.get_attr("IFLA_LINKINFO") for each in ip.get_links()}
        found = []
        for name, info in states.items():
            data = info.get_attr("IFLA_INFO_SLAVE_DATA") if info else None
            if data and name in self.topology.ring_ports and data.get_attr("IFLA_BRPORT_STATE") != 3:
                found.append(name)
        return sorted(found)

    def speaks(self) -> None:
        """host-a sends one broadcast: every switch learns where it is."""
        _socket("host-a").send(BROADCAST + MACS["host-a"] + ETHERTYPE.to_bytes(2, "big") + bytes(46))


def _socket(device: str) -> socket.socket:
    found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    found.bind((device, ETHERTYPE))
    return found


def stream(seconds: float) -> int:
    """A child that sends and receives for so long; returns the descriptor that gives the arrivals, as JSON."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return reading
    out, into, arrived = _socket("host-b"), _socket("host-a"), []
    into.setblocking(False)
    frame = MACS["host-a"] + MACS["host-b"] + ETHERTYPE.to_bytes(2, "big") + bytes(46)
    end = time.monotonic_ns() + int(seconds * 1e9)
    while time.monotonic_ns() < end:
        out.send(frame)
        time.sleep(0.001)
        try:
            while into.recv(100):
                arrived.append(time.monotonic_ns())
        except BlockingIOError:
            continue  # all that has come is read
    os.write(writing, json.dumps(arrived).encode())
    os._exit(0)


def read(descriptor: int) -> list[int]:
    with os.fdopen(descriptor) as file:
        found: list[int] = json.loads(file.read())
    return found


def back_ms(bench: Bench, fail: Callable[[], None], repair: Callable[[], None], seconds: float) -> float | None:
    """The longest time without a frame from the failure on; None: none came again."""
    bench.speaks()
    bench.run(50)
    arriving = stream(seconds + 0.2)
    bench.run(200)
    begun = now()
    fail()
    bench.run(int(seconds * 1000))
    arrived = [begun, *(t for t in read(arriving) if t > begun)]
    repair()
    bench.run(800)
    if arrived[-1] < begun + (seconds - 0.3) * 1e9:
        return None
    return max(later - earlier for earlier, later in pairwise(arrived)) / ms


def carrier(bench: Bench, *, up: bool) -> Callable[[], None]:
    return lambda: bench.wiring.request(link("trunk.a", up=up))


def home(bench: Bench) -> None:
    """The alternate is at trunk-ca again: that link fails, and after its repair its port is the alternate."""
    bench.wiring.request(link("trunk-ca.a", up=False))
    bench.run(300)
    bench.wiring.request(link("trunk-ca.a", up=True))
    bench.run(800)


def carriers(bench: Bench, times: int) -> dict[str, object]:
    took: list[float | None] = []
    repaired: list[str] = []
    for _ in range(times):
        took.append(back_ms(bench, carrier(bench, up=False), carrier(bench, up=True), 0.6))
        repaired = bench.blocked()
        home(bench)
    return {"carrier": took, "after the repair": repaired, "then": bench.blocked()}


def silence(bench: Bench) -> dict[str, object]:
    drops, ends = Drops(), ("trunk.a", "trunk.b")
    ready = [drops.ready(every_frame(end, "ingress"), lambda: None) for end in ends]

    def silent() -> None:
        bench.held += [Drop(end, "ingress") for end in ends]
        for each in ready:
            each.apply()

    def speaks() -> None:
        bench.held.clear()
        for each in ready:
            each.undo()

    told = {"silent": back_ms(bench, silent, speaks, 1.5)}
    home(bench)
    return {**told}


def kept(bench: Bench) -> dict[str, object]:
    """sw-c keeps its table: dark until host-a speaks."""
    bench.rings.keep("sw-c", keeping=True)
    dark = back_ms(bench, carrier(bench, up=False), lambda: None, 1.2)
    spoke = back_ms(bench, lambda: None, carrier(bench, up=True), 0.6)  # which begins with host-a speaking
    bench.rings.keep("sw-c", keeping=False)
    home(bench)
    return {"kept": dark, "kept, then it spoke": spoke}


def storm(bench: Bench) -> dict[str, object]:
    for port in bench.topology.ring_ports:
        bench.rings.force(port, forced=True)
    begun, used = now(), time.process_time()
    bench.speaks()
    bench.run(1_000)
    used = time.process_time() - used
    for port in bench.topology.ring_ports:
        bench.rings.force(port, forced=False)
    shut = [event for event in bench.events if isinstance(event, PortShut)]
    blocked = bench.blocked()
    for switch in bench.topology.switches:
        bench.rings.open_ports(switch)
    bench.run(1_500)
    return {
        "shut": [(event.port, (event.t - begun) / ms) for event in shut],
        "share of a CPU": used,
        "still shut": sorted({event.port for event in shut} & set(blocked)),
        "opened": bench.blocked(),
    }


def hangs_show_where() -> None:
    """`timeout` sends SIGUSR1 to this process and to its child: each writes to stderr where it is."""
    faulthandler.register(signal.SIGUSR1)


def main() -> None:
    hangs_show_where()
    bench = Bench(msgspec.json.decode(sys.argv[1].encode(), type=Topology))
    bench.run(300)
    told: dict[str, object] = {"at first": bench.blocked()}
    told |= carriers(bench, int(sys.argv[2])) | silence(bench) | kept(bench) | storm(bench)
    print(json.dumps(told))


if __name__ == "__main__":
    main()

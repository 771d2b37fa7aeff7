"""The ways to fail that a pair is built for: each a fault of the node that has the addresses, and what must come of it.

Most last for good: the pair must serve again without what failed. Two end, and their end must cost no more than that.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from harness import faults
from harness.faults import Fault
from harness.faults.fault import Direction
from harness.model.limits import Limit
from harness.model.units import ms, s

Kind = Literal["rest", "takeover", "return", "partition", "servers", "overload"]
"""What is judged: service without any fault; recovery from the fault; outages after the node's return; recovery from
the end of a partition; the same of the servers, and of a load that fills the frontend, and the addresses meanwhile.
"""

MEASURED_NS: Final = 500 * ms
MEASURED_SHARE: Final = 0.1
"""Both are added to each bound: an answer is good within 150 ms, arrivals are apart, and each run of a check's program
takes its time. Seen: 35.6 s of 33.6 s, of ten runs of curl on a busy machine.
"""
AFTER_NS: Final = 2 * s  # of watch behind the bound: the service must stay
AT_REST: Final = "at-rest"
IN_PAIR_FILE: Final = " in bounds of pair.toml"
"""In the formula of a bound that the site asks for."""
REST_NS: Final = 2 * s
AT_REST_ALLOWED: Final = Limit(200 * ms, "some late answers")
SERVERS_DOWN_NS: Final = 6 * s
BOOT_NS: Final = 12 * s  # from the power's return until the services run and the addresses are back


class Target(NamedTuple):
    """`victim`: the node that has `vip`. `segment`: of its adverts, `trunk`: between the halves of that.

    `outward`: the trunk's direction from the victim's half. Limits: of the slowest router that it prefers.
    `servers_back`: until HAProxy uses servers again that have returned. `advert_ns`: between the victim's adverts.
    `customers`: the segment of `vip`, if that is another than `segment`; else "". `servers_gone`: until HAProxy of
    the other nodes has left out the servers that lie on the victim itself and fail with it; None: it has none.
    `peer_asked`, `haproxy_asked`: what the site allows, if it says so; by its timers the trials are long enough all the
    same. `comes_back_ns`: what a node waits for before it may take its addresses back, beside a start.
    `missed_ns`: until a check of another node that may look beyond its node has failed for lack of the victim; 0: none.
    """

    victim: str
    segment: str
    trunk: str
    outward: Direction
    vip: str
    servers: str
    peer_dead: Limit
    haproxy_dead: Limit | None
    servers_back: Limit
    advert_ns: int
    customers: str = ""
    servers_gone: Limit | None = None
    peer_asked: Limit | None = None
    haproxy_asked: Limit | None = None
    comes_back_ns: int = 0
    missed_ns: int = 0

    @property
    def node_dead(self) -> Limit:
        """Until customers are served again without the node, its own servers included."""
        return max(filter(None, (self.peer_dead, self.servers_gone)), key=lambda each: each.ns)

    @property
    def moves(self) -> Limit:
        """Until the addresses have moved, whichever of node and HAProxy fails."""
        return max(filter(None, (self.haproxy_dead, self.peer_dead)), key=lambda each: each.ns)

    @property
    def moves_allowed(self) -> Limit:
        both = (self.haproxy_asked or self.haproxy_dead, self.peer_asked or self.peer_dead)
        return max(filter(None, both), key=lambda each: each.ns)


class GateTest(NamedTuple):
    """`bound`: how long customers may be without service; what ends is judged from its end, `ends_ns`, on.

    `decides`: a failure makes the pair UNSAFE.
    """

    name: str
    about: str
    fault: Fault | None
    kind: Kind
    bound: Limit
    watch_ns: int
    ends_ns: int = 0
    decides: bool = True
    quick: bool = True


def battery(target: Target, *, partitions_decide: bool = False) -> Iterator[GateTest]:
    """First the pair at rest, then the faults in the order of what operators meet most."""
    yield GateTest(AT_REST, "nothing is broken", None, "rest", AT_REST_ALLOWED, REST_NS)
    yield from _haproxy(target)
    yield from _node(target)
    down = faults.stopped(target.servers, "servers", SERVERS_DOWN_NS)
    back = allowed(target.servers_back)
    watch, ends = back.ns + AFTER_NS, SERVERS_DOWN_NS
    yield GateTest("servers-down", "all servers are down for 6 s", down, "servers", back, watch, ends)
    for about in _partitions(target):
        yield about._replace(decides=partitions_decide)


def _haproxy(target: Target) -> Iterator[GateTest]:
    """Without a check of HAProxy the addresses cannot move: lint says so, and these show it."""
    timers = target.haproxy_dead or target.peer_dead
    bound = allowed(target.haproxy_asked or timers)
    watch = _watch(bound, timers)
    killed, hung = faults.killed(target.victim, "haproxy"), faults.hung(target.victim, "haproxy")
    stopped = faults.stopped(target.victim, "haproxy")
    yield GateTest("haproxy-killed", "HAProxy is killed and stays dead", killed, "takeover", bound, watch)
    yield GateTest("haproxy-stopped", "HAProxy is stopped", stopped, "takeover", bound, watch, quick=False)
    yield GateTest("haproxy-hung", "HAProxy hangs", hung, "takeover", bound, watch, decides=False, quick=False)


def _node(target: Target) -> Iterator[GateTest]:
    """Of keepalived alone the node's own servers live on."""
    asked, victim = target.peer_asked, target.victim
    bound, gone = allowed(asked or target.peer_dead), allowed(asked or target.node_dead)
    watch, away = _watch(bound, target.peer_dead), _watch(gone, target.node_dead)
    yield from _cut_off(target, gone)
    killed, stopped = faults.killed(victim, "keepalived"), faults.stopped(victim, "keepalived")
    yield GateTest("keepalived-killed", "keepalived is killed and stays dead", killed, "takeover", bound, watch)
    yield GateTest("keepalived-stopped", "keepalived is stopped as planned", stopped, "takeover", bound, watch)
    yield GateTest("freeze", "the node freezes for good", faults.freeze(victim), "takeover", gone, away)
    rebooted = faults.power_cut(victim, away)
    back = allowed(target.moves_allowed)
    seen = BOOT_NS + target.comes_back_ns + _watch(back, target.moves)
    yield GateTest("return", "the node comes back", rebooted, "return", back, seen, away)
    deleted = faults.address_deleted(victim, target.vip)
    yield GateTest("vip-deleted", "the address is deleted", deleted, "takeover", bound, watch, quick=False)


def _cut_off(target: Target, bound: Limit) -> Iterator[GateTest]:
    victim, watch = target.victim, _watch(bound, target.node_dead)
    power, link = faults.power_cut(victim), faults.link_down(f"{victim}.{target.segment}")
    missed = max(watch, target.missed_ns + AFTER_NS)  # the new owner's own check may fail, and end the service
    yield GateTest("power-cut", "the node loses its power", power, "takeover", bound, missed)
    yield GateTest("link-down", "its cable is pulled", link, "takeover", bound, watch)
    if target.customers:
        about, theirs = "the cable to its customers is pulled", faults.link_down(f"{victim}.{target.customers}")
        yield GateTest("customers-link-down", about, theirs, "takeover", bound, watch, quick=False)


def _partitions(target: Target) -> Iterator[GateTest]:
    """Both nodes live and do not hear each other for a while: few pairs are built for that, and most outages last."""
    bound, cut = allowed(target.peer_asked or target.peer_dead), target.peer_dead.ns + 2 * target.advert_ns
    inward: Direction = "b-to-a" if target.outward == "a-to-b" else "a-to-b"
    both = faults.blackhole(target.trunk, duration=cut)
    returns = faults.blackhole(target.trunk, direction=target.outward, duration=cut) & faults.blackhole(
        target.trunk, direction=inward, duration=cut + 3 * target.advert_ns
    )
    lost = faults.vrrp_lost(target.victim, duration=cut)
    tests = {
        "blip": ("the halves of the network are apart for a while", both),
        "one-way": ("the halves are apart, and one direction returns first (June 13)", returns),
        "vrrp-lost": ("adverts alone are lost for a while", lost),
        "thaw": ("the node freezes, and goes on unaware", faults.freeze(target.victim, cut)),
    }
    for name, (about, fault) in tests.items():
        ends = cut + 3 * target.advert_ns if name == "one-way" else cut
        watch = _watch(bound, target.peer_dead)
        yield GateTest(name, about, fault, "partition", bound, watch, ends, quick=False)


def _watch(bound: Limit, timers: Limit) -> int:
    """Also where the site allows less than its timers need, it is seen how long it takes."""
    return max(bound.ns, allowed(timers).ns) + AFTER_NS


def allowed(limit: Limit) -> Limit:
    added = round(limit.ns * MEASURED_SHARE) + MEASURED_NS
    return Limit(limit.ns + added, f"{limit.formula} + {MEASURED_SHARE:.0%} and {MEASURED_NS / s:g} s to measure it")

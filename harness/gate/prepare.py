"""What a gate will try, and how long that takes: known from the files alone, before anything starts. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from harness.gate.asks import asks, silent_ports, unasked
from harness.gate.battery import AT_REST, IN_PAIR_FILE, GateTest, Target, battery
from harness.gate.missed import missed_ns
from harness.gate.overload import NAME as OVERLOAD
from harness.gate.overload import overload
from harness.gate.place import SERVERS, Place, place
from harness.gate.report import Router
from harness.gate.routers import NamedRouter, named_routers
from harness.gate.untouched import untouched
from harness.lint import Pair
from harness.lint import Router as PairRouter
from harness.model.errors import UnknownName, UsageError
from harness.model.limits import Limit
from harness.model.units import s
from harness.model.virtual_router import VirtualRouter
from harness.site.haproxy import Haproxy
from harness.site.stand_ins import SiteStandIns, stand_ins

_NO_FILES: Final = re.compile(r"Cannot raise FD limit to \d+, limit is (\d+)")
_OWN_FILES: Final = 100
_NO_TIME: Final = "no time within the budget"
OVERHEAD_S: Final = 12.0  # of a trial: reset, the way back to steady state, the judgement


class Wish(NamedTuple):
    """`only`: names of tests; empty: all, or the quick ones. `budget_s` 0: no limit. `trials`: of each test.

    `preventions`: trials before and with each change that may mend a failed test; 0: none is tried.
    """

    quick: bool = False
    only: tuple[str, ...] = ()
    budget_s: float = 0
    trials: int = 1
    partitions_decide: bool = False
    preventions: int = 0


class Prepared(NamedTuple):
    """All that is known before anything starts: pure, so that it can be printed (`--dry-run`).

    `connections`: node of the site → as many as the engine's limit of open files allows, if its HAProxy asks for more.
    `late`: tests that decide and that the budget has no time for. `only`: the tests were asked for by name.
    """

    pair: Pair
    place: Place
    tests: tuple[GateTest, ...]
    not_tried: tuple[str, ...]
    routers: tuple[Router, ...]
    trials: int
    expected_s: float
    target: Target
    stand_ins: SiteStandIns
    connections: dict[str, int]
    late: tuple[str, ...] = ()
    only: bool = False


def prepare(pair: Pair, wish: Wish) -> Prepared:
    """Raises `UsageError` for a site that no lab can take over, `UnknownName` for a test that is not there."""
    _refuse_silent(pair)
    vips = [address for router in pair.routers for member in router.members for address in member.addresses]
    answered = stand_ins(pair.site, vips)
    _refuse_processes(pair)
    asked = asks(pair)
    if not asked:
        raise UsageError(_nothing_to_ask(vips))
    placed = place(pair, asked, answered.servers.addresses)
    placed = placed._replace(unjudged=unasked(pair) | placed.unjudged)
    named = named_routers(pair)
    target = _target(pair, named, placed, {**answered.hosts, **pair.site.hosts})
    few = _connections(pair)
    every, never = _every(pair, placed, target, few, wish)
    tests, left = _chosen(every, wish)
    tests, apart = _with_servers_apart(tests, answered)
    trials, tests, late = _within(tests, wish)
    cost = sum(seconds(test) for test in tests) * trials
    whole = () if wish.only else (*untouched(named, placed, target), *silent_ports(pair, placed.asked))
    beside = (*whole, *(f"{test.name}: {_NO_TIME}" for test in late))
    untried, routers = (*never, *left, *apart, *beside), tuple(_routers(named, target))
    missing = tuple(test.name for test in late if test.decides)
    return Prepared(
        pair, placed, tests, untried, routers, trials, cost, target, answered, few, missing, only=bool(wish.only)
    )


def _nothing_to_ask(vips: Sequence[str]) -> str:
    if vips and all(":" in vip for vip in vips):
        return (
            "Each VIP of the pair is an IPv6 address, and the lab has IPv4 alone: no failure of it can be judged here."
        )
    return 'HAProxy listens on no VIP of the pair: say what customers ask: probe = ["http://…"].'


def _every(
    pair: Pair, placed: Place, target: Target, few: Mapping[str, int], wish: Wish
) -> tuple[tuple[GateTest, ...], tuple[str, ...]]:
    """All tests of this pair, and those that it cannot have."""
    vantage = next(iter(placed.topology.vantages))
    theirs = next(name for name, own in placed.names.items() if own == target.victim)
    full = overload(pair, target, placed.asked[0], vantage, few.get(theirs))
    tests = tuple(battery(target, partitions_decide=wish.partitions_decide))
    if isinstance(full, str):
        return tests, (f"{OVERLOAD}: {full}",)
    first = [test for test in tests if test.kind != "partition"]
    return (*first, full, *(test for test in tests if test.kind == "partition")), ()


def _target(pair: Pair, named: tuple[NamedRouter, ...], placed: Place, hosts: Mapping[str, str]) -> Target:
    """The node that has the first VIP that is asked. Its limits are those of the slowest router that it prefers."""
    vip, bounds = placed.asked[0].vip, pair.site.bounds
    lab, router, found = next(each for each in named if vip in each.router.preferred.addresses)
    if found is None:
        raise UsageError(f"{router.name} is on one node alone: there is no pair to judge.")
    holder = found.holder
    mine = [each.bounds for each in named if each.bounds and each.holder == holder]
    dead = [each.haproxy_dead for each in mine if each.haproxy_dead]
    in_lab = placed.topology.virtual_router(lab)
    port = placed.topology.node(placed.names[holder]).port(in_lab.segment)
    trunk = next(each for each in placed.topology.trunks.values() if port.switch in (each.a, each.b))
    return Target(
        victim=port.node,
        segment=in_lab.segment,
        trunk=trunk.name,
        outward="a-to-b" if port.switch == trunk.a else "b-to-a",
        vip=vip,
        servers=SERVERS,
        peer_dead=max((each.peer_dead for each in mine), key=lambda each: each.ns),
        haproxy_dead=max(dead, key=lambda each: each.ns) if dead else None,
        servers_back=_servers_back(router.preferred.node.haproxy),
        advert_ns=router.preferred.instance.advert_int_ns,
        customers=_customers(placed, port.node, in_lab),
        servers_gone=_servers_gone(router, holder, hosts),
        peer_asked=_asked(bounds, "peer_dead"),
        haproxy_asked=_asked(bounds, "haproxy_dead"),
        comes_back_ns=max(_comes_back_ns(each.router, holder) for each in named if each.holder == holder),
        missed_ns=max(missed_ns(pair, each.router, holder) for each in named if each.holder == holder),
    )


def _asked(bounds: Mapping[str, float], name: str) -> Limit | None:
    return Limit(round(bounds[name] * s), f"{name}{IN_PAIR_FILE}") if name in bounds else None


def _comes_back_ns(router: PairRouter, holder: str) -> int:
    """`Target.comes_back_ns`: keepalived starts late, a check that failed while HAProxy started must rise, and then the
    node may have to wait before it pre-empts.
    """
    own = next(member for member in router.members if member.node.name == holder)
    rises = (script.interval_ns * script.rise for script in own.node.running.scripts)
    return own.node.running.startup_delay_ns + max(rises, default=0) + own.instance.preempt_delay_ns


def _customers(placed: Place, victim: str, router: VirtualRouter) -> str:
    """`Target.customers`; "" also where the victim has no card there."""
    segment = next(vip.segment for vip in router.vips if vip.address == placed.asked[0].vip)
    cards = {port.segment for port in placed.topology.node(victim).ports}
    return segment if segment in cards - {router.segment} else ""


def _servers_back(haproxy: Haproxy) -> Limit:
    """Of the slowest server: `rise` checks, and one that had just failed. A server without a check is used at once."""
    every = [server for frontend in haproxy.frontends for server in haproxy.servers(frontend) if server.check]
    slowest = max(every, key=lambda each: each.back_ns, default=None)
    if slowest is None:
        return Limit(s, "no server is checked")
    inter, down = slowest.inter_ns / s, slowest.downinter_ns / s
    parts = f"inter {inter:g} s × (rise {slowest.rise} + 1)"
    if down > inter:
        parts = f"downinter {down:g} s + inter {inter:g} s × rise {slowest.rise}"
    return Limit(slowest.back_ns + s, f"{parts} of {slowest.name} + 1 s to start")


def _servers_gone(router: PairRouter, victim: str, hosts: Mapping[str, str]) -> Limit | None:
    """Of the slowest server on the victim that another node's HAProxy asks. One without a check is never left out."""
    nodes = {member.node.name: member.node for member in router.members}
    own = {address.partition("/")[0] for card in nodes.pop(victim).site.cards.values() for address in card}
    asked = [(node.haproxy, frontend) for node in nodes.values() for frontend in node.haproxy.frontends]
    every = [server for haproxy, frontend in asked for server in haproxy.servers(frontend)]
    there = [each for each in every if each.check and hosts.get(each.address.name, each.address.host) in own]
    slowest = max(there, key=lambda each: each.gone_ns, default=None)
    if slowest is None:
        return None
    inter, again = slowest.inter_ns / s, slowest.fastinter_ns / s
    parts = f"inter {inter:g} s × (1 + fall {slowest.fall}) + {again:g} s × (fall − 1)"
    return Limit(slowest.gone_ns, f"{parts}, until HAProxy leaves out {slowest.name}, which is on the node itself")


def _connections(pair: Pair) -> dict[str, int]:
    """Of each node whose HAProxy did not start for lack of descriptors: two a connection, and some of its own."""
    found = ((node.name, _NO_FILES.search(node.examined.haproxy_start.output)) for node in pair.nodes)
    return {name: max(1, int(limit[1]) // 2 - _OWN_FILES) for name, limit in found if limit}


def _refuse_silent(pair: Pair) -> None:
    """Raises `UsageError`: without what keepalived tells of itself, neither routers nor bounds are known."""
    if silent := [node.name for node in pair.nodes if not node.told]:
        raise UsageError(f"keepalived of {silent[0]} did not tell its settings: without them no lab can be made.")


def _refuse_processes(pair: Pair) -> None:
    """Raises `UsageError`: events of the kernel's process connector reach its first network namespace alone.

    With keepalived 2.3.3 an instance that tracks a process without a weight is in FAULT for good in a container.
    """
    for node in pair.nodes:
        for instance in node.running.instances:
            if instance.processes:
                place = node.at(node.block("vrrp_track_process", instance.processes[0].name))
                said = f"{instance.name} of {node.name} tracks a process, which keepalived cannot do in a container."
                raise UsageError(f"{place}: {said}")


def _routers(named: tuple[NamedRouter, ...], target: Target) -> Iterator[Router]:
    for _, router, found in named:
        if found is None:
            continue
        dead = found.haproxy_dead
        formulas = (
            f"node dead: {found.peer_dead}{_instead(target.peer_asked)}",
            f"HAProxy dead: {dead or 'nothing moves the addresses'}{_instead(target.haproxy_asked)}",
        )
        yield Router(
            router.name,
            router.preferred.instance.vrid,
            tuple(member.node.name for member in router.members),
            router.preferred.addresses,
            found.holder,
            round(found.peer_dead.ns / s, 3),
            round(dead.ns / s, 3) if dead else None,
            formulas,
        )


def _instead(asked: Limit | None) -> str:
    return f"; allowed are {asked}" if asked else ""


def _chosen(every: tuple[GateTest, ...], wish: Wish) -> tuple[tuple[GateTest, ...], tuple[str, ...]]:
    names = [test.name for test in every]
    for name in wish.only:
        if name not in names:
            raise UnknownName("test of the gate", name, names)
    wanted = [test for test in every if _is_wanted(test, wish)]
    return tuple(wanted), tuple(f"{test.name}: not asked for" for test in every if test not in wanted)


def _with_servers_apart(
    tests: tuple[GateTest, ...], found: SiteStandIns
) -> tuple[tuple[GateTest, ...], tuple[str, ...]]:
    """Servers on a balancer itself cannot all be down while both nodes live."""
    if not found.own:
        return tests, ()
    kept = tuple(test for test in tests if test.kind != "servers")
    return kept, tuple(f"{test.name}: some servers are on a balancer itself" for test in tests if test not in kept)


def _is_wanted(test: GateTest, wish: Wish) -> bool:
    if wish.only:
        return test.name in (AT_REST, *wish.only)
    return test.quick or not wish.quick or (wish.partitions_decide and test.kind == "partition")


def _within(tests: tuple[GateTest, ...], wish: Wish) -> tuple[int, tuple[GateTest, ...], tuple[GateTest, ...]]:
    """(trials, tests, those without time). A budget buys whole rounds; one that is too small drops the last tests.

    Where preventions are tried, what is left of it is theirs.
    """
    if not wish.budget_s:
        return wish.trials, tests, ()
    spent, kept = 0.0, []
    for test in tests:
        spent += seconds(test)
        if spent <= wish.budget_s:
            kept.append(test)
    rounds = int(wish.budget_s // spent) if len(kept) == len(tests) and not wish.preventions else 1
    return max(1, rounds), tuple(kept), tuple(test for test in tests if test not in kept)


def seconds(test: GateTest) -> float:
    duration = getattr(test.fault, "duration", None) or 0
    return OVERHEAD_S + (test.watch_ns + duration) / s

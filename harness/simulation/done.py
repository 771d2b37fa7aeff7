"""What each op does to the model: applied at its begin, taken back at its end. An op that is not here is remembered."""

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import singledispatchmethod
from typing import Final, TypeVar

from harness.model import ops
from harness.model.ops import AnyOp, Part
from harness.model.units import ms
from harness.simulation.caches import Caches
from harness.simulation.nodes import Nodes
from harness.simulation.processes import KEEPALIVED, RESTART_AFTER, START_AFTER
from harness.simulation.queue import Kind
from harness.simulation.state import State

T = TypeVar("T")
HAPROXY: Final = "haproxy"
MODELLED: Final = (HAPROXY, KEEPALIVED)
"""Services of which the model knows something."""
BINDS_AFTER: Final = 100 * ms  # a new HAProxy → it takes connections, with some servers
BY_HAND: Final = 5  # frames of an announcement that an operator makes


class Done:
    """`unknown`: ops of which the model knows nothing: what it says of such a plan leaves them out."""

    def __init__(self, state: State, caches: Caches, nodes: Nodes) -> None:
        self._state, self._caches, self._nodes = state, caches, nodes
        self._performs = self._do  # looked up once: each look-up makes a wrapper
        self.reset()

    def reset(self) -> None:
        self.unknown: list[AnyOp] = []
        self._kept_away = defaultdict[ops.AddressKeptAway, list[int]](list)  # op → those in force, each with a number
        self._begun = 0

    def plan(self, number: int, part: Part) -> None:
        self.at(part.begin_ns, part.op, number)
        if part.end_ns is not None and part.op.held:
            self.at(part.end_ns, part.op, number, by=-1)

    def at(self, t: int, op: AnyOp, number: int, by: int = 1) -> None:
        """`by` -1: it is taken back."""
        self._state.queue.push(t, Kind.op, op.place, self._turn, op, number, by)

    def _turn(self, op: AnyOp, number: int, by: int) -> None:
        state = self._state
        self._performs(op, by)
        if state.told:
            (state.told.applied if by > 0 else state.told.released)(state.now, number, op)

    @singledispatchmethod
    def _do(self, op: AnyOp, by: int) -> None:
        """Of servers, proxies and databases nothing is known here."""
        self._unknown(op, by)

    def _count(self, table: Counter[T], place: T, by: int) -> None:
        """What keeps frames from passing there."""
        table[place] += by
        self._state.layer2.changed()
        self._nodes.changed()
        self._state.dirty = True

    @_do.register
    def _drop(self, op: ops.Drop, by: int) -> None:
        self._count(self._state.layer2.drops, (op.port, op.side), by)

    @_do.register
    def _drop_garp(self, op: ops.DropGarp, by: int) -> None:
        self._count(self._state.layer2.garps, (op.port, op.side, op.ip), by)

    @_do.register
    def _drop_vrrp(self, op: ops.DropVrrp, by: int) -> None:
        self._count(self._state.layer2.adverts, (op.port, op.side, op.multicast), by)

    @_do.register
    def _link_down(self, op: ops.LinkDown, by: int) -> None:
        layer2 = self._state.layer2
        self._count(layer2.down, op.port, by)
        up = not layer2.down[op.port]
        if not up:
            ends = (op.port, layer2.beyond.get(op.port))  # a trunk loses carrier at both
            self._state.forget([place for place, port in layer2.fdb.items() if port in ends])
        if node := layer2.node_of.get(op.port):
            self._node_carrier(node, op.port, up=up)

    def _node_carrier(self, node: str, port: str, *, up: bool) -> None:
        if up:
            self._caches.got_carrier(node, port)
        else:
            self._state.known -= {pair for pair in self._state.known if pair[0] == node}
            self._caches.lost_carrier(node, port)
        self._nodes.netlink.carrier(node, port, up=up)

    @_do.register
    def _signal(self, op: ops.Signal, by: int) -> None:
        if op.service not in (None, *MODELLED):
            self._unknown(op, by)
        if op.service in (None, HAPROXY):
            self._haproxy(op.node, by)
        if op.service in (None, KEEPALIVED):
            self._nodes.processes.signal(op.node, by)

    @_do.register
    def _service_down(self, op: ops.ServiceDown, by: int) -> None:
        self._service(op, op.service, by, killed=False)

    @_do.register
    def _service_killed(self, op: ops.ServiceKilled, by: int) -> None:
        for service in MODELLED if op.service is None else (op.service,):
            self._service(op, service, by, killed=True)

    def _service(self, op: ops.ServiceDown | ops.ServiceKilled, service: str, by: int, *, killed: bool) -> None:
        if service not in MODELLED:
            self._unknown(op, by)
        elif by > 0:
            self._ends(op.node, service, killed=killed)
        else:
            self._starts(op.node, service, START_AFTER)

    @_do.register
    def _service_anew(self, op: ops.ServiceRestart | ops.ServiceKill, by: int) -> None:
        """Its supervisor starts it again at once."""
        if op.service not in MODELLED:
            self._unknown(op, by)
            return
        self._ends(op.node, op.service, killed=isinstance(op, ops.ServiceKill))
        self._starts(op.node, op.service, RESTART_AFTER)

    def _unknown(self, op: AnyOp, by: int) -> None:
        """`by` -1: it is told already."""
        if by > 0:
            self.unknown.append(op)

    def _ends(self, node: str, service: str, *, killed: bool) -> None:
        if service == KEEPALIVED:
            self._nodes.processes.stop(node, killed=killed)
            return
        self._state.gone[node] += 1
        self._state.deaf[node] += 1
        self._haproxy(node, 1)

    def _starts(self, node: str, service: str, after: int) -> None:
        if service == KEEPALIVED:
            self._nodes.processes.start(node, after)
            return
        at = self._nodes.processes.start_of(node, HAPROXY, after)
        self._state.queue.push(at, Kind.other, node, self._haproxy_runs, node)

    def _haproxy(self, node: str, by: int) -> None:
        """It serves no longer, or again; checks that follow it will tell."""
        self._state.silent[node] += by
        self._state.dirty = True
        self._nodes.watchers.changed(node)

    def _haproxy_runs(self, node: str) -> None:
        """Its supervisor has started it; it is yet to bind."""
        self._state.gone[node] -= 1
        self._nodes.watchers.changed(node)
        self._state.queue.push(self._state.now + BINDS_AFTER, Kind.other, node, self._haproxy_listens, node)

    def _haproxy_listens(self, node: str) -> None:
        self._state.deaf[node] -= 1
        self._haproxy(node, -1)

    @_do.register
    def _delete_address(self, op: ops.DeleteAddress, _by: int) -> None:
        self._nodes.netlink.vip_gone(op.node, op.ip)

    @_do.register
    def _forget_kernel(self, op: ops.ForgetKernel, _by: int) -> None:
        """Of a node without power. Its keepalived is dead by then, or is told of each VIP that is gone."""
        state = self._state
        for address in [address for node, address in state.holds if node == op.node]:
            self._nodes.netlink.vip_gone(op.node, address)
        state.known -= {pair for pair in state.known if pair[0] == op.node}

    @_do.register
    def _address_gone(self, op: ops.AddressGone, by: int) -> None:
        self._nodes.netlink.own_address(op.node, op.ip, there=by < 0)

    @_do.register
    def _keep_address_away(self, op: ops.AddressKeptAway, by: int) -> None:
        """Deleted now, and looked for again and again until its own end: an equal op that follows does so by itself."""
        if by < 0:
            del self._kept_away[op][:1]
            return
        self._begun += 1
        self._kept_away[op].append(self._begun)
        self._away(op, self._begun)

    def _away(self, op: ops.AddressKeptAway, number: int) -> None:
        if number in self._kept_away[op]:
            self._nodes.netlink.vip_gone(op.node, op.ip)
            self._state.queue.push(self._state.now + op.interval_ns, Kind.op, op.place, self._away, op, number)

    @_do.register
    def _pin_neighbour(self, op: ops.PinNeighbour, by: int) -> None:
        change: Callable[[tuple[str, str]], None] = self._caches.pinned.add if by > 0 else self._caches.pinned.discard
        change((op.node, op.ip))

    @_do.register
    def _flush_neighbours(self, op: ops.FlushNeighbours, _by: int) -> None:
        self._state.dirty = True  # an owner that forgot its customers asks for them
        self._caches.flush(op.node, op.ip)
        self._state.known -= {pair for pair in self._state.known if pair[0] == op.node}

    @_do.register
    def _arp_timeout(self, op: ops.ArpTimeout, _by: int) -> None:
        self._caches.timeouts[op.node] = op.timeout_ns

    @_do.register
    def _flush_fdb(self, op: ops.FlushFdb, _by: int) -> None:
        self._state.forget([place for place in self._state.layer2.fdb if place[0] == op.switch])

    @_do.register
    def _pin_mac(self, op: ops.PinMac, _by: int) -> None:
        layer2 = self._state.layer2
        place = (layer2.switch_of[op.port], op.mac)
        layer2.pinned.pop(place, None)
        if op.pinned:
            layer2.pinned[place] = layer2.fdb[place] = op.port
        layer2.clean = False

    @_do.register
    def _announce(self, op: ops.Announce, _by: int) -> None:
        """Each VIP of the router, from the node that holds it. Two holders: the higher priority last."""
        for one in sorted(self._nodes.of(op.virtual_router), key=lambda one: one.priority):
            if one.has_vips:
                self._nodes.announce(one, BY_HAND)

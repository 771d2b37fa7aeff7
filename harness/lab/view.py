"""The present state of the lab, computed from events: for `status --watch`, and for the waits of a trial."""

from collections import defaultdict
from collections.abc import Mapping

from harness.history.forwarding import Forwarding
from harness.lab.agents import AGENTS
from harness.model.events import (
    AddressChanged,
    AgentStarted,
    AnyEvent,
    ConnectingSample,
    DatabaseSample,
    FdbChanged,
    HaproxySample,
    NeighbourChanged,
    OpApplied,
    OpReleased,
    PortState,
    ServiceChanged,
    ServiceWaited,
    Unwired,
    VrrpConfigured,
    VrrpDump,
    VrrpState,
    Wired,
)
from harness.model.ops import AnyOp
from harness.model.running_keepalived import RunningKeepalived
from harness.model.topology import Cache, Topology
from harness.model.virtual_router import RouterVip


class View:
    """Give it every event in order with `take`. `now` is the newest timestamp seen, ns: the lab's own clock."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.now = 0
        self.wired: set[str] = set()
        self.active: dict[tuple[int, int, str], AnyOp] = {}
        # (virtual router, node) → vrrp_instance, where files were read
        self.instances: Mapping[tuple[str, str], str] = {}
        self.last_transition = 0  # newest gain or loss of a VIP
        self.services: dict[tuple[str, str], ServiceChanged] = {}
        self.configured: dict[str, VrrpConfigured] = {}  # node → the settings of its present keepalived
        self.databases: dict[str, DatabaseSample] = {}  # newest sample that knows the plan
        self.fullness: dict[tuple[str, str], float] = {}  # (node, frontend) → share of its limit
        self.waited: dict[tuple[str, str], ServiceWaited] = {}  # (node, service) → the newest
        self.connecting: dict[str, int] = {}  # customer's node → its connections without an answer
        self._vrrp: dict[str, dict[str, str]] = defaultdict(dict)  # node → vrrp_instance → state
        self._dumped: dict[str, dict[str, str]] = defaultdict(dict)  # the same, seen in dumps: a site may have no FIFO
        self._addresses: dict[str, set[str]] = defaultdict(set)
        self._neighbours: dict[tuple[str, str], str | None] = {}
        self._fdb: dict[tuple[str, str], str] = {}
        self._port_states: dict[str, str] = {}  # those that were told; every other port forwards
        self._vips = {(node, vip.address) for vip in topology.vips for node in vip.nodes}

    def take(self, event: AnyEvent) -> None:
        self.now = max(self.now, event.t)
        match event:
            case AddressChanged():
                self._address(event)
            case NeighbourChanged(node=node, ip=ip, mac=mac):
                self._neighbours[node, ip] = mac
            case FdbChanged(switch=switch, mac=mac, port=None):
                self._fdb.pop((switch, mac), None)
            case FdbChanged(switch=switch, mac=mac, port=str() as port):
                self._fdb[switch, mac] = port
            case OpApplied(plan=plan, part=part, op=op, error="") if op.held:
                self.active[plan, part, repr(op)] = op
            case OpReleased(plan=plan, part=part, op=op, error=""):
                self.active.pop((plan, part, repr(op)), None)
            case Wired(node=node):
                self.wired.add(node)
            case Unwired(node=node):
                self._forget(node)
            case VrrpState():
                self._state(event)
            case _:
                self._report(event)

    def _report(self, event: AnyEvent) -> None:
        """Reports of agents, services and switches; frames do not change the state."""
        match event:
            case AgentStarted(agent=agent):
                self._begin_anew(agent)
            case PortState(port=port, state=state):
                self._port_states[port] = state
            case ServiceChanged():
                self._service(event)
            case VrrpConfigured(node=node):
                self.configured[node] = event
            case VrrpDump(node=node, instance=instance, state=state):
                self._dumped[node][instance] = state
            case DatabaseSample(node=node, plan=plan) if plan:
                self.databases[node] = event
            case HaproxySample(session_limit=limit) if limit and event.proxy.endswith("/FRONTEND"):
                self.fullness[event.node, event.proxy] = event.sessions / limit
            case ServiceWaited(node=node, service=service):
                self.waited[node, service] = event
            case ConnectingSample(node=node, connecting=connecting):
                self.connecting[node] = connecting
            case _:
                pass

    def answers_again(self, database: str, before: ServiceChanged | None) -> bool:
        """Is MariaDB another process than `before`, and is there a sample of that process?"""
        now = self.services.get((database, "mariadb"))
        another = now is not None and now.state == "up" and (before is None or now.pid != before.pid)
        sampled = self.databases.get(database)
        return another and now is not None and sampled is not None and sampled.t > now.t

    @property
    def running(self) -> dict[str, RunningKeepalived]:
        """Node → the settings of its keepalived; nodes of which they are unknown are left out."""
        return {node: configured.running for node, configured in self.configured.items()}

    def untold(self, before: Mapping[str, ServiceChanged | None]) -> list[str]:
        """The nodes of `before` without a new process of keepalived whose settings are known."""
        return [
            node
            for node, process in before.items()
            if node not in self.configured or (process and self.configured[node].pid == process.pid)
        ]

    def owners(self, vip: RouterVip) -> tuple[str, ...]:
        """The nodes that hold the VIP now, in the order of its router."""
        return tuple(node for node in vip.nodes if vip.address in self._addresses[node])

    def vrrp_of(self, router: str) -> dict[str, str]:
        """Node of the router → the state of its keepalived; nodes of which nothing is known yet are left out."""
        known = {node: self.keepalived(router, node) for node in self.topology.virtual_router(router).nodes}
        return {node: state for node, state in known.items() if state}

    def keepalived(self, router: str, node: str) -> str:
        """The state of its process if that does not run, else of the router's instance; empty: nothing is known.

        If the router's instance is unknown: the states of all instances of the node, with names if they are several.
        """
        process = self.services.get((node, "keepalived"))
        if process is not None and process.state != "up":
            return process.state
        states = {**self._dumped.get(node, {}), **self._vrrp.get(node, {})}
        if (router, node) in self.instances:
            return states.get(self.instances[router, node], "")
        named = [f"{state} ({instance})" for instance, state in states.items()]
        return ", ".join(named if len(named) > 1 else states.values())

    def arp(self, cache: Cache) -> str | None:
        """The node that a frame sent to the cached MAC of the VIP would reach now; None if none."""
        mac, vip = self.mac(cache), cache.vip
        port = self.topology.node(cache.device).port(vip.segment)
        routers = self.topology.virtual_routers.values()
        virtual = {(router.segment, router.vmac): self.owners(router.first) for router in routers if router.vmac == mac}
        blocked = [port for port, state in self._port_states.items() if state != "forwarding"]
        return Forwarding(self.topology, self._fdb, virtual, blocked).reached_from(port, mac) if mac else None

    def mac(self, cache: Cache) -> str | None:
        """The MAC address of the entry now; None: there is no entry, or an incomplete one."""
        return self._neighbours.get((cache.device, cache.vip.address))

    def arps(self) -> dict[str, str | None]:
        """By the names of `Topology.caches`: the node that each cache reaches."""
        return {name: self.arp(cache) for name, cache in self.topology.caches.items()}

    def _state(self, event: VrrpState) -> None:
        """STOP is an instance's last state: keepalived ends, or a reload removed the instance."""
        if event.state == "STOP":
            self._vrrp[event.node].pop(event.instance, None)
            self._dumped[event.node].pop(event.instance, None)
        else:
            self._vrrp[event.node][event.instance] = event.state

    def _service(self, event: ServiceChanged) -> None:
        """A keepalived that ended reports no more states, and the next one may have other instances."""
        self.services[event.node, event.service] = event
        configured = self.configured.get(event.node)
        if event.service == "keepalived" and configured and configured.pid != event.pid:
            del self.configured[event.node]
        if event.service == "keepalived" and event.state == "down":
            self._vrrp.pop(event.node, None)
            self._dumped.pop(event.node, None)

    def _address(self, event: AddressChanged) -> None:
        held = self._addresses[event.node]
        if (event.node, event.ip) in self._vips and event.present != (event.ip in held):
            self.last_transition = max(self.last_transition, event.t)
        (held.add if event.present else held.discard)(event.ip)

    def _begin_anew(self, agent: str) -> None:
        """An agent that starts has undone its ops; if it observes, it sends its baseline again."""
        if agent == "eye":
            self._addresses.clear()
            self._neighbours.clear()
            self._fdb.clear()
            self._port_states.clear()
        else:
            self.active = {key: op for key, op in self.active.items() if op.agent != AGENTS[agent]}

    def _forget(self, node: str) -> None:
        self.wired.discard(node)
        self._vrrp.pop(node, None)
        self._dumped.pop(node, None)
        self._addresses.pop(node, None)
        for key in [key for key in self._neighbours if key[0] == node]:
            del self._neighbours[key]

"""The lab as the layers above use it: connect, act, inject, reset, configure. One object per client process."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from types import TracebackType
from typing import Final, Self

from harness.lab import adverts, definition
from harness.lab.agent import AgentClient
from harness.lab.agents import AGENTS, RESTART_S, RETRY_S, open_agent, started_at
from harness.lab.containers import overlays_of
from harness.lab.engine import connect
from harness.model.client import first_plan, holder
from harness.model.errors import AgentError, EnvironmentProblem, HarnessError, LeftBehind
from harness.model.events import AnyEvent
from harness.model.handed_topology import digest
from harness.model.ops import (
    FEATURES,
    AgentName,
    AnyOp,
    FeatureSet,
    FlushFdb,
    FlushNeighbours,
    HaproxyAsConfigured,
    OpenPorts,
    Plan,
    SqlAnalyse,
    SqlKill,
    plan,
)
from harness.model.protocol import Act, Arm
from harness.model.topology import Topology
from harness.model.units import ms, s

LEAD_NS = 500 * ms  # both agents must have their share of a plan before it starts; a database may have to answer first
HEARD_LATE_NS = 20 * ms  # an agent on a busy machine hears an advert up to 15 ms late: measured, 2 of 50
UNDO_ATTEMPTS = 3
STUCK_NS = 1 * s  # a query begun under a wrong plan goes on for up to a minute when the plan is right again
_AGENT_NAMES: Final[dict[AgentName, str]] = {"network-agent": "hand", "service-agent": "service"}


class Lab:
    """A running lab. `on_event` gets the events of every agent that is asked to `watch`.

    `patience_s`: how long to wait for agents that are still starting.
    Raises `EnvironmentProblem` when there is no engine or the lab is not up, `AgentError` from every method.
    """

    def __init__(self, name: str, on_event: Callable[[AnyEvent], None] | None = None, patience_s: float = 0) -> None:
        self.name = name
        self.docker = connect()
        defined = definition.of(name, overlays_of(self.docker, name))
        self.topology: Topology = defined.topology
        self.every: Topology = defined.every  # the topology that its agents have
        self._on_event = on_event
        self._patience_s = patience_s
        self._agents: dict[str, AgentClient] = {}
        self._watched: set[str] = set()
        self._starts: dict[str, str | None] = {}  # agent → start of its container, as of the opening of the client
        self._plans = count(first_plan())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def agent(self, name: str) -> AgentClient:
        """The client of hand, eye or service; opened on first use."""
        if name not in self._agents:
            self._agents[name] = self._open(name, self._patience_s)
        return self._agents[name]

    def watch(self, *agents: str) -> None:
        """Subscribes to these agents (default: all): `on_event` gets the baseline, then every event."""
        names = agents or ("hand", "eye", "service")
        with ThreadPoolExecutor(len(names)) as pool:  # each takes the engine some 20 ms to begin
            clients = list(pool.map(self.agent, names))
        self._watched.update(names)
        for client in clients:
            client.subscribe()

    def now(self) -> int:
        """The lab's clock, ns."""
        return self.agent("hand").hello().t

    def mark(self, name: str, trial: int = -1, step: str = "") -> int:
        """Puts a mark into the history; returns its instant, ns."""
        return self.agent("hand").mark(name, trial, step)

    def lease(self, targets: tuple[str, ...], plan: Plan) -> None:
        """Claims `targets` with every agent that has a share of `plan`, or of a sequel of it."""
        for agent in _holders(plan):
            self.agent(_AGENT_NAMES[agent]).lease(holder(), targets)

    def arm(self, plan: Plan) -> int:
        """Starts a plan (the lease is held); returns its number. One agent alone starts at once, or as aligned.

        All or nothing: if one agent refuses, the shares of the others are undone. Raises `LeftBehind` if that fails.
        """
        number = next(self._plans)
        shares = _shares(plan)
        at = self._start(plan) if _needs_common_start(plan, shares) else 0
        asked: list[str] = []
        try:
            for agent in shares:
                asked.append(_AGENT_NAMES[agent])
                share = plan.share_of(agent)
                self.agent(_AGENT_NAMES[agent]).ask(partial(Arm, plan_id=number, plan=share, at_ns=at))
        except HarnessError as error:
            self._roll_back(number, asked, error)
            raise
        return number

    def _roll_back(self, number: int, asked: list[str], error: HarnessError) -> None:
        """Undoes the share of the agent that failed, too: it may have accepted, and answered too late."""
        left = [what for name in asked for what in self._undo_plan(name, number)]
        if left:
            raise LeftBehind(f"{error} The armed parts of this plan could not be undone: {'; '.join(left)}.") from error

    def _undo_plan(self, name: str, number: int) -> tuple[str, ...]:
        """Returns what is left of this agent's share. An agent whose connection has ended undoes it by itself."""
        client = self.agent(name)
        try:
            return () if client.gone else client.undo(plan_id=number)
        except AgentError as error:
            return () if client.gone else (f"{name}: {error}",)

    def _start(self, plan: Plan) -> int:
        """The instant at which all shares begin, ns; in phase with the adverts if the plan is aligned to them."""
        if plan.alignment is None:
            return self.now() + LEAD_NS
        heard = adverts.hear(self.docker, self.name, self.topology, plan.alignment)
        return adverts.start_after(heard, plan.alignment, self.now() + LEAD_NS)

    def act(self, plan: Plan) -> int:
        """Does every act of a mitigation's plan, in order; returns the instant of the last one, ns."""
        number, t = next(self._plans), 0
        for part in plan.parts:
            agent = self.agent(_AGENT_NAMES[part.op.agent])
            t = agent.ask(partial(Act, op=part.op, plan_id=number)).t
        return t

    def undo(self, *, everything: bool = False) -> None:
        """Undoes what this client (`everything`: any client) holds. Raises `LeftBehind` naming what is left.

        What fails is tried again: a database under a flood of slow queries needs more time than one statement has.
        """
        opened = sorted(set(_AGENT_NAMES.values()) if everything else set(self._agents) - {"eye"})
        left: list[str] = []
        for _ in range(UNDO_ATTEMPTS):
            left = [what for name in opened for what in self._undone(name, everything=everything)]
            if not left:
                return
        raise LeftBehind(f"Could not undo: {'; '.join(left)}. Remove the lab with: harness down --lab {self.name}")

    def _undone(self, name: str, *, everything: bool) -> tuple[str, ...]:
        """Returns what is left. Raises `AgentError` for an agent that is gone."""
        client = self.agent(name)
        try:
            return client.undo(everything=everything)
        except AgentError as error:
            if client.gone:
                raise
            return (f"{name}: {error}",)

    def reset(self) -> None:
        """Undoes all faults, flushes all caches, restores the query plans. Repeatable. Keeps PERMANENT neighbours."""
        self._replace_dead_clients()
        self.undo(everything=True)
        hand = self.agent("hand")
        for node in self.topology.nodes:
            hand.ask(partial(Act, op=FlushNeighbours(node)))
        for switch in self.topology.switches:
            hand.ask(partial(Act, op=FlushFdb(switch)))
            if self.topology.storm_limit:
                hand.ask(partial(Act, op=OpenPorts(switch)))
        self.act(plan(_ops_of_reset(self.topology)))

    def _replace_dead_clients(self) -> None:
        """Replaces the clients of agents that have died. Such an agent has undone its ops; Docker starts a new one."""
        while dead := self._dead():
            for name in dead:
                self._agents.pop(name).close()
                self._agents[name] = self._started_again(name)
                if name in self._watched:
                    self._agents[name].subscribe()

    def _dead(self) -> list[str]:
        """The agents that have died: the hand before the eye, since the check of the eye needs the hand."""
        opened = [name for name in AGENTS if name in self._agents]
        return [name for name in opened if self._agents[name].gone or self._has_restarted(name)]

    def _has_restarted(self, name: str) -> bool:
        """Asks the engine: a stream into a container that has restarted need not have ended."""
        return self._start_of(name) != self._starts[name]

    def _started_again(self, name: str) -> AgentClient:
        """A client of the agent that Docker has started again. Raises `AgentError` if Docker does not do so in time.

        An eye that died alone is started again without its container.
        """
        deadline = time.monotonic() + RESTART_S
        while self._start_of(name) in (None, self._starts[name]) and not (name == "eye" and self._hand_is_alive()):
            if time.monotonic() > deadline:
                raise AgentError(f"{name} died, and Docker did not start it again within {RESTART_S:.0f} s.")
            time.sleep(RETRY_S)
        return self._open(name, RESTART_S)

    def _hand_is_alive(self) -> bool:
        """The container ends with the hand, and the eye a moment later."""
        try:
            self.agent("hand").hello()
        except (AgentError, EnvironmentProblem):
            return False
        return True

    def _open(self, name: str, patience_s: float) -> AgentClient:
        self._starts[name] = self._start_of(name)
        client = AgentClient(name, open_agent(self.docker, self.name, name, patience_s), self._on_event, patience_s)
        try:
            self._expect_topology(name, client.hello().topology)
        except HarnessError:
            client.close()
            raise
        return client

    def _expect_topology(self, agent: str, theirs: str) -> None:
        """Raises `EnvironmentProblem` for an old topology: the agent would neither wire nor report new nodes."""
        if theirs != (ours := digest(self.every)):
            raise EnvironmentProblem(
                f"The agent {agent} of the lab {self.name!r} has the topology {theirs or '(none)'}; "
                f"the lab now has {ours}. Give it to the agent: harness up --lab {self.name}"
            )

    def _start_of(self, name: str) -> str | None:
        return started_at(self.docker, self.name, name)

    def close(self) -> None:
        for agent in self._agents.values():
            agent.close()
        self._agents.clear()


def _ops_of_reset(topology: Topology) -> Iterator[AnyOp]:
    """Ops that take back what may be left: HAProxy's settings, features, wrong statistics, queries begun with these."""
    nodes = dict.fromkeys(node for router in topology.virtual_routers.values() for node in router.nodes)
    yield from (HaproxyAsConfigured(node) for node in nodes)
    databases = _of_kind(topology, "database")
    if databases:
        servers = _of_kind(topology, "api", "report")
        yield from (FeatureSet(node, feature, enabled=False) for node in servers for feature in FEATURES)
        yield from (SqlAnalyse(node, until_right=True) for node in databases)
        yield from (SqlKill(node, STUCK_NS) for node in databases)


def _of_kind(topology: Topology, *kinds: str) -> list[str]:
    return [node.name for node in topology.nodes.values() if node.kind in kinds]


def _needs_common_start(plan: Plan, shares: list[AgentName]) -> bool:
    """Several agents need a common start. So does an agent that cannot hear adverts, or hears them too late."""
    if plan.alignment is None:
        return len(shares) > 1
    return shares != ["network-agent"] or plan.alignment.phase_ns < HEARD_LATE_NS


def _shares(plan: Plan) -> list[AgentName]:
    return [agent for agent in _AGENT_NAMES if plan.share_of(agent).parts]


def _holders(plan: Plan) -> list[AgentName]:
    """The agents that have a share of it, now or in a sequel."""
    taking_part = {part.op.agent for part in plan.every_part}
    return [agent for agent in _AGENT_NAMES if agent in taking_part]

"""What every agent answers: hello, subscribe, mark, heartbeat; with an executor also lease, arm, act, undo."""

from collections.abc import Callable, Iterable
from typing import Final

from harness.agents import lab
from harness.agents.conductor import Conductor
from harness.agents.executor import Executor
from harness.agents.journal import Journal
from harness.agents.lanes import Lanes
from harness.agents.lease import Leases
from harness.agents.leftover import Leftover
from harness.agents.loop import Loop, now
from harness.agents.mailbox import Mailbox
from harness.agents.pending import begin
from harness.agents.server import Client, Server
from harness.model.errors import HarnessError, LeaseConflict, UsageError
from harness.model.events import AgentStarted, AnyEvent, Marked
from harness.model.handed_topology import digest
from harness.model.protocol import (
    Act,
    AnyAsk,
    AnyReply,
    Arm,
    Done,
    Greeting,
    Heartbeat,
    Hello,
    Lease,
    Look,
    Mark,
    Measure,
    Refused,
    Seen,
    Subscribe,
    Sweep,
    Undo,
)  # fmt: skip
from harness.model.survey import Survey
from harness.model.topology import Topology
from harness.model.units import ms

_SILENCE_CHECK_NS: Final = 100 * ms
_SURVEY: Final = "survey"  # its lane


class Agent:
    """`open()` replays the journal, then listens. Subclasses say what they observe and what their machine lacks."""

    def __init__(self, name: str, loop: Loop, topology: Topology, executor: Executor | None = None) -> None:
        self.name = name
        self.loop = loop
        self.topology = topology
        self._digest = digest(topology)
        self.server = Server(loop, lab.STATE / f"{name}.sock", self.answer, self._gone)
        self.leases = Leases(topology)
        self.mailbox = Mailbox(loop)
        self._lanes = Lanes(self.mailbox)
        self.conductor = self._conductor(executor) if executor else None
        self._boot_id = lab.boot_id()
        self._started = AgentStarted(now(), name, self._boot_id, 0)

    def baseline(self) -> Iterable[AnyEvent]:
        """The present state as events: a new subscriber gets them before later events."""
        return ()

    def wired(self) -> tuple[str, ...]:
        """Nodes that this agent can act on or observe now; the rest of the topology is `missing`."""
        return ()

    def notes(self) -> tuple[str, ...]:
        """What this machine lacks, and what the agent does instead."""
        return self.loop.priority.notes

    def on_subscribed(self) -> None:
        """A client has just subscribed. Observers report from then on how late they are."""

    def catch_up(self, t: int) -> None:
        """Emits all events from before `t`, so that a mark at `t` follows them. For observers that may be behind."""

    def measure(self, ask: Measure) -> int:  # noqa: ARG002 (for subclasses)
        """Starts or stops the measuring stream; returns when. Only the eye has one."""
        raise UsageError(f"{self.name} sends no measuring stream.")

    def survey(self) -> Callable[[], Survey]:
        """The work that asks for all that this agent's ops can change; done on a lane, so that no deadline waits."""
        raise UsageError(f"{self.name} changes nothing.")

    def sweep(self) -> Callable[[], Leftover]:
        """The work that finds what only this agent makes, on a lane. What it found is removed if no op is held then."""
        raise UsageError(f"{self.name} changes nothing.")

    def open(self) -> None:
        """First undoes what an earlier process of this agent left."""
        replayed = self.conductor.replay() if self.conductor else 0
        self._started = AgentStarted(now(), self.name, self._boot_id, replayed)
        self.server.open()
        self._check_silence()

    def emit(self, event: AnyEvent) -> None:
        self.server.emit(event)

    def answer(self, client: Client, ask: AnyAsk) -> None:
        """Replies at once; the reply to a slow op comes when the op is done."""
        self.leases.renew(client, now())
        begin(self._reply(client, ask))

    async def _reply(self, client: Client, ask: AnyAsk) -> None:
        self.server.tell(client, await self._answer_or_refusal(client, ask))

    async def _answer_or_refusal(self, client: Client, ask: AnyAsk) -> AnyReply:
        try:
            return await self._answer(client, ask)
        except LeaseConflict as error:
            return Refused(ask.id, "lease", str(error))
        except UsageError as error:
            return Refused(ask.id, "usage", str(error))
        except (HarnessError, OSError) as error:
            return Refused(ask.id, "failed", str(error))

    async def _answer(self, client: Client, ask: AnyAsk) -> AnyReply:
        match ask:
            case Hello():
                return self._greeting(ask)
            case Subscribe():
                return self._subscribe(client, ask)
            case Mark(name=name, trial=trial, step=step):
                marked = Marked(now(), name, trial, step)
                self.catch_up(marked.t)
                self.emit(marked)
                return Done(ask.id, marked.t)
            case Heartbeat():
                return Done(ask.id, now())
            case Measure():
                return Done(ask.id, self.measure(ask))
            case _:
                return await self._operate(client, ask)

    async def _operate(self, client: Client, ask: Lease | Arm | Act | Undo | Look | Sweep) -> AnyReply:
        if self.conductor is None:
            raise UsageError(f"{self.name} applies no ops.")
        match ask:
            case Lease(holder=holder, targets=targets):
                self.leases.claim(client, holder, targets, now())
                return Done(ask.id, now())
            case Arm():
                return Done(ask.id, await self.conductor.arm(client, ask))
            case Act():
                return Done(ask.id, await self.conductor.act(ask))
            case Undo(everything=everything, plan_id=plan_id):
                left = await self.conductor.undo(None if everything else client, "undo", plan_id)
                return Done(ask.id, now(), left)
            case Look():
                found = await self._lanes.do(_SURVEY, self.survey())
                return Seen(ask.id, now(), found)
            case Sweep():
                await self._sweep(self.conductor)
                return Done(ask.id, now())

    async def _sweep(self, conductor: Conductor) -> None:
        """An op may have been armed while leftovers were looked for: then what was found may be its own."""
        await conductor.undo_left()
        if conductor.busy:
            return
        found = await self._lanes.do(_SURVEY, self.sweep())
        if not conductor.busy:
            found.at_once()
            await self._lanes.do(_SURVEY, found.then)

    def _subscribe(self, client: Client, ask: Subscribe) -> AnyReply:
        self.server.tell(client, self._started)
        for event in self.baseline():
            self.server.tell(client, event)
        client.subscribed = True
        self.on_subscribed()
        return Done(ask.id, now())

    def _greeting(self, ask: Hello) -> Greeting:
        wired = self.wired()
        return Greeting(
            id=ask.id,
            agent=self.name,
            t=now(),
            boot_id=self._boot_id,
            wall_minus_mono_ns=lab.wall_minus_mono_ns(),
            wired=wired,
            missing=tuple(node for node in self.topology.nodes if node not in wired),
            held=self.conductor.held() if self.conductor else (),
            notes=(*self.notes(), *(self.conductor.notes() if self.conductor else ())),
            topology=self._digest,
        )

    def _conductor(self, executor: Executor) -> Conductor:
        journal = Journal(lab.JOURNALS / f"{self.name}.journal", lab.boot_id())
        return Conductor(self.loop, executor, journal, self.leases, self.emit, lanes=self._lanes)

    def _gone(self, client: Client) -> None:
        self._lost(client)

    def _check_silence(self) -> None:
        """Counts silence up to the last poll: a busy loop has not yet read what clients sent after it."""
        for owner in self.leases.silent(self.loop.heard_ns):
            self._lost(owner)
        self.loop.at(now() + _SILENCE_CHECK_NS, self._check_silence)

    def _lost(self, owner: object) -> None:
        """`owner` was silent for too long, or closed its connection: undoes all that it armed or holds."""
        self.leases.release(owner)
        if self.conductor:
            begin(self.conductor.undo(owner, "lease lost"))

"""Ops that an earlier process of this agent left: undone at the start, or as soon as possible, and reported until then.

An agent that could not undo all of them serves nevertheless: it can work on other nodes, and only an agent that answers
can say what is wrong. Until an op is undone its holder still counts as holder, and its target takes no other op.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from harness.agents.executor import Executor, tried
from harness.agents.journal import Entry, Journal
from harness.agents.lanes import Lanes
from harness.agents.loop import Loop, now
from harness.agents.pending import begin
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, OpReleased
from harness.model.ops import AnyOp
from harness.model.protocol import HeldOp
from harness.model.units import s

AGAIN_NS: Final = 1 * s
SLOWEST: Final = 5
"""The `Op.undo_rank` from which an undo needs an answer of a database, a proxy or a generator."""


class Leftovers:
    def __init__(
        self, loop: Loop, executor: Executor, journal: Journal, emit: Callable[[AnyEvent], None], lanes: Lanes
    ) -> None:
        self._loop = loop
        self._executor = executor
        self._journal = journal
        self._emit = emit
        self._lanes = lanes
        self._since = now()
        self._left: list[Entry] = []
        self._why: dict[int, str] = {}

    def replay(self, entries: Iterable[Entry]) -> int:
        """Before the agent serves clients. Returns how many were undone; the others are tried again every second.

        Undos that wait for an answer of a database or a proxy come later: while the agent waits it answers no client.
        """
        undone = sum(self._undone_at_once(entry) for entry in entries)
        if self._left:
            self._loop.at(now(), lambda: begin(self._try_again()))
        return undone

    def _undone_at_once(self, entry: Entry) -> bool:
        if entry.op.undo_rank >= SLOWEST:
            return self._leave(entry, "it is being undone")
        done = tried(partial(self._executor.restore, entry.op, entry.before))
        if done.problem:
            return self._leave(entry, str(done.problem))
        self._journal.close(entry.number)
        return True

    def _leave(self, entry: Entry, why: str) -> bool:
        self._left.append(entry)
        self._why[entry.number] = why
        return False

    async def undo(self) -> tuple[str, ...]:
        """Tries again now. Returns what is still left, and why."""
        for entry in list(self._left):
            await self._undo(entry)
        return self.descriptions()

    def held(self) -> tuple[HeldOp, ...]:
        return tuple(HeldOp(entry.holder, 0, 0, entry.op, self._since) for entry in self._left)

    def descriptions(self) -> tuple[str, ...]:
        """What is left, for people."""
        known = [f"{type(e.op).__name__} on {e.op.leased}: {self._why[e.number]}" for e in self._left]
        unread = [f"an entry of the journal that this version does not understand: {e}" for e in self._journal.unread]
        return (*known, *unread)

    def refuse(self, op: AnyOp) -> None:
        """Raises `AgentError` if something is left on this op's target: undoing it later would undo this op, too."""
        for entry in self._left:
            if entry.op.leased == op.leased:
                raise AgentError(
                    f"{op.leased}: {entry.op} is left from before the agent's restart: {self._why[entry.number]}"
                )

    async def _undo(self, entry: Entry) -> None:
        restore = partial(self._executor.restore, entry.op, entry.before)
        done = await self._lanes.do(entry.op.lane, partial(tried, restore))
        if entry not in self._left:  # another call has undone it meanwhile
            return
        self._why[entry.number] = str(done.problem)
        if not done.problem:
            self._left.remove(entry)
            self._journal.close(entry.number)
            self._emit(OpReleased(done.done, 0, 0, entry.op, done.begun, done.begun, "restart"))

    def _try_later(self) -> None:
        self._loop.at(now() + AGAIN_NS, lambda: begin(self._try_again()))

    async def _try_again(self) -> None:
        await self.undo()
        if self._left:
            self._try_later()

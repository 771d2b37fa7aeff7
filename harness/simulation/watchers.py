"""What the keepalived of each node learns of HAProxy and of its cables, and when. Times in ns.

A script runs at its interval and counts: vrrp_script_thread() and vrrp_script_child_thread() in vrrp_scheduler.c.
A process that begins or ends, and a carrier, are told at once: track_process.c, vrrp_if.c.
"""

from collections.abc import Callable, Iterable
from typing import Final

from harness.model.units import ms
from harness.simulation.instance import Instance
from harness.simulation.queue import Kind
from harness.simulation.state import State
from harness.simulation.watch import Watch

RUNS: Final = 15 * ms  # a script, from its start until keepalived has read its status, at the median
TOLD: Final = 2 * ms  # a process that began or ended

Verdict = Callable[[str, Watch, bool], None]
"""(node, what it watched, whether it failed): each instance of the node that tracks it changes."""


class Script:
    """One vrrp_script of one node.

    `result`: as keepalived counts. `origin`: one instant at which it runs, of all that are an interval apart. `life`:
    of the keepalived that runs it. `ticking`: is its next run planned? `frozen`: was one due while keepalived stood?
    """

    __slots__ = ("first", "frozen", "life", "node", "origin", "result", "ticking", "watch")

    def __init__(self, node: str, watch: Watch) -> None:
        self.node, self.watch = node, watch
        self.result = self.best
        self.origin = self.life = 0
        self.ticking = self.frozen = self.first = False

    @property
    def best(self) -> int:
        return self.watch.rise + self.watch.fall - 1

    def start(self) -> None:
        """vrrp_init_script(): one success is enough, but with ``init_fail``."""
        self.life += 1
        self.ticking = self.frozen = False
        self.result = 0 if self.watch.init_fail else self.watch.rise - 1
        self.first = not self.watch.init_fail

    def ends(self, *, failed: bool) -> bool | None:
        """A run has ended. Is the script now failed? None: as before."""
        first, self.first = self.first, False
        return self._failed(first=first) if failed else self._succeeded()

    def _succeeded(self) -> bool | None:
        rise = self.watch.rise
        if self.result < rise - 1:
            self.result += 1
            return None
        turned, self.result = self.result < rise, self.best
        return False if turned else None

    def _failed(self, *, first: bool) -> bool | None:
        if self.result > self.watch.rise:
            self.result -= 1
            return None
        turned, self.result = first or self.result == self.watch.rise, 0
        return True if turned else None

    def settled(self, *, failing: bool) -> bool:
        """Can no further run change anything?"""
        return self.result == (0 if failing else self.best)


class Watchers:
    """`_losses`: (node, process) → when keepalived takes it for gone, of those that it knows to have ended."""

    def __init__(self, state: State, verdict: Verdict, stands: Callable[[str], bool]) -> None:
        self._state, self._verdict, self._stands = state, verdict, stands
        self._watches: dict[str, tuple[Watch, ...]] | None = None
        self.scripts: dict[tuple[str, str], Script] = {}
        self._losses: dict[tuple[str, str], int] = {}

    def reset(self, instances: Iterable[Instance]) -> None:
        """At rest: everything succeeds, and has done so for long."""
        if self._watches is None:
            self._watches = _by_node(instances)
        self._losses.clear()
        self.scripts = {
            (node, watch.name): Script(node, watch)
            for node, watches in self._watches.items()
            for watch in watches
            if watch.kind == "script"
        }

    def phase(self, share: float) -> None:
        """All scripts ran last so long ago, as a share of their intervals."""
        for script in self.scripts.values():
            script.origin = -round(share * script.watch.interval_ns)

    def of(self, node: str) -> tuple[Watch, ...]:
        return (self._watches or {}).get(node, ())

    def changed(self, node: str) -> None:
        """HAProxy of a node began, ended, hangs or goes on."""
        for watch in self.of(node):
            if watch.kind == "process" and watch.follows == "process":
                self._tell(node, watch)
            elif watch.kind == "script":
                self._resume(self.scripts[node, watch.name])

    def started(self, node: str, now: int) -> None:
        """A keepalived of the node begins: each script runs at once, and is not known before."""
        for watch in self.of(node):
            if watch.kind == "script":
                script = self.scripts[node, watch.name]
                script.start()
                script.origin, script.ticking = now, True
                self._at(now, self._run, script, script.life)

    def ended(self, node: str) -> None:
        for watch in self.of(node):
            self._losses.pop((node, watch.name), None)
            if watch.kind == "script":
                self.scripts[node, watch.name].life += 1

    def thawed(self, node: str) -> None:
        """Runs that were due while keepalived stood still are done at once, once. It reads what became of processes."""
        for watch in self.of(node):
            if watch.kind == "process":
                self._tell(node, watch)
            script = self.scripts.get((node, watch.name))
            if script and script.frozen:
                script.frozen, script.origin = False, self._state.now
                self._at(self._state.now, self._run, script, script.life)

    def failing(self, node: str, watch: Watch) -> bool:
        """Would a look at it fail now?"""
        state = self._state
        keeps = {"process": state.gone, "connection": state.deaf, "answer": state.silent}.get(watch.follows)
        return keeps is not None and keeps[node] > 0

    # -- scripts

    def _resume(self, script: Script) -> None:
        if not script.ticking and not script.settled(failing=self.failing(script.node, script.watch)):
            script.ticking = True
            self._at(self._next(script), self._run, script, script.life)

    def _next(self, script: Script) -> int:
        """Later than now."""
        now, interval = self._state.now, max(1, script.watch.interval_ns)
        return now + interval - (now - script.origin) % interval

    def _run(self, script: Script, life: int) -> None:
        if life != script.life:
            return
        if self._stands(script.node):
            script.frozen = True
            return
        failing = self.failing(script.node, script.watch)
        waits = failing and not self._state.deaf[script.node]  # HAProxy hangs: neither an answer nor a refusal
        lasts = script.watch.waits_ns if waits else RUNS
        self._at(self._state.now + lasts, self._ended, script, life, failing)

    def _ended(self, script: Script, life: int, failed: bool) -> None:  # noqa: FBT001 - as the queue calls it
        if life != script.life:
            return
        if self._stands(script.node):
            script.frozen = True
            return
        turned = script.ends(failed=failed)
        if turned is not None:
            self._verdict(script.node, script.watch, turned)
        script.ticking = not script.settled(failing=self.failing(script.node, script.watch))
        if script.ticking:
            self._at(self._next(script), self._run, script, life)

    # -- processes

    def _tell(self, node: str, watch: Watch) -> None:
        """check_process_termination(): a loss is told after its delay; a process that is back ends the timer."""
        key, at = (node, watch.name), self._state.now + TOLD
        failed = self.failing(node, watch)
        if not failed:
            self._losses.pop(key, None)
        if not self._stands(node):  # else it reads of it when it goes on
            due = self._losses.setdefault(key, at + watch.delay_ns) if failed else at
            self._at(max(at, due), self._told, node, watch, due if failed else None)

    def _told(self, node: str, watch: Watch, loss: int | None) -> None:
        """`loss`: when the delay of the loss that is told is over. While keepalived stands still nothing is told."""
        if self._losses.get((node, watch.name)) == loss and not self._stands(node):
            self._verdict(node, watch, loss is not None)

    def _at(self, t: int, what: Callable[..., None], *arguments: object) -> None:
        self._state.queue.push(t, Kind.other, 0, what, *arguments)


def _by_node(instances: Iterable[Instance]) -> dict[str, tuple[Watch, ...]]:
    found: dict[str, dict[tuple[str, str], Watch]] = {}
    for one in instances:
        for watch in one.set.watches:
            found.setdefault(one.node, {}).setdefault((watch.kind, watch.name), watch)
    return {node: tuple(watches.values()) for node, watches in found.items()}

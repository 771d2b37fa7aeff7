"""The keepalived of a node as a process: it stands still, goes on, ends and begins. Times in ns."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from harness.model.units import ms, s, us
from harness.simulation.actions import Burst
from harness.simulation.instance import Instance
from harness.simulation.queue import Kind
from harness.simulation.state import State
from harness.simulation.tracking import Tracking

if TYPE_CHECKING:
    from harness.simulation.nodes import Nodes, Waited

KEEPALIVED: Final = "keepalived"
THAW: Final = 100 * us
START_AFTER: Final = 100 * ms  # a supervised service, from the order to start it on
ENDS_AFTER: Final = 1 * s  # keepalived: TIMER_HZ from its adverts of priority 0 to its end, vrrp_terminate_phase1()
RESTART_AFTER: Final = 1_100 * ms  # from the order to restart it on


class Processes:
    """`stopped`: node → how many ops keep keepalived from running.

    `starts`: (node, service) → when it runs again, where a recording tells it.
    """

    def __init__(self, state: State, nodes: "Nodes", tracking: Tracking) -> None:
        self._state, self._nodes, self._tracking = state, nodes, tracking
        self.stopped: Counter[str] = Counter()
        self._ends: dict[str, int] = {}  # node → when a keepalived that was stopped has ended
        self.starts: dict[tuple[str, str], list[int]] = {}

    def reset(self) -> None:
        self.stopped.clear()
        self._ends.clear()

    def signal(self, node: str, by: int) -> None:
        """SIGSTOP, SIGCONT: what arrives meanwhile waits in sockets; timers become overdue."""
        self.stopped[node] += by
        if not self.stopped[node]:
            self._state.queue.push(self._state.now + THAW, Kind.other, node, self._thaw, node)

    def stop(self, node: str, *, killed: bool = False) -> None:
        """`killed`: without a word, and the VIPs stay until keepalived starts again."""
        self._ends[node] = self._state.now + (0 if killed else ENDS_AFTER)
        for one in self._nodes.on(node):
            if one.state == "STOP":
                continue
            if killed:
                one.vanish(self._state.now)
            else:
                one.stop(self._state.now)
        self._tracking.watchers.ended(node)

    def start(self, node: str, after: int = START_AFTER) -> None:
        """Not before the one that was stopped has ended: runsv starts no second one beside it."""
        ended = max(self._state.now, self._ends.get(node, 0))
        at = self.start_of(node, KEEPALIVED, max(after, ended + START_AFTER - self._state.now), ended)
        self._state.queue.push(at, Kind.other, node, self._start, node)

    def start_of(self, node: str, service: str, after: int, ended: int = 0) -> int:
        """When a service that is started now runs. A recorded start before `ended` is of no new process."""
        known = (t for t in self.starts.get((node, service), ()) if t > max(ended, self._state.now))
        return next(known, self._state.now + after)

    def _thaw(self, node: str) -> None:
        """What waited in the socket is read before the overdue timer is served.

        epoll reports both; the timer's own handler is queued behind, and by then the socket's thread is ready to read
        (thread_fetch_next_queue()). `choose` may ask the other way round: an epoll that reports the timer alone.
        """
        if self.stopped[node]:
            return
        now = self._state.now
        for one in self._nodes.on(node):
            one.overdue(now)
            waiting = self._nodes.waited(one)
            bursts = [item for item in waiting if isinstance(item, Burst)]
            arrived = [item for item in waiting if not isinstance(item, Burst)]
            timers_first = bool(arrived and (one.due_ns <= now or bursts)) and self._state.choose(2, "thaw") == 1
            if timers_first:
                self._serve(one, bursts)
                if one.due_ns <= now:
                    one.timer(now)
            self._serve(one, arrived)
            if not timers_first:
                self._serve(one, bursts)
            self._nodes.arm_anew(one)
        self._tracking.watchers.thawed(node)

    def _serve(self, one: Instance, waiting: "Sequence[Waited]") -> None:
        for item in waiting:
            self._nodes.serve(one, item)

    def _start(self, node: str) -> None:
        new = [one for one in self._nodes.on(node) if one.state == "STOP"]
        for one in new:
            if one.has_vips:  # left by a process that was killed: keepalived removes them at its start
                one.has_vips = False
                self._nodes.hold(one, present=False)
            self._tracking.look_around(one)
        for group in {id(one.group): one.group for one in new if one.group}.values():
            group.start()
        for one in new:
            one.start(self._state.now)
            self._nodes.arm_anew(one)
        if new:
            self._tracking.watchers.started(node, self._state.now)

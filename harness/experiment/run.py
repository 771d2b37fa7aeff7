"""A run: one folder, one recorder process, one lab, the events as they arrive."""

import subprocess
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from harness.experiment.process import python
from harness.experiment.unsteady import DECIDED_NS
from harness.history import History, store
from harness.history.tail import Tail
from harness.lab.agents import AGENTS
from harness.lab.lab import Lab
from harness.lab.load import LoadControl
from harness.lab.view import View
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, Lag, Marked, MarkerSeen, PlanDone
from harness.model.load import StreamSetting
from harness.model.ops import Plan
from harness.model.protocol import Measure
from harness.model.requests import Stream
from harness.model.units import s

QUIET_NS: Final = 5 * s + 500_000_000
"""keepalived sends a second burst of GARPs `garp_master_delay` = 5 s after a takeover: a fault must not meet it."""

START_SECONDS: Final = 90.0  # of the recorder: its agents and the engine have 20 and 60 s for an answer
PATIENCE_SECONDS: Final = 10.0  # for what takes milliseconds, and for the end of the recorder
OBSERVERS = ("eye", "service")


class Run:
    """Opens the recorder on enter, closes it on exit. Reads only what the recorder wrote: one history, one truth.

    Of steady state: `quiet_ns` without a new owner; `decided_ns` after an undo an election is over; `redundant`: each
    standby must be ready, and a node that comes back gets that time to take its VIPs (its check must succeed first).
    """

    def __init__(self, lab: Lab, load: LoadControl, folder: Path) -> None:
        self.lab = lab
        self.load = load
        self.folder = folder
        self.streams: Mapping[Stream, StreamSetting] = {}  # what `full_load` sets
        # virtual router → its node of the highest priority, under what is configured
        self.preferred: Mapping[str, str] = {}
        self.quiet_ns, self.decided_ns, self.redundant = QUIET_NS, DECIDED_NS, False
        self.view = View(lab.topology)
        self.listeners: list[Callable[[AnyEvent], None]] = []  # each gets every event, as it is read
        self._syncs = count()
        self._trials = count(1)
        self._done: Counter[int] = Counter()
        self._streams: set[int] = set()  # measuring streams seen since the last `measure`
        self._marks: Counter[str] = Counter()
        self._reported: defaultdict[str, int] = defaultdict(int)  # observer → until when it has said how late it read
        self._recorder: subprocess.Popen[str] | None = None
        self._log = store.log_path(folder, "recorder")

    def __enter__(self) -> Self:
        self._offsets = self.load.sync()
        self._recorder = self._start([f"{vantage}={size}" for vantage, size in self._offsets.items()])
        self._tail = Tail(store.events_path(self.folder), self._take)
        try:
            self.sync()
        except BaseException:
            self.__exit__(None, None, None)  # a recorder that dies at once leaves nothing open
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._recorder
        assert self._recorder.stdin
        try:
            self._recorder.stdin.close()
            self._recorder.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._recorder.kill()
            self._recorder.wait()
            raise AgentError(
                f"The recorder did not end in {PATIENCE_SECONDS:g} s, and was killed. {self._log}"
            ) from None
        finally:
            self._tail.close()

    def history(self) -> History:
        """All that was recorded so far, read back from the folder: what is judged now can be judged next year."""
        self.sync()
        return store.load(self.folder)

    def wait(self, awaited: str, unmet: Callable[[], str], seconds: float) -> None:
        """Until `unmet`, which says what the recorded events lack, returns an empty string.

        Raises `TimedOut`, or `AgentError` for a dead recorder.
        """
        self._tail.wait(awaited, unmet, seconds, self._alive)

    def _soon(self, awaited: str, unmet: Callable[[], str]) -> None:
        self.wait(awaited, unmet, PATIENCE_SECONDS)

    def wait_until(self, instant_ns: int) -> None:
        """Until the lab's clock, as seen in recorded events, passes `instant_ns`."""
        remaining = max(0, instant_ns - self.view.now) / s
        awaited = f"{remaining:.1f} s to pass on the lab's clock"
        self.wait(awaited, lambda: self.left(instant_ns), remaining + PATIENCE_SECONDS)

    def sync(self) -> None:
        """Until all that happened before this call is in the folder: events of every agent, decided requests.

        Also until each observer has reported its lag: a change that it has not read by now gets a later stamp.
        """
        name = f"sync-{next(self._syncs)}"
        now = max(self.lab.agent(agent).mark(name) for agent in AGENTS)
        self._soon("a mark of every agent", lambda: _so_many(self._marks[name], len(AGENTS), "recorded"))
        self._await_requests(self.load.sync(before_ns=now))
        self._soon("the observers' reports", lambda: self._unreported(now))

    def _unreported(self, t: int) -> str:
        late = [observer for observer in OBSERVERS if self._reported[observer] < t]
        return f"no report of {' and '.join(late)} yet" if late else ""

    def recorded(self) -> dict[str, int]:
        """Vantage point → bytes of its requests in the folder."""
        paths = {vantage: store.requests_path(self.folder, vantage) for vantage in self._offsets}
        return {vantage: path.stat().st_size if path.exists() else 0 for vantage, path in paths.items()}

    def _await_requests(self, sizes: dict[str, int]) -> None:
        """Until the folder has what the spools have. `_offsets`: where in each spool the recording began."""
        due = {vantage: size - self._offsets[vantage] for vantage, size in sizes.items()}

        def missing() -> str:
            now = self.recorded()
            return ", ".join(f"{due[v] - now[v]} bytes of {v}" for v in due if now[v] < due[v])

        self._soon("the requests", missing)

    def left(self, instant_ns: int) -> str:
        """How long it is until the lab's clock passes that instant; empty: it has."""
        return f"{(instant_ns - self.view.now) / s:.1f} s are left" if self.view.now < instant_ns else ""

    def full_load(self) -> None:
        """Every stream at its rate, also from a worker that began anew and has forgotten it."""
        for stream, setting in self.streams.items():
            self.load.set(stream, setting)

    def measure(self, points: Sequence[tuple[str, str]], rate_hz: int) -> None:
        """Has marker frames cross these (port, side) points from now on (0: no longer); returns when each has begun."""
        self._streams.clear()
        self.lab.agent("eye").ask(lambda number: Measure(number, tuple(points), rate_hz))
        if rate_hz:
            self._soon("the measuring stream", lambda: _so_many(len(self._streams), len(points), "seen"))

    def next_trial(self) -> int:
        """A trial's number, unique within the run."""
        return next(self._trials)

    def unfinished(self, number: int, plan: Plan) -> str:
        """How many agents with a share of plan `number` have not yet said that it is over; empty: none."""
        agents = {part.op.agent for part in plan.parts}
        return _so_many(self._done[number], len(agents), "said that it is over")

    def _take(self, event: AnyEvent) -> None:
        self.view.take(event)
        for listener in self.listeners:
            listener(event)
        if isinstance(event, Marked):
            self._marks[event.name] += 1
        elif isinstance(event, Lag):
            self._reported[event.observer] = event.t
        elif isinstance(event, MarkerSeen):
            self._streams.add(event.stream)
        elif isinstance(event, PlanDone) and not event.undone:
            self._done[event.plan] += 1

    def _start(self, offsets: list[str]) -> subprocess.Popen[str]:
        command = python("harness.lab.recorder", "--lab", self.lab.name, "--run", str(self.folder))
        with self._log.open("w") as log:
            process = subprocess.Popen(
                [*command, "--from", *offsets],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                start_new_session=True,  # Ctrl-C belongs to the run, which still needs its recorder to report
            )  # fmt: skip
        assert process.stdin
        assert process.stdout
        with process.stdout as told, _killed_after(START_SECONDS, process):
            if told.readline().strip() != "ready":
                process.stdin.close()
                raise AgentError(self._why_dead(process))
        return process

    def _alive(self) -> None:
        if self._recorder and self._recorder.poll() is not None:
            raise AgentError(self._why_dead(self._recorder))

    def _why_dead(self, process: subprocess.Popen[str]) -> str:
        process.wait(timeout=PATIENCE_SECONDS)
        last = next(reversed(self._log.read_text().strip().splitlines()), "nothing")
        return f"The recorder ended with exit status {process.returncode}. Its last line: {last}. Log: {self._log}"


@contextmanager
def _killed_after(seconds: float, process: subprocess.Popen[str]) -> Iterator[None]:
    """Unless the body has ended by then: an engine that is stuck answers nothing, and the recorder waits for it."""
    killer = threading.Timer(seconds, process.kill)
    killer.daemon = True
    killer.start()
    try:
        yield
    finally:
        killer.cancel()


def _so_many(now: int, wanted: int, what: str) -> str:
    """``2 of 3 recorded``; empty once it is all."""
    return f"{now} of {wanted} {what}" if now < wanted else ""

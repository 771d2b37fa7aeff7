"""One plan on a lab, by hand: leased by this process, held, undone, and reported as the agents measured it."""

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Final, Self

from harness.lab.achieved import Ledger
from harness.lab.feed import Feed
from harness.lab.lab import Lab
from harness.lab.sequels import Armed, Sequels, patience_ns
from harness.model.errors import TimedOut
from harness.model.events import AnyEvent, PlanDone
from harness.model.ops import Plan
from harness.model.outcome import FaultOutcome
from harness.model.units import s

SLACK_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.2  # how often a held fault checks that its agents are alive, and whether it is to stop

Say = Callable[[str], None]
Stop = Callable[[], bool]


def never() -> bool:
    """The stop condition of a fault that has none."""
    return False


class Injection:
    """Leases `targets` on enter. Raises `EnvironmentProblem` (no lab), `LeaseConflict` naming the holder.

    `stop`: asked several times a second while the fault is held; once it is true the fault is undone, and `stopped`.
    `undone`: another client did so before its end, or this process was silent for too long.
    """

    def __init__(self, lab: str, plan: Plan, targets: tuple[str, ...], say: Say, stop: Stop = never) -> None:
        self._plan = plan
        self._stop = stop
        self._targets = targets
        self._say = say
        self._ledger = Ledger()
        self._sequels: Sequels | None = None
        self._feed = Feed(self._ledger.take, self._follow)
        self._lab = Lab(lab, self._feed.take)
        self._armed: list[Armed] = []
        self._cancelled: set[int] = set()  # the numbers of plans
        self.stopped = False

    def __enter__(self) -> Self:
        self._lab.watch(*(("hand", "eye", "service") if self._plan.sequels else ("hand", "service")))
        self._lab.lease(self._targets, self._plan)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lab.close()

    def run(self) -> bool:
        """Runs the plan until its end or Ctrl-C, and undoes it in any case. True: it ended by itself.

        Raises `AgentError` if an op had no effect, `LeftBehind` for a failed undo.
        """
        try:
            self._sequels = Sequels(self._plan, self._lab.topology, self._lab.now())
            self._arm(self._plan)
            self._hold()
        except KeyboardInterrupt:
            return False
        finally:
            with uninterrupted(self._say, "still undoing the fault"):
                self._undo()
        return True

    @property
    def undone(self) -> bool:
        return any(number in self._cancelled for number, _ in self._armed)

    def outcome(self) -> FaultOutcome:
        """Asked and achieved: first effect to last release, and each part. Of several plans only the parts."""
        told = self._feed.read(lambda: [self._ledger.outcome(*each) for each in self._armed if each[1].parts])
        if len(told) == 1:
            return told[0]
        return FaultOutcome(None, None, None, tuple(part for each in told for part in each.parts))

    def _follow(self, event: AnyEvent) -> None:
        if isinstance(event, PlanDone) and event.undone:
            self._cancelled.add(event.plan)
        if self._sequels:
            self._sequels.take(event)

    def _arm(self, plan: Plan) -> None:
        self._armed.append((self._lab.arm(plan), plan))

    def _hold(self) -> None:
        """Until the plan's end, another client's undo, or the stop condition."""
        ends = patience_ns(self._plan)
        patience = math.inf if ends is None else ends / s + SLACK_SECONDS
        deadline = time.monotonic() + patience  # by this process's clock, and no measurement
        while missing := self._open():
            self.stopped = self._stop()
            if self.stopped:
                return
            if time.monotonic() > deadline:
                raise TimedOut("the fault to end", patience, missing)
            self._feed.pause(LOOK_SECONDS, self._has_news)
            now = self._lab.now()  # raises when the agent is gone, and with it the fault
            self._expect_events(now)

    def _open(self) -> str:
        """What is still to happen, to begin or to end. Arms what an event has made due. Raises `AgentError`."""
        assert self._sequels
        self._armed.extend(self._sequels.arm_due(self._lab.arm))
        return self._sequels.missing or self._feed.read(self._unfinished)

    def _expect_events(self, now_ns: int) -> None:
        assert self._sequels
        self._sequels.expect(now_ns)

    def _has_news(self) -> bool:
        """Called while no event changes what is known."""
        assert self._sequels
        return self._sequels.due or not (self._sequels.missing or self._unfinished())

    def _unfinished(self) -> str:
        ledger = self._ledger
        kept = (each for each in self._armed if each[0] not in self._cancelled)
        return next(filter(None, (ledger.unapplied(*each) or ledger.unreleased(*each) for each in kept)), "")

    def _undo(self) -> None:
        self._lab.undo()
        if all(not self._ledger.unapplied(*each) for each in self._armed):
            self._feed.wait("the fault's release", self._unreleased, SLACK_SECONDS)

    def _unreleased(self) -> str:
        return next(filter(None, (self._ledger.unreleased(*each) for each in self._armed)), "")


@contextmanager
def uninterrupted(say: Say, what: str) -> Iterator[None]:
    """Ctrl-C prints a line and does not interrupt: nothing may be left behind. For the main thread only."""

    def answer(_number: int, _frame: FrameType | None) -> None:
        say(f"{what}; please wait")

    previous = signal.signal(signal.SIGINT, answer)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)

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
from harness.model.errors import TimedOut
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
    """

    def __init__(self, lab: str, plan: Plan, targets: tuple[str, ...], say: Say, stop: Stop = never) -> None:
        self._plan = plan
        self._stop = stop
        self._targets = targets
        self._say = say
        self._ledger = Ledger()
        self._feed = Feed(self._ledger.take)
        self._lab = Lab(lab, self._feed.take)
        self._number = 0
        self.stopped = False

    def __enter__(self) -> Self:
        self._lab.watch("hand", "service")
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
            self._number = self._lab.arm(self._plan)
            self._hold()
        except KeyboardInterrupt:
            return False
        finally:
            with uninterrupted(self._say, "still undoing the fault"):
                self._undo()
        return True

    def outcome(self) -> FaultOutcome:
        """Asked and achieved: first effect to last release, and each part."""
        return self._feed.read(lambda: self._ledger.outcome(self._number, self._plan))

    def _hold(self) -> None:
        """Until the plan's end, another client's undo, or the stop condition."""
        ends = self._plan.ends_ns
        patience = math.inf if ends is None else ends / s + SLACK_SECONDS
        deadline = time.monotonic() + patience  # by this process's clock, and no measurement
        while missing := self._feed.read(self._open):
            self.stopped = self._stop()
            if self.stopped:
                return
            if time.monotonic() > deadline:
                raise TimedOut("the fault to end", patience, missing)
            self._feed.pause(LOOK_SECONDS, lambda: not self._open())
            self._lab.now()  # raises when the agent is gone, and with it the fault

    def _open(self) -> str:
        """The ops that are still to begin or to end. Raises `AgentError` if one failed."""
        ledger, number, plan = self._ledger, self._number, self._plan
        return ledger.unapplied(number, plan) or ledger.unreleased(number, plan)

    def _undo(self) -> None:
        self._lab.undo()
        if self._number and not self._ledger.unapplied(self._number, self._plan):
            self._wait("the fault's release", self._ledger.unreleased, 0)

    def _wait(self, awaited: str, unmet: Callable[[int, Plan], str], seconds: float) -> None:
        self._feed.wait(awaited, lambda: unmet(self._number, self._plan), seconds + SLACK_SECONDS)


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

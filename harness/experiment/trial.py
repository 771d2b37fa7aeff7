"""One trial: steps on a lab in steady state. A step acts, watches, and is judged from the recorded history alone."""

from collections.abc import Callable

from harness.experiment.judge import StepResult, judge
from harness.experiment.run import Run
from harness.faults import Fault
from harness.history import History, Step
from harness.mitigations import Mitigation
from harness.model.errors import BadValue, HarnessError
from harness.model.ops import Plan
from harness.model.outcome import Phase, StepOutcome
from harness.model.units import format_duration, ms, s
from harness.recovery.reasons import phase_of
from harness.recovery.validity import reasons_of

MARKERS_HZ = 500  # the measuring stream through every faulted point: wire brackets of about 2 ms
AFTERWARDS_NS = 100 * ms  # it goes on for so long after the release, which it brackets too
SLACK_SECONDS = 20.0


class Trial:
    """Yielded by `Trials`. `steps` are the outcomes so far, in order.

    `invalid`: why it measures nothing. `phase`: what an error would be counted under now; of an invalid trial, what it
    is counted under. `steady`: the test has it. `stepping`: `step` is at work, so that an error is ours or the lab's.
    """

    def __init__(self, run: Run, number: int, say: Callable[[str], None]) -> None:
        self.run = run
        self.number = number
        self.steps: list[StepOutcome] = []
        self.invalid: tuple[str, ...] = ()
        self.phase: Phase = "waiting for steady state"
        self.steady = False
        self.stepping = False
        self._say = say
        self._leased: tuple[str, ...] = ()

    def step(self, name: str, action: Fault | Mitigation | None = None, *, watch: int) -> StepResult:
        """Does `action` (None: only looks), watches for `watch` ns after it, and returns what the history shows.

        Raises `BadValue` for a watch that is not positive, `UsageError` for an action that does not fit the lab,
        `InvalidTrial` if our own instruments failed: the trial is then repeated.
        """
        if watch <= 0:
            raise BadValue("watch", watch, "a positive number of nanoseconds")
        self._say(f"  {name}: {action.describe() if action else 'watch'}, then a watch of {format_duration(watch)}")
        self.phase, self.stepping = "instruments", True
        result = self._step(name, action, watch)
        self.stepping = False
        return result

    def inject(self, fault: Fault | Mitigation) -> int:
        """Leases what it needs, arms it, and waits for its end. Returns when the watch begins, ns."""
        lab, plan = self.run.lab, fault.plan(self.run.lab.topology)
        self._leased = tuple(dict.fromkeys((*self._leased, *fault.targets())))
        lab.lease(self._leased, plan)
        points = _points(plan)
        if points:
            self.run.measure(points, MARKERS_HZ)
        number = lab.arm(plan)
        ends = plan.ends_ns or 0
        awaited = f"the end of {fault.describe()}"
        self.run.wait(awaited, lambda: self.run.unfinished(number, plan), ends / s + SLACK_SECONDS)
        done = self.run.view.now
        if points:
            self.run.wait_until(done + AFTERWARDS_NS)
            self.run.measure((), 0)
        return done

    def _step(self, name: str, action: Fault | Mitigation | None, watch: int) -> StepResult:
        self.run.lab.mark("step_begin", self.number, name)
        done = self._do(action)
        self.run.wait_until(done + watch)
        self.run.lab.mark("step_end", self.number, name)
        return self._judge(name, action, watch)

    def _do(self, action: Fault | Mitigation | None) -> int:
        """Returns when the action was over, ns: the watch begins there."""
        lab = self.run.lab
        if action and action.targets():
            return self.inject(action)
        return lab.act(action.plan(lab.topology)) if action else lab.now()

    def _judge(self, name: str, action: Fault | Mitigation | None, watch: int) -> StepResult:
        history = self.run.history()
        result = judge(history, self.number, name, action, watch)
        self.steps.append(result.outcome)
        self.invalid, self.phase = invalidity(history, result.step)
        if self.invalid:
            raise InvalidTrial("; ".join(self.invalid), self.phase)
        return result


def _points(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Where markers show what is dropped: the (port, side) points of a plan's drops."""
    blocked = (part.op.blocks for part in plan.parts)
    return tuple((each.port, each.side) for each in blocked if each and each.side and each.drops_all)


def invalidity(history: History, step: Step) -> tuple[tuple[str, ...], Phase]:
    """Why a step measures nothing, and what the trial is counted under."""
    reasons = reasons_of(history, step)
    return tuple(reason.words for reason in reasons), phase_of(reasons)


class InvalidTrial(HarnessError):
    """Our own instruments failed, or the state before the fault was not steady: the trial says nothing.

    `phase`: ``machine`` if the machine was too busy, and nothing else was wrong.
    """

    def __init__(self, words: str, phase: Phase = "instruments") -> None:
        self.phase = phase
        super().__init__(words)

"""One trial: steps on a lab in steady state. A step acts, watches, and is judged from the recorded history alone."""

from collections.abc import Callable

from harness.experiment.judge import StepResult, judge
from harness.experiment.run import Run
from harness.experiment.stopping import Stopping
from harness.faults import Fault
from harness.history import History, Step
from harness.lab.sequels import Armed, Sequels
from harness.mitigations import Mitigation
from harness.model.errors import BadValue, HarnessError
from harness.model.ops import Plan
from harness.model.outcome import Phase, StepOutcome
from harness.model.stop_condition import STOPPED, StopCondition
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
        self._stopping: Stopping | None = None
        self._stopped = False

    def step(
        self, name: str, action: Fault | Mitigation | None = None, *, watch: int, stop_when: str | None = None
    ) -> StepResult:
        """Does `action` (None: only looks), watches for `watch` ns after it, and returns what the history shows.

        `stop_when`: a condition, such as ``success(customer-2) < 0.5 for 5s``. Once it is met all faults that this
        trial holds are undone; the watch goes on to its end. `StepResult.stopped_ns` says when.

        Raises `BadValue` for a watch that is not positive, `UsageError` for an action that does not fit the lab,
        `InvalidTrial` if our own instruments failed: the trial is then repeated.
        """
        if watch <= 0:
            raise BadValue("watch", watch, "a positive number of nanoseconds")
        if name in {step.name for step in self.steps}:
            raise BadValue("name", name, "a name that no earlier step of the trial has: the history tells steps by it")
        self._stopping = Stopping(self.run, StopCondition.parse(stop_when)) if stop_when is not None else None
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
        self._play(plan, fault.describe())
        done = self.run.view.now
        if points:
            self.run.wait_until(done + AFTERWARDS_NS)
            self.run.measure((), 0)
        return done

    def _play(self, plan: Plan, described: str) -> None:
        """Arms a plan, and its sequels as their events happen; returns at the end of all, or once it is stopped."""
        lab, run = self.run.lab, self.run
        sequels = Sequels(plan, lab.topology, lab.now() if plan.sequels else 0)
        run.listeners.append(sequels.take)
        armed: list[Armed] = [(lab.arm(plan), plan)]

        def unmet() -> str:
            if self._stops():
                return ""
            sequels.expect(run.view.now)
            armed.extend(sequels.arm_due(lab.arm))
            return sequels.missing or next(filter(None, (run.unfinished(*each) for each in armed)), "")

        try:
            run.wait(f"the end of {described}", unmet, _longest_ns(plan) / s + SLACK_SECONDS)
        finally:
            run.listeners.remove(sequels.take)

    def _stops(self) -> bool:
        """Undoes everything, once, when the stop condition is met. True from then on, to the end of the step."""
        if self._stopping and not self._stopped and self._stopping.met():
            self._stopped = True
            self.run.lab.undo()
            self.run.lab.mark(STOPPED, self.number, str(self._stopping.condition))
            self._say(f"    {self._stopping.condition} was met: everything is undone")
        return self._stopped

    def _watch(self, until_ns: int) -> None:
        if self._stopping:
            patience = max(0, until_ns - self.run.view.now) / s + SLACK_SECONDS
            self.run.wait("the stop condition", lambda: "" if self._stops() else self.run.left(until_ns), patience)
        self.run.wait_until(until_ns)

    def _step(self, name: str, action: Fault | Mitigation | None, watch: int) -> StepResult:
        self._stopped = False
        self.run.lab.mark("step_begin", self.number, name)
        done = self._do(action)
        self._watch(done + watch)
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


def _longest_ns(plan: Plan) -> int:
    """Without ends that are not known: what is held until undone is awaited until it begins."""
    return max([plan.ends_ns or 0, *(each.within_ns + (each.plan.ends_ns or 0) for each in plan.sequels)])


def _points(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Where markers show what is dropped: the (port, side) points of a plan's drops."""
    blocked = (part.op.blocks for part in plan.every_part)
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

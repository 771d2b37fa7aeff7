"""Runs the jobs of a plan: one thread for each lab, results kept as they come, until all is done or decided."""

import statistics
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

from msgspec.structs import replace

from harness.campaign import log
from harness.campaign.choice import blames, chosen
from harness.campaign.job import Job
from harness.campaign.plan import Plan
from harness.campaign.question import answer
from harness.campaign.result import NOTHING, Result, known
from harness.model.errors import HarnessError, LeftBehind, NotMeasured

IN_A_ROW: Final = 3  # trials of one lab that measured nothing: it is not used any longer
USUAL_S: Final = 20.0  # of a trial, until one was measured

Say = Callable[[str], None]
Labs = Callable[[str], AbstractContextManager[int]]
"""The lab of that name, up and ours alone."""


class Perform(Protocol):
    def __call__(self, job: Job, attempt: int, lab: str, kept_open: int = -1) -> Result: ...

    def interrupt(self) -> None: ...


class Runner:
    """`interrupted`: by Ctrl-C; what was measured is kept. `errors`: of labs that are not used any longer."""

    def __init__(self, plan: Plan, folder: Path, perform: Perform, labs: Labs, say: Say) -> None:
        self._plan, self._folder, self._perform, self._labs, self._say = plan, folder, perform, labs, say
        self._jobs = list(plan.jobs())
        self._results = log.read(folder)
        self._taken: set[Job] = set()
        self._at_work: set[str] = set()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self.interrupted = False
        self.errors: list[BaseException] = []

    def run(self, names: Sequence[str]) -> None:
        """Raises what ended a lab, if jobs are left; a defect of ours, or a lab that is left behind, in any case."""
        threads = [threading.Thread(target=self._work, args=(name,), name=name) for name in names]
        self._alive = len(threads)
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self._join(threads)
        grave = [each for each in self.errors if isinstance(each, LeftBehind) or not isinstance(each, HarnessError)]
        if grave or (self.errors and not self.interrupted and self._left()):
            raise (grave or self.errors)[0]

    @property
    def ended(self) -> bool:
        """Is no lab needed any longer?"""
        return self.interrupted or not self._left()

    def _join(self, threads: Sequence[threading.Thread]) -> None:
        """An interrupt reaches this thread alone: it is handed on once, and each trial undoes first."""
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            if not self.interrupted:
                self._say("Interrupted: each trial undoes first. The same command goes on where this one stopped.")
                self.interrupted = True
                self._perform.interrupt()
                self._tell()

    def _work(self, lab: str) -> None:
        """An error ends this lab alone: the others do its jobs."""
        try:
            if self._left():
                with self._labs(lab) as claim:
                    self._trials(lab, claim)
        except BaseException as error:  # noqa: BLE001 - a thread has no caller: `run` raises it
            self.errors.append(error)
            self._say(f"{lab} is not used any longer: {error}")

    def _trials(self, lab: str, claim: int) -> None:
        with self._lock:
            self._at_work.add(lab)
        try:
            self._until_left_or_broken(lab, claim)
        finally:
            with self._lock:
                self._at_work.discard(lab)
            self._tell()

    def _until_left_or_broken(self, lab: str, claim: int) -> None:
        """Raises `NotMeasured` for a lab that measures nothing; its last attempts do not count against their jobs."""
        fruitless = list[Result]()
        while (job := self._take(lab)) is not None:
            result = self._attempt(job, lab, claim)
            if result is None:
                return
            with self._lock:
                counts = blames(result, self._results)
            fruitless = [] if result.measured else fruitless + [result] * counts
            if len(fruitless) == IN_A_ROW:
                self._withdraw(fruitless)
                raise NotMeasured(f"{IN_A_ROW} trials in a row measured nothing; the last one: {result.why}.")

    def _withdraw(self, fruitless: Sequence[Result]) -> None:
        with self._lock:
            for each in (replace(result, withdrawn=True) for result in fruitless):
                log.append(self._folder, each)
                self._results.append(each)

    def _attempt(self, job: Job, lab: str, claim: int) -> Result | None:
        """None: it was interrupted, and says nothing. An error gives the job back to the other labs."""
        try:
            result = self._perform(job, self._attempts(job) + 1, lab, claim)
            if self.interrupted:
                return None
            self._keep(result)
        finally:
            with self._lock:
                self._taken.discard(job)
            self._tell()
        return result

    def _tell(self) -> None:
        """A lab that waits for a job looks again."""
        with self._changed:
            self._changed.notify_all()

    def _take(self, lab: str) -> Job | None:
        """Waits while the other labs have all jobs that are open: one may come back. None: nothing is left to do."""
        with self._changed:
            while not self.ended:
                free = [job for job in self._jobs if job not in self._taken]
                if (job := chosen(free, known(self._results), lab, alone=self._at_work <= {lab})) is not None:
                    self._taken.add(job)
                    return job
                self._changed.wait()
            return None

    def _attempts(self, job: Job) -> int:
        with self._lock:
            return known(self._results).get(job, NOTHING).made

    def _keep(self, result: Result) -> None:
        with self._lock:
            log.append(self._folder, result)
            self._results.append(result)
            self._say(self._progress(result))

    def _decided(self) -> bool:
        said = answer(self._plan, known(self._results)) if self._plan.shard.whole else None
        return said is not None and said.jobs is not None

    def _left(self) -> int:
        found = known(self._results)
        return 0 if self._decided() else sum(not found.get(job, NOTHING).settled for job in self._jobs)

    def _progress(self, result: Result) -> str:
        left = self._left()
        taken = [each.seconds for each in self._results if each.measured and each.seconds]
        minutes = left * (statistics.median(taken) if taken else USUAL_S) / max(1, self._working()) / 60
        why = f" ({result.why})" if result.why else ""
        most = " at most" if self._plan.until else ""
        done = f"{len(self._jobs) - left} of {len(self._jobs)}"
        took = f"{result.seconds:.1f} s on {result.lab}"
        return f"{done}: {result.job}: {result.status}{why}, {took}; {minutes:.0f} min left{most}"

    def _working(self) -> int:
        return self._alive - len(self.errors)

"""Measures the capacity of a lab's databases: first with customers who ask again at once, then with the wrong plan."""

from functools import reduce
from operator import and_
from typing import Final

from msgspec.structs import replace

from harness import faults, mitigations
from harness.experiment.run import Run
from harness.experiment.trial import Trial
from harness.faults import Fault
from harness.history.timeline import Interval
from harness.model.errors import NotMeasured, UsageError
from harness.model.events import OpApplied
from harness.model.load import BACKGROUND, QUIET
from harness.model.requests import Stream
from harness.model.topology import Topology
from harness.model.units import ms, s
from harness.recovery.capacity import Capacity, answered_hz, wrong_hz

CROWD: Final = replace(BACKGROUND, rate_hz=200, cap=16)
"""At each vantage point 16 customers ask; as soon as one is answered, the next one asks. More are dropped, not sent:
three times 16 keep all 32 connections of the API servers busy, and no session of a balancer waits.
"""
SETTLES_NS: Final = 500 * ms  # until all of them ask
MEASURED_NS: Final = 2 * s


def measure_capacity(run: Run, trial: Trial) -> Capacity:
    """Of a lab in steady state; leaves it reset, with no customer waiting. `trial`: injects the fault.

    Raises `NotMeasured` if no customer was answered, or no database reported the rows that it read.
    """
    fault = flip(run.lab.topology)
    right = _watched(run, max(run.load.set(Stream.background, CROWD).values()))
    wrong = _watched(run, _injected(run, trial, fault))
    run.load.set(Stream.background, QUIET)
    _end_stuck(run)
    history = run.history()
    found = Capacity(answered_hz(history, right), wrong_hz(history, wrong))
    if not found.wrong_hz:
        raise NotMeasured("The databases read no rows along the wrong index while their capacity was measured.")
    return found


def flip(topology: Topology) -> Fault:
    """The plan becomes wrong on every database. Raises `UsageError` for a lab without one."""
    names = [node.name for node in topology.nodes.values() if node.kind == "database"]
    if not names:
        raise UsageError("The lab has no database to measure. Start it with: harness up --with databases")
    rolls: list[Fault] = [faults.slow_query(name, "roll") for name in names]
    return reduce(and_, rolls)


def _injected(run: Run, trial: Trial, fault: Fault) -> int:
    """Returns when the last database had the wrong plan, ns."""
    trial.inject(fault)
    return max(op.t for op in run.history().of(OpApplied))


def _end_stuck(run: Run) -> None:
    """Ends stuck queries. Else they read on for up to a minute, and a busy database may not answer the undo in time.

    With the index forced no query gets stuck in place of a killed one. The reset undoes that once the plan is right.
    """
    topology = run.lab.topology
    for act in (mitigations.force_index(), mitigations.kill_stuck_queries(older_than=0)):
        run.lab.act(act.plan(topology))
    run.lab.reset()


def _watched(run: Run, since: int) -> Interval:
    begin = since + SETTLES_NS
    run.wait_until(begin + MEASURED_NS)
    return Interval(begin, begin + MEASURED_NS)

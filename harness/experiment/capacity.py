"""Measures the capacity of a lab's databases: first customers who ask again at once, then the wrong plan for all."""

from functools import reduce
from operator import and_
from typing import Final

from msgspec.structs import replace

from harness import faults, mitigations
from harness.experiment.run import Run
from harness.experiment.trial import Trial
from harness.faults import Fault
from harness.history.timeline import Interval
from harness.model.errors import NotMeasured
from harness.model.events import OpApplied
from harness.model.load import BACKGROUND, QUIET
from harness.model.requests import Stream
from harness.model.topology import Topology
from harness.model.units import ms, s
from harness.recovery.capacity import Capacity, answered_hz, wrong_hz

CROWD: Final = replace(BACKGROUND, rate_hz=200, cap=16)
"""Of each vantage point: 16 ask, and as soon as one is answered the next one does. More would be dropped, not sent:
three times 16 keep all 32 connections of the API servers busy, and no session of a balancer waits.
"""
SETTLES_NS: Final = 500 * ms  # until all of them ask
MEASURED_NS: Final = 2 * s


def measure_capacity(run: Run, trial: Trial) -> Capacity:
    """Of a lab in steady state; leaves it reset, with nobody waiting. `trial`: by which faults are injected.

    Raises `NotMeasured` if nobody was answered, or no database told of the rows that it read.
    """
    right = _watched(run, max(run.load.set(Stream.background, CROWD).values()))
    wrong = _watched(run, _flip(run, trial))
    run.load.set(Stream.background, QUIET)
    _end_stuck(run)
    history = run.history()
    found = Capacity(answered_hz(history, right), wrong_hz(history, wrong))
    if not found.wrong_hz:
        raise NotMeasured("The databases read no rows along the wrong index while their capacity was measured.")
    return found


def flip(topology: Topology) -> Fault:
    """The plan becomes wrong on every database."""
    names = [node.name for node in topology.nodes.values() if node.kind == "database"]
    rolls: list[Fault] = [faults.slow_query(name, "roll") for name in names]
    return reduce(and_, rolls)


def _flip(run: Run, trial: Trial) -> int:
    """Returns when the last database had the wrong plan, ns."""
    trial.inject(flip(run.lab.topology))
    return max(op.t for op in run.history().of(OpApplied))


def _end_stuck(run: Run) -> None:
    """Left alone they read on for up to a minute, and a database that is so busy may not hear that it is to be healed.

    With the index forced none begins in place of one that is killed. The reset takes that back, once the plan is right.
    """
    topology = run.lab.topology
    for act in (mitigations.force_index(), mitigations.kill_stuck_queries(older_than=0)):
        run.lab.act(act.plan(topology))
    run.lab.reset()


def _watched(run: Run, since: int) -> Interval:
    begin = since + SETTLES_NS
    run.wait_until(begin + MEASURED_NS)
    return Interval(begin, begin + MEASURED_NS)

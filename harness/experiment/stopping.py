"""A stop condition in a trial: followed in what was recorded, and decided while the fault is in force."""

from math import inf
from typing import Final

from harness.experiment.probes import newest_successes
from harness.experiment.run import Run
from harness.model.stop_condition import StopCondition, StopWatch
from harness.model.units import ms

LOOKS_NS: Final = 200 * ms
"""How often the records are read."""


class Stopping:
    """`met` may be asked after every event; it stays true."""

    def __init__(self, run: Run, condition: StopCondition) -> None:
        """Raises `UnknownName` for what the lab does not have."""
        condition.expect(run.lab.topology)
        self.condition = condition
        self._run = run
        self._watch = StopWatch(condition)
        self._looked_ns: float = -inf
        self._met = False

    def met(self) -> bool:
        now = self._run.view.now
        if not self._met and now - self._looked_ns >= LOOKS_NS:
            self._looked_ns = now
            self._met = self._watch.met(now, self._value())
        return self._met

    def _value(self) -> float | None:
        """None: unknown, which meets no condition."""
        view, name = self._run.view, self.condition.name
        if self.condition.subject == "owners":
            return float(len(view.owners(view.topology.virtual_router(name).first)))
        shares = newest_successes(self._run)
        wanted = [shares.get(name)] if name else list(shares.values())
        known = [share for share in wanted if share is not None]
        return min(known) if known and len(known) == len(wanted) else None

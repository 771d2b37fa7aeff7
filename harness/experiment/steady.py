"""Steady state, in which every trial begins: each VIP on its preferred node, every cache led there, customers served.

A pair that does not come to it after a reset, although the harness works, is a result: `NotSteady`.
"""

import re
from collections.abc import Callable
from time import monotonic
from typing import Final

from harness.experiment.health import unhealthy
from harness.experiment.probes import unserved
from harness.experiment.run import Run
from harness.experiment.unsteady import DECIDED_NS, undecided, undrained, unready, unsteady
from harness.model.errors import HarnessError, NotMeasured, TimedOut
from harness.model.ops import ServiceRestart, plan
from harness.model.units import format_duration, s

SERVED_NS: Final = s  # of steady state without a break, to judge the service before the fault by
DEADLINE_SECONDS: Final = 40.0  # for all of it: the usual trial is steady within 7 s; longer where an election may be
FIRST_WORD_SECONDS: Final = 3.0  # from then on the reason is told
CHANGED_SECONDS: Final = 2.0  # another reason is told so long after the last one
SAME_SECONDS: Final = 5.0  # and the same reason again


class NotSteady(HarnessError):
    """The pair did not come to steady state, although the harness works: a result, not as expected."""

    exit_code = 1


def await_steady(run: Run, say: Callable[[str], None]) -> None:
    """Waits for steady state, and says what is missing.

    Raises `NotSteady` with the reasons; `NotMeasured` if a part of the harness does not work.
    """
    wait, began = _Wait(run, say), run.view.now if run.redundant else 0
    wait.until(lambda: undecided(run.view, run.preferred, began, run.decided_ns))
    _hand_back(run)
    wait.until(_SteadyFor(run).missing)


def _hand_back(run: Run) -> None:
    """Where a standby stayed owner (nopreempt, equal priorities) its keepalived restarts: it sends priority 0.

    Only once the election is over: after a restart of all nodes it is not.
    """
    owners = {
        router: {owner for vip in router.owned for owner in run.view.owners(vip)}
        for router in run.view.topology.virtual_routers.values()
    }
    stayed = [next(iter(o)) for router, o in owners.items() if len(o) == 1 and o != {run.preferred[router.name]}]
    for node in dict.fromkeys(stayed):
        run.lab.act(plan([ServiceRestart(node, "keepalived")]))


class _SteadyFor:
    """Steady without a break for `SERVED_NS`, no new owner for `quiet_ns`, all drained, every vantage point served."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._since: int | None = None
        self._broken_by = ""

    def missing(self) -> str:
        view = self._run.view
        reason = unsteady(view, self._run.preferred)
        reason = reason or (unready(view, self._run.preferred) if self._run.redundant else "")
        if reason:
            self._since, self._broken_by = None, f"; before that, {reason}"
            return reason
        self._since = view.now if self._since is None else self._since
        return undrained(view) or self._unrested(self._since) or "; ".join(unserved(self._run))

    def _unrested(self, since: int) -> str:
        view = self._run.view
        if view.now < view.last_transition + self._run.quiet_ns:
            return f"a VIP changed its owner less than {format_duration(self._run.quiet_ns)} ago"
        if view.now < since + SERVED_NS:
            return f"steady for less than {format_duration(SERVED_NS)}{self._broken_by}"
        return ""


class _Wait:
    """One deadline for all that a trial waits for. By the local clock: it measures nothing."""

    def __init__(self, run: Run, say: Callable[[str], None]) -> None:
        self._run = run
        self._say = say
        self._deadline = DEADLINE_SECONDS + (run.decided_ns - DECIDED_NS) / s
        self._began = monotonic()
        self._recorded = run.recorded()
        self._told, self._told_at = "", FIRST_WORD_SECONDS - CHANGED_SECONDS

    def until(self, unmet: Callable[[], str]) -> None:
        try:
            self._run.wait("steady state", lambda: self._tell(unmet()), self._deadline - self._elapsed)
        except TimedOut as error:
            if ours := unhealthy(self._run, self._recorded):
                raise NotMeasured(f"The lab is not healthy: {ours}. Still missing: {error.missing}.") from None
            raise NotSteady(f"Pair not steady after {self._deadline:.0f} s: {error.missing}.") from None

    def _tell(self, reason: str) -> str:
        pause = SAME_SECONDS if _kind(reason) == _kind(self._told) else CHANGED_SECONDS
        if reason and self._elapsed >= self._told_at + pause:
            self._told, self._told_at = reason, self._elapsed
            self._say(f"  not steady after {self._told_at:.0f} s of at most {self._deadline:.0f}: {reason}")
        return reason

    @property
    def _elapsed(self) -> float:
        return monotonic() - self._began


def _kind(reason: str) -> str:
    """The same reason with other numbers is the same."""
    return re.sub(r"\d+", "", reason)

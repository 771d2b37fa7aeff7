"""How long a takeover may take, from the pair's own timers.

Sources: RFC 3768 section 6.2 and RFC 5798 section 6.1 for master-down and skew; keepalived.conf(5) for checks; a node
in FAULT sends priority 0, and the next takes over after its skew: RFC 9568 section 6.4.3. Proved against 10 sites.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.lint._commands import asks, script_of, text_of
from harness.lint._election import Contender, Situation, situations
from harness.lint._lines import seconds
from harness.lint._pair import Router
from harness.lint._trackers import Tracker
from harness.model.limits import Limit
from harness.model.units import s

_VERSION_3: Final = 3
_PATIENCE: Final = re.compile(r"(?:\s-m|--max-time|--connect-timeout|--timeout)[ =]?(\d+(?:\.\d+)?)")


class Bounds(NamedTuple):
    """`holder` has the addresses while all nodes live, `successor` gets them. Limits count from the failure.

    `haproxy_dead` None: no check moves the addresses. `remark`: what is not in the figure.
    """

    holder: str
    successor: str
    peer_dead: Limit
    haproxy_dead: Limit | None
    remark: str = ""


def bounds(router: Router) -> Bounds | None:
    """None for a router that only one node has."""
    situation = next(situations(router), None)
    if situation is None:
        return None
    down = _Down(situation)
    successor = max(situation.rivals, key=lambda each: each.rest)
    return Bounds(
        situation.holder.node,
        successor.node,
        down.silence(successor),
        _haproxy_dead(situation, down),
        _remark(situation),
    )


class _Down:
    """The timers of those that wait for the holder's adverts."""

    def __init__(self, situation: Situation) -> None:
        self._holder = situation.holder.member.instance

    def silence(self, waiting: Contender) -> Limit:
        """Master-down: so long after the last advert it takes over."""
        interval, skew = self._interval(waiting), self.skew(waiting)
        adverts = waiting.member.instance.down_timer_adverts
        return Limit(adverts * interval + skew.ns, f"{adverts} × {seconds(interval)} + {skew.formula}")

    def skew(self, waiting: Contender) -> Limit:
        """Under VRRPv2 it is a part of a second, under version 3 a part of the interval."""
        unit = self._interval(waiting) if waiting.member.instance.version == _VERSION_3 else s
        times = f" × {seconds(unit)}" if unit != s else " s"
        return Limit((256 - waiting.rest) * unit // 256, f"skew (256 − {waiting.rest}) / 256{times}")

    def _interval(self, waiting: Contender) -> int:
        """A backup of version 3 takes the master's."""
        of = self._holder if waiting.member.instance.version == _VERSION_3 else waiting.member.instance
        return of.advert_int_ns


def _haproxy_dead(situation: Situation, down: _Down) -> Limit | None:
    """The slowest check of HAProxy that moves the addresses alone; else all checks together."""
    checks = [each for each in situation.holder.trackers if _is_of_haproxy(situation.holder, each)]
    alone = [_moved(situation, down, [check]) for check in checks if situation.moves([check])]
    if alone:
        return max(alone, key=lambda each: each.ns)
    return _moved(situation, down, checks) if checks and situation.moves(checks) else None


def _moved(situation: Situation, down: _Down, checks: list[Tracker]) -> Limit:
    noticed = max((_noticed(situation.holder, check) for check in checks), key=lambda each: each.ns)
    if any(check.faults for check in checks):
        skew = down.skew(max(situation.rivals, key=lambda each: each.rest))
        return Limit(noticed.ns + skew.ns, f"{noticed.formula} + {skew.formula} (FAULT: priority 0 is sent)")
    left = situation.holder.priority(checks)
    takes = max((each for each in situation.rivals if each.preempts and each.rest > left), key=lambda each: each.rest)
    silence, delay = down.silence(takes), takes.member.instance.preempt_delay_ns
    waits = f" + preempt_delay {seconds(delay)}" if delay else ""
    formula = f"{noticed.formula}{waits} + {silence.formula} (weight: {takes.node} discards lower adverts)"
    return Limit(noticed.ns + delay + silence.ns, formula)


def _noticed(holder: Contender, check: Tracker) -> Limit:
    """How long the check takes to fail once HAProxy is dead."""
    if script := script_of(holder.member, check):
        return Limit(script.interval_ns * script.fall, f"interval {seconds(script.interval_ns)} × fall {script.fall}")
    found = (each for each in holder.member.node.running.processes if each.name == check.name)
    delay = next((each.terminate_delay_ns for each in found), 0)
    return Limit(delay, f"delay {seconds(delay)}")


def _is_of_haproxy(holder: Contender, check: Tracker) -> bool:
    return check.kind in ("script", "process") and asks(holder.member, check) in ("balancer", "unknown")


def _remark(situation: Situation) -> str:
    return "; ".join(dict.fromkeys(_hanging(situation.holder)))


def _hanging(holder: Contender) -> Iterator[str]:
    """Time that a check itself may take is not in the figure: of a dead HAProxy, the kernel refuses at once."""
    for check in holder.trackers:
        if script := script_of(holder.member, check):
            asked = _PATIENCE.search(text_of(holder.member.node, script.command))
            patience = round(float(asked[1]) * s) if asked else script.timeout_ns
            if patience:
                yield f"if {check.name} hangs, that adds up to {seconds(patience)}"

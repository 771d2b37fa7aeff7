"""Is a step a measurement at all? Only our own instruments, and the state before the fault, can make it invalid.

Anything that the system under test does after the first effect is a result.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.history.wire import BROADCAST
from harness.model.events import AgentStarted, ArpSeen, EventsLost, Marked, OpApplied, OpReleased
from harness.model.ops import DropGarp
from harness.model.requests import Outcome
from harness.model.units import ms, s
from harness.recovery.fault import held_parts
from harness.recovery.vantage import due_in, served_before

LATE_SHARE = 0.01
LATE_INTERVALS = 5  # of 1/λ
LATE_AT_MOST_NS = 500 * ms
SILENCE_AT_MOST_NS = 1 * s
READ_WITHIN_NS = 50 * ms
OFF_TIME_NS, OFF_TIME_SHARE = 50 * ms, 0.05  # either is allowed


def invalid_because(history: History, step: Step) -> tuple[str, ...]:
    """Every reason why the step measures nothing, as sentences; empty if it is valid."""
    return tuple(reason for rule in RULES for reason in rule(history, step))


def unsteady_because(history: History, step: Step) -> tuple[str, ...]:
    """Those of them that say that the state before the fault was not steady."""
    return tuple(_steady_state(history, step))


def _since_trial_began(history: History, step: Step) -> Interval:
    """The time between its steps too: a step finds what its trial has left."""
    begins = [mark.t for mark in history.of(Marked) if (mark.name, mark.trial) == ("step_begin", step.trial)]
    began = min(begins, default=step.began_ns)
    return Interval(began, step.ends_ns)


def _let_go(history: History, step: Step) -> Iterator[str]:
    """What an agent undid because it no longer heard from us ends with that, not with what the step was about."""
    for released in history.of(OpReleased, _since_trial_began(history, step)):
        if released.why == "lease lost":
            yield f"We were silent for too long, and {released.op} was undone."


def _steady_state(history: History, step: Step) -> Iterator[str]:
    """Before the trial's first effect: one owner per VIP, every cache on it, every vantage point served."""
    if not step.first:
        return
    yield from _unserved(history, step)
    effect = step.first_effect_ns
    tables = history.tables
    for pair in history.topology.pairs.values():
        owners = tables.owners_at(pair, effect - 1)
        if len(owners) != 1:
            yield f"Before the fault the VIP of {pair.name} had {len(owners)} owners."
            continue
        stray = [
            c for c, p in history.topology.caches.items() if p == pair.name and tables.arp(c, effect - 1) != owners[0]
        ]
        if stray:
            yield f"Before the fault {', '.join(stray)} did not reach {owners[0]}, the owner of {pair.name}'s VIP."


def _unserved(history: History, step: Step) -> Iterator[str]:
    for vantage in history.topology.vantages:
        before = served_before(history, step, vantage)
        if not before.of or not before.meets(step.limits.steady_share):
            yield f"Before the fault {vantage} was served {before.good} times of {before.of} only."


def _late(history: History, step: Step) -> Iterator[str]:
    """Arrivals that our own load began too late measure our load, not the pair."""
    for vantage in history.topology.vantages:
        requests = due_in(history.arrivals(vantage), step.window)
        if len(requests) < 2:
            continue
        late = requests["sent"] - requests["due"]
        interval = float(np.median(np.diff(requests["due"])))
        share = float((late > LATE_INTERVALS * interval).mean())
        if share > LATE_SHARE:
            yield f"{share:.1%} of {vantage}'s arrivals were late by more than {LATE_INTERVALS * interval / ms:.0f} ms."
        elif late.max() > LATE_AT_MOST_NS:
            yield f"An arrival of {vantage} was late by {late.max() / s:.2f} s."


def _missing(history: History, step: Step) -> Iterator[str]:
    """Arrivals without a record, by their numbers; and those that our own side could not send."""
    for vantage in history.topology.vantages:
        requests = due_in(history.arrivals(vantage), step.window)
        if not len(requests):
            yield f"{vantage} sent nothing."
            continue
        numbers = np.unique(requests["sequence"])
        missing = int(numbers[-1]) - int(numbers[0]) + 1 - len(numbers)
        if missing:
            yield f"{missing} arrivals of {vantage} left no record."
        silence = step.ends_ns - int(requests["due"][-1])
        if silence > SILENCE_AT_MOST_NS:
            yield f"The last {silence / s:.1f} s of {vantage}'s arrivals left no record."
        own = int(np.isin(requests["outcome"], (Outcome.local, Outcome.dropped)).sum())
        if own:
            yield f"{own} arrivals of {vantage} failed on our own side."


def _lost(history: History, step: Step) -> Iterator[str]:
    for lost in history.of(EventsLost, _since_trial_began(history, step)):
        yield f"{lost.source} lost {lost.count} events."


def _lagging(history: History, step: Step) -> Iterator[str]:
    """Frames carry the kernel's stamps, addresses those of our reading: an announced takeover shows how late it is."""
    for pair in history.topology.pairs.values():
        for taken, node in history.takeovers(pair, step.watch):
            lags = [taken - garp.t for garp in history.announcements(pair, node, taken, taken)]
            if lags and lags[0] > READ_WITHIN_NS:
                yield f"The observer was {lags[0] / s:.2f} s behind when {node} took the VIP."


def _restarted(history: History, step: Step) -> Iterator[str]:
    for started in history.of(AgentStarted, _since_trial_began(history, step)):
        yield f"The agent {started.agent} restarted."


def _failed_ops(history: History, step: Step) -> Iterator[str]:
    acted: list[OpApplied | OpReleased] = [*history.of(OpApplied, step.window), *history.of(OpReleased, step.window)]
    for event in acted:
        if event.error:
            yield f"The op {event.op} failed: {event.error}"


def _off_time(history: History, step: Step) -> Iterator[str]:
    """A fault that an agent began late or ended late is another one than was asked for.

    By when it called, not by how long the system under test took to obey.
    """
    for part in held_parts(history, step):
        if part.released is None or part.released.why != "deadline":
            continue
        asked_ns = part.released.asked_ns - part.applied.asked_ns
        held_ns = part.released.begun_ns - part.applied.begun_ns
        if abs(held_ns - asked_ns) > max(OFF_TIME_NS, OFF_TIME_SHARE * asked_ns):
            yield f"The op {part.applied.op} was held for {held_ns / s:.3f} s instead of {asked_ns / s:.3f} s."


def _outside_wire(history: History, step: Step) -> Iterator[str]:
    for part in held_parts(history, step):
        if not part.inside_brackets:
            yield f"Frames say otherwise than the agent about {part.applied.op}: {part.outcome().wire_s} s on the wire."


def _leaked(history: History, step: Step) -> Iterator[str]:
    """Announcements that left by a port where we said that we drop them: an outward sighting has passed our rules."""
    for op, held in ((part.op, Interval(part.t, step.release_of(part) or step.ends_ns)) for part in step.held):
        if not isinstance(op, DropGarp) or op.side != "egress":
            continue
        passed = [
            arp for arp in history.of(ArpSeen, held)
            if (arp.port, arp.inward, arp.sender_ip, arp.destination) == (op.port, False, op.ip, BROADCAST)
        ]  # fmt: skip
        if passed:
            yield f"{len(passed)} announcements of {op.ip} left by {op.port} while the agent dropped them."


RULES: Final = (
    _steady_state, _late, _missing, _lost, _lagging, _restarted, _failed_ops, _let_go, _off_time, _outside_wire, _leaked
)  # fmt: skip

"""Is a step valid? Only our own instruments, and the state before the fault, can make it invalid.

Anything that the system under test does after the first effect is a result.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.history import History, Step
from harness.history.continuity import AGENTS
from harness.history.history import Requests
from harness.history.store import UNREADABLE
from harness.history.tables import Tables
from harness.history.timeline import Interval
from harness.history.wire import BROADCAST
from harness.model.events import AgentStarted, ArpSeen, EventsLost, OpApplied, OpReleased, PortShut
from harness.model.load import BACKGROUND, HEALTH
from harness.model.ops import Delay, Drop, ForceOpen, IgnoreChanges, Op, OpenLate, named
from harness.model.outcome import PartOutcome
from harness.model.requests import OURS, Stream
from harness.model.topology import Cache
from harness.model.units import ms, s
from harness.recovery.fault import held_parts
from harness.recovery.interference import beside, by_another, by_several, let_go, since_trial_began
from harness.recovery.lateness import lateness
from harness.recovery.machine import kept_waiting, machine_reason, starved
from harness.recovery.reasons import Cause, Reason
from harness.recovery.vantage import bound, due_in, served_before

OPEN_LOOP: Final = (Stream.probe, Stream.background, Stream.health)
PATIENCE_NS: Final[Mapping[Stream, int]] = {
    Stream.background: BACKGROUND.connect_timeout_ns + BACKGROUND.read_timeout_ns,
    Stream.health: HEALTH.connect_timeout_ns + HEALTH.read_timeout_ns,
}
"""The longest time until an arrival has a record: one that still waits has none.

Of the other streams every arrival must have one: a step ends once its probes are recorded, and a closed loop numbers a
request when its predecessor has ended.
"""
SILENCE_AT_MOST_NS = 1 * s
LAG_AT_MOST_NS = 250 * ms
"""Loose: on a shared machine of two cores the eye read up to 0.12 s late in some trials. Checks add the delay to their
bounds, so that it violates no check; a longer delay would make the bounds too loose.
"""
OFF_TIME_NS, OFF_TIME_SHARE = 50 * ms, 0.05  # the larger one is allowed
BEGUN_LATE_NS = 50 * ms  # so two parts of a fault begin at most so much further apart than asked


def invalid_because(history: History, step: Step) -> tuple[str, ...]:
    """Every reason why the step is invalid, as sentences; empty if it is valid."""
    return tuple(reason.words for reason in reasons_of(history, step))


def reasons_of(history: History, step: Step) -> tuple[Reason, ...]:
    """The same with the cause of each. If a busy machine may be the cause, the last reason says how busy it was."""
    found = ((words, cause) for cause, rules in RULES.items() for rule in rules for words in rule(history, step))
    reasons = tuple(Reason(words, cause) for words, cause in found)
    suspected = any(reason.cause is Cause.machine for reason in reasons)
    said = machine_reason(history, step) if suspected else None
    return (*reasons, said) if said else reasons


def _steady_state(history: History, step: Step) -> Iterator[str]:
    """Before the trial's first effect: one owner per VIP, every cache on it, every vantage point served."""
    if not step.first:
        return
    yield from _unserved(history, step)
    effect = step.first_effect_ns
    tables = history.tables
    for vip in history.topology.vips:
        owners = tables.owners_at(vip, effect - 1)
        if len(owners) != 1:
            yield f"Before the fault the VIP of {vip.name} had {len(owners)} owners."
            continue
        caches = tables.caches_of(vip).items()
        (owner,) = owners
        stray = [name for name, cache in caches if _stray(tables, cache, effect - 1, owner)]
        if stray:
            yield f"Before the fault {', '.join(stray)} did not reach {owner}, the owner of {vip.name}'s VIP."


def _stray(tables: Tables, cache: Cache, t: int, owner: str) -> bool:
    """Does the cache not reach the owner? Without an entry only a cache that is asked for the VIP counts."""
    return tables.arp(cache, t) != owner and (cache.asked or tables.mac(cache, t) is not None)


def _unserved(history: History, step: Step) -> Iterator[str]:
    least = step.limits.steady_share
    for vantage in history.topology.vantages:
        before = served_before(history, step, vantage)
        if not before.meets(least):
            yield f"Before the fault {vantage} was served {before.good} times of {before.of}: less than {bound(least)}."


def _late(history: History, step: Step) -> Iterator[str]:
    """Arrivals that our own load sent too late measure our load, not the pair. A closed loop is always late."""
    for sender, requests in _sent(history, step, OPEN_LOOP):
        yield from lateness(sender, requests)


def _silent(history: History, step: Step) -> Iterator[str]:
    """Probes never pause: a second without a probe means that the load has died."""
    for vantage, requests in _sent(history, step, (Stream.probe,)):
        if not len(requests):
            yield f"{vantage} sent nothing."
        elif (silence := step.ends_ns - int(requests["due"][-1])) > SILENCE_AT_MOST_NS:
            yield f"The last {silence / s:.1f} s of {vantage}'s arrivals left no record."


def _missing(history: History, step: Step) -> Iterator[str]:
    """Arrivals without a record, by the numbers of the others; and arrivals that our own side could not send."""
    for stream in (*OPEN_LOOP, Stream.connected):
        for sender, requests in _sent(history, step, (stream,)):
            decided = _decided(requests, step.ends_ns, PATIENCE_NS.get(stream))
            if missing := _holes(decided["sequence"], requests["sequence"]):
                yield f"{missing} arrivals of {sender} left no record."
            if own := int(np.isin(requests["outcome"], OURS).sum()):
                yield f"{own} arrivals of {sender} failed on our own side."


def _decided(requests: Requests, end: int, patience_ns: int | None) -> Requests:
    return requests if patience_ns is None else requests[requests["due"] < end - patience_ns]


def _holes(decided: NDArray[np.uint32], recorded: NDArray[np.uint32]) -> int:
    """How many of the numbers from the first decided to the last are not on record."""
    if not len(decided):
        return 0
    first, last = int(decided.min()), int(decided.max())
    inside = recorded[(recorded >= first) & (recorded <= last)]
    return last - first + 1 - len(np.unique(inside))


def _sent(history: History, step: Step, streams: Iterable[Stream]) -> Iterator[tuple[str, Requests]]:
    """(sender, its arrivals due in the step): ``gw-1`` for probes, ``gw-1 (health)`` for another stream."""
    for vantage, stream in product(history.topology.vantages, streams):
        sender = vantage if stream is Stream.probe else f"{vantage} ({stream.name})"
        yield sender, due_in(history.arrivals(vantage, stream), step.window)


def _lost(history: History, step: Step) -> Iterator[str]:
    for lost in history.of(EventsLost, since_trial_began(history, step)):
        yield f"{lost.source} lost {lost.count} events."


def _incomplete(history: History, step: Step) -> Iterator[str]:
    """Events that are not in the record, by their serial numbers; and lines that cannot be decoded."""
    for agent in AGENTS:
        if (hole := history.hole(agent, step.ends_ns)) is not None:
            since = (hole - step.first_effect_ns) / s
            yield f"The record of the agent {agent} has a hole, from {since:+.3f} s on."
    for what, count in history.unread.items():
        if what.startswith(UNREADABLE) and count:
            yield f"The record has {count} lines that cannot be read: {what.removeprefix(UNREADABLE)}."


def _lagging(history: History, step: Step) -> Iterator[str]:
    """The kernel stamps frames, the eye stamps addresses: if it is late, checks blame the pair."""
    lag = history.lag_ns(step.window)
    if lag > LAG_AT_MOST_NS:
        yield f"The observer read up to {lag / s:.2f} s late."


def _restarted(history: History, step: Step) -> Iterator[str]:
    for started in history.of(AgentStarted, since_trial_began(history, step)):
        yield f"The agent {started.agent} restarted."


def _failed_ops(history: History, step: Step) -> Iterator[str]:
    acted: list[OpApplied | OpReleased] = [*history.of(OpApplied, step.window), *history.of(OpReleased, step.window)]
    for event in acted:
        if event.error:
            yield f"The op {event.op} failed: {event.error}"


def _off_time(history: History, step: Step) -> Iterator[str]:
    """A fault that an agent held for another time than asked is another fault.

    The agent's calls are compared, not how long the system under test took to execute them.
    """
    for part in held_parts(history, step):
        if part.released is None or part.released.why != "deadline":
            continue
        asked_ns = part.released.asked_ns - part.applied.asked_ns
        held_ns = part.released.begun_ns - part.applied.begun_ns
        if abs(held_ns - asked_ns) > max(OFF_TIME_NS, OFF_TIME_SHARE * asked_ns):
            yield f"The op {part.applied.op} was held for {held_ns / s:.3f} s instead of {asked_ns / s:.3f} s."


def _begun_late(history: History, step: Step) -> Iterator[str]:  # noqa: ARG001 - a rule like the others
    """A part that begins late begins in another phase of the adverts, and apart from the fault's other parts.

    Acts in a fault's plan count too. An operator's act has no deadline: it begins when its look-ups are done.
    """
    faults = {applied.plan for applied in step.held}
    for applied in (each for each in step.applied if each.plan in faults):
        late = applied.begun_ns - applied.asked_ns
        if late > BEGUN_LATE_NS:
            yield f"The op {applied.op} began {late / s:.3f} s late."


def _outside_wire(history: History, step: Step) -> Iterator[str]:
    for part in held_parts(history, step):
        if not part.inside_brackets:
            yield f"Captured frames contradict the agent's report of {part.applied.op}{_on_the_wire(part.outcome())}."


def _on_the_wire(part: PartOutcome) -> str:
    return f": it lasted {part.wire_s[0]:.3f} to {part.wire_s[1]:.3f} s on the wire" if part.wire_s else ""


def _leaked(history: History, step: Step) -> Iterator[str]:
    """Announcements that left by a port where an op of ours drops them: a frame seen outward has passed our rules."""
    for part in step.held:
        blocked = part.op.blocks
        if not blocked or not blocked.announced or blocked.side != "egress":
            continue
        passed = [
            arp for arp in history.of(ArpSeen, Interval(part.t, step.release_of(part) or step.ends_ns))
            if (arp.port, arp.inward, arp.sender_ip, arp.destination)
            == (blocked.port, False, blocked.announced, BROADCAST)
        ]  # fmt: skip
        if passed:
            left = f"{len(passed)} announcements of {blocked.announced} left by {blocked.port}"
            yield f"{left} while the agent dropped them."


_MET_NOTHING: Final[Mapping[type[Op], str]] = {
    Drop: "no frame crossed them",
    Delay: "no frame crossed them",
    IgnoreChanges: "no change of a ring reached the switch",
    OpenLate: "no alternate port of the switch had to open",
    ForceOpen: "REP had these ports open itself",
}


def _met_nothing(history: History, step: Step) -> Iterator[str]:
    """A fault on every frame that was in force and met none tells nothing of the pair, whatever the pair did.

    Only of ops that every frame meets: of `Lose` and `Corrupt` the frames that were hit are counted, and chance may hit
    none. Whether gratuitous ARP or an advert is sent is the pair's doing, and so a result.
    All ops of a kind in one plan count together: of a node's cables only one has its adverts. What is still held at the
    step's end may meet something yet.
    """
    met: dict[tuple[int, type[Op]], int | None] = {}
    counted = tuple(_MET_NOTHING)
    for part in (each for each in held_parts(history, step) if isinstance(each.applied.op, counted)):
        key = (part.applied.plan, type(part.applied.op))
        before = met.get(key, 0)
        met[key] = None if part.met is None or before is None else before + part.met
    for (_, kind), count in met.items():
        if count == 0:
            yield f"The fault's ops of the kind {named(kind)} were in force and met nothing: {_MET_NOTHING[kind]}."


def _shut_unasked(history: History, step: Step) -> Iterator[str]:
    """The storm guard cuts a part of the network off. Only a fault that makes a loop means it to."""
    within = since_trial_began(history, step)
    looped = [op for op in (*step.in_force, *history.of(OpApplied, within)) if isinstance(op.op, ForceOpen)]
    for shut in history.of(PortShut, within) if not looped else ():
        yield f"The storm guard shut {shut.port}, and no fault opened a loop."


Rule: TypeAlias = Callable[[History, Step], Iterator[str]]
RULES: Final[Mapping[Cause, tuple[Rule, ...]]] = {
    Cause.state: (_steady_state,),
    Cause.machine: (_late, _silent, _lagging, let_go, _begun_late, _off_time, starved, kept_waiting),
    Cause.instruments: (
        _missing,
        _lost,
        _incomplete,
        _restarted,
        _failed_ops,
        _outside_wire,
        _leaked,
        _met_nothing,
        _shut_unasked,
        by_another,
        beside,
        by_several,
    ),
}

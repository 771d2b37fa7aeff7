"""Histories as agents tell them today: every event numbered by the agent that tells of its kind."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from harness.history import History
from harness.history.continuity import AGENTS
from harness.model import events
from harness.model.events import AnyEvent, Event, Marked
from harness.model.units import ms

_HAND: Final = (events.Wired, events.Unwired, events.Armed, events.OpApplied, events.OpReleased, events.PlanDone)
_EYE: Final = (
    events.ArpSeen, events.AdvertSeen, events.MarkerSeen, events.AddressChanged, events.NeighbourChanged,
    events.LinkChanged, events.RouteChanged, events.FdbChanged,
)  # fmt: skip


def told_by(event: Event) -> str:
    """The agent that tells of such an event."""
    if isinstance(event, events.Lag):
        return event.observer
    if isinstance(event, Marked):
        return "hand"
    return "hand" if isinstance(event, _HAND) else "eye" if isinstance(event, _EYE) else "service"


def numbered(history: History) -> History:
    """The same with serial numbers, and with each agent's mark after the last event, as a run ends."""
    serials: Counter[str] = Counter()
    told: list[AnyEvent] = []
    for event in history.events:
        serials[told_by(event)] += 1
        told.append(msgspec.structs.replace(event, told_by=told_by(event), serial=serials[told_by(event)]))
    end = max(event.t for event in told) + 1 * ms
    marks = [Marked(end, "sync-1", told_by=agent, serial=serials[agent] + 1) for agent in AGENTS]
    return replace(history, events=(*told, *marks))


def without(history: History, gone: Callable[[AnyEvent], bool]) -> History:
    """What is left of it where these events did not arrive."""
    return replace(history, events=tuple(event for event in history.events if not gone(event)))

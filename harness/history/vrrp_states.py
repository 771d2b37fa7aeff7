"""What keepalived's state was over time, by what it said, by its process, and by the node that it ran on."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.history.history import History
from harness.model.events import ServiceChanged, Unwired, VrrpState

NOT_RUNNING: Final = "not running"
NOT_KNOWN: Final = "not known"


class StateSince(NamedTuple):
    """`text`: a state of keepalived, or `NOT_RUNNING`, or `NOT_KNOWN`; `said`: None for these two. `t` in ns."""

    t: int
    text: str
    said: VrrpState | None


def vrrp_states(history: History, node: str, instance: str) -> Iterator[StateSince]:
    """A process that ended has no state any more, and of a node that ended or lost its cables none is known."""
    ended = [e for e in history.of(ServiceChanged) if (e.node, e.service, e.state) == (node, "keepalived", "down")]
    gone = [e for e in history.of(Unwired) if e.node == node]
    said = [e for e in history.of(VrrpState) if (e.node, e.instance) == (node, instance)]
    told: list[VrrpState | ServiceChanged | Unwired] = [*said, *ended, *gone]
    for each in sorted(told, key=lambda event: event.t):
        match each:
            case VrrpState():
                yield StateSince(each.t, each.state, each)
            case ServiceChanged():
                yield StateSince(each.t, NOT_RUNNING, None)
            case Unwired():
                yield StateSince(each.t, NOT_KNOWN, None)

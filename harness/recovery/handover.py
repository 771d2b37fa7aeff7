"""Who the VIP belongs to from when on: a node took it, or outlived a rival. Each is heard of by gratuitous ARP."""

from typing import NamedTuple

from harness.history import History, Step
from harness.history.timeline import Interval, overlaps
from harness.model.virtual_router import RouterVip


class Handover(NamedTuple):
    """`rivalry`: when several nodes held the VIP, if `node` became the owner by the other's giving up; else None."""

    t: int
    node: str
    rivalry: Interval | None = None

    @property
    def kind(self) -> str:
        return "survivor" if self.rivalry else "takeover"

    def announced(self, history: History, step: Step, vip: RouterVip, until: int) -> int | None:
        """The first gratuitous ARP, until then, that tells of it; None if none does."""
        if self.rivalry is None:
            garps = history.announcements(vip, self.node, self.t, until)
        else:
            garps = history.garps(vip, self.node, Interval(audible(history, step, self.rivalry), until))
        return garps[0].t if garps else None


def handovers(history: History, step: Step, vip: RouterVip) -> list[Handover]:
    """In order of time.

    If no fault kept the new owner from being heard while several nodes held the VIP, that is a takeover, and nobody
    outlived a rival: a failback, in which the old owner lets go a moment after the preferred one took the VIP.
    """
    takeovers = history.takeovers(vip, step.watch)
    found = [Handover(t, node) for t, node in takeovers]
    for both in overlaps(history.tables.dual(vip), [step.watch]):
        fresh = [node for t, node in takeovers if audible(history, step, both) <= t <= both.begin]
        match history.tables.owners_at(vip, both.end):
            case [owner] if both.end < step.ends_ns and owner not in fresh:
                found.append(Handover(both.end, owner, both))
    return sorted(found)


def audible(history: History, step: Step, rivalry: Interval) -> int:
    """From when a survivor can be heard: the first release. It may announce itself before its rival gives up.

    Frames are stamped by the kernel, addresses when their event is read, so a frame may seem older than the rivalry.
    """
    begin = rivalry.begin - history.lag_ns(rivalry)
    return max(begin, min([rivalry.end, *(op.t for op in step.released)])) if step.in_force else begin

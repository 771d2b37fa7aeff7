"""Which node owns the VIP from when on: it took the VIP, or its rival gave up. Gratuitous ARP announces both."""

from typing import NamedTuple

from harness.history import History, Step
from harness.history.timeline import Interval, overlaps
from harness.model.virtual_router import RouterVip


class Handover(NamedTuple):
    """`rivalry`: when several nodes held the VIP, if `node` became the only owner as its rival gave up; or None."""

    t: int
    node: str
    rivalry: Interval | None = None

    @property
    def kind(self) -> str:
        return "survivor" if self.rivalry else "takeover"

    def announced(self, history: History, step: Step, vip: RouterVip, until: int) -> int | None:
        """The first gratuitous ARP until `until` that announces it, in ns; None if none does."""
        if self.rivalry is None:
            garps = history.announcements(vip, self.node, self.t, until)
        else:
            garps = history.garps(vip, self.node, Interval(audible(history, step, self.rivalry), until))
        return garps[0].t if garps else None


def handovers(history: History, step: Step, vip: RouterVip) -> list[Handover]:
    """All handovers of the watch, in order of time.

    If no fault of ours muted the new owner while several nodes held the VIP, that is a takeover without a survivor:
    in a failback the old owner gives up a moment after the preferred node took the VIP.
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
    """From when on a survivor's ARP can arrive: the first release. It may be sent before the rival gives up.

    Only one that follows the begin of what is held as the rivalry begins, on a node of a pair or on a trunk: the end
    of a fault before that frees nothing. What is held at a customer or a gateway mutes no owner.

    The kernel stamps frames; the eye stamps addresses when it reads them. So a frame may seem older than the rivalry.
    """
    begin = rivalry.begin - history.lag_ns(rivalry)
    held = [op for op in step.in_force if op.t <= rivalry.begin and (step.release_of(op) or step.ends_ns) > begin]
    routers = history.topology.virtual_routers.values()
    mute = {*history.topology.trunks, *(node for router in routers for node in router.nodes)}
    since = max((op.t for op in held if op.op.place in mute), default=0)
    return max(begin, min([rivalry.end, *(op.t for op in step.released if op.t >= since)])) if held else begin

"""Where a virtual router's VIPs go when the same checks fail on all its nodes at once: VRRP's arithmetic. Pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from harness.lint._checks import Check
from harness.lint._election import Contender, contenders
from harness.lint._pair import Router
from harness.model.units import s

Outcome = Literal["nowhere", "moves", "may move", "stays"]
"""`may move`: they stay once all nodes have noticed; a node that notices earlier may lose them until then."""


class _Standing(NamedTuple):
    """One node, and its checks that fail."""

    node: Contender
    failing: tuple[Check, ...]

    @property
    def fault(self) -> bool:
        return any(check.tracker.faults for check in self.failing)

    @property
    def after(self) -> int:
        return self.node.priority([check.tracker for check in self.failing])

    def beats(self, priority: int, holder: int) -> bool:
        """With `priority`. A backup with nopreempt takes the lower adverts of a master as good."""
        return priority > holder and self.node.preempts

    def notices_after(self, holder: "_Standing") -> bool:
        """By more than its master-down time? Lower adverts do not set that timer anew."""
        soonest = min((check.soonest_ns for check in holder.failing), default=0)
        latest = max((check.latest_ns for check in self.failing), default=0)
        return latest - soonest > self._master_down_ns

    @property
    def _master_down_ns(self) -> int:
        """RFC 9568 section 6.1; the skew of VRRPv2 is a part of a second, whatever the interval."""
        told = self.node.member.instance
        skewed = told.advert_int_ns if told.version == 3 else s
        return told.down_timer_adverts * told.advert_int_ns + (256 - self.node.rest) * skewed // 256


def all_fail(router: Router, failing: Mapping[str, tuple[Check, ...]]) -> Outcome:
    """`failing`: node → its checks that fail. All others succeed."""
    holder, *others = (_Standing(each, failing.get(each.node, ())) for each in contenders(router))
    alive = [each for each in others if not each.fault]
    if holder.fault:
        return "moves" if alive else "nowhere"
    if any(each.beats(each.after, holder.after) for each in alive):
        return "moves"
    early = any(each.beats(each.node.rest, holder.after) and each.notices_after(holder) for each in others)
    return "may move" if early else "stays"

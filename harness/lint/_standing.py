"""Where a virtual router's VIPs go when the same checks fail on all its nodes at once: VRRP's arithmetic. Pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from harness.lint._checks import Check, checks
from harness.lint._pair import Member, Router
from harness.model.keepalived import ADDRESS_OWNER
from harness.model.units import s
from harness.model.vrrp_instance import VrrpInstance

Outcome = Literal["nowhere", "moves", "may move", "stays"]
"""`may move`: they stay once all nodes have noticed; a node that notices earlier may lose them until then."""


class _Standing(NamedTuple):
    """One node before and after. `after` None: FAULT. `noticed_ns`: the longest time until its checks have failed."""

    member: Member
    before: int
    after: int | None
    soonest_ns: int
    latest_ns: int


def all_fail(router: Router, failing: Mapping[str, tuple[Check, ...]]) -> Outcome:
    """`failing`: node → its checks that fail. All others succeed."""
    standings = [_standing(member, failing.get(member.node.name, ())) for member in router.members]
    holder = max(standings, key=lambda each: each.before)
    others = [each for each in standings if each is not holder]
    if all(each.after is None for each in standings):
        return "nowhere"
    if holder.after is None or any(_beats(each.after, each, holder.after) for each in others):
        return "moves"
    early = any(_beats(each.before, each, holder.after) and _later(each, holder) for each in others)
    return "may move" if early else "stays"


def _beats(priority: int | None, other: _Standing, holder: int) -> bool:
    """A backup with nopreempt takes the lower adverts of a master as good."""
    return priority is not None and priority > holder and other.member.instance.preempt


def _later(other: _Standing, holder: _Standing) -> bool:
    """May its own checks fail so late that its master-down timer ends first? Lower adverts do not set it anew."""
    return other.latest_ns - holder.soonest_ns > master_down_ns(other.member.instance)


def _standing(member: Member, failing: tuple[Check, ...]) -> _Standing:
    all_checks = checks(member)
    names = {check.name for check in failing}
    after = sum(check.adds(failed=check.name in names) for check in all_checks)
    fault = any(not check.weight for check in failing)
    return _Standing(
        member,
        _within(member, sum(check.adds(failed=False) for check in all_checks)),
        None if fault else _within(member, after),
        min((check.script.interval_ns * (check.script.fall - 1) for check in failing), default=0),
        max((check.detection_ns for check in failing), default=0),
    )


def _within(member: Member, weight: int) -> int:
    """keepalived stays within 1 and 254; an address owner's priority never changes."""
    priority = member.instance.priority
    return priority if priority == ADDRESS_OWNER else max(1, min(254, priority + weight))


def master_down_ns(instance: VrrpInstance) -> int:
    """Silence after which it takes over: RFC 9568 section 6.1; the skew of VRRPv2 is up to a second."""
    skewed = instance.advert_int_ns if instance.version == 3 else s
    return instance.down_timer_adverts * instance.advert_int_ns + (256 - instance.priority) * skewed // 256

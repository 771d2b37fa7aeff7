"""Nothing that keepalived watches on a node has to do with HAProxy."""

from collections.abc import Iterator
from typing import Final

from harness.lint._commands import asks
from harness.lint._election import Contender, Situation, contenders
from harness.lint._explained import said_by_keepalived
from harness.lint._frontends import has_cfg
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, Router
from harness.lint._rule import Found, rule
from harness.lint._trackers import Tracker, lost, trackers, written

_INSTEAD: Final = 'vrrp_script NAME { script "/usr/bin/pgrep -x haproxy" interval 2 fall 2 } and track_script { NAME }'


@rule("error", outage="HAProxy is dead and the VIP stays on its node, for good.", experiment="killed")
def no_check(pair: Pair) -> Iterator[Found]:
    """keepalived watches its own card and the other node's adverts; of HAProxy it knows what a check tells it.

    Found where an instance, its sync group included, tracks no script, process or file, or only such as ask something
    else for sure. What is written and not in force is told by the rule that knows why. A warning of the last node, if
    the checks of all others hand the VIP over: it has the VIP only while they have failed. A warning too of a pair that
    watches cards on purpose and brought no haproxy.cfg: it may be one of gateways. Source: keepalived.conf(5),
    track_script; 22 of 60 public files have such an instance.
    """
    haproxy = _has_haproxy(pair)
    for router in pair.routers:
        blind = [member for member in router.members if _is_blind(member, haproxy=haproxy)]
        yield from once(_unwatched(router, member, haproxy=haproxy) for member in blind)


def _has_haproxy(pair: Pair) -> bool:
    """Without a haproxy.cfg, and a check that asks for HAProxy, another program serves: nginx, a database."""
    members = (member for router in pair.routers for member in router.members)
    asked = (asks(member, check) for member in members for check in _checks(member))
    return any(map(has_cfg, pair.nodes)) or "balancer" in asked


def _is_blind(member: Member, *, haproxy: bool) -> bool:
    served = ("balancer", "unknown") if haproxy else ("balancer", "unknown", "another process")
    if any(asks(member, check) in served for check in _checks(member)):
        return False
    return not _may_be_lost(member) and not any(kind not in ("interface", "bfd") for kind, _ in lost(member))


def _may_be_lost(member: Member) -> bool:
    """Of a file that cannot be read here only keepalived's messages say what it dropped."""
    unread = not member.node.document.body
    return unread and any("track" in each.said for each in said_by_keepalived(member.node))


def _checks(member: Member) -> list[Tracker]:
    return [each for each in trackers(member) if each.kind not in ("interface", "bfd")]


def _unwatched(router: Router, member: Member, *, haproxy: bool) -> Found:
    names = ", ".join(each.name for each in _checks(member))
    what = f"only {names}, which does not ask HAProxy" if names else "no script, process or file"
    who = "HAProxy" if haproxy or not _is_gateway(member) else "what serves there"
    said = f"{member.instance.name} of {member.node.name} tracks {what}: {who} may die, and the node keeps the VIP."
    last = _is_last(router, member)
    if last:
        said += " (It has the VIP only while the others have failed.)"
    idle = _untracked(member)
    instead = f"track_script {{ {idle[0]} }}" if idle else _INSTEAD
    weaker = last or (not haproxy and _is_gateway(member))
    return Found(member.node.at(member.block), said, instead, "warning" if weaker else None)


def _is_gateway(member: Member) -> bool:
    return any(kind == "interface" for kind, _ in written(member))


def _is_last(router: Router, member: Member) -> bool:
    """Do the checks of HAProxy alone decide for each other node whether this one has the VIP?"""
    every = contenders(router)
    own = next(each for each in every if each.member == member)
    others = [each for each in every if each != own]
    return bool(others) and all(each.rest > own.rest and each.preempts and _hands_over(each, own) for each in others)


def _hands_over(other: Contender, last: Contender) -> bool:
    checks = [each for each in other.trackers if each.kind != "interface"]
    own = all(each.kind in ("script", "process") and asks(other.member, each) == "balancer" for each in checks)
    return own and Situation(other, (last,)).moves(checks)


def _untracked(member: Member) -> list[str]:
    """Scripts that are defined, and that nothing tracks."""
    tracked = {each.name for instance in member.node.running.instances for each in instance.scripts}
    return [each.argument for each in member.node.document.all("vrrp_script") if each.argument not in tracked]

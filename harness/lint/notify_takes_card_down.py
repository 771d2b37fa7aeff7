"""A notify program takes a card down that keepalived watches."""

from collections.abc import Iterator
from typing import Final

from harness.lint._finding import Severity
from harness.lint._lines import once
from harness.lint._notified import CARD_DOWN, Notified, notified
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._trackers import trackers

_KEYWORDS: Final = ("notify_backup", "notify_fault", "notify")


@rule(
    "error",
    outage="The backup is in FAULT, so the VIP is on no node once the master has failed.",
    experiment="power_cut",
)
def notify_takes_card_down(pair: Pair) -> Iterator[Found]:
    """keepalived is in FAULT while the card of its adverts, one of its addresses or one of track_interface without a
    weight is down. A backup that takes such a card down itself is in FAULT, and so takes over nothing: notify_master,
    which would take the card up again, never runs. A warning for a script that decides first, and for `notify`, which
    gets the state as an argument. Source: keepalived.conf(5), track_interface."""
    members = (member for router in pair.routers for member in router.members)
    yield from once(found for member in members for found in _down(member))


def _down(member: Member) -> Iterator[Found]:
    heads = {("vrrp_instance", member.instance.name), ("vrrp_sync_group", member.instance.sync_group)}
    for each in notified(member.node):
        if each.block.words[:2] in heads and each.line.words[0] in _KEYWORDS:
            for card in _watched(member).intersection(_taken_down(each)):
                yield Found(
                    member.node.at(each.line),
                    f"{each.line.words[0]} of {each.block.argument} takes {card} down on {member.node.name}, and "
                    f"{member.instance.name} is in FAULT while {card} is down: it takes over nothing.",
                    f"leave {card} up on every node",
                    _severity(each),
                )


def _taken_down(by: Notified) -> list[str]:
    return [next(filter(None, found.groups())) for found in CARD_DOWN.finditer(by.filled)]


def _watched(member: Member) -> set[str]:
    vips = {vip.device for vip in member.instance.vips if vip.address not in _untracked(member)}
    tracked = {each.name for each in trackers(member) if each.kind == "interface" and each.faults}
    own = {member.instance.base_interface}
    lax = member.block is not None and member.block.find("dont_track_primary") is not None
    return (vips - own if lax else vips | own) | tracked


def _untracked(member: Member) -> set[str]:
    """VIPs whose card is not tracked: ``no_track``."""
    lists = (each for each in (member.block.body if member.block else ()) if each.words[0] == "virtual_ipaddress")
    lines = (line for each in lists for line in each.body)
    return {line.words[0].split("/")[0] for line in lines if "no_track" in line.words}


def _severity(by: Notified) -> Severity | None:
    return None if by.is_plain and by.line.words[0] != "notify" else "warning"

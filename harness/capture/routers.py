"""The virtual routers that adverts tell of. Two on different VLANs may have one VRID: their VIPs tell them apart.

A VLAN tag alone does not: a node's own interface sees a frame without the tag that a trunk shows it with.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from harness.capture.sight import Sight
from harness.model.errors import UsageError


class Router(NamedTuple):
    """`senders`: the IP addresses that its adverts come from, each with a VIP that another of them names too.

    One of a VRID that no advert names a VIP of has no `vips`.
    """

    vrid: int
    senders: frozenset[str]
    vips: tuple[str, ...]


def routers(sights: Iterable[Sight]) -> list[Router]:
    """In order of VRIDs, then of the adverts."""
    told: dict[int, dict[str, dict[str, None]]] = {}
    for sight in sights:
        for (vrid, ip), adverts in sight.by_sender.items():
            vips = told.setdefault(vrid, {}).setdefault(ip, {})
            for each in adverts:
                vips.update(dict.fromkeys(each.advert.vips))
    return [router for vrid in sorted(told) for router in _of_one_vrid(vrid, told[vrid])]


def chosen(every: Sequence[Router], vip: str) -> list[Router]:
    """Those that name `vip`, or all. A `vip` that no advert names belongs to the only router, if there is only one.

    Raises `UsageError` if no `vip` is given and two routers have one VRID.
    """
    if vip:
        return [router for router in every if vip in router.vips] or list(every if len(every) == 1 else ())
    for one, other in pairwise(every):
        if one.vrid == other.vrid:
            vips = f"{', '.join(one.vips[:5])} and {', '.join(other.vips[:5])}"
            raise UsageError(
                f"Several routers have VRID {one.vrid}: those of {vips}. Choose one with --vip. (If they are one pair, "
                "its nodes have different virtual_ipaddress.)"
            )
    return list(every)


def require_one_vlan(router: Router, sights: Iterable[Sight]) -> None:
    """Raises `UsageError` if one capture shows the router's adverts with different VLAN tags: VIPs may be the same."""
    for sight in sights:
        adverts = (each for ip in router.senders for each in sight.by_sender.get((router.vrid, ip), ()))
        tags = sorted({each.vlan for each in adverts if each.vlan})
        if len(tags) > 1:
            numbers = " and ".join("/".join(map(str, tag)) for tag in tags[:5])
            raise UsageError(
                f"{sight.name!r} has adverts of VRID {router.vrid} for {', '.join(router.vips[:5])} on VLAN {numbers}. "
                f"Judge one VLAN alone: tcpdump -r {sight.name} -w ONE 'vlan {tags[0][0]}'"
            )


def _of_one_vrid(vrid: int, told: dict[str, dict[str, None]]) -> list[Router]:
    """A sender that names no VIP belongs to the only router, if there is only one."""
    groups = _linked(told)
    if len(groups) <= 1:
        groups = [list(told)]
    return [
        Router(vrid, frozenset(senders), tuple(dict.fromkeys(vip for ip in senders for vip in told[ip])))
        for senders in groups
    ]


def _linked(told: dict[str, dict[str, None]]) -> list[list[str]]:
    """Groups of senders such that no two groups name a common VIP; without those that name none."""
    parents: dict[str, str] = {}  # VIP → one that a sender names too, or itself
    for vips in told.values():
        first, *others = vips or ("",)
        parents.setdefault(first, first)
        for vip in others:
            parents[_root(parents, vip)] = _root(parents, first)
    groups: dict[str, list[str]] = {}
    for ip, vips in told.items():
        for vip in list(vips)[:1]:
            groups.setdefault(_root(parents, vip), []).append(ip)
    return list(groups.values())


def _root(parents: dict[str, str], vip: str) -> str:
    """Shortens the way on it."""
    parents.setdefault(vip, vip)
    while parents[vip] != vip:
        parents[vip] = parents[parents[vip]]
        vip = parents[vip]
    return vip

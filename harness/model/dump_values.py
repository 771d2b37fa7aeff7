"""What values in keepalived's text dump mean. Every reader raises `ValueError` for a text of another form."""

import ipaddress
import re
from decimal import Decimal
from itertools import pairwise
from typing import Final

from harness.model.units import ms, s, us
from harness.model.vrrp_instance import Tracked, UnicastPeer, VrrpAddress

_UNITS: Final = {"sec": s, "secs": s, "s": s, "milli-sec": ms, "ms": ms, "usecs": us, "us": us}
_NUMBER: Final = re.compile(r"-?\d{1,10}")
_SECONDS: Final = re.compile(r"\d{1,10}(?:\.\d{1,9})?")
_DURATION: Final = re.compile(rf"({_SECONDS.pattern}) ?([a-z-]+)")
_WEIGHT: Final = re.compile(r"(-?\d{1,10})( reverse)?")
_TRACKED: Final = re.compile(rf"(.+?)[,:]? weight {_WEIGHT.pattern}\b.*")
_TTL: Final = re.compile(r"(\S+)(?: min_ttl (\d{1,3}) max_ttl (\d{1,3}))?.*")
_INTERFACE: Final = re.compile(r"([^\s,]+)(?:, (vmac|ipvlan) on ([^\s,]+))?.*")


def duration(text: str) -> int:
    """``500 milli-sec``, ``2 sec``, ``3609375 usecs``, ``2.000000s``: in ns."""
    found = _DURATION.fullmatch(text)
    if not found or found[2] not in _UNITS:
        raise ValueError(text)
    return round(Decimal(found[1]) * _UNITS[found[2]])


def seconds(text: str) -> int:
    """A bare number: in ns."""
    if not _SECONDS.fullmatch(text):
        raise ValueError(text)
    return round(Decimal(text) * s)


def number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def switch(text: str) -> bool:
    if text not in ("enabled", "disabled", "true", "false", "yes", "no"):
        raise ValueError(text)
    return text in ("enabled", "true", "yes")


def vip(text: str) -> VrrpAddress:
    """``10.10.0.100/24 dev vrrp.53@eth0 scope global label eth0:1 set``; without a length: one address."""
    words = text.split()
    network = ipaddress.ip_interface(words[0])
    after = dict(pairwise(words))
    if "dev" not in after:
        raise ValueError(text)
    return VrrpAddress(str(network.ip), network.network.prefixlen, after["dev"].split("@")[0], after.get("label", ""))


def peer(text: str) -> UnicastPeer:
    """``10.10.0.12 min_ttl 0 max_ttl 255``."""
    found = _TTL.fullmatch(text)
    if not found:
        raise ValueError(text)
    return UnicastPeer(str(ipaddress.ip_address(found[1])), int(found[2] or 0), int(found[3] or 255))


def tracked(text: str) -> Tracked:
    """``chk weight 7 reverse``, ``maintenance, weight 5``, ``neighbour: weight -5``."""
    found = _TRACKED.fullmatch(text)
    if not found:
        raise ValueError(text)
    return Tracked(found[1], int(found[2]), bool(found[3]))


def weight(text: str) -> tuple[int, bool]:
    """``-30 reverse``: the weight, and whether it is reversed."""
    found = _WEIGHT.fullmatch(text)
    if not found:
        raise ValueError(text)
    return int(found[1]), bool(found[2])


def interface(text: str) -> tuple[str, str, bool]:
    """``vrrp.53, vmac on eth0``: the device, the cable's device, and whether it has a virtual MAC address."""
    found = _INTERFACE.fullmatch(text)
    if not found:
        raise ValueError(text)
    return found[1], found[3] or found[1], found[2] == "vmac"

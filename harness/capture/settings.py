"""What adverts tell of each node's settings, and whether the nodes were set alike at the same time."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from operator import itemgetter
from typing import Final

from harness.capture.scene import Scene, Sent
from harness.capture.words import at, found, names
from harness.model.frames import Advert
from harness.model.outcome import Finding
from harness.model.units import format_duration


def configurations_agree(scene: Scene) -> Finding:
    """What the adverts of the nodes tell of their settings is the same: version, interval, authentication, VIPs.

    A node that stopped sending adverts is compared with what the other told then: both may have been changed since.
    """
    told = {name: sent for name, sent in scene.sent.items() if sent}
    pairs = list(combinations(told.items(), 2))
    if different := [said for pair in pairs for said in _differences(dict(pair))]:
        return found("violated", f"{'; '.join(dict.fromkeys(different))}.")
    lacks = [f"adverts of {name}" for name in scene.nodes if name not in told]
    lacks += [f"the VIPs of {name}, which are cut off" for name, sent in told.items() if sent[-1][1].advert.cut]
    lacks += [lack for pair in pairs for lack in _later(scene, dict(pair))]
    said = f"The adverts of {names(told)} agree." if len(told) > 1 else f"Only {names(told)} sent adverts."
    return found("inconclusive", said, [*lacks, "keepalived.conf of each node (harness lint reads them)"])


def _differences(pair: Mapping[str, list[Sent]]) -> Iterator[str]:
    """Of two nodes, when both sent adverts for the last time: what each told before it, and told again after it."""
    before, after = _around(pair)
    for what, value in _SETTINGS.items():
        values, again = ({name: value(advert) for name, advert in each.items()} for each in (before, after))
        if all(values.values()) and all(len(set(each.values())) > 1 for each in (values, again)):
            yield f"{what}: {', '.join(f'{name} {each}' for name, each in values.items())}"
    if all(_two_passwords(each.values()) for each in (before, after)):
        yield f"auth_pass: {' another, '.join(before)}".replace(" another", " one", 1) + " another"


def _two_passwords(adverts: Iterable[Advert]) -> bool:
    said = [each.authentication for each in adverts]
    return all(each.startswith("PASS") for each in said) and len(set(said)) > 1


def _later(scene: Scene, pair: Mapping[str, list[Sent]]) -> Iterator[str]:
    """The node that stopped first, if the other one's settings were changed after that, or perhaps before."""
    first, last = sorted(pair, key=lambda name: pair[name][-1][0])
    t, now = pair[first][-1][0], pair[last][-1][1].advert
    before, after = (each[last] for each in _around(pair))
    if any(value(before) != value(after) for value in _SETTINGS.values()):
        yield f"what {last} was set to at {at(scene, t)}, when it sent no adverts"
    if any(value(now) != value(after) for value in _SETTINGS.values()):
        yield f"what {first} is set to after {at(scene, t)}, when it sent its last advert"


def _around(pair: Mapping[str, list[Sent]]) -> tuple[dict[str, Advert], dict[str, Advert]]:
    """What each told before both had sent adverts for the last time, and what it told after that: one that sent none
    then was changed before, at that time, or later."""
    t = min(sent[-1][0] for sent in pair.values())
    index = {name: bisect_right(sent, t, key=itemgetter(0)) for name, sent in pair.items()}
    before = {name: pair[name][max(0, i - 1)][1].advert for name, i in index.items()}
    return before, {name: pair[name][min(i, len(pair[name]) - 1)][1].advert for name, i in index.items()}


def _vips(advert: Advert) -> str:
    return "" if advert.cut else ", ".join(sorted(advert.vips)) or "none"


_SETTINGS: Final[Mapping[str, Callable[[Advert], str]]] = {
    "vrrp_version": lambda advert: str(advert.version),
    "advert_int": lambda advert: format_duration(advert.interval_ns),
    "auth_type": lambda advert: advert.authentication[:4],
    "virtual_ipaddress": _vips,
}
"""keepalived's word → what an advert tells of it; "" if it does not."""

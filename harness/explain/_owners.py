"""Who held a VIP and why that changed: addresses, adverts that reached a node, keepalived's own word."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.checks._bounds import slack
from harness.checks._evidence import ADDRESSES, ADVERTS, ARP
from harness.explain._scene import Scene, Sentences, lasting, several
from harness.history.timeline import FOREVER, Interval
from harness.model.events import AdvertSeen, LinkChanged, ServiceChanged, VrrpState
from harness.model.limits import heard
from harness.model.units import ms, s
from harness.model.virtual_router import RouterVip

SHORTLY_NS: Final = 150 * ms
"""keepalived acts on an advert, a carrier or a failed check within milliseconds, on a busy machine within 0.1 s."""

BURST_NS: Final = 1 * s
"""The gratuitous ARPs of a takeover come within milliseconds; the second burst comes after 5 s."""

MOST_CHANGES: Final = 4


class Change(NamedTuple):
    """A node took the VIP, or gave it up."""

    t: int
    node: str
    took: bool


def changes(scene: Scene, vip: RouterVip) -> list[Change]:
    """Of the watch, in order of time."""
    owners, watch = scene.history.tables.owners(vip), scene.step.watch
    taken = [Change(held.begin, node, took=True) for node, intervals in owners.items() for held in intervals]
    left = [Change(held.end, node, took=False) for node, intervals in owners.items() for held in intervals]
    return sorted(change for change in taken + left if watch.begin <= change.t < watch.end)


def ownership(scene: Scene, vip: RouterVip, until: int | None = None) -> Sentences:
    """Each change of the owner up to `until`, with what the history shows of its reason."""
    if lack := scene.lacks((vip,), ADDRESSES):
        yield scene.unknown(f"which node held {vip.address}", lack)
        return
    found = [change for change in changes(scene, vip) if until is None or change.t <= until]
    for change in found[:MOST_CHANGES]:
        yield from taken(scene, vip, change) if change.took else given_up(scene, vip, change)
    if len(found) > MOST_CHANGES:
        more = len(found) - MOST_CHANGES
        yield f"The owner of {vip.address} changed {more} times more, the last time at {scene.at(found[-1].t)}."


def taken(scene: Scene, vip: RouterVip, change: Change) -> Sentences:
    yield f"{change.node} took {vip.address} at {scene.at(change.t)}."
    if lack := scene.lacks((vip,), ADVERTS):
        yield scene.unknown(f"why {change.node} took it", lack)
    else:
        yield _why_taken(scene, vip, change)
    yield from announced(scene, vip, change)


def announced(scene: Scene, vip: RouterVip, change: Change) -> Sentences:
    """The gratuitous ARPs of a takeover."""
    if scene.lacks((vip,), ARP):
        return
    held = next(held for held in scene.history.tables.holds(change.node, vip.address) if held.begin == change.t)
    end = min(held.end + SHORTLY_NS, change.t + BURST_NS, scene.step.ends_ns)
    if garps := scene.history.announcements(vip, change.node, change.t, end):
        frames = several(len(garps), "gratuitous ARP")
        yield f"{change.node} announced it by {frames}, the first at {scene.at(garps[0].t)}."
    else:
        yield f"{change.node} sent no gratuitous ARP for {vip.address} {scene.span(Interval(change.t, end))}."


def _why_taken(scene: Scene, vip: RouterVip, change: Change) -> str:
    """By VRRP's rules (RFC 9568 section 6.4): silence, a resignation, or a master of lower priority."""
    node, router = change.node, vip.router
    before = Interval(-FOREVER, change.t)
    last = next(reversed(scene.reached(router, node, before)), None)
    if last is None:
        return scene.unknown(f"why {node} took it: no advert of another node had ever reached it")
    other, settings = scene.sender(last), scene.bounds(router).vrrp
    if last.priority == 0:
        return f"{other} had resigned at {scene.at(last.t)}, by an advert of priority 0."
    down = heard(settings[node], settings.get(other, settings[node])).master_down_ns
    silence = change.t - last.t
    if silence >= down - SHORTLY_NS // 3:
        return f"No advert had reached {node} for {lasting(silence)}; its master-down timer is {lasting(down)}."
    if (own := _priority(scene, vip, node, change.t)) and own > last.priority:
        return f"{node} has the priority {own}, and the last advert of {other} that reached it had {last.priority}."
    return scene.unknown(f"why {node} took it: an advert of {other} had reached it {lasting(silence)} before")


def _priority(scene: Scene, vip: RouterVip, node: str, t: int) -> int | None:
    """By the node's first advert around `t`."""
    sent = scene.sent(vip.router, node, Interval(t - SHORTLY_NS, t + BURST_NS))
    return sent[0].priority if sent else None


def given_up(scene: Scene, vip: RouterVip, change: Change) -> Sentences:
    yield f"{change.node} gave {vip.address} up at {scene.at(change.t)}."
    reasons = list(_why_given_up(scene, vip, change))
    lack = scene.lacks((vip,), ADVERTS)
    yield from reasons or [scene.unknown(f"why {change.node} gave it up", lack)]


def _why_given_up(scene: Scene, vip: RouterVip, change: Change) -> Iterator[str]:
    node, around = change.node, Interval(change.t - SHORTLY_NS - slack(scene.history, scene.step), change.t + 1)
    if not scene.lacks((vip,), ADVERTS) and (advert := _stronger(scene, vip, node, around)):
        more = scene.bounds(vip.router).vrrp[node].higher_prio_send_advert  # it sends one more advert first
        silent = "" if more else ", and sends nothing"
        yield (
            f"An advert of {scene.sender(advert)} with the priority {advert.priority} had reached {node} "
            f"{lasting(change.t - advert.t)} before: by VRRP it then steps back{silent}."
        )
        return
    yield from _own_reasons(scene, node, Interval(around.begin, change.t + SHORTLY_NS))


def _stronger(scene: Scene, vip: RouterVip, node: str, around: Interval) -> AdvertSeen | None:
    """The last advert that makes `node` step back: of a higher priority, or an equal one from a higher address."""
    ports, bounds = scene.history.topology.ports, scene.bounds(vip.router)
    own = next((a.priority for a in reversed(scene.sent(vip.router, node, Interval(-FOREVER, around.end)))), None)
    if own is None:
        return None
    mine = (own, _number(ports[bounds.heartbeats[node]].address))
    heard_of = scene.reached(vip.router, node, around)
    return next((a for a in reversed(heard_of) if (a.priority, _number(a.ip)) > mine), None)


def _own_reasons(scene: Scene, node: str, around: Interval) -> Iterator[str]:
    """What happened on the node itself at that instant."""
    for link in scene.history.of(LinkChanged, around):
        if link.node == node and not link.carrier and link.device in scene.history.topology.node(node).devices:
            yield f"{node} had lost the carrier of {link.device} at {scene.at(link.t)}."
            break
    for state in scene.history.of(VrrpState, around):
        if state.node == node and state.state in {"FAULT", "STOP"}:
            yield f"keepalived of {node} said {state.state} at {scene.at(state.t)}."
            break
    for service in scene.history.of(ServiceChanged, around):
        if (service.node, service.service, service.state) == (node, "keepalived", "down"):
            yield f"keepalived of {node} had ended by {scene.at(service.t)}."
            break


def _number(address: str) -> tuple[int, ...]:
    return tuple(int(part) for part in address.split("."))

"""A node that announces a VIP which it does not hold takes customers away from the node that serves them."""

from harness.checks._bounds import slack
from harness.checks._check import check_vips, holds, not_applicable, violated
from harness.checks._evidence import ADDRESSES, ARP
from harness.checks._words import at, lasting, names
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import ArpSeen
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip


@check_vips(needs=(ADDRESSES, ARP))
def announced_by_owner(history: History, step: Step, vip: RouterVip) -> Finding:
    """No node sends gratuitous ARP for a VIP that it does not hold.

    Caches believe the last announcement (RFC 826), and RFC 9568 section 6.4 lets a router send it when it becomes, or
    is, the active one. An address is read late, a frame is not: the node must hold the VIP at the frame or until the
    observer has read the addresses of that instant.
    """
    late = slack(history, step)
    bound = f"{lasting(late)}, by which the observer read late"
    sent = history.garps(vip, within=step.watch)
    if not sent:
        return not_applicable("No node announced the VIP.", (), bound)
    wrong = [frame for frame in sent if not _held(history, vip, frame, late)]
    if wrong:
        sentence = f"{names(map(_sender, wrong))} announced {vip.address} at {at(step, wrong[0].t)} without holding it."
        return violated(sentence, [Instant(x.t, f"{_sender(x)} announces {vip.address}") for x in wrong], bound)
    frames = "1 announcement" if len(sent) == 1 else f"{len(sent)} announcements"
    return holds(f"{frames} of {vip.address} came from {names(map(_sender, sent))}, holding it.", (), bound)


def _held(history: History, vip: RouterVip, frame: ArpSeen, late: int) -> bool:
    """At some instant from the frame on until the observer had read."""
    until_read = Interval(frame.t, frame.t + late + 1)
    return any((held & until_read) is not None for held in history.tables.holds(_sender(frame), vip.address))


def _sender(frame: ArpSeen) -> str:
    return frame.port.split(".")[0]

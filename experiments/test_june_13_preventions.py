"""Before June 13: which setting of the pair, or of the network, keeps a blip of 0.8 s from splitting it.

Each is tested with five blips, and laid over `advert-100ms` where its row does not say otherwise. The result is which
caches lead to the owner of the VIP in the end, also after keepalived's second burst of gratuitous ARP (+5 s).
"""

from collections.abc import Iterator, Mapping

import pytest

from experiments.pair import only_owner
from harness import faults
from harness.experiment import StepResult, Trials
from harness.model.events import ArpSeen
from harness.model.units import ms, s

BLIP = 800 * ms
CACHES = {"gw-1", "gw-2", "customer-3"}
GATEWAYS = {"gw-1", "gw-2"}
NEAR = {"gw-1"}
FAR = CACHES - NEAR
NONE: set[str] = set()
RACE = None
"""Two frames of one instant decide whether there is an outage: not asserted. See `test_vmac_precondition`."""

_carrier = faults.link_down("lb-ext-1.external", duration=BLIP)
BLIPS = {
    # GARP never sent: the trunk returns one way first.
    "never": faults.blackhole("trunk", direction="a-to-b", duration=550 * ms)
    & faults.blackhole("trunk", direction="b-to-a", duration=BLIP),
    # Never sent: both ways return at once.
    "symmetric": faults.blackhole("trunk", duration=BLIP),
    # Never sent: a snapshot of the preferred node.
    "frozen": faults.freeze("lb-ext-1", duration=BLIP),
    # Sent, not delivered: carrier lost, and the standby's announcements do not reach the far half.
    # They never do during the watch.
    "lost": _carrier & faults.garp_lost("gw-2") & faults.garp_lost("customer-3"),
    # Delivered, not accepted.
    "ignored": _carrier & faults.arp_ignored("gw-2") & faults.arp_ignored("customer-3"),
}
COLUMNS = {
    "never": "never sent: trunk, one way back first",
    "symmetric": "never sent: trunk, both ways back at once",
    "frozen": "never sent: frozen",
    "lost": "sent, not delivered",
    "ignored": "delivered, not accepted",
}
KEEPS = {"lost", "ignored"}
"""Blips with an effect only if the standby stays owner: without preempt."""

PHASE = 80 * ms
"""After an advert: at 0.1 s the preferred node is then heard first after the heal (39 % of all phases)."""

WATCH = 6 * s  # longer than any second burst at 0.1 s
LONGER = {"default": 10 * s, "garp-master-refresh": 12 * s, "short-arp-timeout": 9 * s}

RIGHT: Mapping[str, Mapping[str, set[str] | None]] = {
    "advert-100ms": {"never": NEAR, "symmetric": NEAR, "frozen": NONE, "lost": NEAR, "ignored": NEAR},
    "default": {"never": CACHES, "symmetric": CACHES, "frozen": CACHES, "lost": NEAR, "ignored": NEAR},
    "nopreempt": {"never": NEAR, "symmetric": NEAR, "frozen": NONE, "lost": NEAR, "ignored": NEAR},
    "garp-lower-prio-repeat": {"never": NEAR, "symmetric": NEAR, "frozen": NONE, "lost": NEAR, "ignored": NEAR},
    "higher-prio-send-advert": {"never": NEAR, "symmetric": CACHES, "frozen": CACHES, "lost": NEAR, "ignored": NEAR},
    "garp-master-refresh": {"never": CACHES, "symmetric": CACHES, "frozen": CACHES, "lost": NEAR, "ignored": NEAR},
    "unicast-peers": {"never": NEAR, "symmetric": NEAR, "frozen": NONE, "lost": NEAR, "ignored": NEAR},
    "heartbeat-internal": {"never": CACHES, "symmetric": CACHES, "frozen": NONE, "lost": NEAR, "ignored": NEAR},
    "interface-up-down-delays": dict.fromkeys(BLIPS, CACHES),
    "short-arp-timeout": dict.fromkeys(("never", "symmetric", "frozen", "lost"), GATEWAYS) | {"ignored": NEAR},
    "use-vmac": {"never": RACE, "symmetric": RACE, "frozen": RACE, "lost": CACHES, "ignored": CACHES},
    "use-vmac-arp-announce": dict.fromkeys(BLIPS, CACHES),
    "use-vmac-pinned": {"never": CACHES, "symmetric": CACHES, "frozen": CACHES, "lost": FAR, "ignored": FAR},
}
"""Configuration → blip → the caches that lead to the owner in the end."""

SERVED = {("interface-up-down-delays", "lost"): NEAR, ("use-vmac", "lost"): NEAR}
"""Where a cache that leads to the owner is not enough. Loose: any set between this one and RIGHT may be served.

A node that lost its carrier asks for its gateways anew. With arp_announce 0 the request may have the VIP as sender, and
is lost as announcements are: no way back, though every cache leads to the node.
"""

BY_CONSTRUCTION = {
    (blip, name)
    for blip in KEEPS
    for name in ("garp-lower-prio-repeat", "higher-prio-send-advert", "garp-master-refresh")
} | {("ignored", "short-arp-timeout")}
"""(blip, configuration) with a result that our own ops decide, not the network.

These settings only send more announcements, and the blip drops or ignores every one. An entry that ignores ARP is
PERMANENT here, and has no timeout.
"""

ROWS = {name: f"`{name}`" for name in RIGHT} | {
    "advert-100ms": "none (`advert-100ms`)",
    "default": "`default`: advert_int 1",
    "interface-up-down-delays": "`interface-up-down-delays`: 1.5 s, advert_int 1",
    "short-arp-timeout": "`short-arp-timeout`: 1 s, on the gateways",
}
WHY = {
    "advert-100ms": "lb-ext-1 stays master all the time; lb-ext-2 hears it, steps back, and sends no frame that says "
    "so. A frozen lb-ext-1 sends the first advert itself: its timer has expired, so it advertises within milliseconds "
    "after the thaw.",
    "default": "master-down is 3.6 s: lb-ext-2 sends no advert and no gratuitous ARP at all for a silent loss of 0.8 "
    "s.",
    "nopreempt": "no frame differs: in a silent blip the preferred node stays master, so it has nothing to take back.",
    "garp-lower-prio-repeat": "none of its announcements is sent: they answer an advert of lower priority, and "
    "lb-ext-1 receives none. In phases in which it receives one, the default of five is enough.",
    "higher-prio-send-advert": "lb-ext-2's one last advert reaches lb-ext-1, which answers with five announcements: "
    "all served 0.03 s after the heal. One way back first, it is dropped in the direction that is still dead.",
    "garp-master-refresh": "one broadcast every 10 s from each node that is master: the next one corrects wrong "
    "caches. Where announcements are lost or ignored, so are these.",
    "unicast-peers": "the adverts have another destination and take the same cables: the same ones are missing.",
    "heartbeat-internal": "no advert is lost, no node takes over; customers behind the dead trunk are dark for the "
    "0.8 s and served afterwards. A frozen node is silent on every path. A lost carrier is tracked: FAULT and takeover "
    "in 0.07 s, and the announcements are lost or ignored as without it.",
    "interface-up-down-delays": "keepalived ignores a carrier lost for 0.8 s. At advert_int 0.1 it resets the delay to "
    "2 × advert_int ('debounce timer(s) not less that 2 * advert_int - resetting'): FAULT came 0.20 s after the loss, "
    "whatever was configured. Where announcements are lost the caches stay right, and lb-ext-1 has no way back: it "
    "asks for its gateways with the VIP as sender, and that request is lost as announcements are.",
    "short-arp-timeout": "gw-2 asks the wrong address three times by unicast, without an answer; then in broadcast, "
    "and the owner answers: right again 4.6 s to 8.1 s after the blip began. Linux takes gratuitous ARP as a "
    "confirmation, so a short delay_first_probe_time alone left the wrong entry REACHABLE. The setting does not apply "
    "to customer-3.",
    "use-vmac": "the five gratuitous ARPs name 00:00:5e:00:01:33, and between them lb-ext-2 asks for its gateways in "
    "broadcast as 'VIP at 02:77:00:00:00:02', its cable's: each cache keeps the one that came last, a millisecond "
    "decides. Where lb-ext-2 stays owner, both lead to it.",
    "use-vmac-arp-announce": "both nodes answer with 00:00:5e:00:01:33; lb-ext-1's next advert has it as its source, "
    "and sw-b leads it back to the trunk 0.03 s after the heal. arp_announce 2 is necessary: without it, lb-ext-2 "
    "asks for its gateways as 'VIP at 02:77:00:00:00:02', they learn that, and the outage is back.",
    "use-vmac-pinned": "sw-a leads the VIP's MAC address to lb-ext-1's port, also while lb-ext-2 owns the VIP: after a "
    "failover gw-1 is dark.",
}

QUICK = {("heartbeat-internal", "never")}
"""What `make test` does; the others are the soak's."""


def rows(*, race: bool = False) -> Iterator[object]:
    """Of the table: what is known, or the races."""
    for configuration, blips in RIGHT.items():
        for blip, expected in blips.items():
            if (expected is RACE) == race:
                vrrp = {"preempt": False} if blip in KEEPS else {}
                marks = [pytest.mark.configuration(configuration, **vrrp)]
                safe = expected == CACHES and (configuration, blip) not in SERVED
                marks += [pytest.mark.gate if safe else pytest.mark.reproduction]
                marks += [] if (configuration, blip) in QUICK else [pytest.mark.soak]
                yield pytest.param(blip, configuration, id=f"{blip}-{configuration}", marks=marks)


def fault(name: str, configuration: str) -> faults.Fault:
    """In phase with the adverts, where they take the segment on which the harness listens for them."""
    blip = BLIPS[name]
    return blip if configuration == "heartbeat-internal" else blip.aligned("external", phase=PHASE)


def served(step: StepResult) -> set[str]:
    """The caches whose customers are served when the step ends."""
    vantages = step.history.topology.vantages
    return {vantages[name].cache for name, is_served in step.served.items() if is_served}


def right(step: StepResult) -> set[str]:
    """The caches that lead to the owner of the VIP when the step ends."""
    owner = only_owner(step)
    return {cache for cache, reached in step.arp.items() if reached == owner}


@pytest.mark.parametrize("blip,configuration", list(rows()))
def test_prevention(trials: Trials, blip: str, configuration: str) -> None:
    """One setting and one blip: exactly the caches of the table lead to the owner afterwards."""
    for trial in trials:
        step = trial.step("blip", fault(blip, configuration), watch=LONGER.get(configuration, WATCH))
        expected = RIGHT[configuration][blip] or NONE
        assert right(step) == expected
        assert SERVED.get((configuration, blip), expected) <= served(step) <= expected


@pytest.mark.parametrize("blip,configuration", list(rows(race=True)))
def test_vmac_precondition(trials: Trials, blip: str, configuration: str) -> None:
    """No outage is asserted, only what makes one possible: the new owner asks for others with the VIP as sender.

    The sender's MAC address in that request is the cable's, not the VIP's own. Each cache keeps the one it heard last.
    """
    for trial in trials:
        step = trial.step("blip", fault(blip, configuration), watch=WATCH)
        port = step.history.topology.node("lb-ext-2").port("external")
        asked = [arp for arp in step.history.of(ArpSeen, step.step.window) if arp.port == port.name and arp.inward]
        vip = step.history.topology.virtual_router().first.address
        assert any(arp.sender_ip == vip and arp.sender_mac == port.mac for arp in asked)

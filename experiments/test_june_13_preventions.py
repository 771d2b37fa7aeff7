"""Before June 13: which setting of the pair, or of the network, keeps a blip of 0.8 s from splitting it.

Every setting is laid over `advert-100ms` and put under five blips. What must come out is which caches lead to the owner
of the VIP in the end, after keepalived's second burst of gratuitous ARP (+5 s) too.
"""

from collections.abc import Iterator

import pytest

from harness import faults
from harness.experiment import StepResult, Trials
from harness.model.units import ms, s

BLIP = 800 * ms
LOSS = 9500 * ms  # longer than any second burst
CACHES = {"gw-1", "gw-2", "customer-3"}
GATEWAYS = {"gw-1", "gw-2"}
NEAR = {"gw-1"}
NONE: set[str] = set()

_carrier = faults.link_down("lb-ext-1.external", duration=BLIP)
BLIPS = {
    # GARP never sent: the trunk returns one way first.
    "never": faults.blackhole("trunk", direction="a-to-b", duration=550 * ms)
    & faults.blackhole("trunk", direction="b-to-a", duration=BLIP),
    # Never sent: both ways return at once, in a phase in which the preferred node is heard first (39 % of all).
    "symmetric": faults.blackhole("trunk", duration=BLIP).aligned("external", phase=80 * ms),
    # Never sent: a snapshot of the preferred node.
    "frozen": faults.freeze("lb-ext-1", duration=BLIP),
    # Sent, not delivered: carrier lost, and the standby's announcements do not reach the far half.
    "lost": _carrier & faults.garp_lost("gw-2", duration=LOSS) & faults.garp_lost("customer-3", duration=LOSS),
    # Delivered, not accepted.
    "ignored": _carrier & faults.arp_ignored("gw-2", duration=LOSS) & faults.arp_ignored("customer-3", duration=LOSS),
}
KEEPS = {"lost", "ignored"}
"""Blips after which the standby must stay owner for anything to be left: without preempt."""

WATCH = {"never": 6 * s, "symmetric": 6 * s, "frozen": 6 * s, "lost": 3 * s, "ignored": 3 * s}
SLOW = {"garp-master-refresh": 12 * s, "short-arp-timeout": 8 * s}

RIGHT: dict[str, dict[str, set[str]]] = {
    "advert-100ms": {"never": NEAR, "symmetric": NEAR, "frozen": NONE, "lost": NEAR, "ignored": NEAR},
    "default": {"never": CACHES, "symmetric": CACHES, "frozen": CACHES, "lost": NEAR, "ignored": NEAR},
    "nopreempt": {"never": NEAR, "symmetric": NEAR, "frozen": NONE},
    "garp-lower-prio-repeat": {"never": NEAR, "symmetric": NEAR, "frozen": NONE, "lost": NEAR, "ignored": NEAR},
    "higher-prio-send-advert": {"never": NEAR, "symmetric": CACHES, "frozen": CACHES, "lost": NEAR, "ignored": NEAR},
    "garp-master-refresh": dict.fromkeys(BLIPS, CACHES),
    "unicast-peers": {"never": NEAR, "symmetric": NEAR, "frozen": NONE, "lost": NEAR, "ignored": NEAR},
    "heartbeat-internal": {"never": CACHES, "symmetric": CACHES, "frozen": NONE, "lost": NEAR, "ignored": NEAR},
    "interface-up-down-delays": {"never": NEAR, "symmetric": NEAR, "frozen": NONE, "lost": CACHES, "ignored": CACHES},
    "short-arp-timeout": dict.fromkeys(BLIPS, GATEWAYS),
    "use-vmac": dict.fromkeys(BLIPS, CACHES),
    "use-vmac-pinned": {"never": CACHES, "symmetric": CACHES, "frozen": CACHES, "lost": CACHES - NEAR},
}
"""Configuration → blip → the caches that lead to the owner in the end."""

QUICK = {
    ("heartbeat-internal", "never"),
    ("higher-prio-send-advert", "frozen"),
    ("short-arp-timeout", "never"),
    ("use-vmac", "never"),
    ("use-vmac-pinned", "lost"),
}
"""What `make test` does; the others are the soak's."""


def rows() -> Iterator[object]:
    for configuration, blips in RIGHT.items():
        for blip in blips:
            vrrp = {"preempt": False} if blip in KEEPS else {}
            marks = [pytest.mark.configuration(configuration, **vrrp)]
            marks += [pytest.mark.gate if blips[blip] == CACHES else pytest.mark.reproduction]
            marks += [] if (configuration, blip) in QUICK else [pytest.mark.soak]
            yield pytest.param(blip, configuration, id=f"{blip}-{configuration}", marks=marks)


def right(step: StepResult) -> set[str]:
    """The caches that lead to whoever has the VIP when the step ends."""
    (owner,) = step.history.tables.owners_at(step.history.topology.pair("external"), step.step.ends_ns)
    return {cache for cache, reached in step.arp.items() if reached == owner}


@pytest.mark.parametrize("blip,configuration", list(rows()))
def test_prevention(trials: Trials, blip: str, configuration: str) -> None:
    """One setting under one blip: exactly the caches of the table lead to the owner afterwards."""
    for trial in trials:
        step = trial.step("blip", BLIPS[blip], watch=max(WATCH[blip], SLOW.get(configuration, 0)))
        assert right(step) == RIGHT[configuration][blip]

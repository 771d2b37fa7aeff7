"""June 13, once it is there: which act ends it, for which customers, and how soon.

Three causes lead to a cache that keeps the wrong balancer: the gratuitous ARP was never sent, it is lost on its way, or
the cache ignores it. Each act is done under each cause; a cause that lasts is still there during the act. The result is
which caches lead to the owner of the VIP in the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from experiments.pair import only_owner
from harness import faults, mitigations
from harness.experiment import StepResult, Trials
from harness.experiment.meanwhile import meanwhile
from harness.faults import Fault
from harness.mitigations import Mitigation
from harness.model.units import ms, s

FIRST, SECOND = "lb-ext-1", "lb-ext-2"
CACHES = {"gw-1", "gw-2", "customer-3"}
FAR = {"gw-2", "customer-3"}
NEAR = CACHES - FAR


@dataclass(frozen=True)
class Cause:
    """`owner`: the node that has the VIP after the blip; the caches of the far half lead to the other."""

    configuration: str
    owner: str
    blip: Fault

    @property
    def standby(self) -> str:
        return SECOND if self.owner == FIRST else FIRST

    @property
    def arp(self) -> dict[str, str]:
        return dict.fromkeys(NEAR, self.owner) | dict.fromkeys(FAR, self.standby)


CARRIER = faults.link_down("lb-ext-1.external", duration=800 * ms)
CAUSES = {
    # The trunk returns one way first: the standby steps back in silence, the owner never knew that it had a rival.
    "never": Cause(
        "advert-100ms",
        FIRST,
        faults.blackhole("trunk", direction="a-to-b", duration=550 * ms)
        & faults.blackhole("trunk", direction="b-to-a", duration=800 * ms),
    ),
    # The carrier is lost, the standby takes over for good; its announcements do not reach the far half, ever.
    "lost": Cause("nopreempt", SECOND, CARRIER & faults.garp_lost("gw-2") & faults.garp_lost("customer-3")),
    # They do, and the far half does not accept them, ever.
    "ignored": Cause("nopreempt", SECOND, CARRIER & faults.arp_ignored("gw-2") & faults.arp_ignored("customer-3")),
}

FLUSH, ANNOUNCE = mitigations.flush_arp("gateways"), mitigations.announce("external")
COLUMNS = {"never": "never sent", "lost": "sent, not delivered", "ignored": "delivered, not accepted"}
ROWS = {
    "flush": "flush the ARP caches of every gateway",
    "announce": "gratuitous ARP from the owner",
    "both": "flush, then gratuitous ARP",
    "one_forgotten": "flush, one gateway forgotten",
    "restart_owner": "restart keepalived on the owner",
    "restart_standby": "restart keepalived on the standby",
    "fail_over": "fail over on purpose, 3 s",
}
WHY = {
    "flush": "gw-2 asks in broadcast, and the owner's answer is unicast: a loss of announcements does not affect it. "
    "No operator can log in to customer-3; an entry that ignores ARP is static, and a flush spares it.",
    "announce": "the owner sends five broadcast requests with the VIP as sender and target: the frames that never "
    "came. Where announcements are lost, these are lost at the same port; where they are ignored, these are, too.",
    "both": "the sum of the two, and no more.",
    "one_forgotten": "gw-1 led to the owner already; no frame corrects a cache that is not flushed.",
    "restart_owner": "its last advert (priority 0) lets the other take over within its skew, 0.04 s to 0.06 s, with "
    "five announcements. Never sent: all caches get them, and those of the return 0.34 s later. Lost: the VIP moves to "
    "the node in the far half's caches, but the new owner asks for gw-2 and customer-3 with the VIP as sender, in "
    "broadcast, and that is lost like any announcement: their requests arrive and are never answered. Ignored: "
    "healed, because the VIP moves to the node in the wrong entries.",
    "restart_standby": "a standby sends no advert of priority 0 and no announcement: no VRRP or ARP frame leaves it.",
    "fail_over": "as a restart; the VIP is on the other node for as long as it lasts.",
}

RIGHT = {
    "never": {
        "flush": NEAR | {"gw-2"},
        "announce": CACHES,
        "both": CACHES,
        "one_forgotten": NEAR,
        "restart_owner": CACHES,
        "restart_standby": NEAR,
        "fail_over": CACHES,
    },
    "lost": {
        "flush": NEAR | {"gw-2"},  # an answer arrives: only announcements are lost
        "announce": NEAR,
        "both": NEAR | {"gw-2"},
        "one_forgotten": NEAR,
        "restart_owner": CACHES,  # the VIP moves to the node in the far half's caches
        "restart_standby": NEAR,
        "fail_over": CACHES,
    },
    "ignored": {
        "flush": NEAR,
        "announce": NEAR,
        "both": NEAR,
        "one_forgotten": NEAR,
        "restart_owner": CACHES,
        "restart_standby": NEAR,
        "fail_over": CACHES,
    },
}
"""Cause → act → the caches that lead to the owner in the end."""

BY_CONSTRUCTION = {("lost", "announce"), ("ignored", "flush"), ("ignored", "announce"), ("ignored", "both")}
"""(cause, act) with a result that our own ops decide, not the network: the op that drops announcements drops these too.

An entry that ignores ARP is PERMANENT here, and our flush spares PERMANENT entries: a flush may heal a real device with
that defect.
"""

SERVED = {("lost", "restart_owner"): NEAR, ("lost", "fail_over"): NEAR}
"""Where a cache that leads to the owner is not enough: the owner's answers need a way back, and may have it (see WHY).

Loose: any set of caches between this one and RIGHT may be served, because the order of two frames decides it.
"""

QUICK = {("lost", "flush"), ("never", "restart_owner")}
"""What `make nightly` does; the others are the soak's."""


def rows() -> Iterator[object]:
    for cause, acts in RIGHT.items():
        for act in acts:
            marks = [pytest.mark.configuration(CAUSES[cause].configuration)]
            marks.append(pytest.mark.nightly if (cause, act) in QUICK else pytest.mark.soak)
            yield pytest.param(cause, act, id=f"{cause}-{act}", marks=marks)


def steps(cause: Cause, act: str) -> dict[str, Mitigation]:
    """Name of the step → what is done in it, one after the other."""
    table: dict[str, dict[str, Mitigation]] = {
        "flush": {"flush": FLUSH},
        "announce": {"announce": ANNOUNCE},
        "both": {"flush": FLUSH, "announce": ANNOUNCE},
        "one_forgotten": {"flush": mitigations.flush_arp("gw-1")},
        "restart_owner": {"restart": mitigations.restart_keepalived(cause.owner)},
        "restart_standby": {"restart": mitigations.restart_keepalived(cause.standby)},
        "fail_over": {"fail over": mitigations.fail_over(cause.owner, duration=3 * s)},
    }
    return table[act]


def right(step: StepResult) -> set[str]:
    """The caches that lead to the owner of the VIP when the step ends."""
    owner = only_owner(step)
    return {cache for cache, reached in step.arp.items() if reached == owner}


def served(step: StepResult) -> set[str]:
    """The caches whose customers are served when the step ends."""
    vantages = step.history.topology.vantages
    return {vantages[name].cache for name, is_served in step.served.items() if is_served}


@pytest.mark.reproduction
@pytest.mark.parametrize("name,act", list(rows()))
def test_mitigation(trials: Trials, name: str, act: str) -> None:
    """One act under one cause: exactly the caches of the table lead to the owner afterwards."""
    cause = CAUSES[name]
    for trial in trials:
        blip = trial.step("blip", cause.blip, watch=2 * s)
        assert blip.arp == cause.arp
        for step, mitigation in steps(cause, act).items():
            blip = trial.step(step, mitigation, watch=3 * s)
        assert right(blip) == RIGHT[name][act]
        assert SERVED.get((name, act), RIGHT[name][act]) <= served(blip) <= RIGHT[name][act]


@pytest.mark.nightly
@pytest.mark.reproduction
@pytest.mark.configuration("advert-100ms")
def test_flush_while_dual(trials: Trials) -> None:
    """Flushed while both are masters, the far half asks, and the standby answers: the outage goes on."""
    for trial in trials:
        blip = trial.step("blip", meanwhile(CAUSES["never"].blip, FLUSH, at=500 * ms), watch=2 * s)
        assert blip.arp == CAUSES["never"].arp

"""Three causes of one outage: gratuitous ARP never sent, sent but not delivered, delivered but not accepted.

The post-mortem of June 13 says that the network failed to re-cache the balancers' MAC addresses. In each case a cache
keeps the wrong one; what to repair depends on which it was. Here a seeded choice breaks something else at each cache,
and the frames at its port must tell it from the others.
"""

import random

import pytest

from harness import faults
from harness.experiment import Trials
from harness.faults import Fault
from harness.model.units import ms, s

CACHES = ("gw-1", "gw-2", "customer-3")
ADVERT_INT = 100 * ms
AWAY = 2 * s  # the first balancer has no carrier: the second takes over and announces itself
NEVER, LOST, IGNORED = "never sent", "sent but not delivered", "delivered but not accepted"

Case = tuple[Fault, dict[str, str]]
"""The fault, and cache → the cause that must be named there; no other cache is stale."""


def silent_return(chance: random.Random) -> Case:
    """The trunk, or the master's uplink, returns one way first: the standby steps back in silence."""
    blackhole = faults.blackhole
    trunk = blackhole("trunk", direction="a-to-b", duration=550 * ms) & blackhole(
        "trunk", direction="b-to-a", duration=800 * ms
    )
    uplink = blackhole("lb-ext-1.external", direction="out", duration=550 * ms) & blackhole(
        "lb-ext-1.external", direction="in", duration=800 * ms
    )
    blip, stale = chance.choice([(trunk, ("gw-2", "customer-3")), (uplink, CACHES)])
    return blip, dict.fromkeys(stale, NEVER)


def takeover(chance: random.Random) -> Case:
    """A takeover that is announced, and at one cache or more the announcement is lost or ignored."""
    fault: Fault = faults.link_down("lb-ext-1.external", duration=AWAY)
    causes = {}
    for cache in chance.sample(CACHES, chance.randint(1, len(CACHES))):
        causes[cache] = chance.choice((LOST, IGNORED))
        broken = faults.garp_lost if causes[cache] == LOST else faults.arp_ignored
        fault &= broken(cache, duration=AWAY)
    return fault, causes


def case(seed: int, attempt: int) -> Case:
    """The same seed and attempt, the same case."""
    chance = random.Random(f"{seed}/{attempt}")  # noqa: S311
    fault, causes = chance.choice((silent_return, takeover, takeover))(chance)
    return fault.aligned("external", phase=chance.randrange(ADVERT_INT)), causes


@pytest.mark.nightly
@pytest.mark.reproduction
@pytest.mark.configuration("advert-100ms")
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (2, 3))])
def test_causes(trials: Trials, seed: int) -> None:
    """A seeded fault: at each stale cache the right cause is named, and no other cache is called stale."""
    for trial in trials:
        fault, causes = case(seed, len(trials.outcomes))
        blip = trial.step("blip", fault, watch=2 * s)
        assert blip.stale_because == causes

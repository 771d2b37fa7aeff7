"""Rules that no recording of tests/data shows: by the rules alone, on a schedule that would show each on a lab."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest

from harness import faults, mitigations
from harness.faults import Fault
from harness.lab import compose
from harness.mitigations import Mitigation
from harness.model.ops import Part
from harness.model.topology import Topology
from harness.model.units import ms, s
from harness.search.subject import of_configuration
from tests.unit.simulation.broken import BROKEN, NO_RECORDING

Planned = Fault | Mitigation
FIRST, SECOND = "lb-ext-1", "lb-ext-2"
FAR: Final = ("gw-2", "10.77.0.100")
"""A cache beyond the trunk."""


class Shown(NamedTuple):
    """`planned`: (begin, what). `leads`: where the far cache leads to in the end. `masters`: of whom, in order."""

    rule: str
    configuration: str
    planned: tuple[tuple[int, Planned], ...]
    leads: str
    masters: tuple[str, ...]


def blip(*more: tuple[int, Planned]) -> tuple[tuple[int, Planned], ...]:
    """June 13: the far half keeps the standby, which stepped back in silence."""
    return (
        (0, faults.blackhole("trunk", direction="a-to-b", duration=550 * ms)),
        (0, faults.blackhole("trunk", direction="b-to-a", duration=800 * ms)),
        *more,
    )


SHOWN: Final = (
    Shown(
        "a new keepalived waits for one interval alone",
        "advert-100ms",
        (
            (0, faults.killed(SECOND, service="keepalived", duration=4 * s)),
            (0, faults.killed(FIRST, service="keepalived", duration=1_500 * ms)),
        ),
        FIRST,
        (FIRST,),
    ),
    Shown(
        "owners ask for no device", "advert-100ms", blip((2_800 * ms, mitigations.flush_arp(FIRST))), FIRST, (SECOND,)
    ),
    Shown(
        "an entry is never locked", "advert-100ms", blip((900 * ms, mitigations.flush_arp(FIRST))), SECOND, (SECOND,)
    ),
    Shown(
        "of equals the lower address wins",
        "equal-priority",
        ((0, faults.blackhole("trunk", duration=5 * s)),),
        SECOND,
        (SECOND,),
    ),
    Shown("switches learn nothing", "use-vmac", ((0, faults.blackhole("trunk", duration=20 * s)),), SECOND, (SECOND,)),
)
BY_RULE: Final = {shown.rule: shown for shown in SHOWN}


class Done(NamedTuple):
    leads: str | None
    masters: tuple[tuple[int, str], ...]


def done(shown: Shown) -> Done:
    pair = of_configuration(shown.configuration, compose.topology(())).pair("external")
    pair.world.begin(pair._at_rest(45 * ms))
    pair.world.plan(_parts(pair.topology, shown))
    pair.world.run(12 * s)
    masters = tuple((each.t, each.node) for each in pair.told() if each.state == "MASTER")
    return Done(pair.world.caches.lead(FAR), masters)


def _parts(topology: Topology, shown: Shown) -> Iterator[Part]:
    for begin, what in shown.planned:
        for part in what.plan(topology).parts:
            yield Part(part.op, part.begin_ns + begin, None if part.end_ns is None else part.end_ns + begin)


@pytest.mark.parametrize("rule", BY_RULE)
def test_what_the_rule_leads_to(rule: str) -> None:
    shown = BY_RULE[rule]
    happened = done(shown)
    assert (happened.leads, tuple(node for _, node in happened.masters)) == (shown.leads, shown.masters)


@pytest.mark.parametrize("rule", BY_RULE)
def test_it_is_noticed_when_the_rule_is_broken(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, (owner, attribute, instead, recording) = BY_RULE[rule], BROKEN[rule]
    assert recording == NO_RECORDING, "a recording shows it by now"
    sound = done(shown)
    monkeypatch.setattr(owner, attribute, instead)
    assert done(shown) != sound

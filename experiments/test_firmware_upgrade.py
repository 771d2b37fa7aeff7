"""June 13 through an upgrade: an interconnect restarts, the first balancer is cut off, and not every cache follows.

Runs on the usual lab, and with GLBP: `harness up --topology docs/glbp.yaml`, `harness run firmware_upgrade --lab glbp`.
With GLBP there is one right answer per forwarder: each gateway's cache decides for the hosts of its forwarder.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pytest

from experiments.pair import CACHES, FIRST, SECOND, led, only_owner
from harness import checks, faults, mitigations
from harness.experiment import StepResult, Trial, Trials
from harness.faults import Fault
from harness.model.topology import Topology
from harness.model.units import ms, s

CUT = 500 * ms
PHASE = 80 * ms
"""After an advert, 0.1 s apart: the backup takes over at +0.28 s. The preferred node's advert is the first after the
cut, at +0.52 s, 40 ms after the backup's third. On a busy machine each advert is up to 4 ms late, so a cut of 800 ms
left too little: the backup's sixth advert then reached the preferred node, which announced itself (1 of 1 with GLBP).
"""
FORWARDER = {"gw-1": 1, "gw-2": 2}
FAR = ("gw-2", "customer-3")


class Seen(NamedTuple):
    """Of a vantage point when a step ends. `forwarder`: of the gateways of its segment; None without GLBP."""

    cache: str
    forwarder: int | None
    reached: str | None
    served: bool


def seen(step: StepResult) -> dict[str, Seen]:
    """As the history tells: with GLBP the gateway is the one that forwards for the host, whatever the file says."""
    tables, topology = step.history.tables, step.history.topology
    found: dict[str, Seen] = {}
    for name, vantage in topology.vantages.items():
        pinned = tables.forwarders.pinned(name, step.step.ends_ns)
        cache = (tables.forwarders.gateway_of(name, step.step.ends_ns) if pinned else None) or vantage.cache
        found[name] = Seen(cache, pinned.forwarder if pinned else None, step.arp[cache], step.served[name])
    return found


def expected(step: StepResult, reached: Mapping[str, str], owner: str) -> dict[str, Seen]:
    """`reached`: cache → node. Each vantage point is served if its cache leads to the owner, and no other one is."""
    topology = step.history.topology
    caches = {name: vantage.cache for name, vantage in topology.vantages.items()}
    return {
        name: Seen(cache, FORWARDER[cache] if topology.way_out(name) else None, reached[cache], reached[cache] == owner)
        for name, cache in caches.items()
    }


def cut(topology: Topology) -> Fault:
    """All that is behind the first interconnect; without interconnects, the first balancer's cable."""
    return faults.firmware_upgrade("uplink-a" if "uplink-a" in topology.trunks else f"{FIRST}.external", duration=CUT)


@dataclass(frozen=True)
class Cause:
    """`owner`: who has the VIP after the upgrade. `split`: cache → node, for as long as one watches."""

    configuration: str
    owner: str
    split: Mapping[str, str]


NEAR_FOLLOWED = {"gw-1": SECOND, **dict.fromkeys(FAR, FIRST)}
CAUSES = {
    # The guest loses its carrier, the standby stays owner, and its announcements do not reach the far caches.
    "lost": Cause("nopreempt", SECOND, NEAR_FOLLOWED),
    # They do, and the far caches do not accept them.
    "ignored": Cause("nopreempt", SECOND, NEAR_FOLLOWED),
    # The guest keeps its carrier. The standby announced itself and steps back in silence: every cache is wrong, and the
    # first gateway's is rebuilt (it timed out, or an operator came there first).
    "never": Cause("advert-100ms", FIRST, {"gw-1": FIRST, **dict.fromkeys(FAR, SECOND)}),
}
AFTERMATH = 7 * s
"""So long announcements do not arrive: keepalived's second burst (+5 s) would correct the caches."""
QUICK: set[str] = set()
"""What `make test` does: no row yet. docs/glbp.md says how often each has been measured."""


def upgrade(trial: Trial, name: str) -> StepResult:
    """Ends in the observable state of June 13."""
    if name == "never":
        fault = cut(trial.run.lab.topology).aligned("external", phase=PHASE)
        blip = trial.step("upgrade", fault, watch=6 * s)
        assert seen(blip) == expected(blip, dict.fromkeys(CACHES, SECOND), FIRST), "a takeover, and no way back"
        assert blip.check(checks.survivor_announced).violated
        return trial.step("one gateway is rebuilt", mitigations.flush_arp("gw-1"), watch=4 * s)
    fault = faults.firmware_upgrade(f"{FIRST}.external", duration=CUT, carrier="lost")
    for cache in FAR:
        kept = faults.garp_lost if name == "lost" else faults.arp_ignored
        fault &= kept(cache, duration=AFTERMATH)
    return trial.step("upgrade", fault, watch=3 * s)


def outages() -> Iterator[object]:
    for name, cause in CAUSES.items():
        marks = [pytest.mark.configuration(cause.configuration)]
        yield pytest.param(name, id=name, marks=marks if name in QUICK else [*marks, pytest.mark.soak])


@pytest.mark.reproduction
@pytest.mark.parametrize("name", list(outages()))
@pytest.mark.lasts(40 * s)
def test_upgrade(trials: Trials, name: str) -> None:
    """Some parts lead to the backup, others to the primary; repaired as it was that night, in that order."""
    cause = CAUSES[name]
    for trial in trials:
        split = upgrade(trial, name)
        assert only_owner(split) == cause.owner
        assert seen(split) == expected(split, cause.split, cause.owner)
        assert split.check(checks.no_stale_arp).violated
        flushed = trial.step("flush", mitigations.flush_arp("gateways"), watch=3 * s)
        healed = dict.fromkeys(CACHES, cause.owner)
        own = {"customer-3": cause.split["customer-3"]}
        assert seen(flushed) == expected(flushed, healed | own, cause.owner), "customers with a layer 2 of their own"
        announced = trial.step("announce", mitigations.announce("external"), watch=3 * s)
        assert seen(announced) == expected(announced, healed, cause.owner)


ALL, NONE = set(CACHES), set[str]()
RIGHT: Mapping[str, tuple[str, set[str]]] = {
    "none": ("advert-100ms", NONE),
    "one-interconnect": ("advert-100ms", ALL),
    "advert-1s": ("default", ALL),
    "send-advert": ("higher-prio-send-advert", ALL),
    "refresh": ("garp-master-refresh", ALL),
    "vmac": ("use-vmac-arp-announce", ALL),
    "heartbeat": ("heartbeat-internal", ALL),
}
"""Prevention → the configuration, and the caches that lead to the owner in the end. Upgraded as in `never`.

No GLBP: the same rows on the usual lab. The result is the same: a cache is wrong by itself, in each gateway.
"""
WHY = {
    "none": "the first balancer never learns that it had a rival, so it sends no gratuitous ARP.",
    "one-interconnect": "the standby takes over behind the same cut: no cache hears it. The customers' gap is as long.",
    "advert-1s": "the cut ends before three adverts are missing: no takeover.",
    "send-advert": "the standby's last advert tells the master of its rival, and the master announces itself.",
    "refresh": "the master announces itself every 10 s anyway.",
    "vmac": "both balancers answer with one MAC address; the next advert leads the switches back.",
    "heartbeat": "adverts take another interconnect's way, so there is no takeover.",
}
WATCH = {"refresh": 12 * s}


def preventions() -> Iterator[object]:
    for name, (configuration, right) in RIGHT.items():
        kind = pytest.mark.gate if right == ALL else pytest.mark.reproduction
        marks = [pytest.mark.configuration(configuration), kind, pytest.mark.soak]
        yield pytest.param(name, id=name, marks=marks)


def prevented(name: str, topology: Topology) -> Fault:
    """Behind one interconnect both balancers are cut, from the network and from each other."""
    fault = cut(topology)
    if name == "one-interconnect":
        fault &= faults.firmware_upgrade(f"{SECOND}.external", duration=CUT)
    return fault if name == "heartbeat" else fault.aligned("external", phase=PHASE)


@pytest.mark.parametrize("name", list(preventions()))
def test_prevention(trials: Trials, name: str) -> None:
    """One setting or design, the same upgrade: exactly the caches of the table lead to the owner afterwards."""
    for trial in trials:
        step = trial.step("upgrade", prevented(name, trial.run.lab.topology), watch=WATCH.get(name, 6 * s))
        owner = only_owner(step)
        other = SECOND if owner == FIRST else FIRST
        right = RIGHT[name][1]
        reached = {cache: owner if cache in right else other for cache in CACHES}
        assert led(step) == reached
        assert seen(step) == expected(step, reached, owner)

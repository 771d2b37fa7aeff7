"""Faults are data: what is exported, how they are combined, and what is refused before anything is started."""

from types import ModuleType

import msgspec
import pytest

from harness import faults, mitigations
from harness.cli._parameters import family
from harness.faults import Fault
from harness.mitigations import Mitigation
from harness.model.errors import BadValue, UnknownName
from harness.model.ops import Alignment, Announce, Drop, FlushNeighbours, LinkDown, Signal
from harness.model.units import ms, s
from tests.planned import LAB, ops, times


@pytest.mark.parametrize("folder, base", [(faults, Fault), (mitigations, Mitigation)], ids=["faults", "mitigations"])
def test_what_is_exported_has_the_name_of_its_file(folder: ModuleType, base: type[msgspec.Struct]) -> None:
    """The folder is the registry: `harness inject NAME` and `faults.NAME` are the same."""
    exported = {name: getattr(folder, name) for name in folder.__all__ if name != base.__name__}
    assert exported.items() <= family(folder, base).items()


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="defines 0 kinds of Mitigation"):
        family(faults, Mitigation)


def test_together_keeps_each_duration() -> None:
    both = faults.blackhole("trunk", direction="a-to-b", duration=550 * ms) & faults.blackhole(
        "trunk", direction="b-to-a", duration=800 * ms
    )
    plan = both.plan(LAB)
    assert [part.end_ns for part in plan.parts] == [550 * ms, 800 * ms]
    assert plan.ends_ns == 800 * ms
    assert both.targets() == ("trunk",)
    assert both.describe() == "blackhole trunk a-to-b for 550 ms & blackhole trunk b-to-a for 800 ms"


def test_aligned_in_any_company() -> None:
    """One alignment starts them all, whichever member asked for it, and none is lost."""
    trunk, frozen = faults.blackhole("trunk", duration=ms), faults.freeze("lb-ext-1", duration=ms)
    wanted = Alignment(("lb-ext-1.external", "lb-ext-2.external"), 51, 37 * ms, 2)
    for fault in (
        (trunk & frozen).aligned("external", phase=37 * ms, skip=2),
        trunk.aligned("external", phase=37 * ms, skip=2) & frozen,
        trunk & frozen.aligned("external", phase=37 * ms, skip=2),
    ):
        plan = fault.plan(LAB)
        assert plan.alignment == wanted
        assert len(plan.parts) == 7
        assert set(fault.targets()) == {"trunk", "lb-ext-1"}
        assert "37 ms after an advert of external" in fault.describe()
    assert trunk.aligned("external", node="lb-ext-2").plan(LAB).alignment == Alignment(
        ("lb-ext-2.external",), 51, ms, 0
    )


@pytest.mark.parametrize(
    "fault, error, words",
    [
        (faults.blackhole("trnk"), UnknownName, "Did you mean 'trunk'"),
        (faults.blackhole("trunk", direction="out"), BadValue, "a-to-b, b-to-a, both"),
        (faults.blackhole("lb-ext-1", direction="a-to-b"), BadValue, "out, in, both"),
        (faults.blackhole("trunk", duration=0), BadValue, "positive"),
        (faults.blackhole("trunk", duration=-5), BadValue, "-5"),
        (faults.link_down("sw-a"), UnknownName, "lb-ext-1"),
        (faults.freeze("lb-ext-3"), UnknownName, "Did you mean 'lb-ext-"),
        (faults.garp_lost("gw-2", direction="out"), BadValue, "in, both"),
        (faults.garp_lost("trunk", direction="in"), BadValue, "a-to-b, b-to-a, both"),
        (faults.garp_lost("gw-2", virtual_router="externl"), UnknownName, "external"),
        (faults.garp_lost("customer-1"), BadValue, "a node on the segment external"),
        (faults.garp_lost("trunk-int"), BadValue, "a trunk or a node on the segment external"),
        (faults.garp_lost("gw-2", vip="10.77.0.101"), UnknownName, "10.77.0.100"),
        (faults.arp_ignored("gw-2", vip="10.77.0.101"), UnknownName, "10.77.0.100"),
        (faults.arp_ignored("customer-1"), UnknownName, "port of customer-1"),
        (faults.arp_ignored("gw-9"), UnknownName, "Did you mean 'gw-"),
        (faults.arp_ignored("gw-2", duration=0), BadValue, "positive"),
        (faults.blackhole("trunk").aligned("externl"), UnknownName, "external"),
        (faults.blackhole("trunk").aligned("external", node="gw-1"), BadValue, "lb-ext-1, lb-ext-2"),
        (faults.blackhole("trunk").aligned("external", phase=-1), BadValue, "0 or more"),
        (faults.blackhole("trunk").aligned("external", skip=-1), BadValue, "0 or more"),
    ],
    ids=lambda value: value.describe() if isinstance(value, faults.Fault) else "",
)
def test_refused(fault: faults.Fault, error: type[Exception], words: str) -> None:
    """The sentence names the bad value and the valid ones."""
    with pytest.raises(error, match=words):
        fault.plan(LAB)


def test_flush_reaches_network_devices_only() -> None:
    """Nobody can log in to a customer's own layer 2."""
    assert ops(mitigations.flush_arp("gateways").plan(LAB)) == [FlushNeighbours("gw-1"), FlushNeighbours("gw-2")]
    with pytest.raises(UnknownName, match="gateways"):
        mitigations.flush_arp("gatways").plan(LAB)


def test_announce_names_the_pair() -> None:
    assert ops(mitigations.announce("external").plan(LAB)) == [Announce("external")]
    with pytest.raises(UnknownName, match="external"):
        mitigations.announce("internl").plan(LAB)


def test_mitigations_are_acts() -> None:
    """They need no lease, so that operators can act while a fault is held."""
    planned = [*mitigations.flush_arp().plan(LAB).parts, *mitigations.announce().plan(LAB).parts]
    assert all(not part.op.held for part in planned)


def test_one_fault_follows_another() -> None:
    first = faults.blackhole("trunk", direction="a-to-b", duration=550 * ms)
    both = first.then(faults.link_down("gw-1.external", duration=100 * ms), 200 * ms)
    assert times(both.plan(LAB)) == [
        (Drop("trunk.b", "ingress"), 0, 550 * ms),
        (LinkDown("gw-1.external"), 750 * ms, 850 * ms),
    ]
    assert both.targets() == ("trunk", "gw-1.external")
    assert both.describe() == "blackhole trunk a-to-b for 550 ms, then 200 ms later link down gw-1.external for 100 ms"


def test_what_follows_may_be_held_and_the_whole_may_be_aligned() -> None:
    held = faults.link_down("lb-ext-1", duration=ms).then(faults.hung("lb-ext-1", "haproxy"))
    assert times(held.plan(LAB))[-1] == (Signal("lb-ext-1", "haproxy"), 2 * ms, None)  # after the end, not with it
    assert held.aligned(phase=5 * ms).plan(LAB).alignment is not None


@pytest.mark.parametrize(
    "first, second, pause, said",
    [
        (faults.freeze("gw-1"), faults.freeze("gw-2"), s, "an end of freeze gw-1 until undone"),
        (faults.freeze("gw-1", duration=s), faults.freeze("gw-2"), 0, "1 ms or more"),
        (faults.freeze("gw-1", duration=s), faults.freeze("gw-2").aligned(), s, "only of the first fault"),
    ],
)
def test_what_cannot_follow_is_refused(first: Fault, second: Fault, pause: int, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        first.then(second, pause).plan(LAB)

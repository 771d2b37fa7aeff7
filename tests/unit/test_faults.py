"""Faults are data: what each one plans, and what it refuses before anything is started."""

from types import ModuleType

import msgspec
import pytest

from harness import faults, mitigations
from harness.cli._parameters import family
from harness.faults import Fault
from harness.lab.compose import topology
from harness.mitigations import Mitigation
from harness.model.errors import BadValue, UnknownName
from harness.model.ops import (
    Alignment,
    Announce,
    Drop,
    DropGarp,
    FlushNeighbours,
    LinkDown,
    PinNeighbour,
    Plan,
    Signal,
)
from harness.model.units import ms

LAB = topology()


def ops(plan: Plan) -> list[object]:
    return [part.op for part in plan.parts]


@pytest.mark.parametrize("folder, base", [(faults, Fault), (mitigations, Mitigation)], ids=["faults", "mitigations"])
def test_what_is_exported_has_the_name_of_its_file(folder: ModuleType, base: type[msgspec.Struct]) -> None:
    """The folder is the registry: `harness inject NAME` and `faults.NAME` are the same."""
    exported = {name: getattr(folder, name) for name in folder.__all__ if name != base.__name__}
    assert exported.items() <= family(folder, base).items()


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="defines 0 kinds of Mitigation"):
        family(faults, Mitigation)


def test_trunk_directions() -> None:
    """a-to-b enters switch b: it is dropped where it comes in."""
    assert ops(faults.blackhole("trunk", direction="a-to-b").plan(LAB)) == [Drop("trunk.b", "ingress")]
    assert ops(faults.blackhole("trunk", direction="b-to-a").plan(LAB)) == [Drop("trunk.a", "ingress")]
    assert len(ops(faults.blackhole("trunk").plan(LAB))) == 2


def test_node_directions() -> None:
    """What a node sends comes in at its switch port."""
    assert ops(faults.blackhole("lb-ext-1.external", direction="out").plan(LAB)) == [
        Drop("lb-ext-1.external", "ingress")
    ]
    assert ops(faults.blackhole("lb-ext-1.external", direction="in").plan(LAB)) == [Drop("lb-ext-1.external", "egress")]


def test_a_node_means_all_its_ports() -> None:
    assert ops(faults.link_down("lb-ext-1").plan(LAB)) == [LinkDown("lb-ext-1.external"), LinkDown("lb-ext-1.internal")]


def test_freeze_stops_processes_and_silences_the_card() -> None:
    """A frozen machine's kernel answers no ARP either."""
    planned = ops(faults.freeze("lb-ext-1").plan(LAB))
    assert planned[0] == Signal("lb-ext-1")
    assert len(planned) == 5


def test_together_keeps_each_duration() -> None:
    both = faults.blackhole("trunk", direction="a-to-b", duration=550 * ms) & faults.blackhole(
        "trunk", direction="b-to-a", duration=800 * ms
    )
    plan = both.plan(LAB)
    assert [part.end_ns for part in plan.parts] == [550 * ms, 800 * ms]
    assert plan.ends_ns == 800 * ms
    assert both.targets() == ("trunk",)
    assert both.describe() == "blackhole trunk a-to-b for 550 ms & blackhole trunk b-to-a for 800 ms"


def test_garp_lost_where_it_would_leave_the_switch() -> None:
    """At a cache's own port, or on its way along a trunk; of that pair's VIP only."""
    vip = LAB.virtual_router("external").first.address
    assert ops(faults.garp_lost("gw-2").plan(LAB)) == [DropGarp("gw-2.external", "egress", vip)]
    assert ops(faults.garp_lost("trunk", direction="a-to-b").plan(LAB)) == [DropGarp("trunk.a", "egress", vip)]
    assert len(ops(faults.garp_lost("trunk").plan(LAB))) == 2


def test_arp_ignored_pins_the_entry_of_the_vip() -> None:
    planned = faults.arp_ignored("customer-3", duration=2 * ms).plan(LAB)
    assert ops(planned) == [PinNeighbour("customer-3", LAB.virtual_router("external").first.address)]
    assert planned.ends_ns == 2 * ms


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
        (faults.link_down("trunk"), UnknownName, "lb-ext-1"),
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

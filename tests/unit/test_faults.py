"""Faults are data: what each one plans, and what it refuses before anything is started."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import msgspec
import pytest

from harness import faults, mitigations
from harness.cli._parameters import family
from harness.faults import Fault
from harness.faults.check_broken import How
from harness.lab.compose import overlays, topology
from harness.mitigations import Mitigation
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.folders import COMPOSE
from harness.model.ops import (
    AddressGone,
    AddressKeptAway,
    AddressTaken,
    Alignment,
    Announce,
    AnyOp,
    Corrupt,
    Delay,
    DeleteAddress,
    Drop,
    DropGarp,
    DropVrrp,
    FileSwapped,
    FlushNeighbours,
    ForceOpen,
    ForgetKernel,
    IgnoreChanges,
    LimitGarp,
    LimitRate,
    LinkDown,
    Lose,
    OpenLate,
    PinNeighbour,
    Plan,
    ServiceDown,
    ServiceKill,
    ServiceKilled,
    Side,
    Signal,
    SpeakVrrp,
    Toxic,
)
from harness.model.services import SERVICES
from harness.model.units import ms, s
from tests.full_network import full

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


def times(plan: Plan) -> list[tuple[object, int, int | None]]:
    return [(part.op, part.begin_ns, part.end_ns) for part in plan.parts]


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


def test_carrier_flaps_until_the_duration_is_over() -> None:
    planned = faults.flapping("gw-1.external", down=300 * ms, up=200 * ms, duration=1_200 * ms).plan(LAB)
    down = LinkDown("gw-1.external")
    assert times(planned) == [(down, 0, 300 * ms), (down, 500 * ms, 800 * ms), (down, 1_000 * ms, 1_200 * ms)]


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"down": 0}, "Invalid down|down.*a positive number"),
        ({"up": -1}, "up.*a positive number"),
        ({"duration": 0}, "duration.*a positive number"),
        ({"down": 1, "up": 1}, "1000 times at most"),
    ],
)
def test_flaps_that_cannot_be_meant_are_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        faults.flapping("gw-1.external", **wrong).plan(LAB)


WITH_DATABASES = topology(overlays())


@pytest.mark.parametrize(
    "fault, toxic, words",
    [
        (faults.link_silent("db-1"), ("timeout", (("timeout", 0),)), "silent link to db-1, until undone"),
        (
            faults.link_silent("db-1", 2 * s),
            ("timeout", (("timeout", 2_000),)),
            "silent link to db-1, closed after 2 s, until undone",
        ),
        (
            faults.link_reset("db-1", 5 * ms, s),
            ("reset_peer", (("timeout", 5),)),
            "connections to db-1 reset after 5 ms, for 1 s",
        ),
        (faults.narrow_link("db-1", 20), ("bandwidth", (("rate", 20),)), "link to db-1 with 20 kB/s, until undone"),
        (
            faults.slow_close("db-1", 5 * s),
            ("slow_close", (("delay", 5_000),)),
            "connections to db-1 close 5 s late, until undone",
        ),
    ],
)
def test_what_happens_to_connections_is_a_toxic(
    fault: Fault, toxic: tuple[str, tuple[tuple[str, int], ...]], words: str
) -> None:
    assert ops(fault.plan(WITH_DATABASES)) == [Toxic("db-1", "clients", *toxic)]
    assert fault.describe() == words


@pytest.mark.parametrize(
    "fault, said",
    [
        (faults.link_silent("lb-ext-1"), "a node of the kind database: db-1, db-2"),
        (faults.link_reset("db-1", 500), "a whole number of milliseconds"),
        (faults.slow_close("db-1", -ms), "a whole number of milliseconds"),
        (faults.narrow_link("db-1", 0), "from 1 to 10,000,000"),
    ],
)
def test_connections_that_cannot_be_harmed_so_are_refused(fault: Fault, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        fault.plan(WITH_DATABASES)


def test_a_lab_without_databases_says_that_it_has_none() -> None:
    with pytest.raises(BadValue, match="this lab has none"):
        faults.slow_query("lb-ext-1").plan(LAB)


FIRST, SECOND = LAB.virtual_router("external").nodes
OWN, VIP = LAB.node(FIRST).port("external").address, "10.77.0.100"


def test_adverts_are_lost_on_the_side_that_the_direction_names() -> None:
    port = f"{FIRST}.external"
    assert ops(faults.vrrp_lost(port).plan(LAB)) == [DropVrrp(port, "ingress", False), DropVrrp(port, "egress", False)]
    assert ops(faults.vrrp_lost(port, "out", multicast=True).plan(LAB)) == [DropVrrp(port, "ingress", True)]


@pytest.mark.parametrize(
    "fault, op",
    [
        (faults.hung(FIRST, "haproxy"), Signal(FIRST, "haproxy")),
        (faults.stopped(FIRST, "keepalived"), ServiceDown(FIRST, "keepalived")),
        (faults.killed(FIRST, "keepalived"), ServiceKilled(FIRST, "keepalived")),
        (faults.killed(FIRST, "keepalived", restart="at-once"), ServiceKill(FIRST, "keepalived")),
    ],
    ids=["hung", "stopped", "killed", "killed at once"],
)
def test_a_service_ends_in_one_of_four_ways(fault: Fault, op: AnyOp) -> None:
    assert ops(fault.plan(LAB)) == [op]
    assert fault.targets() == (FIRST,)


def test_a_service_that_starts_at_once_cannot_stay_killed_for_a_time() -> None:
    with pytest.raises(BadValue, match="none with restart at-once"):
        faults.killed(FIRST, "haproxy", restart="at-once", duration=s).plan(LAB)


@pytest.mark.parametrize("fault", [faults.hung, faults.stopped, faults.killed])
def test_only_a_node_has_services_and_each_kind_its_own(fault: Callable[[str, str], Fault]) -> None:
    with pytest.raises(UnknownName, match="trunk"):
        fault("trunk", "haproxy").plan(LAB)
    with pytest.raises(UnknownName, match=r"no service of lb-ext-1 'haproxi'\. Did you mean 'haproxy'"):
        fault(FIRST, "haproxi").plan(LAB)
    with pytest.raises(UnknownName, match=r"no service of gw-1 'haproxy'.*Valid: none"):
        fault("gw-1", "haproxy").plan(LAB)


def test_services_are_those_of_the_images() -> None:
    """compose/IMAGE/service has a folder for each."""
    folders = {
        kind: {path.name for path in (COMPOSE / {"report": "api"}.get(kind, kind) / "service").glob("*")}
        for kind in {node.kind for node in WITH_DATABASES.nodes.values()} - {"customer"}
    }
    assert {kind: set(SERVICES.get(kind, ())) for kind in folders} == folders


def test_a_power_cut_ends_cables_then_processes_and_then_what_the_kernel_knew() -> None:
    assert times(faults.power_cut(FIRST, duration=5 * s).plan(LAB)) == [
        (LinkDown(f"{FIRST}.external"), 0, 5 * s),
        (LinkDown(f"{FIRST}.internal"), 0, 5 * s),
        (ServiceKilled(FIRST), 20 * ms, 5 * s),
        (ForgetKernel(FIRST), 200 * ms, None),
        (ForgetKernel(FIRST), 2 * s, None),
    ]
    assert ops(faults.power_cut("gw-1", duration=s).plan(LAB))[-1] == ForgetKernel("gw-1")
    with pytest.raises(BadValue, match="a node that is no customer"):
        faults.power_cut("customer-1").plan(LAB)


def test_a_power_cut_lasts_until_the_kernel_has_forgotten() -> None:
    assert faults.power_cut(FIRST, duration=401 * ms).plan(LAB).ends_ns == 401 * ms
    with pytest.raises(BadValue, match="more than 400 ms"):
        faults.power_cut(FIRST, duration=400 * ms).plan(LAB)


def test_an_own_address_is_gone_until_the_undo_and_a_vip_is_deleted_once() -> None:
    assert ops(faults.address_deleted(FIRST, OWN).plan(LAB)) == [AddressGone(FIRST, OWN)]
    assert ops(faults.address_deleted(FIRST).plan(LAB)) == [DeleteAddress(FIRST, VIP)]


def test_a_device_that_is_none_of_the_pair_takes_the_vip() -> None:
    assert ops(faults.address_taken("customer-3").plan(LAB)) == [AddressTaken("customer-3", VIP, "external")]
    named = faults.address_taken("customer-3", "external", VIP, s)
    assert named.plan(LAB).ends_ns == s
    assert named.describe() == "VIP of external 10.77.0.100 taken by customer-3 for 1 s"


@pytest.mark.parametrize("target", [FIRST, "customer-1"])
def test_a_vip_can_be_taken_on_its_own_segment_alone(target: str) -> None:
    with pytest.raises(BadValue, match="a node on the segment external outside external"):
        faults.address_taken(target).plan(LAB)


@pytest.mark.parametrize(
    "how, content, executable",
    [("gone", None, True), ("not-executable", "#!/bin/sh\n", False), ("fails", "#!/bin/sh\nexit 1\n", True)],
)
def test_a_check_breaks_as_its_file_is_swapped(how: How, content: str | None, *, executable: bool) -> None:
    fault = faults.check_broken(FIRST, "/usr/bin/pidof", how, s)
    assert ops(fault.plan(LAB)) == [FileSwapped(FIRST, "/usr/bin/pidof", content, executable)]
    assert fault.describe() == f"/usr/bin/pidof of {FIRST} {how.replace('-', ' ')} for 1 s"


@pytest.mark.parametrize(
    "target, path", [("gw-1", "/usr/bin/pidof"), (FIRST, "pidof"), (FIRST, "/etc/"), (FIRST, "/a\0")]
)
def test_a_check_is_a_file_of_a_balancer(target: str, path: str) -> None:
    with pytest.raises(BadValue):
        faults.check_broken(target, path).plan(LAB)


def test_a_manager_deletes_the_vip_again_and_again() -> None:
    planned = faults.address_deleted(FIRST, every=300 * ms, duration=s).plan(LAB)
    assert times(planned) == [(AddressKeptAway(FIRST, VIP, 300 * ms), 0, s)]


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"address": "10.77.0.99"}, "an address that lb-ext-1 may have: .*10.77.0.100"),
        ({"every": s, "duration": -1}, "a positive number"),
        ({"every": 10 * ms - 1, "duration": s}, "10 ms or more"),
    ],
)
def test_deletions_that_cannot_be_meant_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        faults.address_deleted(FIRST, **wrong).plan(LAB)


@pytest.mark.parametrize(
    "fault, words",
    [
        (faults.hung(FIRST, "haproxy", duration=s), "haproxy of lb-ext-1 hung for 1 s"),
        (faults.stopped(FIRST, "haproxy"), "haproxy of lb-ext-1 stopped until undone"),
        (faults.killed(FIRST, "haproxy"), "haproxy of lb-ext-1 killed until undone"),
        (faults.killed(FIRST, "api", restart="at-once"), "api of lb-ext-1 killed and started again at once"),
        (faults.power_cut(FIRST, duration=s), "power cut of lb-ext-1 for 1 s"),
        (faults.address_deleted(FIRST), "VIP deleted from lb-ext-1"),
        (faults.address_deleted(FIRST, VIP, 2 * s, 9 * s), "10.77.0.100 deleted from lb-ext-1 for 9 s"),
        (faults.vrrp_lost("trunk", multicast=True), "multicast VRRP lost at trunk both until undone"),
    ],
)
def test_each_fault_is_one_line(fault: Fault, words: str) -> None:
    assert fault.describe() == words


def test_a_stranger_speaks_with_the_vrid_of_the_pair() -> None:
    (speech,) = ops(faults.vrrp_stranger("customer-3", duration=s).plan(LAB))
    assert speech == SpeakVrrp("customer-3", "external", 51, 200, "10.77.0.254", 3, s)
    named = faults.vrrp_stranger("customer-3", "external", 100, VIP, "2", 500 * ms)
    assert ops(named.plan(LAB)) == [SpeakVrrp("customer-3", "external", 51, 100, VIP, 2, 500 * ms)]
    assert named.describe() == "adverts of external with priority 100 from customer-3 until undone"


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"target": FIRST}, "a node on the segment external outside external"),
        ({"target": "customer-1"}, "a node on the segment external outside external"),
        ({"priority": 0}, "from 1 to 255"),
        ({"priority": 256}, "from 1 to 255"),
        ({"interval": 10 * ms - 1}, "from 10 ms to 40 s"),
        ({"interval": 40 * s + 1}, "from 10 ms to 40 s"),
        ({"vip": "nowhere"}, "an IPv4 address"),
    ],
)
def test_an_advert_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        faults.vrrp_stranger(**{"target": "customer-3"} | wrong).plan(LAB)


@pytest.mark.parametrize(
    "fault, op, words",
    [
        (faults.loss(f"{FIRST}.external", 2.5), Lose(f"{FIRST}.external", "ingress", 2.5), "2.5 % of frames lost at"),
        (
            faults.corrupt(f"{FIRST}.external", 20),
            Corrupt(f"{FIRST}.external", "ingress", 20),
            "20 % of frames corrupt at",
        ),
        (
            faults.rate(f"{FIRST}.external", 1_500_000),
            LimitRate(f"{FIRST}.external", "ingress", 1_500_000),
            "limited to 1.5Mbit until undone",
        ),
    ],
    ids=["loss", "corrupt", "rate"],
)
def test_some_frames_of_each_direction(fault: Fault, op: Lose | Corrupt | LimitRate, words: str) -> None:
    """What a node sends comes in at its port. No single frame shows where such an op begins."""
    assert ops(fault.plan(LAB)) == [op, msgspec.structs.replace(op, side="egress")]
    assert fault.targets() == (op.leased,)
    assert words in fault.describe()
    assert op.blocks is None


def test_some_announcements_pass_up_to_a_rate() -> None:
    some = faults.garp_lost("gw-2", passing=2, duration=s)
    assert ops(some.plan(LAB)) == [LimitGarp("gw-2.external", "egress", VIP, 2)]
    assert some.describe() == "gratuitous ARP beyond 2 a second lost at gw-2 for 1 s"


@pytest.mark.parametrize(
    "fault, said",
    [
        *((faults.loss("trunk", percent), "from 0.01 to 100") for percent in (0, -1, 0.009, 100.1, float("nan"))),
        (faults.corrupt("trunk", 0), "from 0.01 to 100"),
        (faults.loss("trunk", 1, "out"), "a-to-b, b-to-a, both"),
        (faults.loss("trunk", 1, duration=0), "positive"),
        *((faults.rate("trunk", limit), "from 8kbit to 10Gbit") for limit in (0, -1, 7_999, 10_000_000_001)),
        *((faults.garp_lost("gw-2", passing=number), "from 1 to 1,000") for number in (0, -1, 1_001)),
    ],
)
def test_shares_and_rates_that_cannot_be_kept_are_refused(fault: Fault, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        fault.plan(LAB)


def test_frames_are_late_in_each_direction() -> None:
    fault = faults.delay("trunk", 50 * ms, 5 * ms, duration=s)
    ends: tuple[tuple[str, Side], ...] = (("trunk.b", "ingress"), ("trunk.a", "ingress"))
    assert ops(fault.plan(LAB)) == [Delay(end, side, 50 * ms, 5 * ms) for end, side in ends]
    assert fault.describe() == "trunk both late by 50 ms ± 5 ms for 1 s"
    assert faults.delay("trunk", s).describe() == "trunk both late by 1 s until undone"


@pytest.mark.parametrize(
    "fault, said",
    [
        (faults.delay("trunk", ms - 1), "latency is .*from 1 ms to 10 s"),
        (faults.delay("trunk", 10 * s + 1), "latency is .*from 1 ms to 10 s"),
        (faults.delay("trunk", ms, ms + 1), "jitter is .*up to the latency"),
        (faults.delay("trunk", ms, -1), "jitter is .*from 0 ms"),
        (faults.delay("trunk", ms, direction="in"), "a-to-b, b-to-a, both"),
    ],
)
def test_a_delay_that_cannot_be_kept_is_refused(fault: Fault, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        fault.plan(LAB)


def parts(fault: Fault) -> list[tuple[str, int, int | None]]:
    return [(str(part.op), part.begin_ns, part.end_ns) for part in fault.plan(topology(["databases"])).parts]


@pytest.mark.parametrize(
    "fault, expected",
    [
        (faults.card_vanished("lb-ext-1.external", s), [("card gone lb-ext-1.external", 0, s)]),
        (
            faults.card_replaced("lb-ext-1.external", away=500 * ms, duration=2 * s),
            [
                ("card gone lb-ext-1.external", 0, 500 * ms),
                ("mac changed lb-ext-1.external 02:ca:4d:00:00:01", ms, 2 * s),
            ],
        ),
        (faults.cpu_starved("gw-1", 2, 20 * s), [("cpu starved gw-1 2 30", 0, 20 * s)]),
        (faults.cpu_starved("gw-1", 2), [("cpu starved gw-1 2 610", 0, None)]),
        (faults.tmpfs_full("lb-ext-1"), [("folder filled lb-ext-1 /run", 0, None)]),
        (faults.open_files("lb-ext-1", "haproxy"), [("files limited lb-ext-1 haproxy", 0, None)]),
        (faults.lock_held("db-1", s), [("sql lock db-1", 0, s)]),
        (faults.connections_used_up("db-1"), [("sql connections db-1", 0, None)]),
        (faults.replication_lag("db-2", 30 * s), [("sql delayed db-2 30", 0, None)]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else "",
)
def test_what_a_fault_of_a_node_plans(fault: Fault, expected: list[tuple[str, int, int | None]]) -> None:
    assert parts(fault) == expected


@pytest.mark.parametrize("order", [("lb-ext-1", "lb-ext-2"), ("lb-ext-2", "lb-ext-1")])
def test_a_rolling_change_begins_with_the_node_that_is_named_first(order: tuple[str, str]) -> None:
    first, then = order
    fault = faults.configuration_changed(
        first, "advert_int 1", "advert_int 2", followed_by=then, pause=s, duration=5 * s
    )
    assert [(op.split()[2], begin, end) for op, begin, end in parts(fault)] == [(first, 0, 5 * s), (then, s, 5 * s)]
    assert fault.targets() == order


@pytest.mark.parametrize(
    "fault",
    [
        faults.card_vanished("trunk"),
        faults.card_replaced("lb-ext-1"),
        faults.card_replaced("lb-ext-1.external", "02:CA:4D:00:00:01"),
        faults.card_replaced("lb-ext-1.external", "01:ca:4d:00:00:01"),
        faults.configuration_changed("lb-ext-1", "x", "y", path="etc/x"),
        faults.card_replaced("lb-ext-1.external", away=2 * s, duration=s),
        faults.card_replaced("lb-ext-1.external", away=1),
        faults.cpu_starved("gw-1", 0),
        faults.cpu_starved("gw-1", 65),
        faults.cpu_starved("gw-1", 2, 3600 * s),
        faults.tmpfs_full("gw-1"),
        faults.tmpfs_full("lb-ext-1", "run"),
        faults.open_files("lb-ext-1", "nginx"),
        faults.configuration_changed("lb-ext-1", "", "x"),
        faults.configuration_changed("lb-ext-1", "x", "x"),
        faults.configuration_changed("lb-ext-1", "x", "y", followed_by="lb-ext-1"),
        faults.configuration_changed("lb-ext-1", "x", "y", followed_by="gw-1"),
        faults.configuration_changed("lb-ext-1", "x", "y", followed_by="lb-ext-2", pause=2 * s, duration=s),
        faults.lock_held("lb-ext-1"),
        faults.connections_used_up("api-1"),
        faults.replication_lag("db-2", 1_500 * ms),
        faults.replication_lag("db-2", 7200 * s),
    ],
    ids=lambda fault: fault.describe(),
)
def test_what_a_fault_of_a_node_refuses(fault: Fault) -> None:
    with pytest.raises(UsageError):
        fault.plan(topology(["databases"]))


@pytest.mark.parametrize(
    "fault, expected",
    [
        (faults.link_down("trunk"), [LinkDown("trunk.a")]),
        (faults.flush_suppressed("sw-c"), [IgnoreChanges("sw-c")]),
        (faults.reconvergence_late("sw-a", by=2 * s), [OpenLate("sw-a", 2 * s)]),
        (faults.ring_loop("trunk-ca"), [ForceOpen("trunk-ca.a"), ForceOpen("trunk-ca.b")]),
    ],
)
def test_faults_of_a_ring(fault: Fault, expected: list[AnyOp]) -> None:
    assert ops(fault.plan(full())) == expected


def test_one_direction_of_a_trunk_returns_first() -> None:
    plan = faults.one_direction_first("trunk", first="b-to-a", duration=1 * s, by=200 * ms).plan(LAB)
    assert [(str(part.op), part.end_ns) for part in plan.parts] == [
        ("drop trunk.a ingress", 1_000 * ms),
        ("drop trunk.b ingress", 1_200 * ms),
    ]


@pytest.mark.parametrize(
    "fault, said",
    [
        (faults.flush_suppressed("sw-a"), "none in this lab: harness up --network full"),
        (faults.reconvergence_late("sw-c"), "none in this lab"),
        (faults.ring_loop("trunk"), "none in this lab"),
        (faults.one_direction_first("gw-1"), "trunk"),
        (faults.one_direction_first("trunk", by=0), "by"),
        (faults.one_direction_first("trunk", duration=0), "duration"),
        (faults.link_down("sw-a"), "trunk"),
    ],
)
def test_a_lab_without_rings_refuses_their_faults(fault: Fault, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        fault.plan(LAB)


@pytest.mark.parametrize("by", [49 * ms, 61 * s])
def test_how_late_an_alternate_can_be(by: int) -> None:
    with pytest.raises(BadValue, match="from 50ms to 60s"):
        faults.reconvergence_late("sw-a", by=by).plan(full())

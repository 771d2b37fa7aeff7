"""Virtual routers of every shape, as the model, a template, bounds, a live view, faults and mitigations know them."""

import copy
from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from harness import faults, mitigations
from harness.cli.status import line, picture
from harness.experiment import steady
from harness.experiment.run import Run
from harness.experiment.session import instances, preferred
from harness.experiment.unsteady import undecided, unsteady
from harness.lab.live import Status, disagreement
from harness.lab.view import View
from harness.model.configuration import Configuration
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.events import AddressChanged, FdbChanged, NeighbourChanged, VrrpState
from harness.model.instance import instances_of
from harness.model.keepalived import parse_keepalived
from harness.model.keepalived_messages import PATH
from harness.model.keepalived_rules import NodeFiles, router_problems
from harness.model.limits import Limits
from harness.model.ops import Alignment, Announce, DropGarp, PinNeighbour, Plan, ServiceRestart
from harness.model.topology import Topology
from harness.model.units import ms, s
from tests.histories import keepalived_conf, lab
from tests.shapes import (
    INSIDE_VIP,
    LB1,
    LB2,
    LB3,
    SECOND_VIP,
    VIP,
    Shape,
    crossed,
    second_preferred,
    several_vips,
    synced,
    three_nodes,
)

SHAPES = [three_nodes(), crossed(), synced(), several_vips(), second_preferred()]
NODES = {node: {"x-lab": {"kind": "balancer"}} for node in (LB1, LB2, LB3)}
ROUTER: dict[str, Any] = {"segment": "out", "vrid": 51, "vips": ["10.0.0.1"], "nodes": [LB1, LB2]}


def declared(**changes: object) -> Topology:
    """Two segments, and one router with these fields changed. ``second``: another router."""
    second, name = changes.pop("second", None), str(changes.pop("named", "one"))
    routers = {name: copy.deepcopy(ROUTER) | changes} | ({"two": second} if second else {})
    vantages = {"customer": {"virtual_router": name, "cache": "customer"}}
    x_lab = {"segments": {"out": "10.0.0.0/22", "in": "10.0.4.0/24"}, "switches": {}, "trunks": {}}
    return Topology.from_compose(
        {"services": NODES, "x-lab": x_lab | {"virtual_routers": routers, "vantages": vantages}}
    )


def test_a_vip_has_its_segments_prefix_unless_it_says_another() -> None:
    written = ["10.0.0.1", "10.0.0.2/32", {"address": "10.0.4.1", "segment": "in", "excluded": True}]
    vips = declared(vips=written).virtual_router().vips
    assert [(vip.address, vip.prefix, vip.segment, vip.excluded) for vip in vips] == [
        ("10.0.0.1", 22, "out", False), ("10.0.0.2", 32, "out", False), ("10.0.4.1", 24, "in", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"nodes": [LB1]}, "two or more, each once"),
        ({"nodes": [LB1, LB1]}, "two or more, each once"),
        ({"nodes": [LB1, "lb-ext-9"]}, "no node of the virtual router one 'lb-ext-9'"),
        ({"vips": []}, "one or more, the first of them not excluded"),
        ({"vips": [{"address": "10.0.0.1", "excluded": True}]}, "one or more, the first of them not excluded"),
        ({"vips": ["10.0.0.300"]}, "VIP is '10.0.0.300'; valid is an IPv4 address"),
        ({"vips": ["10.0.0.1/many"]}, "VIP is '10.0.0.1/many'"),
        ({"vips": [{"address": "10.0.0.1", "segment": "beside"}]}, "no segment of the VIP 10.0.0.1 'beside'"),
        ({"segment": "beside"}, "no segment of the virtual router one 'beside'"),
        ({"vrid": 256}, "a number from 1 to 255"),
        ({"named": "my pair"}, "a name without spaces"),
        ({"vip": "10.0.0.1"}, "unknown field `vip`"),
        ({"second": ROUTER | {"vips": ["10.0.0.2"]}}, "two virtual routers of out have the VRID 51"),
        ({"second": ROUTER | {"vrid": 52, "nodes": [LB2, LB3]}}, "two VIPs of out have the address 10.0.0.1"),
        ({"second": ROUTER | {"segment": "in"}}, "two VIPs of lb-ext-1 have the address 10.0.0.1"),
    ],
)
def test_what_vrrp_cannot_run_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        declared(**changes)


def test_one_vrid_on_two_segments_is_none_of_it() -> None:
    topology = declared(second=ROUTER | {"segment": "in", "vips": ["10.0.4.1"]})
    assert [router.vmac for router in topology.virtual_routers.values()] == ["00:00:5e:00:01:33"] * 2


def test_a_vantage_point_asks_for_one_vip() -> None:
    topology = several_vips().topology
    asked = {name: topology.vip_of(vantage).address for name, vantage in topology.vantages.items()}
    assert asked == {"customer-1": VIP, "customer-2": VIP, "customer-3": SECOND_VIP, "customer-4": INSIDE_VIP}
    assert topology.asking(topology.virtual_router().vip(SECOND_VIP)) == ["customer-3"]
    assert topology.asking_any(topology.virtual_router()) == list(asked)
    with pytest.raises(UnknownName, match=f"no VIP of external '10.0.0.9'.*{VIP}"):
        topology.virtual_router().vip("10.0.0.9")


def test_a_port_is_on_a_segment() -> None:
    segment_of = several_vips().topology.segment_of
    assert [segment_of(port) for port in (f"{LB1}.internal", "trunk.a", "trunk-int.b")] == [
        "internal", "external", "internal",
    ]  # fmt: skip


def test_groups_have_a_node_for_each_side() -> None:
    x_lab: dict[str, Any] = {"segments": {"out": "10.0.0.0/24"}, "switches": {}, "trunks": {}, "vantages": {}}
    two = ROUTER | {"vrid": 52, "vips": ["10.0.0.2"], "nodes": [LB1, LB2, LB3]}
    x_lab |= {"virtual_routers": {"one": ROUTER, "two": two}, "groups": {"sides": ["one", "two"]}}
    with pytest.raises(UsageError, match="the group sides must have as many nodes each"):
        Topology.from_compose({"services": NODES, "x-lab": x_lab})


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_template_says_what_compose_says(shape: Shape) -> None:
    """Every node has an instance of each of its routers, with its VIPs, and the first listed the first priority."""
    for router in shape.topology.virtual_routers.values():
        limits = Limits.derive(shape.topology, shape.files).routers[router.name]
        for node in router.nodes:
            settings = limits.vrrp[node]
            assert (settings.instance, settings.vrid) == (router.name, router.vrid)
            assert settings.vips == tuple(vip.address for vip in router.vips)
            assert settings.excluded == tuple(vip.address for vip in router.vips if vip.excluded)
            assert settings.sync_group == router.sync_group
            assert limits.heartbeats[node] == f"{node}.{router.segment}"


def test_who_is_preferred() -> None:
    found = {shape.name: preferred(shape.topology, _named(shape), {}) for shape in SHAPES}
    assert found == {
        "three": {"external": LB1},
        "crossed": {"external": LB1, "inside": LB2},
        "synced": {"external": LB1, "inside": LB1},
        "vips": {"external": LB1},
        "second": {"external": LB2},
    }


def _named(shape: Shape) -> dict[str, dict[str, str]]:
    return {node: {PATH: text} for node, text in shape.files.items()}


def test_an_instance_is_found_by_segment_and_vrid() -> None:
    """Both instances of a node have the VRID 51. Whatever their names and order are."""
    shape = crossed()
    assert instances(shape.topology, _named(shape), {}) == {
        ("external", LB1): "external", ("external", LB2): "external",
        ("inside", LB1): "inside", ("inside", LB2): "inside",
    }  # fmt: skip
    for text in shape.files.values():
        mark = "vrrp_instance inside"
        head, inside = text.split(mark)
        before, outside = head.split("vrrp_instance external")
        swapped = f"{before}{mark}{inside}\nvrrp_instance external{outside}"
        assert [each.instance for each in parse_keepalived(swapped)] == ["inside", "external"]
        limits = Limits.derive(shape.topology, dict.fromkeys((LB1, LB2), swapped))
        assert limits.routers["external"].vrrp[LB1].vips == (VIP,)
        assert limits.routers["inside"].vrrp[LB1].vips == (INSIDE_VIP,)


def test_an_instance_of_another_router_is_not_taken_for_its_own() -> None:
    """lb-ext-1 has no instance outside: the one inside, of the same VRID, is that of the router inside."""
    shape = crossed()
    inside = shape.files[LB1].split("vrrp_instance external")[0] + (
        "vrrp_instance inside" + shape.files[LB1].split("vrrp_instance inside")[1]
    )
    with pytest.raises(UsageError, match=f"{LB1} has no vrrp_instance with virtual_router_id 51"):
        Limits.derive(shape.topology, shape.files | {LB1: inside})


def test_a_heartbeat_elsewhere_is_the_routers_by_its_vip() -> None:
    """Both routers' adverts inside would be two masters of one VRID: but who is whose, the VIP says."""
    shape = crossed()
    files = {node: text.replace("interface lan0", "interface lan1") for node, text in shape.files.items()}
    limits = Limits.derive(shape.topology, files)
    assert limits.routers["external"].vrrp[LB1].vips == (VIP,)
    assert limits.routers["external"].segments == {"internal"}


@pytest.mark.parametrize("weight, chosen", [(20, LB1), (60, LB2)])
def test_the_effective_priority_counts(weight: int, chosen: str) -> None:
    """lb-ext-2 has 100 and a check that succeeds; lb-ext-1 has 150."""
    script = f'vrrp_script up {{\n    script "/usr/bin/true"\n    weight {weight}\n}}\n'
    tracking = keepalived_conf(100, 0.1, "track_script {\n up\n }")
    limits = Limits.derive(lab(), {LB1: keepalived_conf(150, 0.1), LB2: script + tracking}).routers["external"]
    assert (limits.preferred, limits.takes_back) == (chosen, chosen)


def test_the_quickest_standby_sets_what_is_noticed_and_the_slowest_what_is_allowed() -> None:
    limits = Limits.derive(three_nodes().topology, three_nodes().files).routers["external"]
    assert limits.master_down_ns // ms == 360  # at priority 100
    assert limits.no_owner.ns // ms == 580  # at priority 50


def test_too_few_priorities_are_named() -> None:
    with pytest.raises(
        BadValue, match=r"priorities of \[vrrp\] is \[150, 100\]; valid is one for each of lb-ext-1, lb-"
    ):
        Configuration.load("default").render(three_nodes().topology, LB1)


def test_all_others_are_unicast_peers() -> None:
    unicast = Configuration.load("unicast-peers").with_vrrp("three", priorities=(150, 100, 50))
    text = unicast.render(three_nodes().topology, LB2)[PATH]
    (settings,) = parse_keepalived(text)
    assert settings.unicast_peers == ("10.77.0.1", "10.77.0.3")
    (instance,) = instances_of(three_nodes().topology, three_nodes().topology.node(LB2), (150, 100, 50))
    assert [peer.node for peer in instance.peers] == [LB1, LB3]


def test_rules_know_every_node_and_vip() -> None:
    shape = several_vips()
    router = shape.topology.virtual_router()
    without = shape.files[LB2].replace(f"{SECOND_VIP}/24", "10.77.0.150/24")
    both = [NodeFiles(LB1, {PATH: shape.files[LB1]}), NodeFiles(LB2, {PATH: without})]
    (problem,) = router_problems(shape.topology, router, both)
    assert (problem.node, problem.severity) == (LB2, "will not run")
    assert f"external does not have the VIP {SECOND_VIP}" in problem.said


def resting(shape: Shape) -> View:
    """Each router's VIPs on its preferred node, and every cache that is asked led there."""
    view, topology = View(shape.topology), shape.topology
    limits = Limits.derive(topology, shape.files).routers
    for vip in topology.vips:
        owner = limits[vip.router.name].preferred
        mac = topology.node(owner).port(vip.segment).mac
        view.take(AddressChanged(1, owner, vip.address, "lan0", present=True))
        view.take(VrrpState(1, owner, vip.router.name, "MASTER", 150))
        for cache in topology.caches.values():
            if cache.vip == vip and cache.asked:
                view.take(NeighbourChanged(1, cache.device, vip.address, mac, 2))
        view.take(FdbChanged(1, topology.node(owner).port(vip.segment).switch, mac, f"{owner}.{vip.segment}"))
    view.now = 100 * s
    return view


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_at_rest_nothing_is_missing(shape: Shape) -> None:
    who = preferred(shape.topology, _named(shape), {})
    view = resting(shape)
    assert unsteady(view, who) == undecided(view, who) == disagreement(view) == ""


def test_a_vip_that_stayed_behind_is_named() -> None:
    view = resting(several_vips())
    view.take(AddressChanged(2, LB1, SECOND_VIP, "lan0", present=False))
    view.take(AddressChanged(2, LB2, SECOND_VIP, "lan0", present=True))
    assert unsteady(view, {"external": LB1}).startswith(f"external {SECOND_VIP} is owned by {LB2} instead of {LB1}")
    assert view.last_transition == 2


def test_an_entry_that_nobody_asks_for_need_not_be_there_but_not_lead_astray() -> None:
    view = resting(several_vips())
    other = view.topology.node(LB2).port("external").mac
    view.take(NeighbourChanged(2, "gw-1", SECOND_VIP, other, 2))
    assert unsteady(view, {"external": LB1}) == f"gw-1 {SECOND_VIP} reaches {LB2} (owner: {LB1})"
    assert disagreement(view) == f"gw-1 {SECOND_VIP} reaches {LB2}"


class Acting:
    """A run of which only what is done is of interest."""

    def __init__(self, view: View, who: dict[str, str]) -> None:
        self.view, self.preferred, self.lab = view, who, self
        self.acted: list[object] = []

    def act(self, planned: Plan) -> None:
        self.acted += ops(planned)


def test_who_stayed_owner_of_several_routers_is_restarted_once() -> None:
    """Each preferred node is the other one: lb-ext-1 stayed master of both."""
    run = Acting(resting(synced()), {"external": LB2, "inside": LB2})
    steady._hand_back(cast("Run", cast("Any", run)))
    assert run.acted == [ServiceRestart(LB1, "keepalived")]
    run = Acting(resting(crossed()), {"external": LB1, "inside": LB2})
    steady._hand_back(cast("Run", cast("Any", run)))
    assert run.acted == []


def test_status_tells_vips_and_routers_apart() -> None:
    view = resting(several_vips())
    owners = {vip.name: view.owners(vip) for vip in view.topology.vips}
    now = Status(
        lab="x", t_ns=1, owners=owners, arp=view.arps(), cache_of={"customer-3": "customer-3"},
        success={"customer-3": 1.0}, vrrp={"external": view.vrrp_of("external")}, active=(), wired=(), missing=(),
        notes=(), asks={"customer-3": f"external {SECOND_VIP}"},
    )  # fmt: skip
    assert line(now).startswith(f"external {VIP}: {LB1} external {SECOND_VIP}: {LB1} external {INSIDE_VIP}: {LB1} | ")
    assert f"gw-1→{LB1}" in line(now)
    assert f"gw-1 {SECOND_VIP}→no node" in line(now)
    shown = Console(record=True, width=160, file=StringIO())
    shown.print(picture(now))
    rows = [row.split() for row in shown.export_text().splitlines()]
    assert ["external", SECOND_VIP, LB1, LB1, "MASTER"] in rows
    assert ["customer-3", "100", "%", "customer-3", LB1] in rows


def ops(planned: Plan) -> list[object]:
    return [part.op for part in planned.parts]


def test_a_fault_is_in_phase_with_whoever_is_master() -> None:
    aligned = faults.blackhole("trunk", duration=ms).aligned("inside").plan(crossed().topology)
    assert aligned.alignment == Alignment((f"{LB2}.internal", f"{LB1}.internal"), 51, ms, 0)


def test_an_advert_comes_from_a_node_that_may_send_it() -> None:
    topology = crossed().topology
    assert [port.tap for port in topology.senders((f"{LB1}.external", f"{LB2}.internal"), 51)] == [
        f"{LB1}.0",
        f"{LB2}.1",
    ]
    for ports, vrid, said in (
        ((f"{LB1}.external",), 99, "vrid 99"),
        (("gw-1.external",), 51, "a router with that VRID"),
    ):
        with pytest.raises(BadValue, match=said):
            topology.senders(ports, vrid)
    with pytest.raises(UnknownName, match=f"no port '{LB1}.extern'"):
        topology.senders((f"{LB1}.extern",), 51)


def test_announcements_of_every_vip_are_lost_unless_one_is_named() -> None:
    topology = several_vips().topology
    lost = [DropGarp("gw-2.external", "egress", vip) for vip in (VIP, SECOND_VIP)]
    assert ops(faults.garp_lost("gw-2").plan(topology)) == lost
    assert ops(faults.garp_lost("gw-2", vip=SECOND_VIP).plan(topology)) == lost[1:]
    inside = faults.garp_lost("trunk-int", direction="a-to-b").plan(topology)
    assert ops(inside) == [DropGarp("trunk-int.a", "egress", INSIDE_VIP)]


def test_the_entry_is_pinned_that_a_vantage_point_uses() -> None:
    topology = several_vips().topology
    assert ops(faults.arp_ignored("customer-3").plan(topology)) == [PinNeighbour("customer-3", SECOND_VIP)]
    assert ops(faults.arp_ignored("customer-3", vip=VIP).plan(topology)) == [PinNeighbour("customer-3", VIP)]
    assert ops(faults.arp_ignored("gw-1").plan(topology)) == [PinNeighbour("gw-1", VIP)]


def test_without_a_name_it_is_the_router_that_customers_ask() -> None:
    """compose.yaml may list another one first."""
    topology = declared(second=ROUTER | {"segment": "in", "vips": ["10.0.4.1"]})
    turned = dict(reversed(topology.virtual_routers.items()))
    both = [
        Topology(topology.segments, {}, {}, {}, routers, topology.vantages)
        for routers in (turned, {"two": turned["two"]})
    ]
    assert ops(mitigations.announce().plan(both[0])) == [Announce("one")]
    nobody_asks = Topology(topology.segments, {}, {}, {}, turned, {})
    assert ops(mitigations.announce().plan(nobody_asks)) == [Announce("two")]
    with pytest.raises(UnknownName, match="Valid: one, two"):
        mitigations.announce("three").plan(both[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"vrid": 1},
        {"vrid": 255},
        {"vips": ["10.0.0.1", {"address": "10.0.0.2", "excluded": True}]},
        {"second": ROUTER | {"vrid": 52, "vips": ["10.0.0.2"]}},
        {"second": ROUTER | {"segment": "in", "nodes": [LB3, "lb-ext-4"]}},  # the address, on other nodes and segment
    ],
)
def test_what_vrrp_can_run(changes: dict[str, object]) -> None:
    """RFC 9568 section 5.2.3: a VRID is a number from 1 to 255."""
    NODES["lb-ext-4"] = NODES[LB3]
    try:
        assert "one" in declared(**changes).virtual_routers
    finally:
        del NODES["lb-ext-4"]


def test_no_vrid_is_none() -> None:
    with pytest.raises(BadValue, match="a number from 1 to 255"):
        declared(vrid=0)


def grouped(*members: str) -> Topology:
    x_lab: dict[str, Any] = {"segments": {"out": "10.0.0.0/24"}, "switches": {}, "trunks": {}, "vantages": {}}
    routers = {"one": ROUTER, "two": ROUTER | {"vrid": 52, "vips": ["10.0.0.2"]}}
    x_lab |= {"virtual_routers": routers, "groups": {"sides": members}}
    return Topology.from_compose({"services": NODES, "x-lab": x_lab})


def test_the_members_of_a_group_are_routers() -> None:
    assert grouped("one", "two").groups == {"sides": ("one", "two")}
    with pytest.raises(UnknownName, match="no virtual router 'three'"):
        grouped("one", "three")


def test_what_adverts_name_first_and_what_a_vip_is_called() -> None:
    """The router's name is enough for its only VIP."""
    several, single = several_vips().topology.virtual_router(), three_nodes().topology.virtual_router()
    assert (several.first.address, several.first.name, single.first.name) == (VIP, f"external {VIP}", "external")
    assert [vip.alone for vip in (*several.owned, *single.owned)] == [False, False, False, True]
    assert (single.others(LB2), several.vip(SECOND_VIP).address) == ((LB1, LB3), SECOND_VIP)

"""Every mistake in a lab of one's own is one sentence, and what is just valid gives none."""

import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from harness.model import rules
from harness.model.lab_file import read
from harness.model.lab_shapes import RingShape
from harness.model.node import Node, Route
from harness.model.ring import Ring
from harness.model.rules import addresses, names, routing, switching
from harness.model.topology import Topology, VantagePoint
from tests.full_network import full

EDGE = Path(__file__).parents[2] / "docs" / "edge.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(EDGE.read_text())
LAB = read(EDGE).topology


def changed(**places: object) -> Topology:
    """``nodes__lb_a__ports__0__mac="…"``: a hyphen is written as one underscore."""
    document = copy.deepcopy(DOCUMENT)
    for path, value in places.items():
        *parents, last = [each.replace("_", "-") if each not in KEYS else each for each in path.split("__")]
        place: Any = document
        for key in parents:
            place = place[int(key) if isinstance(place, list) else key]
        place[int(last) if isinstance(place, list) else last] = value
    nodes = document.pop("nodes")
    for node in nodes.values():
        node.pop("environment", None)
    return Topology.from_compose({"x-lab": document, "services": {n: {"x-lab": node} for n, node in nodes.items()}})


KEYS = ("virtual_routers",)
MAC = "nodes__lb_a__ports__0__mac"
IP = "nodes__lb_a__ports__0__ip"
DEVICE = "nodes__lb_a__ports__0__device"


def only(found: list[str], said: str) -> None:
    (problem,) = found
    assert said in problem


@pytest.mark.parametrize(
    "mac, said",
    [
        ("12:99:10:00:00:01", ""),
        ("1a:99:10:00:00:01", ""),
        ("00:00:5e:00:02:01", ""),  # of VRRP for IPv6: never here
        ("00:00:5e:00:01:01", "those with 00:00:5e:00:01: are of virtual routers"),
        ("01:99:10:00:00:01", "a multicast address: valid is an even first byte"),
        ("1b:99:10:00:00:01", "a multicast address: valid is an even first byte"),
        ("02:99:10:00:00", "valid is one such as 02:77:00:00:00:01, in lower case"),
    ],
)
def test_a_mac_is_one_of_a_single_station(mac: str, said: str) -> None:
    """IEEE 802: the lowest bit of the first byte is set for groups."""
    found = rules.problems(changed(**{MAC: mac}))
    assert found == [] if not said else [said in each for each in found] == [True]


@pytest.mark.parametrize(
    "ip, good",
    [
        ("10.99.10.1/24", True),
        ("10.99.10.250/24", True),
        ("10.99.10.0/24", False),  # the network
        ("10.99.10.255/24", False),  # everybody
        ("10.99.10.5/25", False),
        ("10.99.11.5/24", False),
        ("10.99.10.5", False),
        ("10.99.10.256/24", False),
        ("10.99.10.5/33", False),
    ],
)
def test_an_address_is_a_host_of_its_segment(ip: str, good: bool) -> None:  # noqa: FBT001
    found = [each for each in addresses.problems(changed(**{IP: ip})) if "10.99.10.0/24 with /24" in each]
    assert len(found) == (not good)


@pytest.mark.parametrize(
    "cidr, network",
    [
        ("10.0.0.0/30", True),
        ("10.0.0.0/31", False),
        ("10.0.0.0", False),
        ("10.0.0.1/24", False),
        ("0.0.0.0/0", True),
        ("x/8", False),
        ("10.0.0.0/33", False),
    ],
)
def test_a_network_is_written_with_its_length(cidr: str, network: bool) -> None:  # noqa: FBT001
    """And has room for two nodes."""
    assert (addresses.network_of(cidr) is not None) == network


def test_a_segment_that_is_no_network_is_told_with_the_longest_prefix() -> None:
    told = list(addresses.problems(changed(segments__office="10.99.30.0")))
    assert told == ["the segment office is '10.99.30.0': valid is an IPv4 network such as 10.77.0.0/24, /30 at most"]


def test_each_pair_of_networks_that_overlap_is_told_once() -> None:
    found = [each for each in addresses.problems(changed(segments__office="10.99.0.0/16")) if "overlap" in each]
    assert [each.split(":")[0] for each in found] == [
        "the segments wan (10.99.10.0/24) and office (10.99.0.0/16) overlap",
        "the segments dmz (10.99.20.0/26) and office (10.99.0.0/16) overlap",
    ]


def test_one_address_may_be_on_two_segments() -> None:
    """Of networks that overlap the overlap is told; the addresses are no second mistake."""
    both = changed(segments__office="10.99.10.0/24", nodes__visitor__ports__0__ip="10.99.10.1/24")
    assert not [each for each in addresses.problems(both) if "same address" in each]


@pytest.mark.parametrize(
    "device, good",
    [
        ("a23456789012345", True),
        ("a234567890123456", False),
        ("eth1", True),  # a balancer has cables alone
        ("lo", False),
        ("all", False),
        ("default", False),
        ("1st", False),
        ("bond0.10", True),
    ],
)
def test_a_device_has_a_name_that_the_kernel_takes(device: str, good: bool) -> None:  # noqa: FBT001
    """At most 15 characters (IFNAMSIZ less its zero), and none of the kernel's own."""
    found = list(names.problems(changed(nodes__lb_a__ports__1__device="lan7", **{DEVICE: device})))
    assert len(found) == (not good)
    assert all("15 letters" in each and "Docker" not in each for each in found)


@pytest.mark.parametrize("device, good", [("eth0", False), ("eth12", False), ("ethernet0", True), ("lan9", True)])
def test_docker_gives_the_names_eth_to_all_but_balancers(device: str, good: bool) -> None:  # noqa: FBT001
    found = list(names.problems(changed(nodes__gw__ports__0__device=device)))
    assert len(found) == (not good)
    assert all(each.endswith("nor eth0, eth1, …, which Docker gives a gateway") for each in found)


def test_two_ports_of_one_device_are_told_once() -> None:
    only(list(names.problems(changed(**{DEVICE: "eth0"}))), "lb-a has two ports of the device 'eth0'")


@pytest.mark.parametrize(
    "kind, length, good",
    [("switches", 15, True), ("switches", 16, False), ("trunks", 13, True), ("trunks", 14, False)],
)
def test_a_name_leaves_room_for_its_device(kind: str, length: int, good: bool) -> None:  # noqa: FBT001
    """A trunk's ends are devices TRUNK.a and TRUNK.b, a switch is a device itself."""
    name = "s" * length
    document = {"switches": LAB.switches | {name: "wan"}, "trunks": LAB.trunks}
    if kind == "trunks":
        trunk = msgspec.structs.replace(LAB.trunks["uplink"], name=name)
        document = {"switches": LAB.switches, "trunks": {name: trunk}}
    found = list(names.problems(msgspec.structs.replace(LAB, **document)))
    assert len(found) == (not good)
    assert all(f"has {length} characters: {length - 1} at most" in each for each in found)


def with_node(node: Node) -> Topology:
    return msgspec.structs.replace(LAB, nodes=LAB.nodes | {node.name: node})


def test_what_a_node_is_wrong_in_is_told_of_it_alone() -> None:
    visitor = LAB.node("visitor")
    told = {
        "visitor is of the kind 'guest': valid are balancer, gateway, customer, api, database, report, servers": (
            msgspec.structs.replace(visitor, kind="guest")
        ),
        "visitor has no port: a node needs at least one": msgspec.structs.replace(visitor, ports=()),
        "the name 'network-agent' belongs to a service of every lab: rename the node": (
            msgspec.structs.replace(visitor, name="network-agent", ports=visitor.ports)
        ),
    }
    assert [list(names.problems(with_node(node))) for node in told.values()] == [[said] for said in told]


def test_a_name_is_of_one_thing_alone() -> None:
    twice = msgspec.structs.replace(LAB, switches=LAB.switches | {"gw": "wan"})
    assert list(names.problems(twice)) == ["'gw' names two of the nodes, switches and trunks: rename one of them"]


def test_names_are_told_before_what_has_them() -> None:
    """What has a wrong name has no address to be wrong."""
    both = changed(nodes__web_1__kind="x", **{IP: "10.99.11.1/24"})
    only(rules.problems(both), "web-1 is of the kind 'x'")
    only(rules.problems(changed(**{IP: "10.99.11.1/24"})), "lb-a.wan has the address")


def routed(node: str, *routes: Route) -> list[str]:
    return list(routing.problems(with_node(msgspec.structs.replace(LAB.node(node), routes=routes))))


@pytest.mark.parametrize(
    "node, route, told",
    [
        ("lb-a", Route("10.99.30.0/24", "10.99.20.11"), []),  # by the second of its networks
        (
            "lb-a",
            Route("10.99.30.0/24", "10.99.30.1"),
            ["lb-a has a route to 10.99.30.0/24 via '10.99.30.1': valid is an address of 10.99.10.0/24, 10.99.20.0/26"],
        ),
        (
            "visitor",
            Route("default", "10.99.30.1"),
            ["visitor has a route to 'default': valid is an IPv4 network such as 10.88.1.0/24"],
        ),
        (
            "visitor",
            Route("10.99.10.0/24", "x"),
            ["visitor has a route to 10.99.10.0/24 via 'x': valid is an address of 10.99.30.0/24"],
        ),
    ],
)
def test_a_route_leads_to_a_network_by_a_neighbour(node: str, route: Route, told: list[str]) -> None:
    assert routed(node, route) == told


def test_a_route_of_a_node_without_a_network_has_no_valid_hop() -> None:
    lost = msgspec.structs.replace(LAB.node("visitor"), ports=())
    told = list(routing.problems(with_node(lost)))
    assert told == ["visitor has a route to 10.99.10.0/24 via '10.99.30.1': valid is an address of none"]


def router(**fields: object) -> list[str]:
    document = {f"virtual_routers__external__{name}": value for name, value in fields.items()}
    return list(routing.problems(changed(**document)))


@pytest.mark.parametrize(
    "vip, told",
    [
        ("10.99.10.100/24", []),
        (
            "10.99.11.100/24",
            ["the virtual router external has the VIP 10.99.11.100: valid is an address of 10.99.10.0/24"],
        ),
        (
            "10.99.10.255/24",
            ["the virtual router external has the VIP 10.99.10.255: valid is an address of 10.99.10.0/24"],
        ),
        ("10.99.10.3/24", ["the virtual router external has the VIP 10.99.10.3, which is lb-c.wan's own address"]),
    ],
)
def test_a_vip_is_a_free_address_of_its_segment(vip: str, told: list[str]) -> None:
    assert router(vips=[vip]) == told


def test_a_vip_in_a_segment_that_is_no_network_is_no_second_mistake() -> None:
    """The segment is told by the rules for addresses."""
    told = list(routing.problems(msgspec.structs.replace(LAB, segments=LAB.segments | {"wan": "x"})))
    assert not [each for each in told if "has the VIP" in each]


@pytest.mark.parametrize(
    "nodes, told",
    [
        (["lb-a", "lb-b"], []),
        (
            ["lb-a", "gw"],
            ["the virtual router external has the node 'gw': valid are balancers on wan: lb-a, lb-b, lb-c"],
        ),
        (
            ["visitor", "lb-a"],
            ["the virtual router external has the node 'visitor': valid are balancers on wan: lb-a, lb-b, lb-c"],
        ),
    ],
)
def test_a_virtual_router_is_run_by_balancers_of_its_segment(nodes: list[str], told: list[str]) -> None:
    assert router(nodes=nodes) == told


def test_every_segment_of_a_vip_has_to_reach_every_node() -> None:
    told = router(vips=["10.99.10.254/24", {"address": "10.99.30.254/24", "segment": "office", "excluded": True}])
    assert told == [
        f"the virtual router external has the node '{node}': valid are balancers on office: none"
        for node in ("lb-a", "lb-b", "lb-c")
    ]


@pytest.mark.parametrize(
    "node, cache, told",
    [
        ("visitor", "gw", []),
        ("gw", "gw", ["the vantage point 'gw' is no customer: valid are visitor"]),
        ("visitor", "lb-a", ["the vantage point visitor has the cache 'lb-a': valid are those on wan: gw"]),
        ("visitor", "visitor", ["the vantage point visitor has the cache 'visitor': valid are those on wan: gw"]),
    ],
)
def test_a_vantage_point_is_a_customer_with_a_cache_on_the_segment(node: str, cache: str, told: list[str]) -> None:
    vantage = VantagePoint(node, "external", "10.99.10.254", cache)
    assert list(routing.problems(msgspec.structs.replace(LAB, vantages={node: vantage}))) == told


def test_where_nobody_fits_none_is_valid() -> None:
    """Neither a customer nor a device with a cache on the segment."""
    nodes = {name: node for name, node in LAB.nodes.items() if name not in ("gw", "visitor")}
    assert list(routing.problems(msgspec.structs.replace(LAB, nodes=nodes))) == [
        "the vantage point 'visitor' is no customer: valid are none",
        "the vantage point visitor has the cache 'gw': valid are those on wan: none",
    ]


def switched(**fields: object) -> list[str]:
    return list(switching.problems(changed(**fields)))


def test_cables_end_in_a_switch_of_their_segment() -> None:
    assert switched(nodes__gw__ports__1__switch="sw-wan") == [
        "gw.office ends in the switch 'sw-wan': valid, of its segment, are sw-office"
    ]
    assert switched(segments__lost="10.1.0.0/24", nodes__gw__ports__1__segment="lost") == [
        "gw.lost ends in the switch 'sw-office': valid, of its segment, are none"
    ]
    assert switched(nodes__gw__ports__1__segment="x") == [
        "gw has a port on the segment 'x': valid are wan, dmz, office"
    ]


def test_a_switch_is_on_a_segment_that_is_there() -> None:
    assert switched(switches__spare="x") == ["the switch spare is on the segment 'x': valid are wan, dmz, office"]


def test_a_trunk_joins_two_switches_of_a_segment_by_one_way() -> None:
    assert switched(trunks__second=["sw-wan-b", "sw-wan"]) == [
        "the trunk second is a second way between sw-wan-b and sw-wan, a loop: remove one, or put both in rings"
    ]
    assert switched(trunks__across=["sw-wan", "sw-dmz"]) == [
        "the trunk across joins sw-wan and sw-dmz, which are on different segments: valid are two of one segment"
    ]
    assert switched(trunks__uplink=["sw-x", "sw-y"]) == [
        "the trunk uplink ends in sw-x, sw-y: valid are sw-wan, sw-wan-b, sw-dmz, sw-office"
    ]


def test_a_ring_of_three_switches_is_a_loop() -> None:
    """The last of its trunks is one too many; without it frames have one way."""
    chain: dict[str, object] = {"switches__sw_third": "wan", "trunks__second": ["sw-wan-b", "sw-third"]}
    assert switched(**chain) == []
    only(switched(**chain, trunks__third=["sw-third", "sw-wan"]), "the trunk third is a second way between sw-third")


RING = full().rings["ring"]


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"trunks": ("trunk", "trunk-bc", "up")}, "has the trunks up: valid are trunk"),
        ({"trunks": ("trunk", "trunk-bc")}, "are no ring: each switch must have two"),
        ({"trunks": ("trunk", "trunk-bc", "trunk-ca", "trunk-int")}, "are no ring"),
        ({"alternate": "trunk-int.a"}, "the alternate of the ring ring is 'trunk-int.a': valid are trunk.a, trunk.b"),
        ({"age_ms": 119}, "age_ms of the ring ring is 119: valid are 120 to 10000"),
        ({"age_ms": 10_001}, "valid are 120 to 10000"),
    ],
)
def test_a_ring_that_is_none(changed: dict[str, object], said: str) -> None:
    rings = full().rings | {"ring": msgspec.structs.replace(RING, **changed)}
    assert any(said in each for each in rules.problems(msgspec.structs.replace(full(), rings=rings)))


@pytest.mark.parametrize("age_ms", [120, 10_000])
def test_an_age_timer_that_ios_takes(age_ms: int) -> None:
    rings = {name: msgspec.structs.replace(ring, age_ms=age_ms) for name, ring in full().rings.items()}
    assert rules.problems(msgspec.structs.replace(full(), rings=rings)) == []


def test_a_ring_without_a_word_has_the_age_timer_of_ios() -> None:
    """`rep lsl-age-timer`: 5,000 ms; in a lab file, and in recordings of before."""
    ring = {"trunks": ["trunk"], "alternate": "trunk.a"}
    assert msgspec.convert(ring, RingShape).age_ms == msgspec.convert(ring | {"name": "ring"}, Ring).age_ms == 5000


def test_a_sound_network_with_rings_and_one_without() -> None:
    assert rules.problems(full()) == []
    (loop,) = rules.problems(msgspec.structs.replace(full(), rings={"ring": RING}))
    assert "trunk-int-ca is a second way between sw-int-c and sw-int-a, a loop" in loop


def test_a_trunk_is_in_one_ring() -> None:
    rings = full().rings | {"again": msgspec.structs.replace(RING, name="again")}
    found = rules.problems(msgspec.structs.replace(full(), rings=rings))
    assert "the trunk trunk is in two rings: valid is one" in found


@pytest.mark.parametrize("limit", [0, 50, 100_000])
def test_a_storm_limit_that_can_be(limit: int) -> None:
    assert not list(rules.problems(msgspec.structs.replace(full(), storm_limit=limit)))


@pytest.mark.parametrize("limit", [-1, 49, 100_001])
def test_a_storm_limit_that_cannot_be(limit: int) -> None:
    (found,) = rules.problems(msgspec.structs.replace(full(), storm_limit=limit))
    assert f"storm_limit is {limit}: valid are 50 to 100000 frames/s, or 0 for none" in found

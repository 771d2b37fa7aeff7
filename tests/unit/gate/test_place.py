"""A site's pair as a lab: each of the recorded sites has a place, with its own addresses and cards."""

from ipaddress import IPv4Network

import pytest
from msgspec.structs import replace

from harness.gate.place import SERVERS, Asked, lab_names, place
from harness.gate.routers import named_routers
from harness.lint import Pair
from harness.model import rules
from harness.model.errors import UsageError
from tests.recorded_sites import SITES, recorded
from tests.unit.lint import krules

NO_HOST = "taxi-bin-path"  # its VIP is the address of the network itself


def first_vip(name: str) -> str:
    return recorded(name).routers[0].preferred.instance.vips[0].address


@pytest.mark.parametrize("name", [each for each in SITES if each != NO_HOST])
def test_every_site_has_a_place(name: str) -> None:
    pair = recorded(name)
    placed = place(pair, (Asked(first_vip(name), "http://www.example.com/"),), ())
    assert not rules.problems(placed.topology)
    for node in pair.site.nodes.values():
        own = {(port.device, port.ip) for port in placed.topology.node(placed.names[node.name]).ports}
        assert own == {(card, addresses[0]) for card, addresses in node.cards.items()}
    assert placed.topology.vantages["customer-1"].vip == first_vip(name)


@pytest.mark.parametrize("name", [each for each in SITES if each != NO_HOST])
def test_what_is_ours_takes_no_address_of_the_site(name: str) -> None:
    pair = recorded(name)
    servers = ("198.51.100.254", "192.0.2.254", "203.0.113.254")
    placed = place(pair, (Asked(first_vip(name), "http://www.example.com/"),), servers)
    ours = [port.address for node in placed.topology.nodes.values() if node.kind != "balancer" for port in node.ports]
    theirs = [each for router in pair.routers for member in router.members for each in member.addresses]
    assert len(ours) == len(set(ours))
    assert not set(ours) & {*theirs, *servers}


def test_the_rest_of_the_world_is_behind_the_servers() -> None:
    placed = place(recorded("wiki-minimal"), (Asked("192.0.2.10", "http://192.0.2.10/"),), ())
    (route,) = placed.topology.node("lb1").routes
    assert (route.to, route.via) == ("0.0.0.0/0", placed.topology.node(SERVERS).ports[0].address)


def test_vip_that_is_no_host_address_is_refused() -> None:
    with pytest.raises(UsageError, match=r"the VIP 203\.0\.113\.144: valid is an address of"):
        place(recorded(NO_HOST), (Asked("203.0.113.144", "http://203.0.113.144/"),), ())


def test_a_card_without_an_address_is_named() -> None:
    pair = recorded("wiki-minimal")
    bare = {name: replace(node, cards={"eth0": ()}) for name, node in pair.site.nodes.items()}
    with pytest.raises(UsageError, match=r"interfaces\.lb1\.eth0 has no IPv4 address"):
        place(pair._replace(site=replace(pair.site, nodes=bare)), (), ())


def test_names_that_no_lab_can_have_are_replaced() -> None:
    names = lab_names(["lb1", "Balancer-Of-The-North", "servers", "lb_4"])
    assert names == {"lb1": "lb1", "Balancer-Of-The-North": "node-2", "servers": "node-3", "lb_4": "node-4"}


def test_networks_stay_as_they_are() -> None:
    placed = place(recorded("edge-sync-group"), (Asked("198.51.100.1", "tcp://198.51.100.1:25"),), ())
    assert [IPv4Network(each) for each in placed.topology.segments.values()] == [
        IPv4Network("198.51.100.0/28"),
        IPv4Network("192.0.2.0/24"),
    ]
    assert {router.sync_group for router in placed.topology.virtual_routers.values()} == {"edge"}


def alike() -> Pair:
    """Two pairs that call their router alike, each in a network and with a VIP of its own."""
    nodes = [
        krules.node(f"lb{number}", krules.instance(priority=priority, vrid=vrid, vips=f"{vip}/24"), card=card)
        for number, (priority, vrid, vip, card) in enumerate(
            [
                (101, 17, "192.0.2.10", "192.0.2.1/24"),
                (100, 17, "192.0.2.10", "192.0.2.2/24"),
                (101, 18, "198.51.100.10", "198.51.100.1/24"),
                (100, 18, "198.51.100.10", "198.51.100.2/24"),
            ],
            1,
        )
    ]
    return krules.pair_of(*nodes)


def test_routers_of_the_same_name_are_two() -> None:
    pair = alike()
    placed = place(
        pair, (Asked("192.0.2.10", "http://192.0.2.10/"), Asked("198.51.100.10", "http://198.51.100.10/")), ()
    )
    assert {name: router.nodes for name, router in placed.topology.virtual_routers.items()} == {
        "router-1": ("lb1", "lb2"),
        "router-2": ("lb3", "lb4"),
    }
    assert [each.virtual_router for each in placed.topology.vantages.values()] == ["router-1", "router-2", "router-1"]
    assert [named.bounds.holder for named in named_routers(pair) if named.bounds] == ["lb1", "lb3"]


def test_a_vip_in_the_network_of_no_card_is_named() -> None:
    pair = krules.both(krules.instance(vips="203.0.113.10/32", priority=101), krules.instance(vips="203.0.113.10/32"))
    with pytest.raises(UsageError, match=r"203\.0\.113\.10 cannot be judged: in the network of no card"):
        place(pair, (Asked("203.0.113.10", "http://203.0.113.10/"),), ())


def test_the_vips_of_a_router_on_no_card_are_named() -> None:
    def of(priority: int) -> str:
        other = krules.instance(name="other", vrid=18, vips="192.0.2.11/24", priority=priority)
        return krules.instance(priority=priority) + other.replace(f"interface {krules.CARD}", "interface eth7")

    placed = place(krules.both(of(101), of(100)), (Asked("192.0.2.10", "http://192.0.2.10/"),), ())
    assert set(placed.topology.virtual_routers) == {"web"}
    assert placed.unjudged == {"192.0.2.11": "its vrrp_instance is on no card of pair.toml"}

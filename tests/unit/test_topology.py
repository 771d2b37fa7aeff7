"""The wiring as compose.yaml states it, and what is said when it does not fit."""

import copy
import ipaddress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.model import composition, lab_document
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.node import Node
from harness.model.topology import Topology
from tests.shapes import INSIDE_VIP, SECOND_VIP, VIP, Shape, crossed, several_vips, synced, three_nodes

COMPOSE_FOLDER = Path(__file__).parents[2] / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((COMPOSE_FOLDER / "compose.yaml").read_text())
LAB = Topology.from_compose(COMPOSE)
NODES = [name for name, service in COMPOSE["services"].items() if "x-lab" in service]
PORTS = [pytest.param(port, id=port.name) for port in LAB.ports.values()]


def changed(path: str, value: object) -> dict[str, Any]:
    """compose.yaml with one value replaced: ``x-lab/virtual_routers/external/vrid``."""
    compose = copy.deepcopy(COMPOSE)
    *parents, last = path.split("/")
    place = compose
    for key in parents:
        place = place[key]
    place[last] = value
    return compose


def test_nodes_are_the_services_with_a_cable() -> None:
    """Agents and the load's master are services, not nodes."""
    assert list(LAB.nodes) == NODES
    assert {"network-agent", "service-agent", "load-master"} == set(COMPOSE["services"]) - set(NODES)


def test_every_node_says_its_own_name() -> None:
    """The agents find a node by HARNESS_NODE in its environment."""
    named = {name: COMPOSE["services"][name]["environment"]["HARNESS_NODE"] for name in NODES}
    assert named == {name: name for name in NODES}


def test_a_balancer_waits_for_its_own_cables() -> None:
    """HARNESS_CABLES of its environment, where compose/balancer/service has not the right ones already."""
    both = composition.laid_over(COMPOSE, composition.read(COMPOSE_FOLDER / "databases.yaml"))
    services: Any = both["services"]
    balancers = [node for node in Topology.from_compose(both).nodes.values() if node.kind == "balancer"]
    waited = {node.name: services[node.name]["environment"].get("HARNESS_CABLES", "lan0 lan1") for node in balancers}
    assert waited == {node.name: " ".join(node.devices) for node in balancers}


def test_balancers_have_cables_alone() -> None:
    """So every name is free for them; who has a management network has eth0 by it."""
    modes = {name: COMPOSE["services"][name].get("network_mode") for name in NODES}
    assert {name: mode != "none" for name, mode in modes.items()} == {n.name: n.managed for n in LAB.nodes.values()}


def test_a_port_has_the_name_that_it_is_given() -> None:
    ports = [dict(port) for port in COMPOSE["services"]["lb-ext-1"]["x-lab"]["ports"]]
    ports[0]["device"] = "bond0.10"
    node = Topology.from_compose(changed("services/lb-ext-1/x-lab/ports", ports)).node("lb-ext-1")
    assert node.devices == ("bond0.10", "lan1")


@pytest.mark.parametrize("port", PORTS)
def test_a_port_is_on_the_segment_that_it_names(port: Any) -> None:
    """Its switch carries the segment and its address lies in it."""
    assert LAB.switches[port.switch] == port.segment
    assert str(ipaddress.ip_interface(port.ip).network) == LAB.segments[port.segment]


def test_addresses_and_macs_are_unique() -> None:
    ports = list(LAB.ports.values())
    assert len({port.ip for port in ports}) == len({port.mac for port in ports}) == len(ports)


def test_kernel_names_fit() -> None:
    """IFNAMSIZ leaves 15 characters."""
    assert max(map(len, [*LAB.taps, *LAB.switches])) <= 15


def test_names_are_unambiguous() -> None:
    """A fault's target is found by name alone."""
    assert len(set(LAB.targets())) == len(LAB.targets())


@pytest.mark.parametrize("vantage", LAB.vantages.values(), ids=LAB.vantages.keys())
def test_a_cache_lives_on_the_segment_of_its_vip(vantage: Any) -> None:
    vip = LAB.vip_of(vantage)
    assert LAB.node(vantage.cache).port(vip.segment).segment == vip.segment
    assert vantage.node in LAB.nodes


@pytest.mark.parametrize("node", LAB.nodes.values(), ids=LAB.nodes.keys())
def test_a_route_goes_by_a_forwarding_neighbour(node: Any) -> None:
    """The next hop is a router with an address on one of the node's own segments."""
    for route in node.routes:
        hop = next(port for port in LAB.ports.values() if port.address == route.via)
        assert LAB.node(hop.node).forwards
        assert hop.segment in {port.segment for port in node.ports}


def test_only_gateways_forward() -> None:
    """A forwarding standby hides an outage: x-lab and the container's sysctl say the same."""
    forwards = {name: bool(COMPOSE["services"][name]["sysctls"]["net.ipv4.ip_forward"]) for name in NODES}
    assert forwards == {name: node.forwards for name, node in LAB.nodes.items()}
    assert {name for name, yes in forwards.items() if yes} == {"gw-1", "gw-2"}


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_no_container_is_privileged(service: str) -> None:
    """Every capability is asked for by name; nothing of the host is mounted, no port is published."""
    spec = COMPOSE["services"][service]
    assert spec["cap_drop"] == ["ALL"]
    assert not {"privileged", "ports", "container_name"} & spec.keys()
    assert {volume.split(":")[0] for volume in spec.get("volumes", ())} <= COMPOSE["volumes"].keys()


def test_agents_alone_share_a_volume() -> None:
    mounted = {name for name, spec in COMPOSE["services"].items() if spec.get("volumes")}
    assert mounted == {"network-agent", "service-agent"}


def test_no_node_with_a_sites_files_shares_a_network_with_the_loads_master() -> None:
    """Locust takes whatever registers at its port for a worker."""
    files = [yaml.safe_load(path.read_text()) for path in COMPOSE_FOLDER.glob("*.yaml")]
    services = [item for file in files for item in file.get("services", {}).items()]
    networks = [(name, set(spec.get("networks", ()))) for name, spec in services]
    (ours,) = (found for name, found in networks if name == "load-master")
    beside = {name for name, found in networks if found & ours and name != "load-master"}
    assert {LAB.nodes[name].kind for name in beside} == {"customer"}


def test_a_tap_is_called_by_its_port() -> None:
    assert LAB.taps["lb-ext-1.0"] == "lb-ext-1.external"
    assert LAB.taps["trunk.a"] == "trunk.a"


def test_owner_of_a_mac() -> None:
    assert LAB.owner_of_mac("02:77:00:00:00:02") == "lb-ext-2"
    assert LAB.owner_of_mac("00:00:5e:00:01:33") is None


def test_numbers_begin_at_one() -> None:
    """0 in a request record: unknown."""
    assert LAB.numbers("balancer") == {"lb-ext-1": 1, "lb-ext-2": 2}
    assert LAB.numbers("api") == {"api-1": 1, "api-2": 2}
    assert LAB.vantage_numbers == {"customer-1": 1, "customer-2": 2, "customer-3": 3}


@pytest.mark.parametrize(
    "port, segment",
    [
        ("gw-1.external", "external"),
        ("lb-ext-1.internal", "internal"),
        ("trunk.a", "external"),
        ("trunk.b", "external"),
    ],
)
def test_a_port_is_on_its_segment(port: str, segment: str) -> None:
    assert LAB.segment_of(port) == segment


def test_a_node_is_as_usual_unless_it_says_so() -> None:
    """Neither an IP router nor one with an ARP cache of 4 h."""
    plain = Topology.from_compose(changed("services/gw-1/x-lab", {"kind": "gateway"})).node("gw-1")
    assert plain == Node("gw-1", "gateway", ())
    assert (plain.sticky_arp, plain.forwards, plain.ports, plain.routes) == (False, False, (), ())
    assert (LAB.node("gw-1").sticky_arp, LAB.node("gw-1").forwards) == (True, True)


def test_adverts_name_a_vip_unless_it_is_excluded() -> None:
    vips = [{"address": VIP}, {"address": SECOND_VIP, "excluded": True}]
    router = Topology.from_compose(changed("x-lab/virtual_routers/external/vips", vips)).virtual_router("external")
    assert [vip.excluded for vip in router.vips] == [False, True]


@pytest.mark.parametrize("path", ["virtual_routers/external", "virtual_routers/external/vips/0", "vantages/customer-1"])
def test_a_misspelt_key_is_refused_where_it_could_change_a_verdict(path: str) -> None:
    compose = copy.deepcopy(COMPOSE)
    compose["x-lab"]["virtual_routers"]["external"]["vips"] = [{"address": "10.77.0.100"}]
    place: Any = compose["x-lab"]
    for key in path.split("/"):
        place = place[int(key) if isinstance(place, list) else key]
    Topology.from_compose(compose)
    place["exclude"] = True
    with pytest.raises(UsageError, match="unknown field `exclude`"):
        Topology.from_compose(compose)


@pytest.mark.parametrize("shape", [three_nodes(), crossed(), synced(), several_vips()], ids=str)
def test_what_is_written_is_read_as_the_same_topology(shape: Shape) -> None:
    topology = msgspec.structs.replace(shape.topology, groups={"sides": tuple(shape.topology.virtual_routers)})
    services = {name: {"x-lab": lab_document.node(node)} for name, node in topology.nodes.items()}
    assert Topology.from_compose({"x-lab": lab_document.lab(topology), "services": services}) == topology


def test_what_is_as_usual_is_not_written() -> None:
    """So that a person reads what a lab of one's own has, and nothing else."""
    shape = several_vips().topology
    router: Any = lab_document.lab(shape)["virtual_routers"]
    assert router["external"] == {
        "segment": "external",
        "vrid": 51,
        "nodes": ["lb-ext-1", "lb-ext-2"],
        "vips": [
            f"{VIP}/24",
            f"{SECOND_VIP}/24",
            {"address": f"{INSIDE_VIP}/24", "segment": "internal", "excluded": True},
        ],
    }
    assert "groups" not in lab_document.lab(shape)
    assert lab_document.node(shape.node("customer-1")) == {"kind": "customer", "ports": []}
    (port,) = shape.node("gw-1").ports
    cable = {"segment": "external", "switch": "sw-a", "mac": port.mac, "ip": "10.77.0.11/24"}
    assert lab_document.node(shape.node("gw-1")) == {"kind": "gateway", "ports": [cable]}


def test_entries_are_those_of_the_segments_that_are_asked_in() -> None:
    """Of every VIP there, asked for or not; the device's name alone is the entry that its vantage point asks for."""
    caches = several_vips().topology.caches
    asked = {
        "gw-1": ("gw-1", VIP, True),
        "gw-2": ("gw-2", VIP, True),
        "customer-3": ("customer-3", SECOND_VIP, True),
        "customer-4": ("customer-4", INSIDE_VIP, True),
    }
    beside = {
        f"gw-1 {SECOND_VIP}": ("gw-1", SECOND_VIP, False),
        f"gw-2 {SECOND_VIP}": ("gw-2", SECOND_VIP, False),
        f"customer-3 {VIP}": ("customer-3", VIP, False),
    }
    assert {name: (entry.device, entry.vip.address, entry.asked) for name, entry in caches.items()} == asked | beside


def test_a_vantage_point_asks_by_one_entry() -> None:
    topology = several_vips().topology
    assert [topology.cache_of(name) for name in topology.vantages] == ["gw-1", "gw-2", "customer-3", "customer-4"]


def test_who_asks_for_what() -> None:
    topology = several_vips().topology
    router = topology.virtual_router("external")
    asking = {vip.address: topology.asking(vip) for vip in router.owned}
    assert asking == {VIP: ["customer-1", "customer-2"], SECOND_VIP: ["customer-3"], INSIDE_VIP: ["customer-4"]}
    assert topology.asking_any(router) == [*topology.vantages]
    assert crossed().topology.asking_any(crossed().topology.virtual_router("inside")) == ["customer-4"]


def test_adverts_of_a_vrid_come_from_nodes_of_its_router() -> None:
    topology = synced().topology
    assert [port.name for port in topology.senders(["lb-ext-1.external"], 51)] == ["lb-ext-1.external"]
    for port, vrid in (("gw-1.external", 51), ("lb-ext-3.external", 52), ("lb-ext-1.external", 53)):
        with pytest.raises(BadValue, match=f"alignment is '{port}, vrid {vrid}'"):
            topology.senders([port], vrid)


def test_all_others_are_others() -> None:
    router = LAB.virtual_router("external")
    assert [router.others(node) for node in router.nodes] == [(router.nodes[1],), (router.nodes[0],)]


@pytest.mark.parametrize(
    "path, value, said",
    [
        (
            "x-lab/virtual_routers/external/vrid",
            "many",
            r"Expected `int`, got `str` - at `\$\.x-lab\.virtual_routers\[\.\.\.\]\.vrid`",
        ),
        ("x-lab/trunks/trunk", ["sw-a"], r"length 2, got 1 - at `\$\.x-lab\.trunks"),
        ("x-lab/vantages/customer-1", {"virtual_router": "external"}, "missing required field `cache`"),
        ("services/gw-1/x-lab/ports", [{"segment": "external"}], "missing required field `switch`"),
        ("services/gw-1/x-lab/kind", None, r"Expected `str`, got `null` - at `\$\.services"),
    ],
)
def test_a_wrong_shape_is_named_with_its_place(path: str, value: object, said: str) -> None:
    with pytest.raises(UsageError, match=rf"compose\.yaml: x-lab does not fit: .*{said}"):
        Topology.from_compose(changed(path, value))


def test_a_compose_file_without_a_lab_is_refused() -> None:
    with pytest.raises(UsageError, match="missing required field `x-lab`"):
        Topology.from_compose({"services": {}})


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(UnknownName, match=r"no node 'lb-ext-3'\. Did you mean 'lb-ext-[12]'\?"):
        LAB.node("lb-ext-3")
    with pytest.raises(UnknownName, match="Valid: external, internal"):
        LAB.node("lb-ext-1").port("customers-1")


def test_a_group_names_virtual_routers() -> None:
    grouped = Topology.from_compose(changed("x-lab/groups", {"alone": ["external"]}))
    assert (LAB.groups, grouped.groups) == ({}, {"alone": ("external",)})
    with pytest.raises(UnknownName, match="no virtual router 'externl'"):
        Topology.from_compose(changed("x-lab/groups", {"sides": ["externl"]}))


@given(name=st.text(max_size=20).filter(lambda text: text not in LAB.nodes))
def test_an_unknown_name_never_passes(name: str) -> None:
    """Whatever is typed: an error that repeats it and lists the valid ones."""
    with pytest.raises(UnknownName) as error:
        LAB.node(name)
    assert repr(name) in str(error.value)
    assert all(node in str(error.value) for node in LAB.nodes)


def asking(**keys: object) -> dict[str, Any]:
    return changed("x-lab/vantages/customer-1", {"virtual_router": "external", "cache": "gw-1", **keys})


@pytest.mark.parametrize(
    "keys",
    [
        {"asks": "http://www.example.com/"},
        {"asks": "https://www.example.com:8443/ready?x=1", "expects": 401},
        {"asks": "tcp://10.77.0.100:3306"},
    ],
    ids=lambda keys: str(keys["asks"]),
)
def test_what_a_vantage_point_asks_is_written_as_it_was_read(keys: dict[str, object]) -> None:
    topology = Topology.from_compose(asking(**keys))
    written: Any = lab_document.lab(topology)["vantages"]
    assert {key: written["customer-1"].get(key) for key in keys} == keys
    assert written["customer-2"].keys() == {"virtual_router", "vip", "cache"}
    assert Topology.from_compose(asking(**written["customer-1"])) == topology
    assert msgspec.json.decode(msgspec.json.encode(topology), type=Topology) == topology


def test_a_vantage_point_of_an_older_recording_asks_as_ever() -> None:
    recorded = msgspec.json.decode(msgspec.json.encode(LAB))
    for vantage in recorded["vantages"].values():
        del vantage["asks"]
    assert msgspec.convert(recorded, Topology) == LAB


@pytest.mark.parametrize(
    "keys, said",
    [
        ({"asks": ""}, r"asks of the vantage point customer-1 is ''; valid is http://HOST\[:PORT\]\[/PATH\], https://"),
        ({"asks": "ftp://x/"}, "is 'ftp://x/'; valid is http://"),
        (
            {"asks": "http://x", "expects": 100},
            "vantage point customer-1 is 100; valid is an HTTP status from 200 to 599",
        ),
        ({"asks": "tcp://x:1", "expects": 200}, "is 200; valid is no value: a tcp endpoint has no status"),
        ({"expects": 200}, "expects of the vantage point customer-1 is 200; valid is no value without asks"),
        ({"asks": "http://x", "expects": "200"}, r"Expected `int \| null`, got `str` - at `\$\.x-lab\.vantages"),
    ],
)
def test_what_cannot_be_asked_is_refused(keys: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Topology.from_compose(asking(**keys))

"""What is said of a topology's file that does not fit: the bad value, the valid ones, the next step."""

import copy
import re
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model import lab_file, rules
from harness.model.errors import UsageError
from harness.model.rules import names
from harness.model.rules.addresses import network_of

EDGE = Path(__file__).parents[2] / "docs" / "edge.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(EDGE.read_text())
VIP = "virtual_routers/external/vips/0"
PORT = "nodes/lb-a/ports/0"


LABS = sorted((Path(__file__).parents[1] / "lab" / "labs").glob("*.yaml"))


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_labs_that_lab_tests_bring_up_are_valid(path: Path) -> None:
    """They have one switch per segment, and no trunk."""
    assert lab_file.read(path).topology.trunks == {}


def changed(path: str, value: object) -> dict[str, Any]:
    """``nodes/gw/ports/0/mac``; None: taken away."""
    document = copy.deepcopy(DOCUMENT)
    *parents, last = path.split("/")
    place: Any = document
    for key in parents:
        place = place[int(key) if isinstance(place, list) else key]
    if isinstance(place, list):
        place[int(last)] = value
    elif value is None:
        del place[last]
    else:
        place[last] = value
    return document


def refusal(tmp_path: Path, document: object) -> str:
    path = tmp_path / "lab.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    with pytest.raises(UsageError) as refused:
        lab_file.read(path)
    assert str(path) in str(refused.value)
    return str(refused.value)


def test_it_is_read() -> None:
    topology, options = lab_file.read(EDGE)
    assert topology.node("lb-a").devices == ("bond0.10", "eth0")
    assert options["web-1"].environment == {"PRICE": "5$ or ${more}"}
    assert rules.problems(topology) == []


def test_toml_says_the_same(tmp_path: Path) -> None:
    """Of a lab of one pair and a visitor."""
    text = """
        segments = {wan = "10.99.10.0/24"}
        switches = {sw = "wan"}
        trunks = {}
        vantages = {}
        [virtual_routers.external]
        segment = "wan"
        vips = ["10.99.10.254"]
        vrid = 110
        nodes = ["lb-a", "lb-b"]
        [nodes.lb-a]
        kind = "balancer"
        ports = [{segment = "wan", switch = "sw", mac = "02:99:10:00:00:01", ip = "10.99.10.1/24"}]
        [nodes.lb-b]
        kind = "balancer"
        ports = [{segment = "wan", switch = "sw", mac = "02:99:10:00:00:02", ip = "10.99.10.2/24"}]
    """
    (tmp_path / "lab.toml").write_text(text)
    assert list(lab_file.read(tmp_path / "lab.toml").topology.nodes) == ["lb-a", "lb-b"]


SHAPES = [
    ("segmnts", {}, r"no key 'segmnts'\. Did you mean 'segments'"),
    ("nodes/lb-a/sticky-arp", True, r"no key of nodes\.lb-a 'sticky-arp'\. Did you mean 'sticky_arp'"),
    (f"{PORT}/devise", "x", r"no key of nodes\.lb-a\.ports\[0\] 'devise'\. Did you mean 'device'"),
    (f"{PORT}/mac", None, r"missing required field `mac` - at `nodes\.lb-a\.ports\[0\]`"),
    (f"{PORT}/mac", 12, r"Expected `str`, got `int` - at `nodes\.lb-a\.ports\[0\]\.mac`\. Put it in quotes"),
    ("nodes/gw/forwards", "yes", r"Expected `bool`, got `str` - at `nodes\.gw\.forwards`"),
    ("nodes/gw", "x", r"nodes\.gw is 'x'; valid are keys with values"),
    ("nodes/gw/ports", "x", r"Expected `array`, got `str` - at `nodes\.gw\.ports`"),
    ("nodes/gw/ports", ["x"], r"nodes\.gw\.ports\[0\] is 'x'; valid are keys with values"),
    ("virtual_routers/external/vrid", "x", r"Expected `int`, got `str` - at `virtual_routers\[\.\.\.\]\.vrid`"),
    (
        "virtual_routers/external/vrid",
        256,
        r"vrid of the virtual router external is 256; valid is a number",
    ),
    ("virtual_routers/external/segment", "x", r"no segment of the virtual router external 'x'"),
    (
        "virtual_routers/external/nodes",
        ["lb-a", "lb-x"],
        r"no node of the virtual router external 'lb-x'",
    ),
    ("vantages/visitor/virtual_router", "x", r"no virtual router 'x'\. Valid: external"),
    ("switches", None, r"missing required field `switches`"),
    ("nodes/gw/nane", "x", r"no key of nodes\.gw 'nane'\..* Valid: forwards, kind, ports, routes, sticky_arp"),
    ("nodes/gw/name", "x", r"no key of nodes\.gw 'name'"),
    (f"{PORT}/node", "x", r"no key of nodes\.lb-a\.ports\[0\] 'node'"),
    (f"{PORT}/index", 1, r"no key of nodes\.lb-a\.ports\[0\] 'index'"),
    ("nodes/gw/cpu_shares", 1, r"Expected `int` >= 2 - at `nodes\.gw\.cpu_shares`"),
    ("nodes/gw/environment", {"HARNESS_NODE": "x"}, r"nodes\.gw\.environment"),
    ("virtual_routers/external/colour", "red", r"unknown field `colour`"),
    ("vantages/visitor/colour", "red", r"unknown field `colour`"),
    (VIP, {"address": "10.99.10.254", "colour": "red"}, r"unknown field `colour`"),
    ("rings", {"ring": {"trunks": [], "alternate": "uplink.a", "colour": "red"}}, r"unknown field `colour`"),
]


@pytest.mark.parametrize("path, value, said", SHAPES, ids=[f"{path}={value}" for path, value, _ in SHAPES])
def test_a_wrong_shape_is_told_by_its_place(path: str, value: object, said: str, tmp_path: Path) -> None:
    assert re.search(said, refusal(tmp_path, changed(path, value)))


@pytest.mark.parametrize(
    "key, least, most", [("cpu_shares", 2, 262_144), ("pids_limit", 64, 4_194_304), ("mem_limit_mb", 64, 1_048_576)]
)
def test_what_a_container_may_be_given(key: str, least: int, most: int, tmp_path: Path) -> None:
    """Shares of 2 to 262,144 and 2**22 processes are the kernel's own limits; with less than 64 no node starts."""
    for value in (least, most):
        path = tmp_path / "lab.yaml"
        path.write_text(yaml.safe_dump(changed(f"nodes/gw/{key}", value)))
        assert getattr(lab_file.read(path).options["gw"], key) == value
    assert f"`int` >= {least}" in refusal(tmp_path, changed(f"nodes/gw/{key}", least - 1))
    assert f"`int` <= {most}" in refusal(tmp_path, changed(f"nodes/gw/{key}", most + 1))


VALUES = [
    ("nodes/lb-a/kind", "balncer", "lb-a is of the kind 'balncer': valid are balancer, gateway"),
    (f"{PORT}/device", "a-name-that-is-long", "lb-a.wan has the device 'a-name-that-is-long': valid are 1 to 15"),
    (f"{PORT}/device", "eth0", "lb-a has two ports of the device 'eth0'"),
    ("nodes/gw/ports/0/device", "eth0", "gw.wan has the device 'eth0': valid are"),
    (f"{PORT}/device", "lo", "lb-a.wan has the device 'lo'"),
    ("nodes/lb-a/ports/1/segment", "wan", "lb-a has two ports on the segment wan"),
    ("nodes/lb-a/ports", [], "lb-a has no port"),
    ("switches/a-switch-with-a-name", "wan", "the name of the switch 'a-switch-with-a-name' has 20 characters: 15 at"),
    ("switches/gw", "wan", "'gw' names two of the nodes, switches and trunks"),
    ("segments/wan", "10.99.10.0", "the segment wan is '10.99.10.0': valid is an IPv4 network"),
    ("segments/wan", "10.99.10.0/31", "the segment wan is '10.99.10.0/31'"),
    ("segments/office", "10.99.0.0/16", "the segments wan (10.99.10.0/24) and office (10.99.0.0/16) overlap"),
    ("switches/sw-dmz", "dnz", "the switch sw-dmz is on the segment 'dnz': valid are wan, dmz, office"),
    (f"{PORT}/segment", "wam", "lb-a has a port on the segment 'wam': valid are wan, dmz, office"),
    (f"{PORT}/switch", "sw-dmz", "lb-a.wan ends in the switch 'sw-dmz': valid, of its segment, are sw-wan, sw-wan-b"),
    (f"{PORT}/ip", "10.99.11.1/24", "lb-a.wan has the address 10.99.11.1/24: valid is one of 10.99.10.0/24 with /24"),
    (f"{PORT}/ip", "10.99.10.255/24", "lb-a.wan has the address 10.99.10.255/24"),
    (f"{PORT}/ip", "10.99.10.1", "lb-a.wan has the address 10.99.10.1"),
    (f"{PORT}/ip", "x", "lb-a.wan has the address 'x'"),
    (f"{PORT}/ip", "10.99.10.2/24", "lb-a.wan and lb-b.wan have the same address 10.99.10.2"),
    (f"{PORT}/mac", "02:99:10:00:00:02", "lb-a.wan and lb-b.wan have the same MAC 02:99:10:00:00:02"),
    (f"{PORT}/mac", "02:99:10:00:00:0A", "lb-a.wan has the MAC '02:99:10:00:00:0A'"),
    (f"{PORT}/mac", "03:99:10:00:00:01", "a multicast address: valid is an even first byte"),
    (f"{PORT}/mac", "00:00:5e:00:01:33", "are of virtual routers"),
    ("trunks/second", ["sw-wan-b", "sw-wan"], "the trunk second is a second way between sw-wan-b and sw-wan, a loop"),
    (
        "trunks/across",
        ["sw-wan", "sw-dmz"],
        "the trunk across joins sw-wan and sw-dmz, which are on different",
    ),
    ("trunks/uplink", ["sw-wan", "sw-x"], "the trunk uplink ends in sw-x: valid are sw-wan, sw-wan-b"),
    (
        "nodes/visitor/routes/0/via",
        "10.99.10.11",
        "visitor has a route to 10.99.10.0/24 via '10.99.10.11': valid",
    ),
    ("nodes/visitor/routes/0/to", "default", "visitor has a route to 'default': valid is an IPv4 network"),
    (VIP, "10.99.11.254", "has the VIP 10.99.11.254: valid is an address of 10.99.10.0/24"),
    (VIP, "10.99.10.11", "has the VIP 10.99.10.11, which is gw.wan's own address"),
    (
        "virtual_routers/external/nodes",
        ["lb-a", "gw"],
        "has the node 'gw': valid are balancers on wan: lb-a",
    ),
    (
        "vantages/gw",
        {"virtual_router": "external", "cache": "gw"},
        "the vantage point 'gw' is no customer",
    ),
    ("vantages/visitor/cache", "web-1", "has the cache 'web-1': valid are those on wan: gw"),
]


@pytest.mark.parametrize("path, value, said", VALUES, ids=[f"{path}={value}" for path, value, _ in VALUES])
def test_a_wrong_value_is_told_with_the_valid_ones(path: str, value: object, said: str, tmp_path: Path) -> None:
    refused = refusal(tmp_path, changed(path, value))
    assert said in refused
    assert "Next: correct it; harness up --dry-run --topology" in refused


@pytest.mark.parametrize("mistakes, more", [(8, ""), (9, "And 1 more."), (20, "And 12 more.")])
def test_the_first_eight_mistakes_are_told(mistakes: int, more: str, tmp_path: Path) -> None:
    """A whole screen of them helps nobody; how many are left is said."""
    switches = {f"sw-{n}": "x" for n in range(mistakes)}
    refused = refusal(tmp_path, changed("switches", DOCUMENT["switches"] | switches))
    assert refused.count("is on the segment 'x'") == 8
    assert [line.strip() for line in refused.splitlines() if line.strip().startswith("And ")] == [more] * bool(more)


@pytest.mark.parametrize("name", ["load-master", "network-agent"])
def test_a_services_name_is_taken(name: str, tmp_path: Path) -> None:
    assert "belongs to a service of every lab" in refusal(
        tmp_path, changed(f"nodes/{name}", DOCUMENT["nodes"]["web-2"])
    )


@given(name=st.text(min_size=1, max_size=20))
@settings(max_examples=200)
def test_a_name_is_one_for_a_host_a_container_and_a_target(name: str) -> None:
    """RFC 1123's labels in lower case; a dot would part node and segment."""
    fits = all(each in "abcdefghijklmnopqrstuvwxyz0123456789-" for each in name)
    assert names.is_name(name) == (fits and name[0].isalpha() and name[-1] != "-")


@given(length=st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_a_nodes_name_leaves_room_for_its_cables(length: int) -> None:
    """The switch's end is NODE.0, and a device has 15 characters."""
    topology = lab_file.read(EDGE).topology
    name = "n" * length
    port = msgspec.structs.replace(topology.node("web-2").ports[0], node=name)
    node = msgspec.structs.replace(topology.node("web-2"), name=name, ports=(port,))
    rest = {each.name: each for each in topology.nodes.values() if each.name != "web-2"}
    found = rules.problems(msgspec.structs.replace(topology, nodes=rest | {name: node}))
    assert bool(found) == (length > 13)


@given(first=st.integers(0, 2**32 - 1), prefix=st.integers(0, 32))
def test_a_network_has_room_and_no_host_bits(first: int, prefix: int) -> None:
    cidr = f"{IPv4Address(first)}/{prefix}"
    assert (network_of(cidr) is not None) == (prefix <= 30 and first % 2 ** (32 - prefix) == 0)


@pytest.mark.parametrize(
    "name, text, said",
    [
        ("lab.json", "{}", r"valid are \.toml, \.yaml, \.yml"),
        ("lab.yaml", "a: [", "is not YAML.*line 1"),
        ("lab.toml", "a = [", "is not TOML"),
        ("lab.yaml", "- a", "valid are keys with values"),
        ("lab.yaml", "\x00", "cannot be read|is not YAML"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError) as refused:
        lab_file.read(tmp_path / name)
    assert re.search(said, str(refused.value), re.DOTALL)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        lab_file.read(tmp_path / "none.yaml")

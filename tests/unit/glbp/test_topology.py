"""GLBP groups of a lab file: what is read, what is refused, and each sentence names the value."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from harness.lab.generated import compose_file
from harness.model import composition, handed_topology, lab_document
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.glbp import GlbpGateway, GlbpGroup
from harness.model.lab_file import read
from harness.model.topology import Topology
from harness.model.units import ms, s

FILE = Path(__file__).parents[3] / "docs" / "glbp.yaml"
LAB = read(FILE)


def refused(tmp_path: Path, keys: dict[str, object], group: str = "shared") -> str:
    """What is said of the file with other keys of one group."""
    document: dict[str, Any] = yaml.safe_load(FILE.read_text())
    document["glbp"][group] |= keys
    path = tmp_path / "other.yaml"
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(UsageError) as told:
        read(path)
    return str(told.value)


def test_the_group_is_read_with_cisco_s_defaults() -> None:
    """Cisco, "Configuring GLBP": hello 3 s, hold 10 s, redirect 600 s, timeout 14,400 s, forwarder preemption 30 s."""
    gateways = {"gw-1": GlbpGateway(150, preempt=True), "gw-2": GlbpGateway(100)}
    expected = GlbpGroup(
        "shared", "shared", 1, "10.88.3.254", gateways, "host-dependent", 3 * s, 10 * s, 600 * s, 14_400 * s, 30 * s
    )
    assert LAB.topology.glbp["shared"] == expected


def test_the_usual_lab_has_none() -> None:
    """And so its agents start no further process."""
    assert not composition.topology(FILE.parents[1] / "compose").glbp


def test_the_made_compose_file_has_the_same_groups() -> None:
    document = yaml.safe_load(compose_file("mine", LAB.topology, LAB.options, "glbp.yaml"))
    assert Topology.from_compose(document).glbp == LAB.topology.glbp


def test_what_differs_from_the_defaults_is_written_too() -> None:
    document: dict[str, Any] = {"x-lab": lab_document.lab(LAB.topology)}
    services = {name: {"x-lab": lab_document.node(node)} for name, node in LAB.topology.nodes.items()}
    document["x-lab"]["glbp"]["shared"] |= {"hello": "200ms", "hold": "700ms", "forwarder_preempt": "never"}
    group = Topology.from_compose(document | {"services": services}).glbp["shared"]
    assert (group.hello_ns, group.hold_ns, group.forwarder_preempt_ns) == (200 * ms, 700 * ms, None)
    again = lab_document.lab(msgspec.structs.replace(LAB.topology, glbp={"shared": group}))
    assert Topology.from_compose({"x-lab": again, "services": services}).glbp == {"shared": group}


def test_agents_get_it() -> None:
    assert msgspec.json.decode(handed_topology.encode(LAB.topology), type=Topology) == LAB.topology


@pytest.mark.parametrize(
    "keys, said",
    [
        ({"hold": "3s"}, "more than its hello, 3s"),
        ({"hello": "1.5us"}, "whole milliseconds"),
        ({"redirect": "1.5s"}, "whole seconds"),
        ({"timeout": "70000s"}, "at most 65535s"),
        ({"timeout": "4"}, "timeout of the GLBP group shared"),
        ({"number": 1024}, "a number from 0 to 1023"),
        ({"segment": "share"}, "shared"),
        ({"balancing": "random"}, "glbp"),
        ({"colour": "red"}, "colour"),
        ({"gateways": {"gw-1": {"priority": 0}, "gw-2": {}}}, "a number from 1 to 255"),
        ({"gateways": {"gw-1": {"priority": 256}, "gw-2": {}}}, "a number from 1 to 255"),
        ({"gateways": {"gw-1": {"weight": 256}, "gw-2": {}}}, "a number from 0 to 255"),
        ({"gateways": {"gw-1": {"weight": -1}, "gw-2": {}}}, "a number from 0 to 255"),
        ({"timeout": "65536s"}, "at most 65535s"),
        ({"gateways": {"gw-1": {"weigth": 1}, "gw-2": {}}}, "weigth"),
        ({"gateways": {"gw-1": {}}}, "two or more are valid"),
        ({"gateways": {"gw-1": {}, "customer-3": {}}}, "nodes of shared with forwards: gw-1, gw-2"),
        ({"ip": "10.88.4.254"}, "valid is an address of 10.88.3.0/24"),
        ({"ip": "10.88.3.1"}, "which gw-1.shared has"),
        ({"number": 2}, "is in two GLBP groups of the number 2"),
    ],
)
def test_what_cannot_be_is_refused(keys: dict[str, object], said: str, tmp_path: Path) -> None:
    assert said in refused(tmp_path, keys)


BOTH = {"gw-1": GlbpGateway(1, 0), "gw-2": GlbpGateway(255, 255)}


@pytest.mark.parametrize(
    "keys, read_as",
    [
        ({"number": 0}, {"number": 0}),
        ({"number": 1023}, {"number": 1023}),
        ({"gateways": {name: msgspec.to_builtins(each) for name, each in BOTH.items()}}, {"gateways": BOTH}),
        ({"hold": "3001ms"}, {"hello_ns": 3000 * ms, "hold_ns": 3001 * ms}),
        ({"redirect": "65535s", "timeout": "65535s"}, {"redirect_ns": 65_535 * s, "timeout_ns": 65_535 * s}),
        ({"forwarder_preempt": "0s"}, {"forwarder_preempt_ns": 0}),
    ],
)
def test_the_least_and_the_most_that_a_hello_can_tell(keys: dict[str, object], read_as: dict[str, object]) -> None:
    """Cisco, "Configuring GLBP": its ranges of values; and two bytes for seconds."""
    document: dict[str, Any] = yaml.safe_load(FILE.read_text())
    document["glbp"]["shared"] |= keys
    nodes = {name: {"x-lab": node} for name, node in document.pop("nodes").items()}
    group = Topology.from_compose({"x-lab": document, "services": nodes}).glbp["shared"]
    assert {name: getattr(group, name) for name in read_as} == read_as


def test_two_groups_of_a_segment(tmp_path: Path) -> None:
    """Neither the number nor the address may be the same; nor a VIP."""
    told = refused(tmp_path, {"segment": "shared", "number": 1, "ip": "10.88.3.254"}, "way-out")
    assert "two GLBP groups of shared have the number 1" in told
    assert "which the GLBP group shared has" in told
    assert "which the VIP of external has" in refused(tmp_path, {"ip": "10.77.0.100"}, "way-out")


def test_errors_have_kinds() -> None:
    """`BadValue` and `UnknownName`, as in the rest of a topology."""
    document: dict[str, Any] = yaml.safe_load(FILE.read_text())
    nodes = {name: {"x-lab": node} for name, node in document.pop("nodes").items()}
    document["glbp"]["shared"]["segment"] = "nowhere"
    with pytest.raises(UnknownName, match="nowhere"):
        Topology.from_compose({"x-lab": document, "services": nodes})
    document["glbp"]["shared"] |= {"segment": "shared", "number": -1}
    with pytest.raises(BadValue, match="-1"):
        Topology.from_compose({"x-lab": document, "services": nodes})

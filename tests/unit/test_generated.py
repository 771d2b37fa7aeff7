"""A Compose file from values: it says the same topology again, and what was somebody's own words stays so."""

import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.lab import definition, generated, subnets
from harness.lab.generated import compose_file
from harness.lab.lab_name import DEFAULT_LAB
from harness.model import folders, lab_file
from harness.model.errors import BadValue, UsageError
from harness.model.lab_file import Options
from harness.model.node import Node, Port
from harness.model.topology import Topology

EDGE = Path(__file__).parents[2] / "docs" / "edge.yaml"
USUAL = definition.of(DEFAULT_LAB)
FILE = lab_file.read(EDGE)


def made(topology: Topology, **options: Options) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(compose_file("mine", topology, options, "edge.yaml"))
    return document


@pytest.mark.parametrize("topology", [USUAL.topology, USUAL.every, FILE.topology], ids=["usual", "databases", "own"])
def test_it_says_the_same_topology(topology: Topology) -> None:
    assert Topology.from_compose(made(topology)) == topology


def test_nodes_may_do_what_the_usual_labs_may() -> None:
    """Privileges, limits and networks are those of compose/, of each kind."""
    usual: dict[str, Any] = yaml.safe_load((folders.COMPOSE / "compose.yaml").read_text())["services"]
    for name, service in made(USUAL.topology)["services"].items():
        own = {key: value for key, value in service.items() if key != "environment"}
        assert own == {key: value for key, value in usual[name].items() if key != "environment"}
        assert usual[name]["environment"].items() <= service["environment"].items()


def test_a_sites_servers_have_a_node_of_their_own_kind() -> None:
    """compose/site has it: no lab of ours does. Any device's name is free in it, as in a balancer."""
    port = Port("servers", 0, "wan", next(iter(FILE.topology.switches)), "02:80:00:00:00:01", "10.99.0.9/24", "eth0")
    nodes = FILE.topology.nodes | {"servers": Node("servers", "servers", (port,))}
    service = made(replace(FILE.topology, nodes=nodes))["services"]["servers"]
    assert service["image"].startswith("failover-harness-servers:")
    assert (service["network_mode"], service["cap_add"]) == ("none", ["NET_ADMIN"])
    assert service["x-lab"]["kind"] == "servers"
    assert "servers" not in made(USUAL.every)["services"]


def test_a_balancer_waits_for_the_devices_that_it_has() -> None:
    assert made(FILE.topology)["services"]["lb-a"]["environment"]["HARNESS_CABLES"] == "bond0.10 eth0"


@given(value=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30))
@settings(max_examples=40, deadline=None)
def test_values_are_escaped(value: str) -> None:
    """Compose puts a variable where it reads ``$``, so that no single one may be left."""
    service = made(FILE.topology, **{"web-1": Options(environment={"KEY": value})})["services"]["web-1"]
    written = service["environment"]["KEY"]
    assert written.replace("$$", "$") == value
    assert "$" not in written.replace("$$", "")


AWKWARD = (
    "1e3",
    "0x1F",
    "yes",
    "null",
    "~",
    "5$ or ${more}",
    "$$",
    "${HOME}",
    "2026-07-22",
    "a: b # c",
    "'\"",
    " ",
    "é\\n",
)


def test_compose_itself_reads_what_was_meant(tmp_path: Path) -> None:
    """Its YAML is of another version than ours: 1e3 is a number there."""
    environment = {f"KEY_{n}": value for n, value in enumerate(AWKWARD)}
    path = tmp_path / "compose.yaml"
    path.write_text(compose_file("mine", FILE.topology, {"web-1": Options(environment=environment)}, "x"))
    command = ["docker", "compose", "-f", str(path), "config", "--format", "json"]
    read = subprocess.run(command, capture_output=True, check=True)
    found = msgspec.json.decode(read.stdout)["services"]["web-1"]["environment"]
    assert {key: value.replace("$$", "$") for key, value in found.items() if key in environment} == environment


def test_options_replace_what_the_kind_has() -> None:
    service = made(FILE.topology, gw=Options(image="site/gw:3", cpu_shares=64))["services"]["gw"]
    assert (service["image"], service["cpu_shares"]) == ("site/gw:3", 64)


def test_limits_of_processes_and_memory() -> None:
    service = made(FILE.topology, gw=Options(pids_limit=512, mem_limit_mb=1024))["services"]["gw"]
    assert (service["pids_limit"], service["mem_limit"], service["memswap_limit"]) == (512, "1024m", "1024m")
    assert not {"pids_limit", "mem_limit"} & made(FILE.topology)["services"]["gw"].keys()


@pytest.mark.parametrize("name", ["", "Edge", "-edge", "edge.1", "a/b", "..", "e" * 41])
def test_a_name_that_compose_refuses_is_refused(name: str) -> None:
    with pytest.raises(BadValue, match="--lab"):
        compose_file(name, FILE.topology, {}, "x")


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(folders, "lab", lambda name: tmp_path / "labs" / name)
    generated.store("mine", compose_file("mine", FILE.topology, FILE.options, "edge.yaml"))
    return "mine"


def test_it_is_found_by_the_labs_name_until_it_is_forgotten(stored: str) -> None:
    found = definition.of(stored)
    assert (found.topology, found.every, found.generated) == (FILE.topology, FILE.topology, True)
    assert found.images == {"agent", "api", "balancer", "customer", "gateway"}
    assert generated.names() == ["mine"]
    assert definition.of("another") == USUAL
    for _ in range(2):
        generated.forget(stored)
    assert definition.of(stored) == USUAL
    assert generated.names() == []


def test_what_could_not_come_up_replaces_nothing(stored: str) -> None:
    def check(name: str) -> None:
        with generated.stored_on_success(name, compose_file(name, USUAL.every, {}, "all.yaml")):
            assert definition.of(name).topology == USUAL.every
            raise UsageError("its configuration would not run")

    for name, left in ((stored, FILE.topology), ("new", USUAL.topology)):
        with pytest.raises(UsageError):
            check(name)
        assert definition.of(name).topology == left


def test_a_name_leads_to_no_other_folder(stored: str, tmp_path: Path) -> None:
    """As one that is typed after --lab."""
    beside = tmp_path / "labs" / stored / "compose.yaml"
    for name in (f"../labs/{stored}", f"{stored}/.", f"./{stored}"):
        assert not definition.is_generated(name)
        generated.forget(name)
    assert beside.is_file()


def test_an_overlay_that_it_has_not_is_refused(stored: str) -> None:
    with pytest.raises(UsageError, match=r"without lb-int-1, .* of the overlay databases"):
        definition.of(stored, ["databases"])


def test_one_that_has_an_overlays_nodes_needs_no_overlay(stored: str) -> None:
    generated.store(stored, compose_file(stored, USUAL.every, {}, "all.yaml"))
    assert definition.of(stored, ["databases"]).topology == USUAL.every


@given(third=st.integers(0, 255), prefix=st.integers(8, 30))
def test_a_network_of_dockers_that_is_in_the_way_is_named(third: int, prefix: int) -> None:
    taken = f"10.99.{third}.0/{prefix}"
    said = list(subnets.overlaps(FILE.topology, [("bridge", taken), ("six", "fd00::/64"), ("none", "")]))
    for segment, number in (("wan", 10), ("dmz", 20), ("office", 30)):
        hit = any(f"The segment {segment} (" in each and f"network bridge ({taken})" in each for each in said)
        assert hit == (third >> max(0, 24 - prefix) == number >> max(0, 24 - prefix))

"""Overlays: files beside compose.yaml that add to the lab, as Compose lays one over the other."""

from pathlib import Path

import pytest
import yaml

from harness.experiment.catalogue import find_experiment, read_experiment
from harness.lab import compose
from harness.model import composition
from harness.model.errors import UnknownName
from harness.model.folders import COMPOSE
from locustfiles.credentials import token

PLAIN = 9
WITH_DATABASES = 14


def test_a_lab_has_databases_or_not() -> None:
    assert len(compose.topology().nodes) == PLAIN
    both = compose.topology(["databases"])
    assert len(both.nodes) == WITH_DATABASES
    assert list(both.virtual_routers) == ["external", "internal"]


def test_an_overlay_is_a_file_with_nodes() -> None:
    """images.yaml lies beside, and is none."""
    assert compose.overlays() == ("databases",)


def test_an_unknown_overlay_is_named() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'databases'"):
        compose.topology(["database"])


def test_agents_know_every_node_that_may_appear() -> None:
    assert len(composition.topology(COMPOSE).nodes) == WITH_DATABASES


def test_a_lab_says_by_its_services_what_it_has() -> None:
    """Even if only one of an overlay's containers is left; a service that is in both says nothing."""
    assert compose.present(compose.services()) == ()
    assert compose.present([*compose.services(), "db-2"]) == ("databases",)
    assert compose.present(["api-1"]) == ()


def test_images_are_those_of_the_lab() -> None:
    assert "database" not in compose.images()
    assert compose.images(["databases"]) == compose.images() | {"database"}


def test_the_plain_lab_has_no_database(tmp_path: Path) -> None:
    """An API server learns of its database by the overlay alone."""
    document = yaml.safe_load((COMPOSE / "compose.yaml").read_text())
    assert "DATABASE" not in document["services"]["api-1"]["environment"]


def test_an_agent_may_open_as_many_files_as_it_takes_of_connections() -> None:
    """One session of `connections_used_up` is one socket, and an engine's default may be 1,024."""
    services = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
    assert all(services[agent]["ulimits"]["nofile"] >= 20_000 for agent in ("network-agent", "service-agent"))


def test_mappings_merge_and_the_rest_replaces() -> None:
    base: composition.Document = {"a": {"x": 1, "y": {"z": 1}}, "b": [1, 2], "c": 1}
    over: composition.Document = {"a": {"y": {"w": 2}}, "b": [3], "d": 4}
    assert composition.laid_over(base, over) == {"a": {"x": 1, "y": {"z": 1, "w": 2}}, "b": [3], "c": 1, "d": 4}


@pytest.mark.parametrize("below, above", [({"x": 1}, [2]), ([2], {"x": 1}), ({"x": 1}, None)])
def test_a_mapping_and_what_is_none_do_not_merge(below: object, above: object) -> None:
    assert composition.laid_over({"a": below}, {"a": above}) == {"a": above}


@pytest.fixture
def overlaid(tmp_path: Path) -> Path:
    """compose.yaml of one segment, and two overlays that add a node each. images.yaml is none of them."""
    lab: composition.Document = {"switches": {}, "trunks": {}, "virtual_routers": {}, "vantages": {}}
    files: dict[str, composition.Document] = {
        "compose": {"x-lab": lab | {"segments": {"wan": "10.77.0.0/24"}}, "services": {}},
        "b": {"x-lab": {}, "services": {"b-1": {"x-lab": {"kind": "api"}}}},
        "a": {"x-lab": {}, "services": {"a-1": {"x-lab": {"kind": "api"}}}},
        "images": {"services": {}},
    }
    for name, document in files.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(document))
    return tmp_path


@pytest.mark.parametrize(
    "chosen, nodes", [(None, {"a-1", "b-1"}), ((), set()), (["b"], {"b-1"}), (["b", "a"], {"a-1", "b-1"})]
)
def test_a_topology_has_the_overlays_that_are_chosen(overlaid: Path, chosen: list[str] | None, nodes: set[str]) -> None:
    """Of which agents know every one: they are not told which."""
    assert set(composition.topology(overlaid, chosen).nodes) == nodes


def test_files_are_named_in_order_the_lab_itself_first(overlaid: Path) -> None:
    assert composition.overlays(overlaid) == ("a", "b")
    assert [path.name for path in composition.files(overlaid, ["b", "a"])] == ["compose.yaml", "a.yaml", "b.yaml"]
    with pytest.raises(UnknownName, match="no overlay 'compose'"):
        composition.files(overlaid, ["compose"])


@pytest.mark.parametrize(
    "marks,expected",
    [
        ('pytestmark = pytest.mark.overlay("databases")', ("databases",)),
        ('pytestmark = [pytest.mark.slow, pytest.mark.overlay("a", "b")]', ("a", "b")),
        ("pytestmark = pytest.mark.slow", ()),
        ("", ()),
    ],
)
def test_an_experiment_says_what_it_needs(tmp_path: Path, marks: str, expected: tuple[str, ...]) -> None:
    path = tmp_path / "test_mine.py"
    path.write_text(f'"""About."""\nimport nothing_that_exists\n{marks}\n')
    assert read_experiment(path).overlays == expected


def test_july_22_needs_databases_and_june_13_does_not() -> None:
    assert find_experiment("july_22").overlays == ("databases",)
    assert find_experiment("june_13").overlays == ()


def test_a_token_is_one_of_the_data_set() -> None:
    """LEFT(SHA1('key777'), 16) and SHA1('tok777'), as compose/database/data/1-tokens.sql has them."""
    assert token(777) == "90aa4ab257cbf77a.bd1b68df189ccc0ad692dc5a64aba68f3e34fe74"

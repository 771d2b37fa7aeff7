"""`harness up --network full`: the usual nodes, and rings of switches instead of single trunks."""

import pytest
import yaml
from typer.testing import CliRunner

from harness.cli import app
from harness.lab import compose, networks
from harness.model.errors import UnknownName
from harness.model.topology import Topology
from tests.full_network import full


def test_it_has_the_nodes_of_the_usual_lab_and_its_trunks() -> None:
    usual = compose.topology()
    assert set(full().nodes) >= set(usual.nodes)
    assert all(full().nodes[name] == node for name, node in usual.nodes.items())
    assert full().trunks.items() >= usual.trunks.items()
    assert full().vantages.items() >= usual.vantages.items()


def test_the_usual_lab_has_no_ring_and_no_guard() -> None:
    """So that its agent starts no REP, no table of rings, and looks for no shut port."""
    every = compose.topology(compose.overlays())
    assert (every.rings, every.storm_limit) == ({}, 0)


@pytest.mark.parametrize("segment", ["external", "internal"])
def test_each_segment_of_the_pair_is_a_ring_of_three_switches(segment: str) -> None:
    rings = [ring for ring in full().rings.values() if full().segment_of(ring.alternate) == segment]
    (ring,) = rings
    switches = {full().switch_of(port) for port, of in full().ring_ports.items() if of == ring}
    assert switches == {name for name, of in full().switches.items() if of == segment}
    assert len(switches) == 3


def test_its_compose_file_says_the_same() -> None:
    made = yaml.safe_load(networks.compose_file("mine", "full"))
    assert Topology.from_compose(made) == full()


def test_an_unknown_network_names_the_valid_ones() -> None:
    with pytest.raises(UnknownName, match="Valid: full"):
        networks.topology("ful")


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, list(arguments))
    return result.exit_code, result.output


def test_a_dry_run_shows_the_compose_file() -> None:
    code, shown = run("up", "--network", "full", "--dry-run")
    assert code == 0
    assert "name: full" in shown
    assert "trunk-int-ca" in shown


@pytest.mark.parametrize(
    "more, said",
    [
        (("--with", "databases"), "not to one of --network full"),
        (("--topology", "docs/edge.yaml"), "give one of them"),
    ],
)
def test_what_does_not_go_together_is_refused(more: tuple[str, ...], said: str) -> None:
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, ["up", "--network", "full", *more])
    assert result.exit_code != 0
    assert said in f"{result.output}{result.exception}"

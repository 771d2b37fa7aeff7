"""The topology as it is handed to agents and load, and how two know that they have the same one."""

from pathlib import Path

import msgspec
import pytest

from harness.lab import compose
from harness.lab.definition import of
from harness.lab.lab import Lab
from harness.lab.lab_name import DEFAULT_LAB
from harness.model import handed_topology
from harness.model.errors import EnvironmentProblem, UsageError
from harness.model.folders import COMPOSE
from harness.model.topology import Topology

EVERY = of(DEFAULT_LAB).every


def renamed(topology: Topology) -> Topology:
    """The same wiring, but one cable of another name."""
    first, *others = topology.node("lb-ext-1").ports
    ports = (msgspec.structs.replace(first, named="bond0.10"), *others)
    node = msgspec.structs.replace(topology.node("lb-ext-1"), ports=ports)
    return msgspec.structs.replace(topology, nodes=topology.nodes | {"lb-ext-1": node})


def test_what_was_handed_over_comes_before_what_the_image_has(tmp_path: Path) -> None:
    path = tmp_path / "topology.json"
    assert handed_topology.read(COMPOSE, path) == EVERY
    path.write_bytes(handed_topology.encode(renamed(EVERY)))
    assert handed_topology.read(COMPOSE, path).node("lb-ext-1").devices == ("bond0.10", "lan1")


def test_both_are_the_same_topology_by_their_digest(tmp_path: Path) -> None:
    """As of an agent that was given none, and one that was given the usual lab's."""
    path = tmp_path / "topology.json"
    path.write_bytes(handed_topology.encode(EVERY))
    digests = {
        handed_topology.digest(each)
        for each in (EVERY, handed_topology.read(COMPOSE, path), handed_topology.read(COMPOSE, tmp_path))
    }
    assert len(digests) == 1
    assert handed_topology.digest(renamed(EVERY)) not in digests


def test_the_order_counts() -> None:
    """Records carry the numbers of vantage points, in order."""
    turned = dict(reversed(EVERY.vantages.items()))
    assert handed_topology.digest(msgspec.structs.replace(EVERY, vantages=turned)) != handed_topology.digest(EVERY)


@pytest.mark.parametrize("text", ["{", '{"segments": 1}'])
def test_one_of_another_version_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "topology.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="harness down, harness up"):
        handed_topology.read(COMPOSE, path)


class Unopened(Lab):
    def __init__(self) -> None:
        self.name, self.every = "mine", EVERY


def test_an_agent_of_another_topology_is_refused() -> None:
    lab = Unopened()
    lab._expect_topology("hand", handed_topology.digest(EVERY))
    for theirs in (handed_topology.digest(renamed(EVERY)), ""):
        with pytest.raises(EnvironmentProblem, match=r"hand .*harness up --lab mine"):
            lab._expect_topology("hand", theirs)


def test_agents_and_load_read_it_and_no_other_container() -> None:
    agents = {"network-agent", "service-agent"}
    assert set(of(DEFAULT_LAB).readers) == {*agents, "load-master", *compose.topology().vantages}

"""The rows of experiments/test_firmware_upgrade.py: on both labs each is a plan, and says what the topology says."""

from pathlib import Path

import pytest

from experiments.pair import CACHES
from experiments.test_firmware_upgrade import CAUSES, CUT, FORWARDER, QUICK, RIGHT, WHY, cut, prevented
from harness.lab.compose import topology
from harness.model.configuration import Configuration
from harness.model.lab_file import read
from harness.model.ops import Drop
from harness.model.topology import Topology

GLBP = read(Path(__file__).parents[2] / "docs" / "glbp.yaml").topology
LABS = {"usual": topology(), "glbp": GLBP}
lab = pytest.mark.parametrize("lab", LABS.values(), ids=LABS)


def test_each_row_says_why_and_one_is_short() -> None:
    assert RIGHT.keys() == WHY.keys()
    assert CAUSES.keys() >= QUICK
    for name in {cause.configuration for cause in CAUSES.values()} | {name for name, _ in RIGHT.values()}:
        Configuration.load(name)


@lab
def test_each_row_is_about_the_caches_of_the_lab(lab: Topology) -> None:
    assert {vantage.cache for vantage in lab.vantages.values() if vantage.virtual_router == "external"} >= set(CACHES)
    for cause in CAUSES.values():
        assert cause.split.keys() == set(CACHES)
        assert len(set(cause.split.values())) == 2, "some parts lead to the backup, others to the primary"


def test_a_host_has_the_forwarder_of_its_gateway() -> None:
    """Host-dependent balancing: the remainder of the MAC address; `cache` in the file is that forwarder's gateway."""
    hosts = {name: GLBP.nodes[name].ports[0].mac for name in GLBP.vantages if GLBP.way_out(name)}
    assert len(hosts) == 8
    for name, mac in hosts.items():
        assert FORWARDER[GLBP.vantages[name].cache] == int(mac.replace(":", ""), 16) % 2 + 1


@lab
@pytest.mark.parametrize("name", RIGHT)
def test_each_prevention_meets_the_same_cut(lab: Topology, name: str) -> None:
    """Behind one interconnect the second balancer is cut as well, at the same time."""
    parts = prevented(name, lab).plan(lab).parts
    assert {(part.begin_ns, part.end_ns) for part in parts} == {(0, CUT)}
    first = {part.op.port for part in cut(lab).plan(lab).parts if isinstance(part.op, Drop)}
    met = {part.op.port for part in parts if isinstance(part.op, Drop)}
    assert met == first | ({"lb-ext-2.external"} if name == "one-interconnect" else set())


def test_with_interconnects_the_uplink_is_cut() -> None:
    assert {part.op.place for part in cut(GLBP).plan(GLBP).parts} == {"uplink-a"}
    assert {part.op.place for part in cut(LABS["usual"]).plan(LABS["usual"]).parts} == {"lb-ext-1"}

"""A lab of one's own, from a file with other names, addresses and devices than the usual lab's, found by its name."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import docker
import pytest

from harness.lab import definition
from harness.lab.containers import PROJECT, listed
from harness.lab.lab import Lab
from harness.model.errors import EnvironmentProblem
from harness.model.outcome import decode_outcome
from tests.lab import shared

pytestmark = [pytest.mark.lab, pytest.mark.nightly]

ROOT: Final = Path(__file__).parents[2]
EDGE: Final = ROOT / "docs" / "edge.yaml"
OWN: Final = f"{shared.LAB}-own"
SPARINGLY: Final = ("--trials", "1", "--probe-rate", "20")  # another lab may share the machine
FAILOVER: Final = '''
"""One failover of a lab of one's own."""

import pytest

from harness import checks, faults
from harness.experiment import Trials
from harness.model.events import AddressChanged
from harness.model.units import s


@pytest.mark.gate
def test_failover(trials: Trials) -> None:
    """The master's cable is pulled for 2 s; the second of three takes over, and gives back."""
    for trial in trials:
        pulled = trial.step("pulled", faults.link_down("lb-a.wan", duration=2 * s), watch=5 * s)
        moves = [(e.node, e.device) for e in pulled.history.of(AddressChanged, pulled.step.window) if e.present]
        assert ("lb-b", "bond0.10") in moves
        assert "lb-c" not in dict(moves)
        assert pulled.arp == {"gw": "lb-a"}
        for check in (checks.no_owner, checks.takeover_announced, checks.no_stale_arp):
            assert pulled.check(check).holds, pulled.check(check)
'''


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *arguments, "--lab", OWN]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def up(file: Path, configuration: str) -> None:
    done = run("up", "--topology", str(file), "--configuration", configuration)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A configuration with a priority for each of three."""
    folder = tmp_path_factory.mktemp("three")
    (folder / "settings.toml").write_text("[vrrp]\npriorities = [150, 100, 50]\n")
    return str(folder)


@pytest.fixture(scope="module")
def own(three: str) -> Iterator[str]:
    try:
        up(EDGE, three)
        yield OWN
    finally:
        done = run("down", "--forget")
    assert done.returncode == 0, done.stderr
    assert not listed(docker.from_env(), PROJECT, OWN)
    assert not definition.file_of(OWN).parent.exists()


def test_it_is_as_its_file_says(own: str) -> None:
    """Also a value with a dollar, which is Compose's own sign; and a balancer's cable may be its eth0."""
    status = json.loads(run("status", "--json").stdout)
    assert (status["owners"], status["arp"]) == ({"external": ["lb-a"]}, {"gw": "lb-a"})
    assert sorted(status["wired"]) == ["gw", "lb-a", "lb-b", "lb-c", "visitor", "web-1", "web-2"]
    assert shared.execute_in(own, "web-1", "printenv", "PRICE").strip() == "5$ or ${more}"
    devices = json.loads(shared.execute_in(own, "lb-a", "ip", "-json", "link"))
    assert {device["ifname"] for device in devices} == {"lo", "bond0.10", "eth0"}


@pytest.mark.usefixtures("own")
def test_it_is_steady_and_survives_a_failover(three: str, tmp_path: Path) -> None:
    experiment = tmp_path / "test_failover.py"
    experiment.write_text(FAILOVER)
    done = run("run", str(experiment), *SPARINGLY, "--configuration", three, "--runs", str(tmp_path / "runs"), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert decode_outcome(done.stdout.encode()).verdict == "passed"


def test_agents_of_another_topology_are_refused_and_renewed(own: str, three: str, tmp_path: Path) -> None:
    """Its file has changed, and its containers have not: `up` hands the new one over."""
    other = tmp_path / "edge.yaml"
    other.write_text(EDGE.read_text().replace("ip: 10.99.30.1/24", "ip: 10.99.30.1/24, device: office0"))
    kept = definition.file_of(own)
    kept.write_text(kept.read_text().replace("ip: 10.99.30.1/24", "ip: 10.99.30.1/24, device: office0"))
    with Lab(own) as lab, pytest.raises(EnvironmentProblem, match="has the topology"):
        lab.agent("hand")
    up(other, three)
    assert "office0" in shared.execute_in(own, "gw", "ip", "-brief", "link")

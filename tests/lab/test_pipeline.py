"""A pipeline outside of any checkout, with the wheel and a user's files alone: the commands of docs/ci.md."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from harness.lab import one_off
from harness.model.folders import ROOT
from tests.lab.installed import Installed, install
from tests.lab.shared import measured
from tests.lab.test_gate import left_behind

pytestmark = pytest.mark.lab

SITE: Final = ROOT / "tests" / "data" / "sites" / "wiki-minimal"
OURS: Final = '''"""A test of the site's own, as docs/ci.md shows it."""

import pytest
from harness import faults
from harness.experiment import Trials
from harness.model.units import ms, s
from harness.plugin_site import SitePair


@pytest.mark.gate
def test_a_short_cut_of_the_cable(trials: Trials, pair: SitePair) -> None:
    for trial in trials:
        cut = trial.step("cut", faults.link_down(f"{pair.target.victim}.{pair.target.segment}", 200 * ms), watch=4 * s)
        assert all(cut.served.values())
'''


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(wheel, tmp_path_factory.mktemp("pipeline"), "pipeline-test")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a user has under version control, and nothing that is ours."""
    folder = tmp_path_factory.mktemp("repository")
    shutil.copytree(SITE, folder / "balancers", ignore=shutil.ignore_patterns("e*.json", "e*.toml"))
    (folder / "tests").mkdir()
    (folder / "tests" / "test_ours.py").write_text(OURS)
    return folder


@pytest.mark.nightly
def test_lint_asks_programs_of_two_releases(installed: Installed, repository: Path) -> None:
    """As in a rolling upgrade; the images that are missing are built first."""
    done = installed.run(repository, "harness", "lint", "balancers/", "--release", "lb1=trixie,lb2=bookworm", "--json")
    assert json.loads(done.stdout)["verdict"] == "NO ERROR FOUND"
    sarif = installed.run(repository, "harness", "lint", "balancers/", "--sarif")
    assert json.loads(sarif.stdout)["version"] == "2.1.0"


@pytest.mark.nightly
def test_images_that_were_exported_and_loaded_are_not_built(
    installed: Installed, repository: Path, tmp_path: Path
) -> None:
    """The cache of a pipeline: the images keep the label by which they are known."""
    archive = str(tmp_path / "images.tar")
    subprocess.run(["docker", "save", "-o", archive, one_off.image()], check=True, timeout=120)
    subprocess.run(["docker", "load", "-q", "-i", archive], check=True, capture_output=True, timeout=120)
    assert "building" not in installed.run(repository, "harness", "lint", "balancers/").stderr


def test_a_gate_on_two_releases_gives_a_verdict(installed: Installed, repository: Path) -> None:
    """The run's header tells which program ran where."""
    options = ("--only", "haproxy-killed", "--release", "lb1=trixie,lb2=bookworm", "--json", "--junit", "gate.xml")
    report = measured(json.loads(installed.run(repository, "harness", "gate", "balancers/", *options).stdout))
    assert report["verdict"] == "SAFE"
    rest, killed = report["tests"]
    assert rest["recovery_s"] == {"192.0.2.10": [0.0]}
    assert 0.2 < killed["recovery_s"]["192.0.2.10"][0] <= killed["bound_s"]
    xml = (repository / "gate.xml").read_text()
    assert ('name="haproxy-killed"' in xml, xml.count("<testcase")) == (True, 5)
    assert left_behind() == []
    programs = json.loads((repository / report["run"] / "run.json").read_text())["programs"]
    assert {node: each["keepalived"] for node, each in programs.items()} == {"lb1": "2.3.3", "lb2": "2.2.7"}


@pytest.mark.nightly
def test_a_test_of_the_sites_own_runs_on_its_pair(installed: Installed, repository: Path) -> None:
    command = ("python", "-m", "pytest", "-q", "tests", "--site", "balancers/", "-p", "no:cacheprovider")
    assert "1 passed" in installed.run(repository, *command).stdout


@pytest.mark.nightly
def test_the_battery_runs_with_the_wheel(installed: Installed, repository: Path) -> None:
    only = "survives[haproxy-killed]"
    options = ("--site", "balancers/", "--only", only, "--trials", "1", "--json")
    outcome = json.loads(installed.run(repository, "harness", "run", "resilience", *options).stdout)
    assert (outcome["verdict"], [test["name"] for test in outcome["tests"]]) == ("passed", [f"test_{only}"])

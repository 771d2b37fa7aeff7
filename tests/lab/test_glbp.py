"""A lab with GLBP: what customers behind each forwarder see of June 13, and of a gateway that loses its cable."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from harness.model.glbp import GlbpGroup
from harness.model.lab_file import read
from harness.model.outcome import RunOutcome, decode_outcome
from tests.lab import shared

pytestmark = pytest.mark.lab

ROOT: Final = Path(__file__).parents[2]
GLBP: Final = ROOT / "docs" / "glbp.yaml"
LAB: Final = f"{shared.LAB}-glbp"
GROUP: Final[GlbpGroup] = read(GLBP).topology.glbp["shared"]
FIRST: Final = ("client-1", "client-2", "client-3", "client-4")
SECOND: Final = ("client-5", "client-6", "client-7", "client-8")
EXPERIMENT: Final = '''
"""GLBP: each forwarder has an ARP cache of its own."""

import pytest

from harness import checks, faults, mitigations
from harness.experiment import Trials
from harness.model.units import ms, s

FIRST = ("client-1", "client-2", "client-3", "client-4")
SECOND = ("client-5", "client-6", "client-7", "client-8")


@pytest.mark.reproduction
@pytest.mark.configuration("advert-100ms")
def test_one_answer_per_cache(trials: Trials) -> None:
    """June 13's blip: the hosts of the second forwarder, and they alone, are led to the backup; a flush heals them."""
    for trial in trials:
        blip = faults.blackhole("trunk", direction="a-to-b", duration=550 * ms)
        blip &= faults.blackhole("trunk", direction="b-to-a", duration=800 * ms)
        split = trial.step("blip", blip.aligned("external", phase=0), watch=3 * s)
        assert split.arp == {"gw-1": "lb-ext-1", "gw-2": "lb-ext-2", "customer-3": "lb-ext-2"}
        assert [split.served[each] for each in FIRST] == [True] * 4, split.served
        assert [split.served[each] for each in SECOND] == [False] * 4, split.served
        assert split.check(checks.no_stale_arp).violated
        healed = trial.step("flush", mitigations.flush_arp("gw-2"), watch=2 * s)
        assert [healed.served[each] for each in (*FIRST, *SECOND)] == [True] * 8, healed.served
        assert not healed.served["customer-3"], "it has a layer 2 of its own"


@pytest.mark.gate
def test_takeover(trials: Trials) -> None:
    """A gateway loses its cable: within the hold time the other one forwards for its hosts; no other host notices."""
    for trial in trials:
        cut = trial.step("cut", faults.link_down("gw-2.shared", duration=13 * s), watch=3 * s)
        dark = {name: recovery for name, recovery in cut.recovery_s.items() if recovery}
        print(dark)
        assert set(dark) == set(SECOND), dark
        assert all(5 < recovery < 11 for recovery in dark.values()), dark
'''


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *arguments, "--lab", LAB]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture(scope="module")
def glbp() -> Iterator[str]:
    try:
        up = run("up", "--topology", str(GLBP))
        assert up.returncode == 0, up.stderr
        yield LAB
    finally:
        run("down", "--forget")


@pytest.mark.nightly
def test_hosts_are_pinned_to_forwarders_as_asked(glbp: str) -> None:
    """Each host's entry for the one gateway address is its forwarder's; each forwarder is at its own gateway."""
    entries = {name: _entry(name, GROUP.ip) for name in (*FIRST, *SECOND)}
    assert entries == dict.fromkeys(FIRST, GROUP.vmac(1)) | dict.fromkeys(SECOND, GROUP.vmac(2))
    for number, gateway in enumerate(("gw-1", "gw-2"), 1):
        devices = json.loads(shared.execute_in(glbp, gateway, "ip", "-json", "link"))
        made = {each["ifname"]: each["address"] for each in devices if each["ifname"].startswith("glbp1.")}
        assert made == {GROUP.device(number): GROUP.vmac(number)}


def _entry(node: str, ip: str) -> str:
    entries = json.loads(shared.execute_in(LAB, node, "ip", "-json", "neigh", "show", ip))
    return entries[0].get("lladdr", "") if entries else ""


@pytest.mark.soak  # not measured yet
@pytest.mark.usefixtures("glbp")
def test_an_upgrade_splits_the_hosts_by_forwarder(tmp_path: Path) -> None:
    """The short row of experiments/test_firmware_upgrade.py: the split, and both repairs of that night."""
    row = [
        str(ROOT / "experiments" / "test_firmware_upgrade.py"),
        "-k",
        "upgrade and lost",
        "-m",
        "soak or not soak",
        "--lab",
        LAB,
    ]
    sparingly = ["--probe-rate", "20", "--run-folder", str(tmp_path / "run")]
    command = [sys.executable, "-m", "pytest", "-q", *row, *sparingly]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "1 passed" in done.stdout


@pytest.mark.soak  # eight clients and two gateways' processes beside the pair: beyond two cores on a shared machine
@pytest.mark.usefixtures("glbp")
def test_june_13_and_a_takeover(tmp_path: Path) -> None:
    """Both rows of the experiment above."""
    experiment = tmp_path / "test_glbp.py"
    experiment.write_text(EXPERIMENT)
    sparingly = ("--trials", "1", "--probe-rate", "20", "--runs", str(tmp_path / "runs"), "--json")
    done = run("run", str(experiment), *sparingly)
    assert done.returncode == 0, done.stdout + done.stderr
    outcome: RunOutcome = decode_outcome(done.stdout.encode())
    assert outcome.verdict == "passed"

"""Labs of other shapes than a pair with one VIP: steady state, one failover, and what every check says of every VIP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from harness.model.outcome import RunOutcome, decode_outcome
from tests.lab import shared

pytestmark = pytest.mark.lab

ROOT: Final = Path(__file__).parents[2]
LABS: Final = Path(__file__).parent / "labs"
EXPERIMENT: Final = '''
"""One failover: the preferred master's cable outside is pulled for 4 s."""

import pytest

from harness import faults
from harness.experiment import Trials
from harness.model.units import s


@pytest.mark.gate
def test_failover(trials: Trials) -> None:
    """Every VIP moves as it must, and back; every vantage point is served in the end."""
    for trial in trials:
        pulled = trial.step("pulled", faults.link_down({place!r}, duration=4 * s), watch=8 * s)
        history, window = pulled.history, pulled.step.window
        moves = {{vip.address: [node for _, node in history.takeovers(vip, window)] for vip in history.topology.vips}}
        assert moves == {moves!r}, moves
        asked = {{vantage.cache for vantage in history.topology.vantages.values()}}
        assert {{cache: node for cache, node in pulled.arp.items() if cache in asked}} == {leads!r}, pulled.arp
        assert set(pulled.served.values()) == {{True}}, pulled.served
'''


class Shape(NamedTuple):
    """`place`: the cable. `moves`: VIP → its new owners, in order. `leads`: cache → node in the end."""

    name: str
    priorities: tuple[int, int]
    place: str
    moves: dict[str, list[str]]
    leads: dict[str, str]

    def __str__(self) -> str:
        return self.name


BOTH_WAYS: Final = ["lb-a", "lb-b"]
SHAPES: Final = (
    # Active/active, the same VRID on two segments: what is pulled outside does not touch the router inside.
    Shape(
        "crossed", (150, 100), "lb-a.wan",
        {"10.99.40.254": ["lb-b", "lb-a"], "10.99.50.254": []}, {"gw": "lb-a", "teller": "lb-b"},
    ),
    # A sync group over two segments, two VIPs and an excluded one, the second node preferred: all move together.
    Shape(
        "synced", (100, 150), "lb-b.wan",
        dict.fromkeys(("10.99.40.254", "10.99.40.253", "10.99.50.253", "10.99.50.254"), BOTH_WAYS),
        dict.fromkeys(("gw", "caller", "clerk", "teller"), "lb-b"),
    ),
)  # fmt: skip
HOLD: Final = {
    "dual_owner", "forwarding_leads_home", "no_owner", "no_stale_arp", "pair_agrees", "redundancy_restored",
    "single_owner", "takeover_announced", "transitions",
}  # fmt: skip
"""What must be seen and kept; every other check holds or does not apply."""


def run(lab: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "harness", *arguments, "--lab", lab]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


CROSSED, SYNCED = SHAPES
ROWS: Final = (pytest.param(CROSSED, marks=pytest.mark.nightly), SYNCED)


@pytest.fixture(scope="module", params=ROWS, ids=str)
def shape(request: pytest.FixtureRequest) -> Shape:
    found: Shape = request.param
    return found


@pytest.fixture(scope="module")
def configuration(shape: Shape, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp(shape.name)
    (folder / "settings.toml").write_text(f"[vrrp]\nadvert_int = 0.5\npriorities = {list(shape.priorities)}\n")
    return str(folder)


@pytest.fixture(scope="module")
def own(shape: Shape, configuration: str) -> Iterator[str]:
    lab = f"{shared.LAB}-{shape.name}"
    try:
        run(lab, "up", "--topology", str(LABS / f"{shape.name}.yaml"), "--configuration", configuration)
        yield lab
    finally:
        run(lab, "down", "--forget")


@pytest.fixture(scope="module")
def outcome(shape: Shape, own: str, configuration: str, tmp_path_factory: pytest.TempPathFactory) -> RunOutcome:
    """Of one failover. It passes, or this fixture fails with its words."""
    folder = tmp_path_factory.mktemp("failover")
    experiment = folder / "test_failover.py"
    experiment.write_text(EXPERIMENT.format(place=shape.place, moves=shape.moves, leads=shape.leads))
    sparingly = (
        "--trials",
        "1",
        "--probe-rate",
        "20",
        "--configuration",
        configuration,
        "--runs",
        str(folder / "runs"),
    )
    return decode_outcome(run(own, "run", str(experiment), *sparingly, "--json").encode())


def test_every_router_is_steady(own: str, shape: Shape) -> None:
    """With its own preferred node, and no cache that leads elsewhere."""
    status = json.loads(run(own, "status", "--json"))
    preferred = {
        "crossed": {"external": ["lb-a"], "inside": ["lb-b"]},
        "synced": {"external": ["lb-b"], "inside": ["lb-b"]},
    }
    assert {name.split()[0]: nodes for name, nodes in status["owners"].items()} == preferred[shape.name]


def test_every_check_is_right_of_every_vip(outcome: RunOutcome) -> None:
    (step,) = outcome.tests[0].trials[-1].steps
    assert {finding.name for finding in step.checks if finding.verdict == "holds"} >= HOLD, step.checks
    wrong = [finding for finding in step.checks if finding.verdict not in ("holds", "not applicable")]
    assert wrong == []

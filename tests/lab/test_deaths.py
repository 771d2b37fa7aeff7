"""Who holds a fault may die, and so may who does it: nothing stays in force."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import docker
import pytest

from harness.experiment.session import Session
from harness.lab import compose
from harness.lab.exec import find_container
from harness.lab.lab import Lab
from harness.model.configuration import DEFAULT
from harness.model.events import AgentStarted, OpApplied, OpReleased, ServiceChanged
from harness.model.ops import Drop, Signal
from harness.model.protocol import LEASE_SILENCE_NS
from harness.model.units import s
from tests.lab.shared import SLOWER, execute
from tests.lab.watched import Watched, watching

pytestmark = pytest.mark.lab

ROOT: Final = Path(__file__).parents[2]
DROPS: Final = {Drop("trunk.a", "ingress"), Drop("trunk.b", "ingress")}
CACHES: Final = ("gw-1", "gw-2", "customer-3")
ACROSS: Final = ("ping", "-c", "1", "-W", "1", "10.77.0.12")  # from gw-1 to gw-2: over the trunk


@pytest.fixture
def hand(lab: str) -> Iterator[Watched]:
    with watching(lab, "network-agent", "hand") as watched:
        yield watched


def held(hand: Watched, lab: str, start: int) -> subprocess.Popen[bytes]:
    """A `harness inject` of its own that holds both directions of the trunk."""
    command = [sys.executable, "-m", "harness", "inject", "blackhole", "trunk", "--lab", lab]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for op in DROPS:
        hand.wait(OpApplied, lambda e, op=op: e.op == op and not e.error, start)  # type: ignore[misc]
    return process


def test_a_killed_client_loses_its_fault_by_the_end_of_its_stream(lab: str, hand: Watched) -> None:
    """Not by its silence, which takes seconds. How fast: `make bench`, `make soak`."""
    start = hand.mark()
    process = held(hand, lab, start)
    assert execute("gw-1", *ACROSS, check=False) == ""
    killed = time.monotonic_ns()  # the engine is local here: one clock
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for op in DROPS:
        released = hand.wait(OpReleased, lambda e, op=op: e.op == op, start)  # type: ignore[misc]
        assert (released.why, released.error) == ("lease lost", "")
        assert released.t - killed < LEASE_SILENCE_NS
    assert hand.client.hello().held == ()
    assert execute("gw-1", *ACROSS)


def streams(lab: str) -> set[str]:
    """Pids of the far ends of the clients' streams into the network agent."""
    top = find_container(docker.from_env(), lab, "network-agent").top()
    column = top["Titles"].index("PID")
    return {line[column] for line in top["Processes"] if line[-1].startswith("socat ")}


def test_a_client_whose_stream_is_killed_loses_its_fault_and_says_so(lab: str, hand: Watched) -> None:
    """As when the connection to a remote engine breaks."""
    start, before = hand.mark(), streams(lab)
    process = held(hand, lab, start)
    for pid in streams(lab) - before:
        execute("network-agent", "sh", "-c", f"kill -9 {pid}")
    for op in DROPS:
        released = hand.wait(OpReleased, lambda e, op=op: e.op == op, start)  # type: ignore[misc]
        assert (released.why, released.error) == ("lease lost", "")
    assert process.wait(30) != 0
    assert execute("gw-1", *ACROSS)


def test_a_client_that_is_stopped_loses_its_fault_when_its_lease_is_over(lab: str, hand: Watched) -> None:
    """A laptop that sleeps: its streams stay open, and no heartbeat comes."""
    start = hand.mark()
    process = held(hand, lab, start)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        for op in DROPS:
            released = hand.wait(OpReleased, lambda e, op=op: e.op == op, start)  # type: ignore[misc]
            assert (released.why, released.error) == ("lease lost", "")
        assert execute("gw-1", *ACROSS)
    finally:
        process.kill()
        process.wait()


def kill_hand(lab: str) -> None:
    """SIGKILL: only its journal knows what it held. The agent numbers processes as the engine's host does."""
    top = find_container(docker.from_env(), lab, "network-agent").top()
    column = top["Titles"].index("PID")
    pid = next(line[column] for line in top["Processes"] if line[-1].endswith("harness.agents.network.hand"))
    execute("network-agent", "sh", "-c", f"kill -9 {pid}")


@pytest.mark.nightly
def test_a_hand_that_dies_in_a_trial_costs_that_trial_alone(lab: str, tmp_path: Path) -> None:
    """The trial is invalid and repeated; the recording goes on with the agent that Docker starts."""
    with Session("deaths", lab, tmp_path / "run", print, SLOWER) as session:
        trials = session.begin_test("dies", "gate", DEFAULT, 2)

        def body() -> None:
            for trial in trials:
                if not trials.outcomes:
                    kill_hand(lab)
                quiet = trial.step("quiet", watch=1 * s)
                assert quiet.arp == dict.fromkeys(CACHES, "lb-ext-1")

        trials.complete(body)
        session.end_test()
    reasons = trials.outcomes[0].reasons
    assert any("hand is gone" in reason or "agent hand restarted" in reason for reason in reasons), reasons
    # Loose: one valid trial is enough. Late arrivals of a busy machine may spoil others; they are not tested here.
    assert trials.valid, [trial.reasons for trial in trials.outcomes]
    assert not trials.failures


def test_an_agent_in_a_new_container_undoes_what_the_one_before_held(lab: str) -> None:
    """As after an upgrade of the image: nothing but the lab's volume knows of it."""
    with watching(lab, "service-agent", "service") as service:
        service.client.lease("test_deaths", ("api-1",))
        service.hold_until_undone(Signal("api-1", "api"))
        compose.compose(lab, "up", "--detach", "--no-build", "--no-deps", "--force-recreate", "service-agent")
    with Lab(lab, patience_s=20) as starting:
        starting.agent("service").hello()
    with watching(lab, "service-agent", "service") as after:
        assert after.wait(AgentStarted).replayed == 1
        after.wait(ServiceChanged, lambda e: (e.node, e.service, e.state) == ("api-1", "api", "up"))
        assert after.client.hello().held == ()


def test_a_killed_hand_returns_and_undoes_what_it_left(lab: str, hand: Watched) -> None:
    """SIGKILL, so that only its journal knows. Docker starts the agent again."""
    process = held(hand, lab, hand.mark())
    kill_hand(lab)
    assert process.wait(30) != 0  # its fault is over, and it says so
    with Lab(lab, patience_s=20) as starting:
        starting.agent("hand").hello()
    with watching(lab, "network-agent", "hand") as after:
        assert after.wait(AgentStarted).replayed == len(DROPS)
        assert after.client.hello().held == ()
    with Lab(lab, patience_s=20) as starting:
        assert set(starting.agent("eye").hello().wired) == set(starting.topology.nodes)
    assert execute("gw-1", *ACROSS)

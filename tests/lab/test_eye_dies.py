"""The eye may die, and what it measures with: nobody loses a frame by it, and the trial says that nothing was seen."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import docker
import numpy as np
import pytest

from harness.experiment import Trial
from harness.experiment.session import Session
from harness.faults import garp_lost
from harness.history.timeline import Interval
from harness.lab.agents import started_at
from harness.lab.exec import find_container
from harness.model.configuration import DEFAULT
from harness.model.events import AdvertSeen, AgentStarted
from harness.model.requests import Outcome, Stream
from harness.model.units import s
from harness.recovery.vantage import due_in
from tests.lab.shared import SLOWER, execute

pytestmark = pytest.mark.lab

# An answer that is late is a busy machine's: an API server waits for its turn. A wire that is dark lets nobody connect.
CONNECTED: Final = {Outcome.ok, Outcome.read_timeout}
MEASURED: Final = (("trunk.a", "ingress"),)


def kill(lab: str, module: str) -> None:
    """SIGKILL, as the kernel does when memory is short. The agent numbers processes as the engine's host does."""
    top = find_container(docker.from_env(), lab, "network-agent").top()
    pid, command = top["Titles"].index("PID"), top["Titles"].index("CMD")
    found = [line[pid] for line in top["Processes"] if f"harness.agents.network.{module}" in line[command]]
    execute("network-agent", "kill", "-9", *found)


def while_held(trial: Trial, kill: Callable[[], None]) -> None:
    """A fault that costs nobody a frame, measured; half way somebody dies."""
    trial.run.measure(MEASURED, 200)
    somebody = threading.Timer(0.5, kill)
    somebody.start()
    try:
        trial.step("dies", garp_lost("gw-2", duration=1 * s), watch=1 * s)
    finally:
        somebody.join()


@pytest.mark.nightly
@pytest.mark.parametrize("who", ["eye", "sender"])
def test_an_eye_that_dies_costs_its_trial_and_nothing_else(lab: str, tmp_path: Path, who: str) -> None:
    with Session("eye dies", lab, tmp_path / "run", print, SLOWER) as session:
        before = started_at(docker.from_env(), lab, "eye")
        trials = session.begin_test("dies", "gate", DEFAULT, 2)

        def body() -> None:
            for trial in trials:
                if not trials.outcomes:
                    while_held(trial, lambda: kill(lab, who))
                else:
                    assert trial.step("quiet", watch=1 * s).success

        trials.complete(body)
        session.end_test()
        history = session.run.history()
    died, *others = trials.outcomes
    assert "eye" in " ".join(died.reasons), "the trial says it"
    assert trials.valid, [trial.reasons for trial in others]
    assert started_at(docker.from_env(), lab, "eye") == before, "the container, and with it the wire, has gone on"
    again = max(started.t for started in history.of(AgentStarted) if started.agent == "eye")
    assert {started.agent for started in history.of(AgentStarted) if started.t == again} == {"eye"}
    assert [advert for advert in history.of(AdvertSeen) if advert.t > again], "events come again"
    for vantage in history.topology.vantages:
        probes = due_in(history.arrivals(vantage, Stream.probe), Interval(again - 2 * s, again + 1 * s))
        assert set(probes["outcome"]) <= CONNECTED, vantage
        assert set(np.diff(np.sort(probes["sequence"]))) == {1}, vantage

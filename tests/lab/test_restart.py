"""`docker restart` in the middle of a trial: seen, recorded without a gap or a doubled byte, and judged."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import numpy as np
import pytest

from harness import checks
from harness.experiment import StepResult, Trial
from harness.experiment.session import Session
from harness.experiment.trial import InvalidTrial
from harness.history import store
from harness.lab.exec import find_container
from harness.model.events import AgentStarted, Unwired, Wired
from harness.model.load import SPOOL
from harness.model.requests import RECORD, Stream
from harness.model.units import s
from harness.recovery.vantage import due_in
from tests.lab.shared import SLOWER, execute, one_trial

pytestmark = pytest.mark.lab

FIRST, SECOND = "lb-ext-1", "lb-ext-2"
CACHES: Final = ("gw-1", "gw-2", "customer-3")
BEGIN_S: Final = 0.5  # of a step: before that the lab is seen at rest


@pytest.fixture(scope="module")
def session(lab: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with Session("restart", lab, tmp_path_factory.mktemp("restart") / "run", print, SLOWER) as opened:
        yield opened


def restarted(trial: Trial, node: str, watch: int) -> StepResult:
    """A step in which somebody restarts a container; nothing that the harness did."""
    container = find_container(trial.run.lab.docker, trial.run.lab.name, node)
    somebody = threading.Timer(BEGIN_S, container.restart, kwargs={"timeout": 0})
    somebody.start()
    try:
        return trial.step(f"restart {node}", watch=watch)
    finally:
        somebody.join()


@pytest.fixture(scope="module")
def balancer(session: Session) -> StepResult:
    """The step in which the master restarted."""
    with one_trial(session, "balancer", "advert-100ms") as trial:
        result = restarted(trial, FIRST, 8 * s)
    assert trial.invalid == ()  # a node that dies is a result, not a broken instrument
    return result


def test_a_restarted_balancer_is_unwired_and_rewired(balancer: StepResult) -> None:
    history, window = balancer.history, balancer.step.window
    (gone,) = history.of(Unwired, window)
    (back,) = history.of(Wired, window)
    assert gone.node == back.node == FIRST
    assert gone.t < back.t < gone.t + 10 * s
    assert not history.of(AgentStarted, window)


def test_the_standby_takes_over_and_hands_back(balancer: StepResult) -> None:
    vip = balancer.history.topology.virtual_router("external").first
    assert [node for _, node in balancer.history.takeovers(vip, balancer.step.window)] == [SECOND, FIRST]
    assert balancer.arp == dict.fromkeys(CACHES, FIRST)
    assert min(balancer.success.values()) >= 0.97
    for vantage, recovery_s in balancer.recovery_s.items():
        assert recovery_s is not None, vantage


def test_the_checks_tell_it(balancer: StepResult) -> None:
    gap = balancer.check(checks.no_owner)
    assert gap.holds, gap
    assert "no node held 10.77.0.100" in gap.sentence
    changes = balancer.check(checks.transitions)
    assert changes.holds, changes
    assert changes.sentence.startswith("Mastership changed 2 times")
    assert balancer.check(checks.single_owner).holds
    assert balancer.check(checks.no_stale_arp).holds


def test_its_log_goes_on_in_the_runs_folder(balancer: StepResult, session: Session) -> None:
    container = find_container(session.lab.docker, session.lab.name, FIRST)
    told = container.logs(timestamps=True, since=_seconds(container.attrs["State"]["StartedAt"])).decode().splitlines()
    session.run.sync()
    recorded = store.log_path(session.folder, FIRST).read_text().splitlines()
    assert any("Starting Keepalived" in line for line in told)
    assert set(told) <= set(recorded)
    assert len(recorded) == len(set(recorded))


def _seconds(stamp: str) -> int:
    """The engine's stamps have up to nine digits of a second."""
    return int(datetime.fromisoformat(f"{stamp[:19]}+00:00").timestamp())


@pytest.mark.nightly
def test_a_restarted_vantage_point_loses_no_byte_of_its_spool(session: Session) -> None:
    """What was not sent makes the step invalid, which is said; what was recorded is all there, in place."""
    invalid = pytest.raises(InvalidTrial, match=r"arrivals of customer-1 left no record")
    with one_trial(session, "vantage", "advert-100ms") as trial, invalid:
        restarted(trial, "customer-1", 7 * s)
    session.run.sync()
    recorded = store.requests_path(session.folder, "customer-1").read_bytes()
    begin = session.run._offsets["customer-1"]
    digest = execute("customer-1", "sh", "-c", f"tail -c +{begin + 1} {SPOOL} | head -c {len(recorded)} | sha256sum")
    assert digest.split()[0] == hashlib.sha256(recorded).hexdigest()
    probes = session.run.history().arrivals("customer-1")
    assert set(probes["vantage"]) == {1}
    lives = np.flatnonzero(np.diff(probes["sequence"].astype(int)) < 0)
    assert len(lives) == 1
    assert len(recorded) % RECORD.size == 0


def test_the_next_trial_has_its_full_load_again(session: Session) -> None:
    """A worker that began anew has forgotten its rate."""
    with one_trial(session, "after", "advert-100ms") as trial:
        after = trial.step("quiet", watch=3 * s)
    due = due_in(after.history.arrivals("customer-1", Stream.probe), after.step.window)["due"]
    assert set(np.diff(due)) == {round(s / SLOWER.rate_hz)}

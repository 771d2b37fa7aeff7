"""A campaign of short trials on the lab: one is killed at work, and the campaign is stopped and goes on."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Final

import pytest

from harness.campaign import log, plan
from harness.campaign.carry_out import pairs, told
from harness.campaign.job import Cell, Job
from harness.campaign.plan import Plan
from harness.campaign.replayed import replayed
from harness.campaign.result import Result
from harness.campaign.runner import Runner
from harness.campaign.trial import Processes
from harness.model.errors import NotMeasured
from tests.unit.campaign.campaigns import no_lab

pytestmark = pytest.mark.lab

SOUND: Final = Cell("garp-lost gw-2 --virtual-router external for 100ms", "", "advert-100ms")
TRIALS: Final = 3  # one is whole, one is killed, one is left when the campaign is stopped
SPLITS: Final = Cell("freeze lb-ext-1 for 700ms, 50ms after an advert", "", "advert-100ms")


class OneIsKilled(Processes):
    """Kills the process of the second trial's first attempt once its recorder runs: the lab is in use then."""

    def __call__(self, job: Job, attempt: int, lab: str, kept_open: int = -1) -> Result:
        if (job.trial, attempt) != (2, 1):
            return super().__call__(job, attempt, lab, kept_open)
        killer = threading.Thread(target=self._kill)
        killer.start()
        found = super().__call__(job, attempt, lab, kept_open)
        killer.join()
        return found

    def _kill(self) -> None:
        deadline = time.monotonic() + 60
        while not list(self._folder.glob("trials/0002-*/run/events.jsonl*")):
            assert time.monotonic() < deadline, "the second trial does not begin"
            time.sleep(0.05)
        for process in list(self._running):
            process.kill()


class StopsAfter(OneIsKilled):
    """The campaign is interrupted once so many trials are done."""

    left = 3

    def __call__(self, job: Job, attempt: int, lab: str, kept_open: int = -1) -> Result:
        found = super().__call__(job, attempt, lab, kept_open)
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGINT)
        return found


@pytest.mark.nightly
def test_a_campaign_is_killed_and_goes_on(lab: str, tmp_path: Path) -> None:
    """A busy machine may spoil trials: they are counted apart, and never as a result."""
    plan.keep(tmp_path, Plan((SOUND,), TRIALS, 1))
    first = Runner(plan.read(tmp_path), tmp_path, StopsAfter(tmp_path, pairs()), no_lab, print)
    first.run([lab])
    assert first.interrupted
    assert 2 <= len(log.read(tmp_path)) <= 3
    Runner(plan.read(tmp_path), tmp_path, Processes(tmp_path, pairs()), no_lab, print).run([lab])
    (row,) = told(tmp_path).rows
    assert row.measured + row.unmeasured == TRIALS
    assert row.held == row.measured
    assert [each.status for each in log.read(tmp_path)].count("lost") == 1


@pytest.mark.nightly
def test_a_schedule_splits_the_pair_and_the_model_says_the_same(lab: str, tmp_path: Path) -> None:
    plan.keep(tmp_path, Plan((SPLITS,), 1, 1))
    Runner(plan.read(tmp_path), tmp_path, Processes(tmp_path, pairs()), no_lab, print).run([lab])
    results = log.read(tmp_path)
    if not any(each.measured for each in results):
        raise NotMeasured("; ".join(each.why for each in results))
    (found,) = [each for each in results if each.measured]
    assert (found.status, found.good) == ("not as expected", False)
    assert found.why.startswith("wrong cache: ")
    assert replayed(tmp_path / found.run).guided == ()

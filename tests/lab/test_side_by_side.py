"""Two labs at once: what happens in one leaves no trace in the other. (`make soak`: the same experiment in both.)"""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from harness import checks, faults
from harness.experiment.session import Session
from harness.lab import ready
from harness.lab.lab import Lab
from harness.model.errors import NotMeasured
from harness.model.events import AddressChanged, EventsLost, LinkChanged, OpApplied, OpReleased, Unwired
from harness.model.load import PROBE_SPARINGLY
from harness.model.units import s
from tests.lab.shared import one_trial
from tests.lab.watched import Watched, watching

pytestmark = [pytest.mark.lab, pytest.mark.nightly]

FAILOVER: Final = faults.link_down("lb-ext-1", duration=2 * s)  # noticed at once, whatever the advert interval
BEGIN_S: Final = 0.5  # of the step; by a thread: on a busy machine a process may begin after the step's end
DISTURBANCES: Final = (OpApplied, OpReleased, Unwired, AddressChanged, LinkChanged, EventsLost)


@pytest.fixture(scope="module")
def other(lab: str) -> Iterator[str]:
    name = f"{lab}-2"
    with ready.borrowed(name, print):
        yield name


@pytest.fixture
def hand_of_other(other: str) -> Iterator[Watched]:
    with watching(other, "network-agent", "hand") as watched:
        yield watched


def test_a_failover_in_one_is_not_seen_in_the_other(
    lab: str, other: str, hand_of_other: Watched, tmp_path: Path
) -> None:
    sparing = Session("quiet", lab, tmp_path / "run", print, PROBE_SPARINGLY)  # two labs share a machine
    with Lab(other) as elsewhere, sparing as session, one_trial(session, "quiet", "default") as trial:
        plan = FAILOVER.plan(elsewhere.topology)
        elsewhere.lease(FAILOVER.targets(), plan)
        begin = threading.Timer(BEGIN_S, elsewhere.arm, args=(plan,))
        begin.start()
        quiet = trial.step("quiet", watch=6 * s)
        begin.join()
    window = quiet.step.window
    cut, healed = hand_of_other.wait(OpApplied).t, hand_of_other.wait(OpReleased).t
    if not window.begin < cut < healed < window.end:
        raise NotMeasured(f"the failover of the other lab ended {(healed - window.end) / s:.1f} s after the watch")
    for kind in DISTURBANCES:
        assert quiet.history.of(kind, window) == []
    for check in (checks.no_owner, checks.transitions, checks.no_stale_arp):
        assert quiet.check(check).holds, quiet.check(check)
    assert min(quiet.success.values()) > 0.8  # the failover lasts a third of the watch; single late answers are none

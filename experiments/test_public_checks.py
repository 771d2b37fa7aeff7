"""keepalived's check of HAProxy, as operators reported that it fails them: it cannot move the VIP, or moves it in vain.

docs/public-cases.md says what was taken from each report.
"""

from typing import Final

import pytest

from experiments.pair import FIRST, SECOND, ever_owned, owners
from harness import checks, faults
from harness.experiment import Trials
from harness.faults import Fault
from harness.model.units import s

ALL_STOPPED: Final[Fault] = faults.stopped("api-1", "api") & faults.stopped("api-2", "api")


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("check-process")
def test_2599_without_a_weight(trials: Trials) -> None:
    """#2599, as advised: without a weight a failed check is FAULT, and the other node takes over.

    The report's own weight, too small to move the VIP, is refused by line before anything starts.
    """
    for trial in trials:
        down = trial.step("HAProxy stopped", faults.stopped(FIRST, "haproxy"), watch=6 * s)
        assert owners(down) == (SECOND,)
        assert min(down.success.values()) >= 0.97


@pytest.mark.nightly
@pytest.mark.reproduction
@pytest.mark.configuration("check-process")
def test_1420_a_process_that_hangs(trials: Trials) -> None:
    """#1420: the check asks whether there is a process. HAProxy hangs, is there, and serves no customer."""
    for trial in trials:
        hung = trial.step("HAProxy hangs", faults.hung(FIRST, "haproxy"), watch=6 * s)
        assert owners(hung) == (FIRST,)
        assert hung.check(checks.holder_can_serve).violated
        assert max(hung.success.values()) <= 0.03


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("track-haproxy")
def test_1420_a_page_is_asked_for(trials: Trials) -> None:
    """#1420: a check that asks for a page, with a timeout, notices a HAProxy that hangs."""
    for trial in trials:
        hung = trial.step("HAProxy hangs", faults.hung(FIRST, "haproxy"), watch=8 * s)
        assert owners(hung) == (SECOND,)
        assert min(hung.success.values()) >= 0.97


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("check-servers")
def test_3339_all_servers_down(trials: Trials) -> None:
    """OpenShift 3339: the check asks the servers behind both nodes. All are down, and the VIP is on no node."""
    for trial in trials:
        down = trial.step("servers stopped", ALL_STOPPED, watch=8 * s)
        assert owners(down) == ()
        assert down.check(checks.no_owner).violated


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("check-process")
def test_3339_asks_its_own_process(trials: Trials) -> None:
    """OpenShift 3339, as mended: the check asks only whether its own HAProxy is there, and the VIP stays."""
    for trial in trials:
        down = trial.step("servers stopped", ALL_STOPPED, watch=8 * s)
        assert owners(down) == (FIRST,)
        assert ever_owned(down) == {FIRST}


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("check-servers")
def test_2091_one_server_down(trials: Trials) -> None:
    """OpenShift 2091: one of two servers is down. HAProxy removes it before the check fails: the VIP stays."""
    for trial in trials:
        down = trial.step("a server stopped", faults.stopped("api-1", "api"), watch=6 * s)
        assert ever_owned(down) == {FIRST}
        assert min(down.success.values()) >= 0.97


PROGRAM: Final = "/etc/keepalived/check-haproxy"  # the check of the configuration check-process


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("check-process")
def test_2126_check_vanished(trials: Trials) -> None:
    """#2126: the disk with the check is gone. It cannot be executed, which counts as success: the VIP stays."""
    for trial in trials:
        both = faults.check_broken(FIRST, PROGRAM) & faults.stopped(FIRST, "haproxy")
        down = trial.step("check gone, HAProxy stopped", both, watch=6 * s)
        assert owners(down) == (FIRST,)
        assert down.check(checks.holder_can_serve).violated
        assert max(down.success.values()) <= 0.03


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("check-process")
def test_535_check_hangs(trials: Trials) -> None:
    """#535: in 1.3.4 a check that hangs was no failed check. Now it is ended after its interval, and the VIP moves."""
    for trial in trials:
        hung = trial.step("check hangs", faults.check_broken(FIRST, PROGRAM, "hangs"), watch=8 * s)
        assert owners(hung) == (SECOND,)
        assert min(hung.success.values()) >= 0.97

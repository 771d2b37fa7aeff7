"""A full balancer keeps the VIP, unless its keepalived asks for a page through the frontend that is full.

A check that takes a busy node for a dead one moves the VIP because of load. The load follows, and the other node is
full next. GitHub, 10 September 2012: health checks failed under load, and each failover made it worse.
"""

import pytest

from harness import checks, faults
from harness.experiment import Trials
from harness.model.units import s


@pytest.mark.nightly
@pytest.mark.reproduction
@pytest.mark.configuration("track-haproxy")
def test_vip_follows_the_load(trials: Trials) -> None:
    """Requests that never end fill the frontend; keepalived's check waits behind them, and the VIP moves."""
    for trial in trials:
        flood = trial.step("flood", faults.session_flood("customer-2", "unfinished", 300), watch=9 * s)
        assert flood.check(checks.session_limit_reached).violated
        assert flood.check(checks.no_failover_by_overload).violated
        assert flood.cause == "held"


@pytest.mark.soak
@pytest.mark.gate
def test_vip_stays(trials: Trials) -> None:
    """The same under the default configuration, which does not check HAProxy: the VIP stays."""
    for trial in trials:
        flood = trial.step("flood", faults.session_flood("customer-2", "unfinished", 2_300), watch=6 * s)
        assert flood.check(checks.session_limit_reached).violated
        assert flood.check(checks.no_failover_by_overload).holds

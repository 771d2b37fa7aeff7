"""Your own pair (`--site DIR`): it serves again, within its own timers, after each failure that a pair is built for.

The tests of `harness gate`, one row each, so that tests of your own can stand beside them: docs/ci.md.
"""

import pytest

from harness.experiment import Trials
from harness.gate.battery import GateTest
from harness.plugin_site import SitePair


@pytest.mark.gate
def test_survives(trials: Trials, pair: SitePair, gate_test: GateTest) -> None:
    """Every customer is served again within what the pair's own timers allow."""
    for trial in trials:
        result = trial.step(gate_test.name, gate_test.fault, watch=gate_test.watch_ns)
        found = pair.complaints(gate_test, result)
        assert not found, "; ".join(found)

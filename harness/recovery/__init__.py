"""How long it took and who noticed: pure functions over a history's requests and events."""

from harness.recovery.advert_phase import advert_phases
from harness.recovery.fault import fault_outcome
from harness.recovery.validity import invalid_because
from harness.recovery.vantage import vantage_outcomes

__all__ = ["advert_phases", "fault_outcome", "invalid_because", "vantage_outcomes"]

"""How long outages lasted and which vantage points noticed: pure functions over a history's requests and events."""

from harness.recovery.advert_phase import advert_phases
from harness.recovery.alarm import measures as alarm_measures
from harness.recovery.fault import fault_outcome
from harness.recovery.flooding import measures as flood_measures
from harness.recovery.measures import measures as session_measures
from harness.recovery.series import series
from harness.recovery.validity import invalid_because
from harness.recovery.vantage import vantage_outcomes

__all__ = [
    "advert_phases",
    "alarm_measures",
    "fault_outcome",
    "flood_measures",
    "invalid_because",
    "series",
    "session_measures",
    "vantage_outcomes",
]

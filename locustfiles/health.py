"""health: the check of a monitoring system, through the same frontend as customers. /health itself never waits."""

from harness.model.requests import Stream as StreamNumber
from locustfiles.probe import Probe


class Health(Probe):
    number = StreamNumber.health


stream = Health

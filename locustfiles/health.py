"""health: a check of somebody else's, through the same frontend as customers. /health itself waits for nothing."""

from harness.model.requests import Stream as StreamNumber
from locustfiles.probe import Probe


class Health(Probe):
    number = StreamNumber.health


stream = Health

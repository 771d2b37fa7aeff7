"""background: customers at work. A new connection for each request, and a long timeout for its answer."""

from harness.model.requests import Stream as StreamNumber
from locustfiles.probe import Probe


class Background(Probe):
    number = StreamNumber.background


stream = Background

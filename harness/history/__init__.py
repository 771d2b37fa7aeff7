"""What happened in a run: events and requests, stored once, read by all other parts."""

from harness.history.history import History
from harness.history.step import Step

__all__ = ["History", "Step"]

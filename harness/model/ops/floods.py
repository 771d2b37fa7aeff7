"""The op on a customer's generator of sessions."""

from typing import Literal

from harness.model.ops.base import SERVICE, Disturbs, Held, OnNode

FloodMode = Literal["requests", "idle", "unfinished"]


class Flood(OnNode, Held, frozen=True, tag="flood"):
    """A customer holds `sessions` to `target` (HOST:PORT), opened at `ramp_hz`; the inverse closes every one.

    ``requests``: a session that is answered asks again, `rate_hz` in all. ``idle``: each asks once, then never again.
    ``unfinished``: each begins a request that never ends. A session that the other side closes is opened anew.
    """

    agent = SERVICE
    disturbs = Disturbs.nothing  # HAProxy goes on serving; a failover that follows from load is a finding
    undo_rank = 5
    outlives_node = False
    blocks = None

    mode: FloodMode
    sessions: int
    target: str
    rate_hz: float
    ramp_hz: float

    @property
    def lane(self) -> str:
        """A flood takes 1 s to begin and 2 s to end."""
        return f"flood from {self.node}"


FloodOp = Flood

"""The op on a node's Toxiproxy."""

from typing import Literal

from harness.model.ops.base import SERVICE, Disturbs, Held, OnNode


class Toxic(OnNode, Held, frozen=True, tag="toxic"):
    """A toxic of a node's Toxiproxy on one proxy (``clients``, ``replication``); the inverse removes it.

    `attributes` in Toxiproxy's own names and units, e.g. ``(("latency", 200), ("jitter", 20))`` in ms.
    """

    agent = SERVICE
    disturbs = Disturbs.nothing  # databases are behind the pair
    lane = "toxiproxy"  # its library serves one at a time
    undo_rank = 5
    outlives_node = False
    blocks = None

    proxy: str
    type: str
    attributes: tuple[tuple[str, int], ...]
    stream: Literal["upstream", "downstream"] = "downstream"
    toxicity: float = 1.0


ToxicOp = Toxic

"""The clients of a flood."""

from harness.model.events.base import Event
from harness.model.ops import FloodMode


class FloodSample(Event, frozen=True, tag="flood"):
    """A flood, as its generator tells it. Each of `wanted` sessions is `open`, `connecting`, or `waiting` for its turn.

    `wanted` is less than `asked` where the generator may not have so many files (RLIMIT_NOFILE). Totals: sessions that
    were `opened`, of them `reopened`; `requests` begun, `answers`; and `failures` by the name of their errno, or
    ``closed`` by the other side, or ``generator`` if that died. `memory`: of the generator, bytes resident.
    """

    node: str
    mode: FloodMode
    asked: int
    wanted: int
    open: int
    connecting: int
    waiting: int
    opened: int
    reopened: int
    requests: int
    answers: int
    failures: dict[str, int]
    memory: int


FloodEvent = FloodSample

"""What an agent found that only this harness makes, while no op was held: how it is removed."""

from collections.abc import Callable
from typing import NamedTuple


class Leftover(NamedTuple):
    """Both raise `OSError` or `AgentError`."""

    at_once: Callable[[], None]
    """On the loop, so that no op begins meanwhile: milliseconds."""
    then: Callable[[], None]
    """On a lane, seconds. Only what no op can take for its own: while it is there the same op is refused."""

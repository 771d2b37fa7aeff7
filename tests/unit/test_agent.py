"""An agent that was busy itself must not call that a client's silence."""

from types import SimpleNamespace
from typing import cast

import pytest

from harness.agents.agent import Agent
from harness.agents.loop import now
from harness.model.units import ms, s


@pytest.mark.parametrize("late,lost", [(0, ["client"]), (2 * s, [])])
def test_silence_counts_only_if_the_loop_was_there_to_hear(late: int, lost: list[str]) -> None:
    """What was said meanwhile is read in the next turn, and then the check comes again."""
    seen: list[object] = []
    again: list[int] = []
    agent = SimpleNamespace(
        leases=SimpleNamespace(silent=lambda _: ["client"]),
        loop=SimpleNamespace(at=lambda t, _: again.append(t)),
        _lost=seen.append,
    )
    Agent._check_silence_at(cast("Agent", agent), now() - late)
    assert seen == lost
    assert 0 < again[0] - now() <= 100 * ms

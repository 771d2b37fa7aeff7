"""What a schedule has left, of recorded outages: the end of a step decides."""

from pathlib import Path

import pytest

from harness.campaign.aftermath import HARMS, wrong
from harness.experiment.judge import judge
from harness.history import store

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize(
    "recording, step, told",
    [
        ("outage", "blip", "wrong cache: gw-2 to lb-ext-2, customer-3 to lb-ext-2 instead of lb-ext-1"),
        ("flush", "blip", "wrong cache: gw-2 to lb-ext-2, customer-3 to lb-ext-2 instead of lb-ext-1"),
        ("flush", "flush", "wrong cache: customer-3 to lb-ext-2 instead of lb-ext-1"),
        ("announce", "announce", ""),
        ("survived", "blip", ""),
    ],
)
def test_what_is_wrong_at_the_end_of_a_step(recording: str, step: str, told: str) -> None:
    history = store.load(DATA / recording)
    trial = next(number for number, name in history.steps if name == step)
    result = judge(history, trial, step, None, 1)
    found = wrong(result, history.topology.virtual_router("external").first)
    assert found == told
    assert not found or found.startswith(HARMS)

"""What a schedule has left, of recorded outages: the end of a step decides."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.campaign.aftermath import HARMS, wrong
from harness.experiment.judge import judge
from harness.history import store
from harness.model.errors import NotMeasured

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize(
    "recording, step, told",
    [
        ("outage", "blip", "wrong cache: gw-2 to lb-ext-2, customer-3 to lb-ext-2 instead of lb-ext-1"),
        ("flush", "blip", "wrong cache: gw-2 to lb-ext-2, customer-3 to lb-ext-2 instead of lb-ext-1"),
        ("flush", "flush", "wrong cache: customer-3 to lb-ext-2 instead of lb-ext-1"),
        ("announce", "announce", ""),
        ("survived", "blip", ""),
        ("full", "flip", "dark: customer-1, customer-2, customer-3 not served"),
    ],
)
def test_what_is_wrong_at_the_end_of_a_step(recording: str, step: str, told: str) -> None:
    history = store.load(DATA / recording)
    trial = next(number for number, name in history.steps if name == step)
    result = judge(history, trial, step, None, 1)
    found = wrong(result, history.topology.virtual_router("external").first)
    assert found == told
    assert not found or found.startswith(HARMS)


def test_service_that_is_not_known_is_neither_dark_nor_well() -> None:
    history = store.load(DATA / "survived")
    trial, name = history.steps[0]
    result, vip = judge(history, trial, name, None, 1), history.topology.virtual_router("external").first
    result.vantages["customer-2"] = replace(result.vantages["customer-2"], state="censored")
    with pytest.raises(NotMeasured, match="customer-2"):
        wrong(result, vip)

"""A start in phase with adverts that are still to come."""

import pytest

from harness.lab.adverts import start_after
from harness.model.ops import Alignment
from harness.model.units import ms

HEARD = (1_000 * ms, 1_101 * ms, 1_202 * ms)  # 101 ms apart: keepalived is a little late


@pytest.mark.parametrize(
    "phase_ms, skip, earliest_ms, start_ms",
    [
        pytest.param(30, 0, 1_210, 1_333, id="the next advert"),
        pytest.param(30, 0, 1_400, 1_434, id="the first that can be met"),
        pytest.param(30, 0, 1_434, 1_434, id="just met"),
        pytest.param(30, 2, 1_210, 1_535, id="two pass first"),
        pytest.param(0, 0, 1_300, 1_303, id="with the advert"),
        pytest.param(250, 0, 1_210, 1_553, id="later than the interval"),
    ],
)
def test_the_first_in_phase(phase_ms: int, skip: int, earliest_ms: int, start_ms: int) -> None:
    alignment = Alignment(("lb-ext-1.external",), 51, phase_ms * ms, skip)
    assert start_after(HEARD, alignment, earliest_ms * ms) == start_ms * ms

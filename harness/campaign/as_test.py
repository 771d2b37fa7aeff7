"""A schedule as a test of its own, in the trial's folder: `harness run` does it again, and people can read it."""

from typing import Final

from harness.model.units import ms
from harness.search.schedule import Schedule
from harness.search.words import Word
from harness.search.written import code_of

FILE: Final = "test_schedule.py"

_TEXT: Final = '''"""A schedule of a campaign: {told}."""

import pytest

from harness import faults
from harness.campaign.aftermath import aftermath
from harness.experiment import Trials
from harness.model.units import ms


@pytest.mark.gate
@pytest.mark.configuration({configuration!r})
def test_schedule(trials: Trials) -> None:
    """Nothing is wrong for good when all is over."""
    fault = {fault}
    for trial in trials:
        wrong = aftermath(trial, fault.aligned({router!r}, phase={phase:_} * ms), {router!r})
        assert not wrong, wrong
'''


def as_test(schedule: Schedule, told: str, words: dict[str, Word], configuration: str, router: str) -> str:
    """`told`: the schedule in words, to the millisecond."""
    return _TEXT.format(
        told=told,
        configuration=configuration,
        router=router,
        fault=code_of(schedule.acts, words),
        phase=max(1, round(schedule.phase / ms)),
    )

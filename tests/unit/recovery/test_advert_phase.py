"""The phase of the adverts in which a fault began."""

import pytest

from harness.recovery import advert_phases
from tests.histories import LB1, HistoryBuilder


def test_since_the_last_advert_before_the_first_effect() -> None:
    """Adverts come at -0.097, 0.003, 0.103 …; the fault's second part, and adverts after it, say nothing."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).drop("trunk.b", 0.05, 0.8)
    assert advert_phases(*story.judged()) == {"phase_s": pytest.approx(0.097)}


def test_none_without_fault_or_advert() -> None:
    assert advert_phases(*HistoryBuilder().judged()) == {}
    assert advert_phases(*HistoryBuilder().drop("trunk.a", 0.0, 0.8).mute(LB1, -3.0, 0.0).judged()) == {}

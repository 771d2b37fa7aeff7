"""The phase of the adverts in which a fault began."""

import msgspec
import pytest

from harness.model.units import s
from harness.recovery import advert_phases
from tests.histories import LB1, HistoryBuilder, ns


def test_since_the_last_advert_before_the_first_effect() -> None:
    """Adverts come at -0.097, 0.003, 0.103 …; the fault's second part, and adverts after it, say nothing."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).drop("trunk.b", 0.05, 0.8)
    assert advert_phases(*story.judged()) == {"phase_s": pytest.approx(0.097)}


def test_none_without_fault_or_advert() -> None:
    assert advert_phases(*HistoryBuilder().judged()) == {}
    assert advert_phases(*HistoryBuilder().drop("trunk.a", 0.0, 0.8).mute(LB1, -3.0, 0.0).judged()) == {}


@pytest.mark.parametrize("before_ns, phase", [(120 * s, {"phase_s": 120.0}), (120 * s + 1, {})])
def test_a_pair_that_was_silent_for_two_minutes_has_no_phase(before_ns: int, phase: dict[str, float]) -> None:
    """VRRPv3 has no interval longer than 40.95 s (RFC 5798 section 5.2.7): an older advert is another master's."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).mute(LB1, -3.0, 0.0)
    story.event(msgspec.structs.replace(story.advert(LB1, 0.0), t=ns(0.0) - before_ns))
    assert advert_phases(*story.judged()) == phase

"""What a fault was asked to be, and what it was."""

import msgspec
import pytest

from harness.model.events import ArpSeen, MarkerSeen
from harness.model.ops import Drop, FlushNeighbours, Signal
from harness.recovery import fault_outcome, invalid_because
from tests.histories import HistoryBuilder, june_13, ns


def test_first_effect_to_last_release() -> None:
    outcome = fault_outcome(*june_13().judged())
    assert outcome is not None
    assert (outcome.asked_s, outcome.achieved_s) == (0.8, 0.8)
    assert [(part.op, part.achieved_s) for part in outcome.parts] == [
        ("drop trunk.b ingress", 0.55),
        ("drop trunk.a ingress", 0.8),
    ]


def test_frames_bracket_it() -> None:
    """Numbered frames every 10 ms: the last passed 10 ms before the cut, the first again at its end."""
    story = HistoryBuilder().drop("trunk.a", 0.001, 0.801)
    for number, t in enumerate(range(-1000, 2000, 10)):
        story.event(MarkerSeen(ns(t / 1e3), "trunk.a", True, 1, number))
        if not 1 <= t < 801:
            story.event(MarkerSeen(ns(t / 1e3) + 1000, "gw-1.external", False, 1, number))
    outcome = fault_outcome(*story.judged())
    assert outcome is not None
    assert outcome.wire_s is not None
    assert list(outcome.wire_s) == pytest.approx([0.79, 0.81])
    assert outcome.parts[0].wire_s == outcome.wire_s


def test_burst_of_gratuitous_arp_is_no_evidence() -> None:
    """One is on its way to the drop while another, 30 µs later, is seen on a port before it: nothing passed."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8)
    for t in (0.3, 0.30003):
        story.announces("lb-ext-2", t)
        garp = story.events[-1]
        assert isinstance(garp, ArpSeen)
        for delay_ns, port, inward in ((5_000, "gw-2.external", False), (9_000, "trunk.a", True)):
            story.event(msgspec.structs.replace(garp, t=garp.t + delay_ns, port=port, inward=inward))
    assert invalid_because(*story.judged()) == ()


def test_op_without_frames_has_no_bracket() -> None:
    outcome = fault_outcome(*HistoryBuilder().op(Signal("lb-ext-1", "keepalived"), 0.0, 1.0).judged())
    assert outcome is not None
    assert outcome.wire_s is None
    assert outcome.achieved_s == 1.0


def test_held_beyond_the_step() -> None:
    """`op` without an end; nothing was asked, nothing achieved yet."""
    outcome = fault_outcome(*HistoryBuilder().drop("trunk.a", 0.0, None).judged())
    assert outcome is not None
    assert (outcome.asked_s, outcome.achieved_s, outcome.wire_s) == (None, None, None)


def test_acts_are_no_fault() -> None:
    assert fault_outcome(*HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).judged()) is None


def test_failed_op_had_no_effect() -> None:
    assert fault_outcome(*HistoryBuilder().op(Drop("trunk.a", "ingress"), 0.0, error="refused").judged()) is None

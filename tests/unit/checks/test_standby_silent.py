"""A standby that forwards would hide the outage."""

from harness import checks
from harness.model.events import InterfaceCounted
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, ns


def counted(node: str, t: float, forwarded: int, *, forwarding: bool = False) -> InterfaceCounted:
    return InterfaceCounted(ns(t), node, forwarded, forwarding)


def test_silent() -> None:
    assert checks.standby_silent(*carrier_loss().judged()).holds


def test_forwarding_switched_on() -> None:
    finding = checks.standby_silent(*HistoryBuilder().event(counted(LB2, 3.0, 0, forwarding=True)).judged())
    assert finding.violated
    assert finding.instants[0].what == "lb-ext-2 has ip_forward=1"


def test_packets_forwarded() -> None:
    finding = checks.standby_silent(*HistoryBuilder().event(counted(LB2, 9.95, 7)).judged())
    assert finding.violated
    assert finding.instants[0].what == "lb-ext-2 forwarded 7 packets"


def test_owner_is_not_judged() -> None:
    assert checks.standby_silent(*HistoryBuilder().event(counted(LB1, 9.95, 7)).judged()).holds


def test_restarted_counter_is_no_growth() -> None:
    story = HistoryBuilder().event(counted(LB2, -1.5, 100)).event(counted(LB2, -1.4, 100))
    story.events = [e for e in story.events if not (isinstance(e, InterfaceCounted) and e.t < ns(-1.5))]
    assert checks.standby_silent(*story.judged()).holds


def test_counters_not_read() -> None:
    story = HistoryBuilder()
    story.events = [e for e in story.events if not isinstance(e, InterfaceCounted)]
    assert checks.standby_silent(*story.judged()).inconclusive

"""From when on the pair would survive a second failure."""

from dataclasses import replace

import pytest

from harness import checks
from harness.model.events import HaproxySample, VrrpState
from harness.model.ops import AnyOp, Drop, LinkDown, ServiceDown, Signal
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13, ns


def test_never_lost() -> None:
    finding = checks.redundancy_restored(*HistoryBuilder().judged())
    assert finding.holds
    assert "at any time" in finding.sentence


def test_restored_when_the_old_master_is_a_standby_again() -> None:
    story = carrier_loss()
    finding = checks.redundancy_restored(*story.judged())
    assert finding.holds
    assert "1.162 s after the fault" in finding.sentence  # lb-ext-2 says BACKUP


def test_never_restored() -> None:
    story = HistoryBuilder().op(LinkDown(f"{LB1}.external"), 0.0).gives_up(LB1, 0.0).says(LB1, 0.01, "FAULT")
    finding = checks.redundancy_restored(*story.takes(LB2, 0.36).judged())
    assert finding.violated
    assert "From +0.000 s until the watch ended" in finding.sentence


def test_standby_must_stand_by() -> None:
    """FAULT is no standby; nor is one without servers."""
    assert checks.redundancy_restored(*HistoryBuilder().says(LB2, 5.0, "FAULT").judged()).violated
    assert checks.redundancy_restored(*HistoryBuilder().haproxy(LB2, 9.95, "DOWN").judged()).violated


def test_owner_must_serve() -> None:
    assert checks.redundancy_restored(*HistoryBuilder().haproxy(LB1, 9.95, "refused").judged()).violated


def test_two_owners_are_none_to_spare() -> None:
    assert checks.redundancy_restored(*HistoryBuilder().takes(LB2, 5.0).judged()).violated


def test_standby_was_not_fit_before() -> None:
    story = HistoryBuilder().says(LB2, -1.5, "FAULT").says(LB2, 0.5, "BACKUP").drop("trunk.a", 0.0, 0.8)
    finding = checks.redundancy_restored(*story.judged())
    assert finding.violated
    assert "before the fault" in finding.sentence
    history, step = story.judged()
    assert checks.redundancy_restored(history, replace(step, first=False)).holds  # a later step may begin so


@pytest.mark.parametrize(
    "op, fit",
    [
        (Signal(LB2, "keepalived"), False),  # frozen, it says nothing
        (Drop(f"{LB2}.external", "ingress"), False),
        (Drop("trunk.a", "ingress"), False),
        (ServiceDown(LB2, "haproxy"), False),
        (Drop("gw-2.external", "ingress"), True),  # a customer's own trouble
        (Signal("gw-1"), True),
    ],
    ids=str,
)
def test_standby_that_cannot_say_so(op: AnyOp, *, fit: bool) -> None:
    finding = checks.redundancy_restored(*HistoryBuilder().op(op, 0.0, None).judged())
    assert finding.holds is fit
    restored = checks.redundancy_restored(*HistoryBuilder().op(op, 0.0, 2.5).judged())
    assert restored.holds
    assert ("2.500 s after" in restored.sentence) is not fit


def test_a_word_that_was_read_after_the_end_may_have_been_said_before() -> None:
    """lb-ext-1 stands by before the watch ends, and the agent reads of it afterwards."""
    story = HistoryBuilder().gives_up(LB1, 3.0).takes(LB2, 3.1)
    story.events = [e for e in story.events if not (isinstance(e, VrrpState) and e.t == ns(3.001))]
    story.says(LB1, 3.0, "FAULT").says(LB1, 10.2, "BACKUP")
    assert checks.redundancy_restored(*story.judged()).violated
    story.service_lag_ns = 300 * ms
    finding = checks.redundancy_restored(*story.judged())
    assert finding.inconclusive
    assert "up to 0.300 s late" in finding.sentence


def test_a_loss_that_is_no_older_than_the_agent_is_late_may_be_over() -> None:
    """Events after that instant have not been read yet."""
    for lag, verdict in ((50, "violated"), (150, "inconclusive")):
        story = HistoryBuilder().haproxy(LB1, 9.9, "refused")
        story.service_lag_ns = lag * ms
        assert checks.redundancy_restored(*story.judged()).verdict == verdict


def test_june_13_has_redundancy() -> None:
    """That night the pair itself was fine 0.8 s later. The network was not looked at."""
    assert "0.800 s after" in checks.redundancy_restored(*june_13().judged()).sentence


def test_nothing_known() -> None:
    for kind in (HaproxySample, VrrpState):
        assert checks.redundancy_restored(*HistoryBuilder().unseen(kind).judged()).inconclusive


def test_haproxy_that_cannot_be_asked_violates_nothing() -> None:
    assert checks.redundancy_restored(*HistoryBuilder().haproxy(LB2, -1.9, "unknown").judged()).inconclusive


def test_another_instance_on_the_same_nodes() -> None:
    """lb-ext-2 is the master of that router, and the standby of this one."""
    for story in (HistoryBuilder(), carrier_loss()):
        story.event(VrrpState(ns(-1.9), LB2, "other", "MASTER", 150)).event(
            VrrpState(ns(5.0), LB1, "other", "BACKUP", 100)
        )
        assert checks.redundancy_restored(*story.judged()).holds


NS = 1e-9


def stands_by(*times: tuple[float, str]) -> HistoryBuilder:
    """What lb-ext-2's keepalived says; a fault of a customer's own begins at 0. No agent is late."""
    story = HistoryBuilder().op(Signal("gw-1"), 0.0, 0.5)
    story.lag_ns = story.service_lag_ns = 0
    for t, state in times:
        story.says(LB2, t, state)
    return story


@pytest.mark.parametrize("t, verdict", [(-NS, "holds"), (0.0, "violated")])
def test_before_the_fault_is_before_its_instant(t: float, verdict: str) -> None:
    """Fit as the fault takes effect, and not a moment before it: whether it was a standby at rest is unknown."""
    assert checks.redundancy_restored(*stands_by((-1.5, "FAULT"), (t, "BACKUP")).judged()).verdict == verdict


def test_fit_until_the_instant_of_the_fault() -> None:
    assert checks.redundancy_restored(*stands_by((0.0, "FAULT"), (1.0, "BACKUP")).judged()).holds


def test_fit_from_the_instant_of_the_fault_on_is_fit_all_the_time() -> None:
    """In a later step, which does not begin in steady state."""
    for t, said in ((0.0, "at any time."), (NS, "0.000 s after the fault on.")):
        history, step = stands_by((-1.5, "FAULT"), (t, "BACKUP")).judged()
        finding = checks.redundancy_restored(history, replace(step, first=False))
        assert finding.holds
        assert finding.sentence.endswith(said)


def test_fit_until_the_instant_of_the_end() -> None:
    assert checks.redundancy_restored(*stands_by((10.0, "FAULT")).judged()).holds
    assert checks.redundancy_restored(*stands_by((10.0 - NS, "FAULT")).judged()).verdict == "violated"


@pytest.mark.parametrize(
    "t, lag_ms, verdict",
    [
        (10.0 - NS, 0, "holds"),
        (10.0, 0, "inconclusive"),  # it may have been read at the latest possible instant
        (10.0 + NS, 0, "violated"),
        (10.2, 200, "inconclusive"),
        (10.2 + NS, 200, "violated"),
    ],
)
def test_a_word_read_after_the_end_by_no_more_than_the_agent_is_late(t: float, lag_ms: int, verdict: str) -> None:
    story = stands_by((3.0, "FAULT"), (4.0, "BACKUP"), (5.0, "FAULT"), (t, "BACKUP"))
    story.service_lag_ns = lag_ms * ms
    finding = checks.redundancy_restored(*story.judged())
    assert finding.verdict == verdict
    if not finding.holds:
        assert finding.sentence.startswith(
            "From +5.000 s until the watch ended the pair would not have survived a second failure."
        )


@pytest.mark.parametrize("t, verdict", [(9.8 - NS, "violated"), (9.8, "inconclusive")])
def test_a_loss_exactly_as_old_as_the_agent_is_late(t: float, verdict: str) -> None:
    story = stands_by((t, "FAULT"))
    story.service_lag_ns = 200 * ms
    assert checks.redundancy_restored(*story.judged()).verdict == verdict


def test_the_fault_itself_is_not_held_for_ever() -> None:
    """From its release on the standby counts again."""
    finding = checks.redundancy_restored(*HistoryBuilder().op(Signal(LB2, "haproxy"), 0.0, 2.0).judged())
    assert finding.holds
    assert "2.000 s after the fault" in finding.sentence

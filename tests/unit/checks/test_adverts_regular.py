"""The pair's heartbeat at rest."""

from dataclasses import replace

import msgspec
import pytest

from harness import checks
from harness.model.events import EventsLost
from harness.model.ops import FlushNeighbours
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13, ns
from tests.shapes import three_nodes


def test_regular() -> None:
    for story in (HistoryBuilder(), carrier_loss(), june_13(), HistoryBuilder(advert_int=1.0)):
        assert checks.adverts_regular(*story.judged()).holds


def test_gap_at_rest() -> None:
    """0.2 s pass, 0.3 s do not."""
    for end, holds in ((5.05, True), (5.25, False)):
        assert checks.adverts_regular(*HistoryBuilder().mute(LB1, 5.04, end).judged()).holds is holds


def test_gap_during_the_fault_is_not_judged() -> None:
    assert checks.adverts_regular(*june_13().mute(LB1, 0.0, 2.0).judged()).holds


def test_silence_until_the_end() -> None:
    assert checks.adverts_regular(*HistoryBuilder().mute(LB1, 9.5, 11.0).judged()).violated


def test_two_sources() -> None:
    finding = checks.adverts_regular(*HistoryBuilder().takes(LB2, 5.0).judged())
    assert finding.violated
    assert "lb-ext-1 and lb-ext-2 both sent adverts of VRID 51" in finding.sentence


def test_wrong_interval() -> None:
    """Every 0.13 s where 0.1 s is configured: no gap over 0.2 s, but the median is 30 % off."""
    story = HistoryBuilder()
    story.advert_int = 0.13
    finding = checks.adverts_regular(*story.judged())
    assert finding.violated
    assert "0.130 s" in finding.sentence


def test_too_short_to_tell() -> None:
    assert checks.adverts_regular(*HistoryBuilder(advert_int=1.0, watch_s=3.0).judged()).inconclusive


def test_mute_from_the_fault_on() -> None:
    """Adverts before the fault say nothing of the time after it; if that is too short, it is inconclusive."""
    assert checks.adverts_regular(
        *HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).mute(LB1, 0.0, 20.0).judged()
    ).violated
    story = HistoryBuilder(watch_s=1.9).op(FlushNeighbours("gw-1"), 0.0).mute(LB1, 0.0, 20.0)
    finding = checks.adverts_regular(*story.judged())
    assert finding.inconclusive
    assert "After the fault" in finding.sentence


def test_wrong_before_the_fault_is_wrong() -> None:
    story = HistoryBuilder(watch_s=1.9).op(FlushNeighbours("gw-1"), 0.0).mute(LB1, -0.7, -0.3)
    assert checks.adverts_regular(*story.judged()).violated


def test_one_advert_has_no_interval() -> None:
    """Three intervals long, one advert in the middle: no gap is over two of them."""
    story = HistoryBuilder(advert_int=1.0, watch_s=6.4).mute(LB1, 3.05, 20.0)
    finding = checks.adverts_regular(*story.event(story.advert(LB1, 4.8)).judged())
    assert finding.inconclusive
    assert "the interval is unknown" in finding.sentence


def test_same_vrid_on_another_segment() -> None:
    """Two pairs with VRID 51, each on a segment of its own: the other's adverts are no second source."""
    story = HistoryBuilder()
    other = [msgspec.structs.replace(story.advert(LB2, n / 10), port="gw-1.internal") for n in range(-10, 100)]
    history, step = story.judged()
    ports = history.topology.nodes["gw-1"].ports
    inside = msgspec.structs.replace(ports[0], segment="internal")
    gateway = msgspec.structs.replace(history.topology.nodes["gw-1"], ports=(*ports, inside))
    topology = msgspec.structs.replace(history.topology, nodes=history.topology.nodes | {"gw-1": gateway})
    events = tuple(sorted([*history.events, *other], key=lambda event: event.t))
    assert checks.adverts_regular(replace(history, topology=topology, events=events), step).holds


def test_lost_sightings_excuse_a_gap() -> None:
    """Reported a moment later. A loss at another time, or of another instrument, is no excuse."""
    for t, source, verdict in (
        (5.6, "eye.frames", "inconclusive"),
        (8.0, "eye.frames", "violated"),
        (5.3, "service", "violated"),
    ):
        story = HistoryBuilder().mute(LB1, 5.04, 5.5).event(EventsLost(ns(t), source, 3))
        assert checks.adverts_regular(*story.judged()).verdict == verdict


def test_machine_that_stood_still_excuses_as_much() -> None:
    """A gap of 0.5 s is 0.3 s too long; our own load was late by as much, or by less."""
    for late_ms, verdict in ((350, "inconclusive"), (200, "violated")):
        story = HistoryBuilder().mute(LB1, 5.04, 5.5).requests(5.2, 5.21, "customer-1", sent=late_ms * ms)
        assert checks.adverts_regular(*story.judged()).verdict == verdict


def test_two_sources_have_no_excuse() -> None:
    story = HistoryBuilder().takes(LB2, 5.0).event(EventsLost(ns(5.0), "eye.frames", 3))
    assert checks.adverts_regular(*story.judged()).violated


NS = 1e-9


@pytest.mark.parametrize(
    "muted, verdict", [((5.1, 5.2), "holds"), ((5.1, 5.2 + NS), "holds"), ((5.1, 5.3), "violated")]
)
def test_two_intervals_are_the_longest_gap(muted: tuple[float, float], verdict: str) -> None:
    """One advert is missing, or two."""
    assert checks.adverts_regular(*HistoryBuilder().mute(LB1, *muted).judged()).verdict == verdict


@pytest.mark.parametrize("watch_s, verdict", [(2.3, "holds"), (2.3 - NS, "inconclusive")])
def test_three_intervals_are_a_steady_state(watch_s: float, verdict: str) -> None:
    """Once the pair must have settled, 2 s after an act at 0."""
    story = HistoryBuilder(watch_s=watch_s).op(FlushNeighbours("gw-1"), 0.0)
    assert checks.adverts_regular(*story.judged()).verdict == verdict


@pytest.mark.parametrize("act, verdict", [(-0.7, "violated"), (-0.7 - NS, "holds")])
def test_three_intervals_before_the_fault(act: float, verdict: str) -> None:
    """The step begins at -1.0; all that is wrong is before the act."""
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), act).mute(LB1, -1.0, act)
    assert checks.adverts_regular(*story.judged()).verdict == verdict


@pytest.mark.parametrize("interval, verdict", [(0.12, "holds"), (0.1201, "violated"), (0.08, "holds")])
def test_a_fifth_is_the_tolerance_of_the_median(interval: float, verdict: str) -> None:
    story = HistoryBuilder()
    story.advert_int = interval
    assert checks.adverts_regular(*story.judged()).verdict == verdict


def test_two_adverts_have_an_interval() -> None:
    story = HistoryBuilder(advert_int=1.0, watch_s=6.4).mute(LB1, 3.05, 20.0)
    story.event(story.advert(LB1, 4.4)).event(story.advert(LB1, 5.4))
    finding = checks.adverts_regular(*story.judged())
    assert finding.holds
    assert "lb-ext-1 sent 2 adverts, the longest gap was" in finding.sentence


def test_three_sources() -> None:
    story = HistoryBuilder(shape=three_nodes()).takes(LB2, 5.0).takes("lb-ext-3", 6.0)
    finding = checks.adverts_regular(*story.judged())
    assert finding.sentence == "lb-ext-1, lb-ext-2 and lb-ext-3 all sent adverts of VRID 51."


@pytest.mark.parametrize("told, verdict", [(5.003 - NS, "violated"), (6.503 - NS, "inconclusive"), (6.503, "violated")])
def test_a_loss_is_told_within_a_second_of_the_gap(told: float, verdict: str) -> None:
    """From 5.003 to 5.503 s no advert was seen."""
    story = HistoryBuilder().mute(LB1, 5.04, 5.5).event(EventsLost(ns(told), "eye.frames", 3))
    assert checks.adverts_regular(*story.judged()).verdict == verdict


@pytest.mark.parametrize("late_ns, verdict", [(300 * ms, "inconclusive"), (300 * ms - 1, "violated")])
def test_our_load_must_have_been_late_by_all_that_the_gap_is_too_long(late_ns: int, verdict: str) -> None:
    """0.5 s, of which 0.2 s are allowed. The latest of those that were due counts."""
    story = HistoryBuilder().mute(LB1, 5.04, 5.5).requests(5.2, 5.21, "customer-1", sent=late_ns)
    finding = checks.adverts_regular(*story.requests(5.3, 5.31, "customer-2", sent=40 * ms).judged())
    assert finding.verdict == verdict
    if finding.inconclusive:
        assert finding.sentence.endswith("Our own load was late by 0.300 s then.")


def test_without_any_load_nothing_excuses_a_gap() -> None:
    """To the nanosecond."""
    story = HistoryBuilder().mute(LB1, 5.1, 5.3)
    history, step = story.event(story.advert(LB1, 5.203 + NS)).judged()
    assert checks.adverts_regular(replace(history, requests=history.requests[:0]), step).violated

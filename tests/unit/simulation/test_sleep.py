"""A router at rest is left out: what happens is the same as if each of its adverts were sent."""

from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import pytest

from harness.lab import compose
from harness.model.units import ms
from harness.search import searching
from harness.search.pair import Ended, SimulatedPair
from harness.search.schedule import Act, Schedule
from harness.search.subject import of_configuration, of_site
from harness.simulation.sleep import Sleep
from tests.lint_pairs import conf, two
from tests.recorded_sites import recorded

DRAWN = 40


class Run(NamedTuple):
    """`happened`: what the instances did, in any order within one instant. `events`: how many there were."""

    ended: Ended
    happened: list[tuple[object, ...]]
    events: int


def run(pair: SimulatedPair, schedule: Schedule) -> Run:
    ended = pair.run(schedule)
    happened: list[tuple[object, ...]] = [*pair.told(), *pair.world.nodes.announced]
    return Run(ended, sorted(happened, key=str), pair.world.state.queue._number)


def quick() -> SimulatedPair:
    return of_configuration("advert-100ms", compose.topology(())).pair()


def grouped() -> SimulatedPair:
    """Two virtual routers in one sync group."""
    return of_site("edge-sync-group", recorded("edge-sync-group")).pair()


def second_preferred() -> SimulatedPair:
    return of_site("texts", two(confs=(conf(100, more="nopreempt"), conf(101, more="nopreempt")))).pair()


@pytest.mark.parametrize("made", [quick, grouped, second_preferred])
def test_a_router_that_sleeps_does_what_one_that_is_awake_does(
    made: Callable[[], SimulatedPair], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = made()
    drawn = list(islice(searching.drawn(pair, 7), DRAWN))
    asleep = [run(pair, schedule) for schedule in drawn]
    monkeypatch.setattr(Sleep, "consider", lambda *_: None)
    awake = [run(pair, schedule) for schedule in drawn]
    assert [each[:2] for each in asleep] == [each[:2] for each in awake]
    assert sum(each.events for each in asleep) < 0.9 * sum(each.events for each in awake)


@pytest.mark.parametrize("late", [0, 30_000, 90_000])
def test_an_advert_that_is_on_its_way_when_an_op_comes_arrives(late: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """60 µs after it was sent; the freeze begins before, between or after."""
    pair = quick()
    begin = 1_700 * ms - 45 * ms + late
    schedule = Schedule((Act("garp-lost customer-3 --virtual-router external", 0, 10 * ms),), 45 * ms)
    schedule = schedule._replace(acts=(*schedule.acts, Act("freeze lb-ext-1", begin, 290 * ms)))
    asleep = run(pair, schedule)
    monkeypatch.setattr(Sleep, "consider", lambda *_: None)
    assert asleep[:2] == run(pair, schedule)[:2]

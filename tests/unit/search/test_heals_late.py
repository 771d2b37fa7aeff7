"""What heals only when an announcement is repeated, a minute later, is no sound pair to its customers."""

import pytest
from msgspec.structs import replace

from harness.cli.search import _show, report
from harness.lab import compose
from harness.model.units import ms, s
from harness.search.find import Budget, Late, Searched, find
from harness.search.pair import SimulatedPair
from harness.search.schedule import Act, Schedule
from harness.search.subject import Subject, of_configuration

FROZEN = Schedule((Act("freeze lb-ext-1", 0, 300 * ms),), 68 * ms)


def refreshing(period_s: int) -> Subject:
    chosen = of_configuration("advert-100ms", compose.topology(()))
    settings = {
        node: tuple(replace(one, vrrp=replace(one.vrrp, garp_master_refresh_ns=period_s * s)) for one in each)
        for node, each in chosen.settings.items()
    }
    return chosen._replace(settings=settings)


def pair(period_s: int) -> SimulatedPair:
    return refreshing(period_s).pair("external")


def test_the_time_until_the_repeated_announcement_is_told() -> None:
    """The owner's next one is a whole period after the begin of the model."""
    ended = pair(60).run(FROZEN)
    assert (ended.harm, ended.settled.harm) == (None, "wrong cache")
    assert 59 * s < ended.late_ns < 60 * s


def test_what_never_heals_and_what_heals_at_once_is_not_late() -> None:
    assert [pair(period).run(FROZEN).late_ns for period in (0, 2)] == [0, 0]
    assert pair(60).run(FROZEN._replace(acts=(FROZEN.acts[0]._replace(lasts=50 * ms),))).late_ns == 0


def test_a_search_tells_the_longest_with_the_fewest_faults(capsys: pytest.CaptureFixture[str]) -> None:
    chosen, seconds = refreshing(60), 2
    while not (found := find(chosen, "external", Budget(seconds, seed=1, most=1), shards=1)).late:
        assert seconds < 100, found
        seconds *= 4
    assert len(found.late.schedule.acts) == 1
    assert 50 * s < found.late.ns < 61 * s
    _show(found, chosen)
    assert f"Heals late, when an announcement is repeated: {found.late.schedule}" in capsys.readouterr().out


def test_it_is_in_the_json() -> None:
    found = Searched(1, alone=True, mechanisms=(), left=0, late=Late(59_500 * ms, FROZEN, "lb-ext-1"))
    told = report(refreshing(60), "external", found).late
    assert told
    assert (told.late_s, told.schedule, told.owner) == (59.5, str(FROZEN), "lb-ext-1")

"""What the search finds, untold: June 13, the frozen master, and mechanisms that no report names."""

from collections.abc import Iterator, Mapping

import pytest
from msgspec.structs import replace

from harness.faults import Fault
from harness.lab import compose
from harness.model.errors import BadValue
from harness.model.units import ms, s
from harness.search import searching
from harness.search.blip import Blip, blips, on_trunk
from harness.search.boundary import edges, share
from harness.search.find import Budget, Searched, find
from harness.search.foresee import foresee
from harness.search.mechanism import Kind, certain, kind, mechanism, story
from harness.search.pair import SimulatedPair
from harness.search.remedy import REMEDIES
from harness.search.schedule import Act, Schedule
from harness.search.shrink import shrink
from harness.search.subject import Subject, of_configuration
from harness.search.written import CHECKS, written
from harness.simulation.settings import Settings

QUICK, DEFAULT = "advert-100ms", "default"
TRUNK_OUT, TRUNK_BACK = "blackhole trunk --direction a-to-b", "blackhole trunk --direction b-to-a"
JUNE_13 = Schedule((Act(TRUNK_OUT, 0, 550 * ms), Act(TRUNK_BACK, 0, 800 * ms)), 45 * ms)
NEVER_SENT = "standby MASTER, standby announces, standby BACKUP"


def subject(name: str = QUICK) -> Subject:
    return of_configuration(name, compose.topology(()))


@pytest.fixture
def pair() -> SimulatedPair:
    return subject().pair("external")


def test_june_13_splits_the_pair_for_good(pair: SimulatedPair) -> None:
    ended = pair.run(JUNE_13)
    assert ended.harm == "wrong cache"
    assert ended.final.owners["10.77.0.100"] == ("lb-ext-1",)
    assert story(pair) == NEVER_SENT


def test_a_blip_that_returns_both_ways_at_once_after_it_settled_does_no_harm(pair: SimulatedPair) -> None:
    assert pair.run(Schedule((Act(TRUNK_OUT, 0, 100 * ms), Act(TRUNK_BACK, 0, 100 * ms)), 45 * ms)).harm is None


@pytest.mark.parametrize("begin, refused", [(400 * ms, True), (700 * ms, False)])
def test_what_the_lab_refuses_is_no_hit(pair: SimulatedPair, begin: int, refused: bool) -> None:  # noqa: FBT001
    """Two faults of one process at the same time: the end of the first would end the second in silence."""
    hung = Act("hung lb-ext-1 --service haproxy", 0, 600 * ms)
    schedule = Schedule((hung, Act("freeze lb-ext-1", begin, 5410 * ms)), 18_750_000)
    assert pair.refuses(schedule) == refused
    assert pair.run(schedule).harm, "the model alone would call it a hit"
    assert bool(list(searching.hits(pair, iter([schedule])))) != refused


def test_the_same_schedule_does_the_same(pair: SimulatedPair) -> None:
    assert pair.run(JUNE_13) == pair.run(JUNE_13)


def test_june_13_and_the_frozen_master_are_found_untold(pair: SimulatedPair) -> None:
    """Each fault alone finds the frozen master, and a trunk that is silent both ways."""
    found = list(searching.hits(pair, searching.alone(pair, searching.grid(pair))))
    assert {"freeze lb-ext-1", "blackhole trunk"} <= {hit.schedule.acts[0].word for hit in found}
    assert {hit.ended.harm for hit in found if hit.ended.harm} == {"wrong cache"}


def test_a_hit_is_shrunk_to_one_fault_of_the_same_kind(pair: SimulatedPair) -> None:
    big = Schedule(
        (Act("freeze lb-ext-1", 0, 900 * ms), Act("garp-lost gw-1 --virtual-router external", 0, 50 * ms)), 0
    )
    of = kind(pair, big)
    assert of == Kind("wrong cache", NEVER_SENT)

    def still(schedule: Schedule) -> bool:
        return kind(pair, schedule) == of

    small = shrink(big, pair.advert_int_ns, still)
    assert [act.word for act in small.acts] == ["freeze lb-ext-1"]
    assert 200 * ms < small.acts[0].lasts <= 400 * ms
    found = edges(small, 0, still)
    assert found.low <= small.acts[0].lasts
    assert not still(Schedule((Act("freeze lb-ext-1", 0, found.low - 2 * ms),), small.phase))
    assert 0 < share(small, pair.advert_int_ns, still).hurts <= 1
    assert certain(pair, small)


def test_remedies_are_told_apart() -> None:
    ends = {
        remedy.line.split()[0]: pair_with(remedy.on(subject().settings)).run(JUNE_13).harm is None
        for remedy in REMEDIES
    }
    assert ends["garp_master_refresh"]
    assert ends["use_vmac"]
    assert not ends["nopreempt"]
    assert not ends["preempt_delay"]


def test_equal_priorities_split_after_a_cut_longer_than_the_second_announcement() -> None:
    """The second mechanism that no report names: 5.4 s at advert_int 0.1 s, 5.2 s heals (20 of 20 on the lab)."""
    settings = {
        node: tuple(replace(each, vrrp=replace(each.vrrp, priority=100)) for each in some)
        for node, some in subject().settings.items()
    }
    equal = pair_with(settings)
    assert [harm_of_cut(equal, lasts) for lasts in (5_200 * ms, 5_600 * ms)] == [None, "wrong cache"]


def harm_of_cut(pair: SimulatedPair, lasts: int) -> str | None:
    return pair.run(Schedule((Act(TRUNK_OUT, 0, lasts), Act(TRUNK_BACK, 0, lasts)), 45 * ms)).harm


def pair_with(settings: Mapping[str, tuple[Settings, ...]]) -> SimulatedPair:
    return SimulatedPair(subject().topology, settings, "external")


def test_the_second_master_that_restarts_before_the_heal_splits_the_pair(pair: SimulatedPair) -> None:
    """The first mechanism that no report names: 20 of 20 on the lab, and higher_prio_send_advert does not end it."""
    acts = (*(Act(way, 0, 600 * ms) for way in (TRUNK_OUT, TRUNK_BACK)),)
    schedule = Schedule((*acts, Act("stopped lb-ext-2 --service keepalived", 550 * ms, 1 * s)), 45 * ms)
    assert pair.run(schedule).harm == "wrong cache"
    higher = next(remedy for remedy in REMEDIES if "higher_prio" in remedy.line)
    assert pair_with(higher.on(pair.settings)).run(schedule).harm == "wrong cache"


def search(most: int, shards: int) -> Searched:
    """Until it has found one: how long that takes depends on the machine."""
    seconds = 2
    while not (found := find(subject(), "external", Budget(seconds, seed=1, most=most), shards=shards)).mechanisms:
        assert seconds < 100, found
        seconds *= 4
    return found


def test_a_search_on_two_processors_names_what_it_tried() -> None:
    found = search(most=2, shards=2)
    assert found.schedules > 50
    assert found.mechanisms
    assert all(each.harm in CHECKS for each in (one.kind for one in found.mechanisms))


def test_a_mechanism_is_written_as_a_test_that_compiles() -> None:
    found = search(most=1, shards=1).mechanisms[0]
    text = written(found, "found_1", subject().pair("external").words, QUICK, "external")
    compile(text, "test_found_1.py", "exec")
    assert f"configuration({QUICK!r})" in text


# -- blips


def some(pair: SimulatedPair, **fields: object) -> Iterator[Schedule]:
    return blips(on_trunk(replace(Blip(), **fields), pair.topology, pair.router), pair.advert_int_ns, seed=1)


def test_a_blip_is_as_long_and_as_late_as_it_is_asked_to_be(pair: SimulatedPair) -> None:
    drawn = some(pair, longest=300 * ms, late=50 * ms)
    for schedule in (next(drawn) for _ in range(200)):
        first, last = schedule.acts
        assert 0 < first.lasts <= last.lasts <= 300 * ms
        assert last.lasts - first.lasts <= 50 * ms
        assert 0 <= schedule.phase < pair.advert_int_ns


def test_a_longer_interval_foresees_no_takeover_and_a_short_one_a_split() -> None:
    slow, quick = (foresee(subject(name).pair("external"), asked(name), 60, 1) for name in (DEFAULT, QUICK))
    assert slow.takes_over.value == 0
    assert (quick.split.value or 0) > 0.1
    assert (quick.for_good.low or 0) <= (quick.for_good.value or 0) <= (quick.for_good.high or 1)


def asked(name: str) -> Blip:
    pair = subject(name).pair("external")
    return on_trunk(Blip(), pair.topology, pair.router)


def test_a_trunk_that_does_not_carry_the_adverts_is_refused(pair: SimulatedPair) -> None:
    with pytest.raises(BadValue, match=r"trunk.*'nowhere'|nowhere"):
        on_trunk(Blip(trunk="nowhere"), pair.topology, pair.router)


def test_every_word_is_a_fault_that_can_be_planned(pair: SimulatedPair) -> None:
    for word in pair.words.values():
        fault = word.lasting(1 * s)
        assert isinstance(fault, Fault)
        assert fault.plan(pair.topology).parts


def test_no_word_does_what_the_model_does_not_know(pair: SimulatedPair) -> None:
    for name in pair.words:
        pair.run(Schedule((Act(name, 0, 500 * ms),), 0))
        assert pair.world.unknown == []


def test_a_pair_that_repeats_its_announcement_late_is_not_split_for_good() -> None:
    """garp_master_refresh 60 heals after a minute: *for good* waits for every announcement that is planned."""
    settings = {
        node: tuple(replace(each, vrrp=replace(each.vrrp, garp_master_refresh_ns=60 * s)) for each in some)
        for node, some in subject().settings.items()
    }
    ended = pair_with(settings).run(JUNE_13)
    assert (ended.settled.harm, ended.harm) == ("wrong cache", None)


def test_time_without_service_is_counted_to_the_same_instant_with_every_setting(pair: SimulatedPair) -> None:
    refresh = next(remedy for remedy in REMEDIES if "refresh" in remedy.line)
    healed, never = pair_with(refresh.on(pair.settings)).run(JUNE_13), pair.run(JUNE_13)
    assert (healed.harm, never.harm) == (None, "wrong cache")
    assert healed.dark_ns <= never.dark_ns


def test_a_line_with_slower_timers_only_asks_for_a_longer_fault() -> None:
    frozen = Schedule((Act("freeze lb-ext-1", 0, 300 * ms),), 85 * ms)
    found = mechanism(subject().pair("external"), frozen, Kind("wrong cache", NEVER_SENT), 1)
    assert any("down_timer_adverts" in line for line in found.at_other_times)
    assert any("higher_prio" in line for line in found.ended_by)


def test_slower_timers_end_nothing_that_a_longer_fault_does_again() -> None:
    """The silence that a standby takes for a death is ten intervals instead of three: as many are added, not a share.

    2.8 s × the ratio of master-down is 8.2 s: shorter than the 9.65 s that a freeze needs then.
    """
    usual = subject(DEFAULT).pair("external")
    frozen = Schedule((Act("freeze lb-ext-1", 0, 2_800 * ms),), 812 * ms)
    of = kind(usual, frozen)
    assert of
    found = mechanism(usual, frozen, of, 1)
    assert [line.split()[0] for line in found.at_other_times] == ["down_timer_adverts"]
    assert not any(line.startswith("down_timer_adverts") for line in found.ended_by)

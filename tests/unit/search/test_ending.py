"""What is called a remedy ends the mechanism: by whichever faults it comes, and whenever they come."""

from collections.abc import Callable

import pytest

from harness.lab import compose
from harness.model.units import ms, s
from harness.search.ending import ending
from harness.search.hits import MOST, Found, Hits, add, hit_by, merged
from harness.search.mechanism import Kind, Mechanism, kind, mechanism
from harness.search.other_faults import by_other_faults
from harness.search.pair import Ended, SimulatedPair
from harness.search.schedule import Act, Schedule
from harness.search.subject import of_configuration

TRUNK_OUT, TRUNK_BACK = "blackhole trunk --direction a-to-b", "blackhole trunk --direction b-to-a"
JUNE_13 = Schedule((Act(TRUNK_OUT, 0, 550 * ms), Act(TRUNK_BACK, 0, 800 * ms)), 45 * ms)
FROZEN = Schedule((Act("freeze lb-ext-1", 0, 300 * ms),), 85 * ms)
STOPPED = Act("stopped lb-ext-1 --service keepalived", 0, 50 * ms)
LOST = Act("garp-lost customer-3 --virtual-router external", 400 * ms, 6_400 * ms)


def quick() -> SimulatedPair:
    return of_configuration("advert-100ms", compose.topology(())).pair("external")


def found(schedule: Schedule, *others: Schedule) -> Mechanism:
    pair = quick()
    of = kind(pair, schedule)
    assert of
    return mechanism(pair, schedule, of, 1, others)


def names(lines: tuple[str, ...]) -> set[str]:
    return {line.split()[0] for line in lines}


def test_a_frozen_master_and_june_13_are_one_mechanism() -> None:
    pair = quick()
    assert kind(pair, FROZEN) == kind(pair, JUNE_13)


def test_what_ends_a_frozen_master_alone_does_not_end_june_13() -> None:
    """higher_prio_send_advert heals a cut that ends both ways at once (8 of 8), and not the asymmetric one (2 of 2)."""
    deaf = Schedule((Act("blackhole lb-ext-1.external --direction in", 0, 800 * ms), *JUNE_13.acts[:1]), 45 * ms)
    told = found(FROZEN, deaf, JUNE_13)
    assert [each.faults for each in told.also_by] == [JUNE_13.faults, deaf.faults], "the trunk alone comes first"
    assert names(told.ended_by) == {"garp_master_refresh", "use_vmac"}
    (line,) = (line for line in told.not_ended_by if "higher_prio" in line)
    assert line.endswith(f", by {TRUNK_OUT} & {TRUNK_BACK}")


def test_other_faults_are_tried_at_other_times_too() -> None:
    """The search met the two ways of the trunk as they ended together, which the line heals; apart it does not."""
    both = Schedule((Act(TRUNK_OUT, 0, 300 * ms), Act(TRUNK_BACK, 0, 300 * ms)), 81 * ms)
    told = found(FROZEN, both)
    assert [each.faults for each in told.also_by] == [both.faults]
    assert "vrrp_higher_prio_send_advert" not in names(told.ended_by)
    (line,) = (line for line in told.not_ended_by if "higher_prio" in line)
    assert line.endswith(f", by {both.faults}")


def judged(monkeypatch: pytest.MonkeyPatch, hurts: Callable[[Schedule, bool], bool]) -> None:
    """Runs come out as `hurts` says, of a schedule and of whether a line was changed."""
    usual = quick()
    yes, no = usual.run(FROZEN), usual.run(FROZEN._replace(acts=(FROZEN.acts[0]._replace(lasts=ms),)))
    assert (yes.harm, no.harm) == ("wrong cache", None)

    def run(pair: SimulatedPair, schedule: Schedule) -> Ended:
        return yes if hurts(schedule, pair.settings != usual.settings) else no

    monkeypatch.setattr(SimulatedPair, "run", run)


def test_a_line_must_help_in_the_phase_in_which_the_schedule_hurts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window may be narrower than the distance of the phases that are tried besides."""
    judged(monkeypatch, lambda schedule, _: schedule == FROZEN)
    assert not ending(quick(), FROZEN).ends
    assert not ending(quick(), JUNE_13, (FROZEN,)).ends


@pytest.mark.parametrize("always", [False, True])
def test_harm_that_the_line_itself_makes_is_the_lines(monkeypatch: pytest.MonkeyPatch, *, always: bool) -> None:
    """One fault of two hurts alone: with the line only, or without it too (`always`), as another mechanism."""

    def hurts(schedule: Schedule, changed: bool) -> bool:  # noqa: FBT001
        alone = len(schedule.acts) == 1
        return (changed or always) if alone else (schedule.acts == JUNE_13.acts) != changed

    judged(monkeypatch, hurts)
    told = ending(quick(), JUNE_13)
    assert ("nopreempt" in names(told.ends)) is always
    assert ("nopreempt" in names(told.moves)) is not always


def test_one_fault_twice_is_more_than_once() -> None:
    """A link that flaps may do what its first loss alone does not, and needs no other fault."""
    one, other = Act("x a", 0, s), Act("y a", 0, s)
    twice = Schedule((one, one._replace(begin=2 * s)), 0)
    assert twice.faults == "x a & x a"
    mixed = Schedule((one, other), 0)
    assert list(by_other_faults([mixed], twice, 100 * ms, lambda schedule: len(schedule.acts) == 2)) == [mixed]
    hits = Found()
    for schedule in (twice, mixed):
        add(hits, Kind("wrong cache", "x"), hit_by(schedule))
    assert [list(each.by.values()) for each in hits.values()] == [[twice, mixed]]


def test_the_same_faults_with_one_too_many_are_no_other_faults() -> None:
    idle = Act("garp-lost gw-1 --virtual-router external", 0, 50 * ms)
    more, other = (each._replace(acts=(*each.acts, idle)) for each in (FROZEN, JUNE_13))

    def still(schedule: Schedule) -> bool:
        return any(set(each.words) <= set(schedule.words) for each in (FROZEN, JUNE_13))

    assert list(by_other_faults([other, more, JUNE_13], FROZEN, 100 * ms, still)) == [JUNE_13]


def test_a_failback_that_comes_later_is_no_remedy_against_announcements_that_are_lost() -> None:
    """With preempt_delay 5 the owner announces itself 5 s later, twice; what is lost for longer is lost again.

    With nopreempt it is the standby's announcements that may be lost.
    """
    told = found(Schedule((STOPPED, LOST), 50 * ms))
    assert names(told.ended_by) == {"garp_master_refresh", "use_vmac"}
    assert {"preempt_delay", "nopreempt"} <= names(told.at_other_times)


def test_other_faults_of_a_kind_are_kept_and_the_smallest_is_told() -> None:
    of, hits = Kind("wrong cache", "x"), Found()
    for schedule in (JUNE_13, FROZEN, JUNE_13._replace(phase=1)):
        add(hits, of, hit_by(schedule))
    assert hits == {of: Hits(3, FROZEN, {JUNE_13.words: JUNE_13, FROZEN.words: FROZEN})}


def test_what_one_shard_found_does_not_crowd_out_what_another_found() -> None:
    """Single faults come first in each shard: those of the second would come after all pairs of the first."""
    of = Kind("wrong cache", "x")
    full, other = Found(), Found()
    for number in range(MOST + 1):
        add(full, of, hit_by(Schedule((Act(f"x {number}", 0, s),), 0)))
    add(other, of, hit_by(FROZEN))
    assert len(full[of].by) == MOST
    assert merged([full, other])[of].by.keys() == {*full[of].by, FROZEN.words}


def test_a_fault_outlasts_every_timer() -> None:
    """As long as the pair needs to settle, the second announcement, and half a second: nothing is left to come."""
    pair = quick()
    assert pair.over_ns == pair.settle_ns + 5 * s + 500 * ms


def test_a_boundary_is_that_of_some_phase() -> None:
    """In one phase a cut of 0.3 s hurts and one of 0.35 s does not; in the next phase it is the longer one that hurts.

    Three adverts lost are enough; there is no upper end.
    """
    cut = Schedule((Act("blackhole trunk", 0, 300 * ms),), 81 * ms)
    (edge,) = found(cut).edges
    assert 200 * ms < edge.low < 280 * ms
    assert edge.high is None

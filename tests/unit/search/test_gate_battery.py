"""What the model foresees of a gate's battery: every phase and length, what it does not know, the worst for the lab."""

from functools import cache
from importlib import import_module
from itertools import pairwise

import pytest
from msgspec.structs import replace

from harness import faults
from harness.gate.battery import GateTest
from harness.gate.foreseen import Foretold
from harness.gate.prepare import Prepared, Wish, prepare
from harness.model.ops import ForgetKernel, Part
from harness.model.units import ms, s
from harness.search.customers import Customers, Phase, Span
from harness.search.gate_battery import _varied, foretell
from harness.search.gate_test import FoundWorst, GateTestOnModel, _spread
from harness.search.lengths import lasting, length, lengths, planned
from harness.search.missing import NEEDED, missing
from harness.search.subject import of_site
from tests.lint_pairs import SOUND, conf, two
from tests.recorded_sites import recorded

WIKI, VIP = "wiki-minimal", "192.0.2.10"
QUARTER = 250 * ms


@cache
def prepared(name: str = WIKI) -> Prepared:
    return prepare(recorded(name), Wish())


@cache
def customers(name: str = WIKI) -> Customers:
    return Customers(of_site(name, recorded(name)))


def gate_test_of(name: str, site: str = WIKI) -> GateTest:
    return next(test for test in prepared(site).tests if test.name == name)


@cache
def found(name: str, site: str = WIKI) -> FoundWorst:
    return GateTestOnModel(customers(site), gate_test_of(name, site), float("inf")).found()


# -- how long a fault lasts


def test_every_length_of_a_fault_keeps_the_rest_of_it() -> None:
    one_way = gate_test_of("one-way").fault
    assert one_way
    shorter = lasting(one_way, 2 * s)
    assert shorter
    assert [each.duration - 2 * s for each in shorter.members] == [0, 3 * s]  # type: ignore[attr-defined]
    assert length(shorter) == 2 * s
    assert lasting(faults.freeze("lb1"), 2 * s) == faults.freeze("lb1", 2 * s)
    assert lasting(faults.address_deleted("lb1", VIP), 2 * s) is None


def test_a_length_that_is_too_short_for_the_fault_is_left_out() -> None:
    topology = customers().pair.topology
    assert planned(faults.power_cut("lb1", 100 * ms), topology) == ()
    assert planned(faults.power_cut("lb1", 500 * ms), topology)


def test_lengths_are_finest_where_a_standby_takes_over() -> None:
    pair = customers().pair
    every = lengths(pair)
    around = [each for each in every if each <= pair.master_down_ns]
    assert max(b - a for a, b in pairwise(around)) <= QUARTER
    assert len(lengths(pair, fine=False)) < len(every)


def test_a_fault_that_another_test_ends_is_tried_with_every_length_there() -> None:
    tests = list(prepared().tests)[1:]
    assert {test.name for test in tests if not _varied(test, tests)} - {"vip-deleted", "overload"} == {
        "power-cut",
        "freeze",
    }


def test_phases_are_the_middles_of_equal_parts_and_each_half_is_spread_too() -> None:
    assert sorted(_spread(8)) == [(n + 0.5) / 8 for n in range(8)]
    assert sorted(int(each * 4) for each in _spread(8)[:4]) == [0, 1, 2, 3]


# -- one test


def test_a_frozen_owner_that_thaws_leaves_a_wrong_cache_in_every_phase() -> None:
    told = found("thaw").told
    assert told.failing == 1
    assert told.recovery_s == {VIP: (None, None)}
    assert told.worst.fails
    assert told.worst.for_good
    assert told.worst.story == "standby MASTER, standby announces, standby BACKUP"
    assert told.worst.from_s == pytest.approx(3.1, abs=0.6)
    assert told.worst.to_s is None


def test_a_blip_hurts_in_some_phases_and_only_if_it_ends_between_two_edges() -> None:
    worst = found("blip").told.worst
    assert 0 < found("blip").told.failing < 1
    assert worst.from_s
    assert worst.to_s
    assert worst.from_s < found("blip").test.ends_ns / s < worst.to_s


def test_the_lab_does_the_worst_in_the_same_phase_and_judges_it_from_its_end() -> None:
    test = found("blip").test
    assert test.fault
    plan = test.fault.plan(customers().pair.topology)
    assert plan.alignment
    assert 0 < plan.alignment.phase_ns < customers().pair.advert_int_ns
    assert plan.ends_ns == test.ends_ns
    assert (test.kind, test.decides, test.bound) == ("partition", False, gate_test_of("blip").bound)


def test_a_pair_survives_what_it_is_built_for_within_its_bound() -> None:
    for name in ("power-cut", "link-down", "keepalived-stopped", "return", "haproxy-stopped"):
        told = GateTestOnModel(customers(), gate_test_of(name), 0).found().told
        assert not told.worst.fails, told.worst.said
        assert told.recovery_s[VIP][1] < told.worst.bound_s  # type: ignore[operator]


def test_a_check_of_haproxy_is_tried_in_every_phase_of_its_own() -> None:
    """It runs every 2 s: its phase alone makes 2 s of difference."""
    least, most = found("haproxy-killed").told.recovery_s[VIP]
    assert least is not None
    assert most is not None
    assert most - least > 1.5


def test_where_nothing_checks_haproxy_its_end_decides_and_fails_as_the_battery_does_it() -> None:
    worst = found("haproxy-killed", "forum-no-check").told.worst
    assert (worst.fails, worst.decides, worst.share) == (True, True, 1)
    assert (worst.from_s, worst.to_s) == (None, None)


@pytest.mark.parametrize(
    "name, said", [("servers-down", "service down of servers"), ("overload", "flood of customer-1"), ("power-cut", "")]
)
def test_what_the_model_does_not_know_is_named(name: str, said: str) -> None:
    assert GateTestOnModel(customers(), gate_test_of(name), 0).unknown() == said


def test_without_time_the_batterys_own_fault_is_tried_in_every_phase_all_the_same() -> None:
    none = GateTestOnModel(customers(), gate_test_of("thaw"), 0).found()
    assert not none.whole
    assert none.told.failing == 1
    assert none.told.schedules == 16
    assert (none.told.worst.from_s, none.told.worst.to_s) == (None, None)


def test_a_test_goes_on_where_its_time_ended() -> None:
    model = GateTestOnModel(customers(), gate_test_of("thaw"), 0)
    model.explore(0)
    assert not model.whole
    assert len(model.tried) == 16
    model.explore(float("inf"))
    assert model.whole
    assert (
        len({(each.phase, each.variant.lasts) for each in model.tried})
        == len(model.tried)
        == found("thaw").told.schedules
    )


# -- customers


def test_a_node_without_power_has_no_address_when_it_is_back() -> None:
    """`forget kernel` takes even those that a keepalived without a word left."""
    one = customers()
    killed = faults.killed("lb1", "keepalived").plan(one.pair.topology).parts
    one.seen((*killed, Part(ForgetKernel("lb1"), 1 * s)), Phase(0.5, 0.5), Span(0, 4 * s))
    assert one.pair.world.owners(VIP) == ("lb2",)
    assert one.pair.world.unknown == []


def test_time_without_service_counts_from_the_begin_of_the_span() -> None:
    one, cut = customers(), faults.power_cut("lb1")
    parts = cut.plan(one.pair.topology).parts
    whole = one.seen(parts, Phase(0.5, 0.5), Span(0, 9 * s))[VIP]
    assert whole == pytest.approx(3.1 * s, abs=0.1 * s)
    assert one.seen(parts, Phase(0.5, 0.5), Span(2 * s, 9 * s))[VIP] == (whole or 0) - 2 * s
    assert one.seen(parts, Phase(0.5, 0.5), Span(2 * s, 3 * s))[VIP] is None


def test_of_a_return_the_longest_outage_counts_as_on_the_lab() -> None:
    one = customers()
    first = faults.freeze("lb1", 1 * s).plan(one.pair.topology).parts
    again = tuple(replace(each, begin_ns=each.begin_ns + 3 * s, end_ns=4 * s) for each in first)
    both = one.seen((*first, *again), Phase(0.5, 0.5), Span(0, 9 * s))[VIP]
    assert both == 2 * s
    assert one.seen((*first, *again), Phase(0.5, 0.5), Span(0, 9 * s, longest=True))[VIP] == 1 * s
    assert one.seen((*first, *again), Phase(0.5, 0.5), Span(int(3.5 * s), 9 * s, longest=True))[VIP] == s // 2
    spans = {test.name: GateTestOnModel(one, test, 0)._own().span for test in prepared().tests if test.fault}
    assert [name for name, span in spans.items() if span.longest] == ["return"]


# -- the whole battery


def test_the_battery_is_foreseen_within_its_time_and_names_what_it_leaves_out() -> None:
    told = foretell(WIKI, prepared(), Wish(), seconds=1)
    names = {each.name for each in told.told.tests}
    assert names == {test.name for test in prepared().tests} - {"at-rest", "servers-down", "overload"}
    assert told.told.not_foreseen == (
        "servers-down: the model does not know service down of servers",
        "overload: the model does not know flood of customer-1",
    )
    assert not told.told.whole
    assert told.told.schedules >= 16 * len(names)


def test_the_worst_is_what_the_battery_itself_may_miss() -> None:
    """`thaw` and `one-way` fail in every phase: the lab sees that without help. A blip fails in some."""
    found_ = foretell(WIKI, prepared(), Wish(), seconds=0)
    assert found_.told.worst in ("blip", "vrrp-lost")
    assert found_.test
    assert found_.told.of_worst
    assert found_.told.of_worst.fails
    quick = prepare(recorded(WIKI), Wish(quick=True))
    assert foretell(WIKI, quick, Wish(quick=True), seconds=0).told.worst in ("one-way", "thaw", "haproxy-hung")


def test_a_freeze_that_ends_is_not_foreseen_of_one_for_good() -> None:
    """The lab held it: "freeze fails" below SAFE was `thaw`, that was not asked for."""
    wish = Wish(only=("freeze",))
    told = foretell(WIKI, prepare(recorded(WIKI), wish), wish, seconds=9).told
    assert [each.worst.fails for each in told.tests] == [False]
    assert told.schedules == 16


def test_of_tests_that_are_asked_for_by_name_these_alone_are_foreseen() -> None:
    wish = Wish(only=("power-cut",))
    found_ = foretell(WIKI, prepare(recorded(WIKI), wish), wish, seconds=0)
    assert [each.name for each in found_.told.tests] == ["power-cut"]
    assert found_.told.worst == "power-cut"
    assert found_.told.of_worst
    assert not found_.told.of_worst.fails


def test_a_defect_of_the_model_is_told_and_nothing_is_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    def defect(*_: object) -> None:
        raise ZeroDivisionError("it divides")

    monkeypatch.setattr(import_module("harness.search.gate_battery"), "of_site", defect)
    found_ = foretell(WIKI, prepared(), Wish())
    assert found_.test is None
    assert found_.told.tests == ()
    assert "ZeroDivisionError: it divides" in found_.told.not_foreseen[0]


def test_a_program_that_starts_haproxy_at_a_takeover_leaves_nothing_to_foresee() -> None:
    notifies = 'notify_master "/usr/bin/killall haproxy"'
    found_ = of_two(notifies)
    assert found_.told.tests == ()
    assert all("which stops or starts HAProxy" in each for each in found_.told.not_foreseen)


def of_two(more: str) -> Foretold:
    pair = two(confs=(conf(101, more=more), conf(100, more=more)))
    return foretell("texts", prepare(pair, Wish()), Wish(), seconds=0)


@pytest.mark.parametrize(
    "line, lacking",
    [
        ("v: script c: it is taken as succeeding", {"haproxy-killed"}),
        ("v: BFD peers that it tracks: they are taken as up", {"haproxy-killed", "freeze", "return"}),
        ("lb1: delays of carriers: they are told at once", {"return"}),
        ("v: files that it tracks: they are taken as holding what they held", set()),
    ],
)
def test_what_the_files_ask_for_keeps_those_tests_from_being_foreseen_that_need_it(
    line: str, lacking: set[str]
) -> None:
    tests = ("haproxy-killed", "freeze", "return")
    assert {test for test in tests if missing(test, ["another line", line])} == lacking
    assert len(NEEDED) == 5


def test_servers_on_a_node_itself_and_lists_that_differ_are_not_in_the_model() -> None:
    own = two(SOUND.replace("192.0.2.22:8080", "192.0.2.1:8080"), confs=(conf(101), conf(100)))
    told = foretell("texts", prepare(own, Wish()), Wish(), seconds=0).told
    assert {each.name for each in told.tests} >= {"keepalived-killed", "keepalived-stopped", "vip-deleted", "vrrp-lost"}
    assert "power-cut: the model does not have the servers that are on lb1 itself" in told.not_foreseen
    other = two(confs=(conf(101, vips=(VIP, "192.0.2.11")), conf(100)))
    told = foretell("texts", prepare(other, Wish()), Wish(), seconds=0).told
    assert told.tests == ()
    assert "do not have the same addresses" in told.not_foreseen[0]

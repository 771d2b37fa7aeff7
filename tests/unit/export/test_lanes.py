"""Rows of a timeline: what each bar claims is so in the history."""

import pytest

from harness.export import Recorded
from harness.export._lane import Bar, Lane, clipped, runs
from harness.export._lanes import lanes
from harness.export._trial import trials
from harness.history.timeline import Interval
from harness.model.events import AddressChanged, AgentStarted, ServiceChanged, Unwired, VrrpState
from harness.model.ops import Drop
from harness.model.units import s
from tests.histories import LB1, LB2, OWN, HistoryBuilder, ns
from tests.unit.export.nasty import DATA

RECORDINGS = sorted(path.parent.name for path in DATA.glob("*/run.json"))


def rows(name: str) -> tuple[Recorded, list[Lane]]:
    run = Recorded(DATA / name)
    return run, list(lanes(run.history, run.trials[0]))


@pytest.mark.parametrize("name", RECORDINGS)
def test_bars_of_a_row_are_in_order_inside_the_window_and_do_not_overlap(name: str) -> None:
    run, found = rows(name)
    window = run.trials[0].window
    for lane in found:
        if lane.group != "faults and acts":
            assert all(before.end <= after.begin for before, after in zip(lane.bars, lane.bars[1:], strict=False)), lane
        assert all(window.begin <= bar.begin <= bar.end <= window.end for bar in lane.bars), lane


@pytest.mark.parametrize("name", RECORDINGS)
def test_what_a_cache_leads_to_is_what_the_tables_say(name: str) -> None:
    run, found = rows(name)
    tables = run.history.tables
    for lane in (each for each in found if "leads to, at" in each.group):
        cache = tables.caches[lane.label]
        for bar in lane.bars:
            middle = (bar.begin + bar.end) // 2
            node = tables.arp(cache, middle)
            owns = node in tables.owners_at(cache.vip, middle)
            assert bar.text.partition(",")[0] == (node or "no node")
            assert (bar.look == "bad") is (node is not None and not owns)


@pytest.mark.parametrize("name", RECORDINGS)
def test_two_owners_and_none_are_where_the_tables_say_so(name: str) -> None:
    run, found = rows(name)
    vips = {f"{vip.address} is on": vip for vip in run.history.topology.vips}
    for lane in (each for each in found if each.label == "two, or none"):
        for bar in lane.bars:
            owners = run.history.tables.owners_at(vips[lane.group], (bar.begin + bar.end) // 2)
            assert len(owners) == (0 if bar.text == "no owner" else 2)


def test_an_address_of_which_nothing_is_told_yet_or_again_is_not_known() -> None:
    story = HistoryBuilder().event(AgentStarted(ns(2.0), "eye", "boot", 0))
    for node in (LB1, LB2):
        story.event(AddressChanged(ns(2.5), node, OWN[node], "lan0", present=True))
    history = story.address(LB1, 2.5, present=True).caches(2.5, gw_1=LB1).build()
    (trial,) = trials(history, None)
    found = {(lane.group.partition(" ")[2], lane.label): lane.bars for lane in lanes(history, trial)}
    (unknown,) = found["is on", "two, or none"]
    assert unknown == Bar(ns(2.0), ns(2.5), "not known", "quiet")
    assert [bar.text for bar in found["leads to, at", "gw-1"]] == [LB1, "not known", LB1]
    assert [bar.text for bar in found["leads to, at", "gw-2"]] == [LB1, "not known"]


def test_an_entry_that_a_device_has_not_is_no_node() -> None:
    history = HistoryBuilder().caches(1.0, gw_1=None).build()
    (trial,) = trials(history, None)
    (bars,) = [lane.bars for lane in lanes(history, trial) if lane.label == "gw-1"]
    assert [bar.text for bar in bars] == [LB1, "no node"]


def test_the_state_of_a_process_that_ended_is_not_shown_any_more() -> None:
    story = HistoryBuilder()
    story.event(VrrpState(ns(-1.5), LB1, "external", "MASTER", 150))
    story.event(ServiceChanged(ns(1.0), LB1, "keepalived", "down"))
    story.event(VrrpState(ns(-1.5), LB2, "external", "BACKUP", 100))
    story.event(Unwired(ns(2.0), LB2))
    history = story.build()
    (trial,) = trials(history, None)
    bars = {lane.label: lane.bars for lane in lanes(history, trial) if lane.group == "keepalived says"}
    assert (bars[f"{LB1} external"][-1].text, bars[f"{LB1} external"][-1].begin) == ("not running", ns(1.0))
    assert (bars[f"{LB2} external"][-1].text, bars[f"{LB2} external"][-1].begin) == ("not known", ns(2.0))


def test_a_fault_that_is_never_released_is_held_to_the_end() -> None:
    story = HistoryBuilder()
    story.op(Drop("trunk.a", "ingress"), 0.0)
    history = story.build()
    (trial,) = trials(history, None)
    (fault,) = [bar for lane in lanes(history, trial) if lane.group == "faults and acts" for bar in lane.bars]
    assert (fault.text, fault.end) == ("held to the end", trial.window.end)


def test_equal_states_are_one_bar_and_what_was_before_the_window_is_cut() -> None:
    window = Interval(10 * s, 20 * s)
    found = list(runs([(0, "a", "one"), (12 * s, "a", "one"), (15 * s, "b", "two")], window))
    assert found == [Bar(10 * s, 15 * s, "a", "one"), Bar(15 * s, 20 * s, "b", "two")]
    assert list(clipped(Bar(0, 5 * s, "a", "one"), window)) == []

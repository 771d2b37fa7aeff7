"""A step is judged by what its keepalived processes said that they go by, not by what their files say."""

from harness.history import Step
from harness.model.events import ServiceChanged
from harness.model.limits import Limits, RouterLimits
from harness.model.units import ms, s
from harness.model.vrrp_instance import VrrpInstance
from tests.histories import LB1, LB2, HistoryBuilder, keepalived_conf, lab, ns, running_instance

PID = 100  # of every process of the builder


def bounds(story: HistoryBuilder) -> RouterLimits:
    _, step = story.judged()
    return pair_of(step)


def pair_of(step: Step) -> RouterLimits:
    return step.limits.routers["external"]


def told(*changes: tuple[str, float, int, VrrpInstance]) -> RouterLimits:
    story = HistoryBuilder()
    for node, t, pid, instance in changes:
        story.runs(node, t, pid, instance)
    return bounds(story)


SLOW = running_instance(advert_int_ns=1 * s)
LOW = running_instance(priority=90)


def test_without_a_word_the_files_count() -> None:
    story = HistoryBuilder()
    assert bounds(story) == story.limits.routers["external"]


def test_the_word_counts_where_the_file_says_something_else() -> None:
    """Both files say 100 ms, and 150 and 100."""
    assert told().no_owner.ns == 560_937_500
    both = told((LB1, -1.5, PID, SLOW), (LB2, -1.5, PID, running_instance(priority=100, advert_int_ns=1 * s)))
    assert both.no_owner.ns == 3_609_375_000 + 200 * ms
    assert both.advert_gap.ns == 2 * s
    assert told((LB1, -1.5, PID, LOW)).preferred == LB2


def test_one_node_alone_may_have_told() -> None:
    found = told((LB1, -1.5, PID, SLOW))
    assert (found.vrrp[LB1].advert_int_ns, found.vrrp[LB2].advert_int_ns) == (1 * s, 100 * ms)
    assert list(found.vrrp) == [LB1, LB2]


def test_the_newest_word_before_the_step_counts() -> None:
    assert told((LB1, -1.8, PID, SLOW), (LB1, -1.5, PID, LOW)).advert_gap.ns == 200 * ms
    during = told((LB1, -1.5, PID, SLOW), (LB1, 2.0, PID, LOW))
    assert (during.advert_gap.ns, during.preferred) == (2 * s, LB1)


def test_what_is_told_as_the_step_begins_counts() -> None:
    assert told((LB1, -1.0, PID, SLOW)).advert_gap.ns == 2 * s
    story = HistoryBuilder().runs(LB1, -1.5, PID, SLOW)
    assert bounds(story.event(ServiceChanged(ns(-1.0), LB1, "keepalived", "up", 7))).advert_gap.ns == 200 * ms


def test_another_service_or_a_later_process_takes_no_word_away() -> None:
    story = HistoryBuilder().runs(LB1, -1.5, PID, SLOW)
    story.event(ServiceChanged(ns(-1.2), LB1, "haproxy", "up", 7))
    story.event(ServiceChanged(ns(0.5), LB1, "keepalived", "up", 8))
    assert bounds(story).advert_gap.ns == 2 * s


def test_what_another_process_said_does_not_count() -> None:
    """Its files may have changed since."""
    story = HistoryBuilder().runs(LB1, -1.9, PID, SLOW)
    story.event(ServiceChanged(ns(-1.8), LB1, "keepalived", "down"))
    assert bounds(story).advert_gap.ns == 2 * s  # of the one that ended: nothing else has run since
    story.event(ServiceChanged(ns(-1.7), LB1, "keepalived", "up", 7))
    assert bounds(story).advert_gap.ns == 200 * ms
    assert bounds(story.runs(LB1, -1.6, 7, LOW)).preferred == LB2


def test_what_was_set_by_hand_stays() -> None:
    story = HistoryBuilder().runs(LB1, -1.5, PID, SLOW)
    files = {LB1: keepalived_conf(150, 0.1), LB2: keepalived_conf(100, 0.1)}
    story.limits = Limits.derive(lab(), files, {"no_owner": 7 * s})
    assert (bounds(story).no_owner.ns, bounds(story).advert_gap.ns) == (7 * s, 2 * s)


def test_an_instance_is_found_by_its_vrid() -> None:
    other = running_instance(name="other", vrid=52, advert_int_ns=9 * s)
    assert bounds(HistoryBuilder().runs(LB1, -1.5, PID, other, SLOW)).vrrp[LB1].advert_int_ns == 1 * s
    assert bounds(HistoryBuilder().runs(LB1, -1.5, PID, other)).vrrp[LB1].advert_int_ns == 100 * ms

"""Which check can move the VIP: priorities of all nodes, with every set of failed checks."""

from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.lint import Pair
from harness.lint._election import Situation, contenders, situations
from harness.lint._trackers import Tracker
from tests.unit.lint.krules import CHECK, TRACK, both, findings, instance, line_of, node, pair_of, places

RULE = "check-cannot-move-vip"
NOPREEMPT = "  nopreempt"


def weighted(weight: int, name: str = "chk") -> str:
    return f'vrrp_script {name} {{\n  script "/usr/bin/pgrep -x haproxy"\n  weight {weight}\n}}\n'


def nodes_with(weight: int, high: int = 150, low: int = 100, *lines: str) -> Pair:
    return both(*(weighted(weight) + instance(TRACK, *lines, priority=priority) for priority in (high, low)))


@pytest.mark.parametrize("weight", [-10, -50, 10, 50])
def test_a_weight_that_leaves_the_priority_above_the_peers_is_told_at_its_line(weight: int) -> None:
    (found,) = findings(RULE, nodes_with(weight))
    assert (found.file, found.line) == ("a/keepalived.conf", line_of(weighted(weight), "weight"))
    assert found.severity == "error"
    rest, peer = (150, 100) if weight < 0 else (150 + weight, 100 + weight)
    assert f"still {rest - abs(weight)}, and b has {peer}" in found.sentence


@pytest.mark.parametrize("weight", [-51, 51, -200])
def test_one_more_than_the_distance_is_enough(weight: int) -> None:
    assert findings(RULE, nodes_with(weight)) == []


def test_what_is_proposed_is_enough() -> None:
    (found,) = findings(RULE, nodes_with(-10))
    assert "a weight of -51 and more" in found.instead


def test_without_a_weight_the_failure_means_fault() -> None:
    assert findings(RULE, nodes_with(0)) == []


def test_a_peer_with_nopreempt_takes_nothing_from_a_living_master() -> None:
    pair = nodes_with(-60, 150, 100, NOPREEMPT)
    text = weighted(-60) + instance(TRACK, NOPREEMPT)
    assert set(places(RULE, pair)) == {f"{name}/keepalived.conf:{line_of(text, 'nopreempt')}" for name in "ab"}
    assert findings(RULE, nodes_with(0, 150, 100, NOPREEMPT)) == []


def test_nopreempt_of_the_first_node_keeps_the_vip_on_the_second_once_it_is_there() -> None:
    first = weighted(-60) + instance(TRACK, NOPREEMPT, priority=150)
    (found,) = findings(RULE, both(first, weighted(-60) + instance(TRACK, priority=100)))
    assert (found.file, found.line) == ("a/keepalived.conf", line_of(first, "nopreempt"))
    assert "While chk fails on b, its priority falls to 40, below the 150 of a" in found.sentence


def test_checks_that_only_move_the_vip_together_are_warnings() -> None:
    text = weighted(-30) + weighted(-30, "other")
    tracking = "  track_script {\n    chk\n    other\n  }\n"
    found = findings(RULE, both(text + instance(tracking, priority=150), text + instance(tracking, priority=100)))
    assert [each.severity for each in found] == ["warning", "warning"]
    assert "alone" in found[0].sentence


PING = 'vrrp_script other {\n  script "/usr/bin/ping -c 1 192.0.2.254"\n  interval 2\n}\n'


@pytest.mark.parametrize("other, severity", [(weighted(0, "other"), "warning"), (PING, "error")])
def test_a_check_beside_one_without_weight_is_an_error_unless_both_ask_for_haproxy(other: str, severity: str) -> None:
    text = weighted(-10) + other
    tracking = "  track_script {\n    chk\n    other\n  }\n"
    found = findings(RULE, both(text + instance(tracking, priority=150), text + instance(tracking, priority=100)))
    assert [each.severity for each in found] == [severity]


def test_a_second_check_that_adds_on_one_node_alone_masks_the_first() -> None:
    text = weighted(-20) + PING
    first = text + instance("  track_script {\n    chk\n    other weight 15\n  }\n", priority=110)
    found = findings(RULE, both(first, text + instance(TRACK, priority=100)))
    masked = [each for each in found if "While chk" in each.sentence]
    assert [(each.severity, each.line) for each in masked] == [("error", line_of(text, "weight"))]


def test_a_test_for_a_file_with_reverse_is_no_check_that_fails() -> None:
    text = weighted(-60) + 'vrrp_script maint {\n  script "/usr/bin/test -e /etc/maint"\n  weight -5 reverse\n}\n'
    tracking = "  track_script {\n    chk\n    maint\n  }\n"
    pair = both(text + instance(tracking, priority=150), text + instance(tracking, priority=100))
    assert findings(RULE, pair) == []


def test_the_weight_of_the_tracking_line_counts_and_is_pointed_at() -> None:
    text = CHECK + instance("  track_script {\n    chk weight -5\n  }\n", priority=150)
    pair = both(text, CHECK + instance(TRACK, priority=100))
    assert places(RULE, pair) == [f"a/keepalived.conf:{line_of(text, 'chk weight')}"]


def test_of_three_nodes_the_second_is_judged_against_the_third() -> None:
    """The first is gone then: a second failure, which is a warning."""
    texts = [weighted(-25) + instance(TRACK, priority=priority) for priority in (120, 100, 50)]
    found = findings(RULE, pair_of(*(node(name, text) for name, text in zip("abc", texts, strict=True))))
    assert [(each.file, each.severity) for each in found] == [("b/keepalived.conf", "warning")]
    assert "(After a failed.)" in found[0].sentence


def test_a_card_with_a_small_weight_is_told_as_well() -> None:
    text = CHECK + instance(TRACK, "  track_interface {\n    eth1 weight -10\n  }", priority=150)
    pair = both(text, CHECK + instance(TRACK, priority=100))
    assert [(each.severity, each.line) for each in findings(RULE, pair)] == [("error", line_of(text, "eth1"))]


def test_a_file_counts_as_often_as_the_number_in_it_says_so_it_is_a_warning() -> None:
    defined = "track_file maintenance {\n  file /run/maintenance\n  weight -10\n}\n"
    text = defined + CHECK + instance(TRACK, "  track_file {\n    maintenance\n  }", priority=150)
    found = findings(RULE, both(text, CHECK + instance(TRACK, priority=100)))
    assert [(each.severity, each.line) for each in found] == [("warning", 3)]


@pytest.mark.parametrize("command", ["ping -c 1 192.0.2.254", "pgrep -x nginx", "test ! -e /maintenance"])
def test_what_is_not_haproxy_and_cannot_move_the_vip_is_a_warning(command: str) -> None:
    ping = f'vrrp_script gateway {{\n  script "/usr/bin/{command}"\n  weight -10\n}}\n'
    tracking = "  track_script {\n    chk\n    gateway\n  }\n"
    pair = both(CHECK + ping + instance(tracking, priority=150), CHECK + ping + instance(tracking, priority=100))
    assert [each.severity for each in findings(RULE, pair)] == ["warning"]


def test_a_process_that_the_instance_tracks_is_judged() -> None:
    process = "vrrp_track_process haproxy {\n  process haproxy\n  weight -10\n}\n"
    track = "  track_process {\n    haproxy\n  }\n"
    pair = both(process + instance(track, priority=150), process + instance(track, priority=100))
    assert places(RULE, pair) == ["a/keepalived.conf:3"]


WEIGHTS = st.integers(-60, 60)
NODES = st.lists(
    st.tuples(st.integers(1, 254), st.lists(st.tuples(WEIGHTS, st.booleans()), max_size=4), st.booleans()),
    min_size=2,
    max_size=3,
)


def text_of(priority: int, weights: list[tuple[int, bool]], *, preempt: bool) -> str:
    names = [f"check{number}" for number in range(len(weights))]
    tracked = "\n".join(
        f"    {name} weight {weight}{' reverse' if reverse else ''}"
        for name, (weight, reverse) in zip(names, weights, strict=True)
    )
    scripts = "".join(f'vrrp_script {name} {{\n  script "/usr/bin/pgrep -x haproxy"\n}}\n' for name in names)
    track = f"  track_script {{\n{tracked}\n  }}\n" if names else ""
    return scripts + instance(track, "" if preempt else NOPREEMPT, priority=priority)


def subsets(trackers: tuple[Tracker, ...]) -> list[tuple[Tracker, ...]]:
    return list(chain.from_iterable(combinations(trackers, size) for size in range(len(trackers) + 1)))


def elected(situation: Situation, failed: tuple[Tracker, ...]) -> str:
    """By the standard: who preempts wins against a lower advert; a node in FAULT sends priority 0."""
    holder = situation.holder
    total = holder.member.instance.priority + sum(
        (min(0, each.weight) if each in failed else max(0, each.weight)) * (-1 if each.reverse else 1)
        for each in holder.trackers
    )
    fault = any(each.weight == 0 for each in failed)
    sent = 0 if fault else max(1, min(254, total))
    rivals = sorted(situation.rivals, key=lambda each: -each.rest)
    takes = next((each for each in rivals if (each.preempts or fault) and each.rest > sent), None)
    return takes.node if takes else holder.node


@given(NODES)
@settings(max_examples=300, deadline=None)
def test_each_check_decides_as_an_election_over_every_set_of_failed_checks(
    nodes: list[tuple[int, list[tuple[int, bool]], bool]],
) -> None:
    texts = [text_of(priority, weights, preempt=preempt) for priority, weights, preempt in nodes]
    pair = pair_of(*(node(f"n{number}", text) for number, text in enumerate(texts)))
    for situation in (each for router in pair.routers for each in situations(router)):
        for tracker in situation.holder.trackers:
            others = [each for each in subsets(situation.holder.trackers) if tracker not in each]
            moved = [elected(situation, (*each, tracker)) != situation.holder.node for each in others]
            stayed = [elected(situation, each) == situation.holder.node for each in others]
            decides = any(stays and moves for stays, moves in zip(stayed, moved, strict=True))
            assert situation.decides(tracker) == (decides or tracker.weight == 0)
            assert situation.moves([tracker]) == (elected(situation, (tracker,)) != situation.holder.node)


@pytest.mark.parametrize("value, rest", [(0, 150), (3, 120), (10**12, 1)])
def test_what_a_file_holds_counts_within_the_limits_of_a_weight(value: int, rest: int) -> None:
    text = "track_file f {\n  file /run/f\n  weight -10\n}\n" + instance("  track_file {\n    f\n  }", priority=150)
    one = node("a", text)
    files = tuple(replace(each, value=value) for each in one.running.files)
    pair = pair_of(one._replace(running=replace(one.running, files=files)), node("b", instance(priority=1)))
    (router,) = pair.routers
    assert {each.node: each.rest for each in contenders(router)} == {"a": rest, "b": 1}


def test_many_weighted_checks_take_no_time() -> None:
    """The sets of 60 checks are more than any computer counts; their sums are few."""
    text = text_of(150, [(-1, False)] * 60, preempt=True)
    found = findings(RULE, both(text, text_of(100, [], preempt=True)))
    assert [each.severity for each in found] == ["warning"] * 60


def test_equal_priorities_are_told_at_the_second_node() -> None:
    pair = both(*[CHECK + instance(TRACK)] * 2)
    (found,) = findings("equal-priorities", pair)
    assert (found.severity, found.file, found.line) == (
        "warning",
        "b/keepalived.conf",
        line_of(CHECK + instance(), "priority"),
    )
    assert "priority 90 on b" in found.instead


def test_weights_of_what_succeeds_make_priorities_equal() -> None:
    pair = both(weighted(10) + instance(TRACK, priority=100), instance(priority=110))
    (found,) = findings("equal-priorities", pair)
    assert "with the weights of what succeeds" in found.sentence
    assert findings("equal-priorities", both(instance(priority=100), instance(priority=101))) == []


def test_two_owners_of_an_address_are_an_error() -> None:
    (found,) = findings("equal-priorities", both(*[instance(priority=255)] * 2))
    assert found.severity == "error"


def test_the_highest_priority_at_rest_comes_first() -> None:
    pair = both(instance(priority=120), weighted(30) + instance(TRACK, priority=100))
    (router,) = pair.routers
    assert [(each.node, each.rest) for each in contenders(router)] == [("b", 130), ("a", 120)]

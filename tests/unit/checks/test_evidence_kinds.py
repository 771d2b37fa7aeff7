"""What of each kind of evidence is enough, and how what lacks is told. To the nanosecond."""

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest

from harness import checks
from harness.checks import _evidence
from harness.checks._evidence import Evidence
from harness.model.events import (
    AddressChanged,
    AdvertSeen,
    AgentStarted,
    AnyEvent,
    ArpSeen,
    FdbChanged,
    HaproxySample,
    InterfaceCounted,
    Marked,
    NeighbourChanged,
    PlanDone,
    ServiceChanged,
    VrrpState,
)
from harness.model.ops import LinkDown
from harness.model.units import ms
from tests.histories import LB1, LB2, OWN, VIP, HistoryBuilder, ns, numbered
from tests.shapes import several_vips

NS = 1e-9
BEGAN, ENDS = -1.0, 10.0
ANEW = "addresses, which the observer read anew, from +0.000 s to +0.000 s."


def lacks(story: HistoryBuilder, kind: Evidence) -> str:
    """What the first VIP lacks."""
    history, step = story.judged()
    return _evidence.missing(history, step, history.topology.vips[:1], [kind])


def without(kind: type[AnyEvent], *instead: AnyEvent) -> HistoryBuilder:
    """The usual story, but of this kind these events alone."""
    story = HistoryBuilder()
    story.events = [event for event in story.events if not isinstance(event, kind)]
    for event in instead:
        story.event(event)
    return story


def address(node: str, t: float, ip: str) -> AddressChanged:
    return AddressChanged(ns(t), node, ip, "lan0", present=True)


@pytest.mark.parametrize("t, said", [(BEGAN, ""), (BEGAN + NS, f"Missing: addresses of lb-ext-2; {ANEW}")])
def test_addresses_are_told_until_the_step_begins(t: float, said: str) -> None:
    story = without(AddressChanged, address(LB1, -2.0, OWN[LB1]), address(LB1, -2.0, VIP), address(LB2, t, OWN[LB2]))
    assert lacks(story, _evidence.ADDRESSES) == said


@pytest.mark.parametrize("t, held", [(ENDS - NS, True), (ENDS, False)])
def test_a_node_that_held_the_vip_before_the_step_ended(t: float, *, held: bool) -> None:
    own = [address(node, -2.0, ip) for node, ip in OWN.items()]
    story = without(AddressChanged, *own, address(LB2, t, VIP))
    assert lacks(story, _evidence.ADDRESSES) == ("" if held else f"Missing: a node that held {VIP}.")


def test_a_takeover_after_the_step_changes_nothing() -> None:
    assert lacks(HistoryBuilder().takes(LB2, 10.2), _evidence.ADDRESSES) == ""


def arp(t: float, segment: str) -> ArpSeen:
    return ArpSeen(ns(t), f"gw-1.{segment}", True, "02:0a", "ff:ff:ff:ff:ff:ff", 1, "02:0a", "10.0.0.1", "10.0.0.2")


@pytest.mark.parametrize(
    "frames, said",
    [
        ((arp(1.0, "customers-1"), arp(2.0, "external"), arp(3.0, "customers-1")), False),
        ((arp(1.0, "customers-1"),), True),
        ((arp(ENDS, "external"),), False),
        ((arp(ENDS + NS, "external"),), True),
    ],
)
def test_arp_frames_of_the_segment(frames: tuple[ArpSeen, ...], *, said: bool) -> None:
    story = without(ArpSeen, *frames)
    assert lacks(story, _evidence.ARP) == ("Missing: ARP frames of segment external." if said else "")


@pytest.mark.parametrize(
    "senders, said", [(("gw-1.external", f"{LB2}.external"), False), (("gw-1.external",), True), ((), True)]
)
def test_adverts_of_a_node_of_the_router(senders: Iterable[str], *, said: bool) -> None:
    """Adverts of another node do not count."""
    story = HistoryBuilder().mute(LB1, -2.0, 20.0)
    for n, port in enumerate(senders):
        story.event(msgspec.structs.replace(story.advert(LB1, n), port=port))
    assert len(story.build().of(AdvertSeen)) == len(tuple(senders))
    assert lacks(story, _evidence.ADVERTS) == ("Missing: adverts of VRID 51." if said else "")


def test_an_arp_entry_of_a_vantage_point_that_asks() -> None:
    """Vantage points that do not ask for this VIP need none, and theirs replaces no other."""
    story = HistoryBuilder(shape=several_vips())
    assert lacks(story, _evidence.NEIGHBOURS) == ""
    mine = [e for e in story.events if isinstance(e, NeighbourChanged) and e.node == "gw-1"]
    story.events = [event for event in story.events if event not in mine]
    assert lacks(story, _evidence.NEIGHBOURS) == "Missing: the ARP entry of gw-1."
    late = msgspec.structs.replace(mine[0], t=ns(BEGAN) + 1)
    assert lacks(story.event(late), _evidence.NEIGHBOURS) == "Missing: the ARP entry of gw-1."
    assert lacks(story.event(msgspec.structs.replace(mine[0], t=ns(BEGAN))), _evidence.NEIGHBOURS) == ""


def test_forwarding_tables_of_the_segments_switches() -> None:
    """Those of the customers' own segments are not asked for."""
    story = HistoryBuilder()
    story.events = [e for e in story.events if not (isinstance(e, FdbChanged) and e.switch == "sw-b")]
    assert lacks(story, _evidence.FORWARDING) == "Missing: the forwarding table of sw-b."


@pytest.mark.parametrize("t, said", [(BEGAN, False), (BEGAN + NS, True)])
def test_a_state_is_known_as_the_step_begins(t: float, *, said: bool) -> None:
    """A later state does not replace it."""
    story = without(VrrpState)
    story.says(LB1, -2.0, "MASTER").says(LB2, t, "BACKUP").says(LB2, 3.0, "MASTER").says(LB1, 3.0, "BACKUP")
    found = lacks(story, _evidence.STATES)
    assert found == ("Missing: keepalived's state of lb-ext-2, instance external." if said else "")


def test_a_service_without_an_event() -> None:
    """That of another service says nothing of it."""
    told = [
        ServiceChanged(ns(t), node, service, "up", 100)
        for t, node, service in ((-2.0, LB1, "haproxy"), (BEGAN, LB2, "haproxy"), (-2.0, LB1, "keepalived"))
    ]
    assert lacks(without(ServiceChanged, *told), _evidence.HAPROXY) == ""
    assert lacks(without(ServiceChanged, *told), _evidence.STATES) == "Missing: the service keepalived of lb-ext-2."
    late = msgspec.structs.replace(told[1], t=ns(BEGAN) + 1)
    found = lacks(without(ServiceChanged, told[0], late), _evidence.HAPROXY)
    assert found == "Missing: the service haproxy of lb-ext-2."


def sampled(*times: float, node: str = LB2, status: str = "OPEN") -> HistoryBuilder:
    """HAProxy of lb-ext-1 as usual, that of lb-ext-2 at these times; the watch begins with the step."""
    story = HistoryBuilder()
    for t in times:
        story.event(HaproxySample(ns(t), node, "" if status == "silent" else "api/FRONTEND", status, 5, 9, 0, 0, 2, 0))
    return story


def every(begin: float, end: float) -> list[float]:
    """Twice a second."""
    return [begin + n / 2 for n in range(round((end - begin) * 2) + 1)]


@pytest.mark.parametrize(
    "times, said",
    [
        ((*every(-2.0, 3.0), *every(4.0, 10.0)), ""),  # 1 s without one is allowed
        ((*every(-2.0, 3.0), *every(4.1, 10.1)), "from +4.000 s to +5.100 s"),  # since the step began
        ((*every(-2.0, 3.0), *every(4.1, 6.1), *every(8.0, 10.0)), "from +4.000 s to +5.100 s"),  # the first hole
        (every(-0.5, 10.0), "from +0.000 s to +0.500 s"),
        ((*every(-1.9, 8.6),), "from +9.600 s to +11.000 s"),
        ((-1.9, *every(-0.8, 10.0)), "from -0.900 s to +0.200 s"),  # the last sample before the watch
        ((), "from +0.000 s to +11.000 s"),
    ],
)
def test_the_first_time_without_a_recent_sample_is_told(times: tuple[float, ...], said: str) -> None:
    found = lacks(sampled(*times) if times else HistoryBuilder().unseen(HaproxySample), _evidence.HAPROXY)
    if times:
        assert found == (f"Missing: HAProxy samples of lb-ext-2, {said}." if said else "")
    else:
        assert found == f"Missing: HAProxy samples of {LB1}, {said}; HAProxy samples of {LB2}, {said}."


def test_a_sample_to_which_haproxy_did_not_answer_while_the_agent_was_late_is_none() -> None:
    story = sampled(*every(-2.0, 10.0), status="silent")
    assert lacks(story, _evidence.HAPROXY) == ""
    story.service_lag_ns = 300 * ms
    assert lacks(story, _evidence.HAPROXY).startswith("Missing: HAProxy samples of lb-ext-2, which could not be asked")


def test_counters_of_a_node_that_may_forward_are_not_asked_for() -> None:
    story = HistoryBuilder().unseen(InterfaceCounted)
    both = "IP counters of lb-ext-1, from +0.000 s to +11.000 s; IP counters of lb-ext-2, from +0.000 s to +11.000 s"
    assert lacks(story, _evidence.COUNTERS) == f"Missing: {both}."
    nodes = story.topology.nodes
    forwards = nodes | {LB1: msgspec.structs.replace(nodes[LB1], forwards=True)}
    story.topology = msgspec.structs.replace(story.topology, nodes=forwards)
    assert lacks(story, _evidence.COUNTERS) == f"Missing: {both.partition('; ')[2]}."


def test_a_plan_whose_ops_were_not_told() -> None:
    assert lacks(HistoryBuilder().event(PlanDone(ns(3.0), 7)), _evidence.ARP) == "Missing: the ops of plan 7."
    assert lacks(HistoryBuilder().drop("trunk.a", 0.0, 1.0).event(PlanDone(ns(3.0), 1)), _evidence.ARP) == ""
    assert lacks(HistoryBuilder().event(PlanDone(ns(10.1), 7)), _evidence.ARP) == ""  # after the step


def test_the_marks_of_the_step() -> None:
    """Of its begin: that of the end alone, or of another step, is none."""
    history, step = HistoryBuilder().judged()
    events = tuple(event for event in history.events if not (isinstance(event, Marked) and event.name == "step_begin"))
    other = replace(history, events=events)
    found = _evidence.missing(other, step, other.topology.vips, [_evidence.ARP])
    assert found == "Missing: the marks of step blip."


@pytest.mark.parametrize("before_ns, said", [(1, False), (0, False), (-1, True)])
def test_a_record_that_begins_with_the_step_is_whole(before_ns: int, *, said: bool) -> None:
    """One that begins within it is not: the eye's first numbered event is of then."""
    history = numbered(HistoryBuilder().build())
    step = history.step(*history.steps[0])
    since = step.began_ns - before_ns
    kept = [msgspec.structs.replace(e, serial=0) if e.told_by == "eye" and e.t < since else e for e in history.events]
    first = AdvertSeen(since, "trunk.a", True, "02:0a", "10.0.0.1", 99, 1, told_by="eye", serial=1)
    numbers = [e.serial for e in kept if e.told_by == "eye" and e.serial]
    first = msgspec.structs.replace(first, serial=min(numbers) - 1)
    told = replace(history, events=tuple(sorted([*kept, first], key=lambda event: event.t)))
    found = _evidence.missing(told, step, told.topology.vips, [_evidence.ADDRESSES])
    assert ("events of the agent eye before" in found) is said


def test_what_is_missing_is_looked_for_once_and_not_mixed_up() -> None:
    """The same kind, of another step or VIP."""
    history, step = HistoryBuilder().unseen(HaproxySample, begin=5.0).judged()
    for _ in range(2):
        assert "to +11.000 s" in _evidence.missing(history, step, history.topology.vips, [_evidence.HAPROXY])
    early = replace(step, ends_ns=ns(4.0))
    assert _evidence.missing(history, early, history.topology.vips, [_evidence.HAPROXY]) == ""


def test_an_eye_that_starts_anew_is_no_failover() -> None:
    """Until it has read all addresses anew, no node seems to have one. The pair did nothing."""
    story = HistoryBuilder().op(LinkDown("gw-1.external"), 0.0, 0.8).event(AgentStarted(ns(2.0), "eye", "boot", 0))
    seen = [event for event in story.events if isinstance(event, AddressChanged | NeighbourChanged | FdbChanged)]
    for event in seen:
        story.event(msgspec.structs.replace(event, t=ns(2.2)))
    history, step = story.judged()
    assert not [name for name, check in checks.ALL.items() if check(history, step).violated]
    finding = checks.transitions(history, step)
    assert finding.sentence == "Missing: addresses, which the observer read anew, from +2.000 s to +2.200 s."

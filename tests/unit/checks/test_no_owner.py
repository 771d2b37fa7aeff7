"""The gap that a takeover leaves."""

import dataclasses

import msgspec
import pytest
from msgspec.structs import replace

from harness import checks
from harness.checks._bounds import synced_with
from harness.model.ops import AnyOp, Drop, DropTcp, DropVrrp, LinkDown, ServiceDown
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss
from tests.shapes import Shape, crossed, synced


def lost(taken_at: float) -> HistoryBuilder:
    return HistoryBuilder().op(ServiceDown(LB1, "keepalived"), 0.0, 5.0).gives_up(LB1, 0.0).takes(LB2, taken_at)


def test_takeover_in_time() -> None:
    finding = checks.no_owner(*carrier_loss().judged())
    assert finding.holds
    assert "0.354 s" in finding.sentence


def test_bound_is_master_down_and_a_margin() -> None:
    """3 × 0.1 s + 0.0609 s + 0.2 s at priority 100."""
    assert checks.no_owner(*lost(0.560).judged()).holds
    assert checks.no_owner(*lost(0.562).judged()).violated


def test_lag_of_the_observer_is_allowed_and_told() -> None:
    """Either end of the gap was read up to 20 ms late."""
    for taken_at, holds in ((0.575, True), (0.585, False)):
        story = lost(taken_at)
        story.lag_ns = 20 * ms
        finding = checks.no_owner(*story.judged())
        assert finding.holds is holds
        assert (
            finding.bound
            == "0.581 s = 3 × advert_int + skew + 0.2 s at priority 100, plus 0.020 s by which the observer read late"
        )


def test_recording_without_lag_is_assumed_50_ms_late() -> None:
    for taken_at, holds in ((0.605, True), (0.615, False)):
        story = lost(taken_at)
        story.lag_ns = None
        assert checks.no_owner(*story.judged()).holds is holds


def test_farewell_on_another_segment_is_another_pairs() -> None:
    story = lost(0.4)
    farewell = msgspec.structs.replace(story.advert(LB1, -0.001, priority=0), port="gw-1.internal")
    history, step = story.judged()
    ports = history.topology.nodes["gw-1"].ports
    gateway = msgspec.structs.replace(
        history.topology.nodes["gw-1"], ports=(*ports, msgspec.structs.replace(ports[0], segment="internal"))
    )
    topology = msgspec.structs.replace(history.topology, nodes=history.topology.nodes | {"gw-1": gateway})
    events = tuple(sorted([*history.events, farewell], key=lambda event: event.t))
    assert checks.no_owner(dataclasses.replace(history, topology=topology, events=events), step).holds


def test_planned_stop_costs_the_skew_only() -> None:
    """Priority 0 says that the master leaves on purpose: 0.0609 s + 0.2 s."""
    for taken_at, holds in ((0.25, True), (0.27, False)):
        story = lost(taken_at)
        story.event(story.advert(LB1, -0.001, priority=0))
        assert checks.no_owner(*story.judged()).holds is holds


@pytest.mark.parametrize(
    "op, holds",
    [
        (Drop("trunk.a", "ingress"), True),
        (DropVrrp(f"{LB1}.external", "ingress", multicast=False), True),
        (LinkDown("trunk.b"), True),
        (LinkDown(f"{LB1}.external"), True),
        (LinkDown(f"{LB1}.internal"), False),
        (Drop("gw-1.external", "ingress"), False),
        (DropTcp("trunk.a", "ingress", opening=False), False),
    ],
    ids=str,
)
def test_a_farewell_that_a_fault_of_ours_kept_away_costs_a_whole_takeover(op: AnyOp, *, holds: bool) -> None:
    """The standby did not hear it, so it waits for master-down: 0.361 s."""
    story = lost(0.4).op(op, -0.05, 5.0)
    story.event(story.advert(LB1, -0.001, priority=0))
    assert checks.no_owner(*story.judged()).holds is holds


def test_worst_gap_is_named() -> None:
    story = lost(0.5).gives_up(LB2, 3.0).takes(LB2, 4.0)
    finding = checks.no_owner(*story.judged())
    assert finding.violated
    assert "From +3.000 s no node held 10.77.0.100 for 1.000 s" in finding.sentence


def test_gap_at_the_end() -> None:
    story = HistoryBuilder(watch_s=5.0).gives_up(LB1, 4.8)
    assert checks.no_owner(*story.judged()).inconclusive
    assert checks.no_owner(*HistoryBuilder(watch_s=5.0).gives_up(LB1, 4.2).judged()).violated


def test_no_gap() -> None:
    assert checks.no_owner(*HistoryBuilder().judged()).holds


@pytest.mark.parametrize("later_ns, verdict", [(0, "holds"), (1, "violated")])
def test_the_bound_itself_is_allowed(later_ns: int, verdict: str) -> None:
    """3 × 0.1 s + 0.0609375 s + 0.2 s."""
    story = lost(0.5609375 + later_ns * 1e-9)
    story.lag_ns = 0
    assert checks.no_owner(*story.judged()).verdict == verdict


@pytest.mark.parametrize(
    "farewell, lag_ms, planned",
    [
        (-0.1, 0, True),
        (-0.1 - 1e-9, 0, False),
        (-0.12, 20, True),  # the address may have been read 20 ms after it went
        (-0.12 - 1e-9, 20, False),
        (0.1 - 1e-9, 0, True),
        (0.1, 0, False),
    ],
)
def test_a_farewell_is_heard_within_a_tenth_of_a_second(farewell: float, lag_ms: int, *, planned: bool) -> None:
    """0.261 s after a farewell, 0.561 s without one."""
    story = lost(0.4)
    story.lag_ns = lag_ms * ms
    finding = checks.no_owner(*story.event(story.advert(LB1, farewell, priority=0)).judged())
    assert finding.violated is planned
    assert ("= skew + 0.2 s at priority 100" in finding.bound) is planned


def test_the_worst_is_what_exceeds_its_own_bound_most() -> None:
    """0.3 s after a farewell are too long, 0.5 s without one are not."""
    story = lost(0.3).gives_up(LB2, 3.0).takes(LB2, 3.5)
    finding = checks.no_owner(*story.event(story.advert(LB1, -0.001, priority=0)).judged())
    assert finding.violated
    assert finding.sentence.startswith("From +0.000 s no node held 10.77.0.100 for 0.300 s")


@pytest.mark.parametrize(
    "resigned, gap_s, verdict",
    [
        (("inside",), 0.5, "holds"),  # outside fell silent: inside waits for it, 3 adverts and the skew
        (("inside",), 0.6, "violated"),
        (("inside", "external"), 0.25, "holds"),  # both resigned: the skew alone
        (("inside", "external"), 0.5, "violated"),
    ],
)
def test_instances_of_a_sync_group_wait_for_each_other(resigned: tuple[str, ...], gap_s: float, verdict: str) -> None:
    story = HistoryBuilder(shape=synced())
    for router in ("external", "inside"):
        story.gives_up(LB1, 0.0, router).takes(LB2, gap_s, router)
    for router in resigned:
        story.event(story.advert(LB1, -0.001, priority=0, router=router))
    assert checks.no_owner(*story.judged()).verdict == verdict


def test_without_a_sync_group_each_instance_has_its_own_bound() -> None:
    story = HistoryBuilder(shape=crossed())
    story.gives_up(LB1, 0.0).takes(LB2, 0.5)
    story.event(story.advert(LB1, -0.001, priority=0))
    assert checks.no_owner(*story.judged()).violated


def slow_inside() -> Shape:
    """The inside instance of the group advertises once a second, the outside one ten times."""
    shape = synced()
    files = {}
    for node, text in shape.files.items():
        before, inside = text.split("vrrp_instance inside")
        files[node] = f"{before}vrrp_instance inside{inside.replace('advert_int 0.1', 'advert_int 1')}"
    return shape._replace(files=files)


@pytest.mark.parametrize(
    "resigned, gap_s, verdict", [(True, 0.62, "holds"), (True, 0.9, "violated"), (False, 3.0, "holds")]
)
def test_the_slowest_instance_of_a_group_counts(resigned: bool, gap_s: float, verdict: str) -> None:  # noqa: FBT001
    """Priority 100 and one advert a second: the skew is 0.609 s, master-down 3.609 s."""
    story = HistoryBuilder(shape=slow_inside(), watch_s=8)
    for router in ("external", "inside"):
        story.gives_up(LB1, 0.0, router).takes(LB2, gap_s, router)
        if resigned:
            story.event(story.advert(LB1, -0.001, priority=0, router=router))
    assert checks.no_owner(*story.judged()).verdict == verdict


def test_the_return_of_a_group_may_take_as_long_as_its_takeover() -> None:
    story = HistoryBuilder(shape=slow_inside(), watch_s=10)
    for router in ("external", "inside"):
        story.gives_up(LB1, 0.0, router).takes(LB2, 0.3, router).gives_up(LB2, 3.0, router).takes(LB1, 5.5, router)
    found = checks.failback_is_an_outage(*story.judged())
    assert found.holds, found
    assert "no owner for 2.500 s" in found.sentence
    assert found.bound.startswith("3.809 s")


def test_one_name_on_two_nodes_is_no_group_of_both() -> None:
    """external is in VG on one node only, inside on the other only: nothing moves them together."""
    history, step = HistoryBuilder(shape=crossed()).judged()
    routers = step.limits.routers
    grouped = {}
    for name, node in (("external", LB1), ("inside", LB2)):
        vrrp = routers[name].vrrp
        grouped[name] = replace(routers[name], vrrp=vrrp | {node: replace(vrrp[node], sync_group="VG")})
    step = dataclasses.replace(step, limits=replace(step.limits, routers=grouped))
    external = history.topology.virtual_routers["external"]
    assert synced_with(history, step, external) == [external]


def test_a_short_gap_at_the_end_of_the_watch_may_become_too_long() -> None:
    """The gap of the takeover before it was longer, and kept to the bound."""
    finding = checks.no_owner(*carrier_loss().gives_up(LB1, 9.9).judged())
    assert finding.inconclusive
    assert finding.sentence.startswith("From +9.900 s no node held 10.77.0.100 for 0.100 s.")
    assert checks.no_owner(*lost(0.6).gives_up(LB2, 9.9).judged()).violated

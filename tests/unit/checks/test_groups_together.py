"""VIPs inside and outside move together. Two routers of the same nodes, the second told beside the first."""

from dataclasses import replace

import msgspec
import pytest

from harness import checks
from harness.checks._bounds import synced_with
from harness.history import History, Step
from harness.model.events import AddressChanged
from harness.model.limits import Limits
from harness.model.virtual_router import Vip, VirtualRouter
from tests.histories import LAG_NS, LB1, LB2, OWN, HistoryBuilder, ns

INSIDE = VirtualRouter("internal", "external", 52, (LB1, LB2), (Vip("10.77.0.200", 24, "external"),))


def both(
    moves_s: float | None, group: str = "vips", watch_s: float = 10.0, lag_ns: int = LAG_NS
) -> tuple[History, Step]:
    """The first VIP moves at 3.0 s, the second at `moves_s`; None: no node ever held it."""
    story = HistoryBuilder(watch_s=watch_s).gives_up(LB1, 3.0).takes(LB2, 3.0)
    story.lag_ns = lag_ns
    if moves_s is not None:
        for node, t, present in ((LB1, -2.0, True), (LB1, moves_s, False), (LB2, moves_s, True)):
            story.event(AddressChanged(ns(t), node, INSIDE.first.address, "lan1", present))
    story.topology = msgspec.structs.replace(
        story.topology, virtual_routers=story.topology.virtual_routers | {"internal": INSIDE}
    )
    one = story.limits.routers["external"]
    vrrp = {node: msgspec.structs.replace(settings, sync_group=group) for node, settings in one.vrrp.items()}
    grouped = msgspec.structs.replace(one, vrrp=vrrp)
    history, step = story.judged()
    return history, replace(step, limits=Limits({"external": grouped, "internal": grouped}))


def test_together() -> None:
    assert checks.groups_together(*both(3.0)).holds


def test_bound() -> None:
    assert checks.groups_together(*both(3.9)).holds
    finding = checks.groups_together(*both(4.1))
    assert finding.violated
    assert "external and internal were on different sides for 1.100 s" in finding.sentence


def test_either_may_be_first() -> None:
    assert checks.groups_together(*both(1.5)).violated


def test_vip_without_an_owner_is_elsewhere_judged() -> None:
    history, step = both(3.0)
    lost = AddressChanged(ns(5.0), LB2, INSIDE.first.address, "lan1", present=False)
    events = sorted([*history.events, lost], key=lambda event: event.t)
    assert checks.groups_together(replace(history, events=tuple(events)), step).holds


def test_end_of_the_watch() -> None:
    assert checks.groups_together(*both(5.0, watch_s=3.5)).inconclusive


def test_not_grouped() -> None:
    finding = checks.groups_together(*both(9.0, group=""))
    assert finding.not_applicable
    assert "No VIPs are declared" in finding.sentence


def test_one_pair_only() -> None:
    assert checks.groups_together(*HistoryBuilder().judged()).not_applicable


def sides(moves_s: float) -> tuple[History, Step]:
    """Routers of different nodes, declared to belong together; the second moves at `moves_s`."""
    history, step = both(moves_s, group="")
    names = {LB1: "lb-int-1", LB2: "lb-int-2"}
    nodes = history.topology.nodes | {inside: history.topology.nodes[node] for node, inside in names.items()}
    own = tuple(AddressChanged(ns(-2.0), inside, OWN[node], "lan0", present=True) for node, inside in names.items())
    events = tuple(
        msgspec.structs.replace(event, node=names[event.node])
        if isinstance(event, AddressChanged) and event.ip == INSIDE.first.address
        else event
        for event in history.events
    )
    inside = msgspec.structs.replace(INSIDE, nodes=("lb-int-1", "lb-int-2"))
    routers = history.topology.virtual_routers | {"internal": inside}
    groups: dict[str, tuple[str, ...]] = {"sides": ("external", "internal")}
    topology = msgspec.structs.replace(history.topology, nodes=nodes, virtual_routers=routers, groups=groups)
    one = step.limits.routers["external"]
    vrrp = dict(zip(inside.nodes, one.vrrp.values(), strict=True))
    limits = Limits({"external": one, "internal": msgspec.structs.replace(one, vrrp=vrrp)})
    return replace(history, topology=topology, events=own + events), replace(step, limits=limits)


def test_sides_of_different_nodes() -> None:
    assert checks.groups_together(*sides(3.5)).holds
    assert checks.groups_together(*sides(4.1)).violated


def test_vip_that_no_node_holds() -> None:
    assert checks.groups_together(*both(None)).inconclusive


@pytest.mark.parametrize("later_ns, verdict", [(0, "holds"), (1, "violated")])
def test_a_second_is_allowed(later_ns: int, verdict: str) -> None:
    history, step = both(4.0 + later_ns * 1e-9, lag_ns=0)
    assert checks.groups_together(history, step).verdict == verdict


def test_the_longest_time_apart_counts() -> None:
    """0.2 s from 3.0 s on, then 0.7 s."""
    history, step = both(3.2)
    moves = [(LB2, 5.0, False), (LB1, 5.0, True), (LB1, 5.7, False), (LB2, 5.7, True)]
    moved = (AddressChanged(ns(t), node, INSIDE.first.address, "lan1", present) for node, t, present in moves)
    events = tuple(sorted([*history.events, *moved], key=lambda event: event.t))
    finding = checks.groups_together(replace(history, events=events), step)
    assert finding.holds
    assert "were on different sides for 0.700 s" in finding.sentence


def test_routers_in_no_group_do_not_belong_together() -> None:
    """Two routers without a sync group are none that share one."""
    history, step = both(9.0, group="")
    assert checks.groups_together(history, step).not_applicable
    alone = step.limits.routers["internal"]
    one = msgspec.structs.replace(
        alone, vrrp={n: msgspec.structs.replace(v, sync_group="vips") for n, v in alone.vrrp.items()}
    )
    limits = Limits({"external": alone, "internal": one})
    assert checks.groups_together(history, replace(step, limits=limits)).not_applicable


def named(**groups: dict[str, str]) -> tuple[History, Step]:
    """Router → node → the sync group there. The second router moves 6 s after the first."""
    history, step = both(9.0)
    routers = {
        router: msgspec.structs.replace(
            one, vrrp={n: msgspec.structs.replace(v, sync_group=groups[router][n]) for n, v in one.vrrp.items()}
        )
        for router, one in step.limits.routers.items()
    }
    return history, replace(step, limits=Limits(routers))


@pytest.mark.parametrize("inside, together", [("both", True), ("other", False), ("", False)])
def test_a_lab_declares_which_routers_belong_together(inside: str, together: bool) -> None:  # noqa: FBT001
    history, step = both(9.0, group="")
    routers = history.topology.virtual_routers
    declared = {
        name: msgspec.structs.replace(routers[name], sync_group=group)
        for name, group in (("external", "both"), ("internal", inside))
    }
    topology = msgspec.structs.replace(history.topology, virtual_routers=declared)
    told = replace(history, topology=topology)
    finding = checks.groups_together(told, step)
    assert finding.violated if together else finding.not_applicable
    assert [each.name for each in synced_with(told, step, declared["external"])] == ["external", "internal"][
        : 1 + together
    ]


def test_each_node_may_name_its_group_otherwise() -> None:
    names = {LB1: "left", LB2: "right"}
    assert checks.groups_together(*named(external=names, internal=names)).violated


def test_one_name_on_two_nodes_is_no_group() -> None:
    """What each node moves together is one router alone."""
    finding = checks.groups_together(*named(external={LB1: "vips", LB2: ""}, internal={LB1: "", LB2: "vips"}))
    assert finding.not_applicable


def test_the_group_parts_again_when_the_watch_ends() -> None:
    """It was apart for 0.9 s before, which is allowed; what becomes of the 0.2 s at the end is not known."""
    history, step = both(3.9)
    back = [AddressChanged(ns(9.8), node, INSIDE.first.address, "lan1", node == LB1) for node in (LB1, LB2)]
    told = replace(history, events=tuple(sorted([*history.events, *back], key=lambda event: event.t)))
    assert checks.groups_together(told, step).inconclusive


def test_two_vips_are_apart_whichever_vip_of_the_group_has_no_owner() -> None:
    """Of three VIPs in a row the second has no owner, and the first and the third are on different nodes."""
    history, step = both(3.0)
    third = VirtualRouter("third", "external", 53, (LB1, LB2), (Vip("10.77.0.201", 24, "external"),))
    grouped = step.limits.routers["internal"]
    told = [
        AddressChanged(ns(4.0), LB2, INSIDE.first.address, "lan1", present=False),
        AddressChanged(ns(-2.0), LB2, third.first.address, "lan1", present=True),
        AddressChanged(ns(3.0), LB2, third.first.address, "lan1", present=False),
        AddressChanged(ns(3.0), LB1, third.first.address, "lan1", present=True),
    ]
    topology = msgspec.structs.replace(
        history.topology, virtual_routers=history.topology.virtual_routers | {"third": third}
    )
    events = tuple(sorted([*history.events, *told], key=lambda event: event.t))
    limits = Limits({**step.limits.routers, "third": grouped})
    finding = checks.groups_together(replace(history, topology=topology, events=events), replace(step, limits=limits))
    assert finding.violated
    assert "external and third were on different sides" in finding.sentence

"""Every check on labs of other shapes: a sound lab violates nothing, and a violation is found where it is.

Of each shape a failover that is as it should be, and one that is not. `no_hang` alone cannot tell: there are no
keep-alive requests in these stories.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import checks
from harness.history import History, Step
from harness.model.events import AdvertSeen
from harness.model.limits import Limits
from harness.model.ops import LinkDown
from harness.model.outcome import Finding
from harness.model.topology import Topology
from tests.histories import AFTER_S, HistoryBuilder, ns
from tests.shapes import (
    INSIDE_VIP,
    LB1,
    LB2,
    LB3,
    SECOND_VIP,
    VIP,
    Shape,
    crossed,
    second_preferred,
    several_vips,
    synced,
    three_nodes,
)

Story = Callable[[], HistoryBuilder]


def over(shape: Shape, loser: str, taker: str, *routers: str) -> HistoryBuilder:
    """The loser has no carrier outside for 0.8 s; `taker` has these routers from 0.36 s on."""
    story = HistoryBuilder(shape=shape).op(LinkDown(f"{loser}.external"), 0.0, 0.8)
    for name in routers:
        asking = shape.topology.asking_any(shape.topology.virtual_router(name))
        story.dark(0.0, 0.363, *asking).served_by(taker, 0.363, 1.163, *asking)
        story.gives_up(loser, 0.006, name).takes(taker, 0.36, name).leads(0.363, taker, *asking)
    return story


def back(story: HistoryBuilder, loser: str, taker: str, *routers: str) -> HistoryBuilder:
    """And the loser has them again from 1.16 s on."""
    for name in routers:
        asking = story.topology.asking_any(story.topology.virtual_router(name))
        story.takes(loser, 1.16, name).gives_up(taker, 1.161, name).leads(1.163, loser, *asking)
    return story


def failover(shape: Shape, loser: str, taker: str, *routers: str) -> HistoryBuilder:
    return back(over(shape, loser, taker, *routers), loser, taker, *routers)


SOUND: dict[str, Story] = {
    "three nodes": lambda: failover(three_nodes(), LB1, LB2, "external"),
    "active/active, one VRID": lambda: failover(crossed(), LB1, LB2, "external"),
    "sync group": lambda: failover(synced(), LB1, LB2, "external", "inside"),
    "several VIPs": lambda: failover(several_vips(), LB1, LB2, "external"),
    "the second is preferred": lambda: failover(second_preferred(), LB2, LB1, "external"),
}


def found(history: History, step: Step) -> dict[str, Finding]:
    return {name: check(history, step) for name, check in checks.ALL.items()}


def violated(story: HistoryBuilder) -> dict[str, str]:
    """Check → its sentence. None is inconclusive beside `no_hang`, except where a violation is in sight."""
    findings = found(*story.judged())
    return {name: finding.sentence for name, finding in findings.items() if finding.violated}


@pytest.mark.parametrize("story", SOUND.values(), ids=SOUND.keys())
def test_a_sound_failover_violates_nothing(story: Story) -> None:
    verdicts = {name: finding.verdict for name, finding in found(*story().judged()).items()}
    assert verdicts.pop("no_hang") == "inconclusive"
    assert set(verdicts.values()) == {"holds", "not applicable"}
    for name in ("takeover_announced", "no_stale_arp", "transitions", "redundancy_restored", "adverts_regular"):
        assert verdicts[name] == "holds"


def test_one_of_several_vips_is_stale() -> None:
    """customer-3 alone asks for the second VIP, and is left behind when it returns."""
    story = over(several_vips(), LB1, LB2, "external").takes(LB1, 1.16).gives_up(LB2, 1.161)
    story.leads(1.163, LB1, "customer-1", "customer-2", "customer-4").dark(1.155, AFTER_S, "customer-3")
    story.served_by(LB1, 1.163, AFTER_S, "customer-1", "customer-2", "customer-4")
    wrong = violated(story)
    assert wrong.keys() == {"no_stale_arp", "service_level", "failback_is_an_outage"}
    assert wrong["no_stale_arp"].startswith(f"{SECOND_VIP}: The ARP entry of customer-3 led to {LB2}")
    assert wrong["failback_is_an_outage"].startswith(f"{SECOND_VIP}: {LB1} took the VIP back")
    history, step = story.judged()
    assert checks.stale_because(history, step) == {"customer-3": "sent but not delivered"}
    assert history.arp(step.ends_ns) == {
        "gw-1": LB1, "gw-2": LB1, "customer-3": LB2, "customer-4": LB1,
        f"gw-1 {SECOND_VIP}": None, f"gw-2 {SECOND_VIP}": None, f"customer-3 {VIP}": None,
    }  # fmt: skip


@pytest.mark.parametrize("vip", [VIP, SECOND_VIP, INSIDE_VIP])
def test_one_of_several_vips_is_not_announced(vip: str) -> None:
    """The one that adverts do not name, too."""
    story = over(several_vips(), LB1, LB2, "external").takes(LB1, 1.16, announces=False).gives_up(LB2, 1.161)
    for other in {VIP, SECOND_VIP, INSIDE_VIP} - {vip}:
        story.announces(LB1, 1.162, vip=other)
    story.leads(1.163, LB1, *story.topology.vantages)
    wrong = violated(story)
    assert wrong.keys() == {"takeover_announced"}
    assert wrong["takeover_announced"] == f"{vip}: {LB1} took the VIP at +1.160 s and did not announce it."


def test_one_of_several_vips_does_not_move() -> None:
    """keepalived lost an address that it had: its state, the adverts and the other VIPs say master."""
    wrong = violated(HistoryBuilder(shape=several_vips()).address(LB1, 3.0, vip=SECOND_VIP, present=False))
    assert wrong.keys() == {"no_owner", "pair_agrees", "redundancy_restored", "served_by_owner", "single_owner"}
    assert wrong["no_owner"].startswith(f"{SECOND_VIP}: From +4.000 s no node held {SECOND_VIP}")
    said = f"{LB1}: keepalived said MASTER, the VIP {VIP} was configured, the VIP {INSIDE_VIP} was configured"
    assert f"but the VIP {SECOND_VIP} was not configured" in wrong["pair_agrees"]
    assert all(words in wrong["pair_agrees"] for words in said.split(", "))
    assert wrong["single_owner"].startswith(f"{SECOND_VIP}: ")
    assert wrong["served_by_owner"].startswith(f"{SECOND_VIP}: ")


def test_two_of_three_own_the_vip() -> None:
    """lb-ext-3 took it beside lb-ext-2, and keeps it for a while after the preferred node is back."""
    story = failover(three_nodes(), LB1, LB2, "external").takes(LB3, 0.40).gives_up(LB3, 2.0)
    story.announces(LB1, 2.01)
    wrong = violated(story)
    assert wrong.keys() == {"dual_owner", "transitions"}
    assert wrong["dual_owner"] == f"From +0.800 s {LB2} and {LB3} held {VIP} for 1.200 s."
    assert "changed 3 times" in wrong["transitions"]


def test_a_dead_node_of_three_leaves_two() -> None:
    """What a pair has lost, three nodes still have: they would survive a second failure."""
    story = HistoryBuilder(shape=three_nodes()).op(LinkDown(f"{LB1}.external"), 0.0)
    story.gives_up(LB1, 0.006).takes(LB2, 0.36).leads(0.363, LB2, *story.topology.vantages)
    history, step = story.dark(0.0, 0.363).served_by(LB2, 0.363, AFTER_S).judged()
    assert checks.redundancy_restored(history, step).holds
    pair = HistoryBuilder().op(LinkDown(f"{LB1}.external"), 0.0).gives_up(LB1, 0.006).takes(LB2, 0.36)
    assert checks.redundancy_restored(*pair.judged()).violated


def test_adverts_of_another_segment_are_not_its_own() -> None:
    """lb-ext-1 falls silent outside; inside, lb-ext-2 goes on sending adverts of the same VRID."""
    wrong = violated(HistoryBuilder(shape=crossed()).mute(LB1, 3.0, 6.0))
    assert wrong.keys() == {"adverts_regular", "pair_agrees"}
    assert wrong["adverts_regular"].startswith("external: No advert for 3.")
    assert wrong["pair_agrees"].startswith(f"external: {LB1}: keepalived said MASTER")


@pytest.mark.parametrize("router, node", [("external", LB2), ("inside", LB1)])
def test_a_state_is_that_of_an_instance(router: str, node: str) -> None:
    """Both nodes are master of one, and standby of the other."""
    wrong = violated(HistoryBuilder(shape=crossed()).says(node, 3.0, "MASTER", router))
    assert wrong.keys() == {"pair_agrees", "redundancy_restored"}
    assert all(sentence.startswith(f"{router}: ") for sentence in wrong.values())


def test_the_same_with_two_vrids() -> None:
    """The VRIDs of two segments are independent: every finding is the same but for that number."""
    story = failover(crossed(), LB1, LB2, "external")
    told = found(*story.judged())
    again = _renumbered(story)
    assert {name: finding.sentence.replace("VRID 52", "VRID 51") for name, finding in again.items()} == {
        name: finding.sentence for name, finding in told.items()
    }


def _renumbered(story: HistoryBuilder) -> dict[str, Finding]:
    """The inner router, its adverts and its instance have the VRID 52."""
    history, step = story.judged()
    outer, mark = "virtual_router_id 51", "vrrp_instance inside"
    files = {
        node: f"{before}{mark}{after.replace(outer, outer.replace('51', '52'))}"
        for node, text in crossed().files.items()
        for before, _, after in [text.partition(mark)]
    }
    inside = msgspec.structs.replace(history.topology.virtual_routers["inside"], vrid=52)
    topology = msgspec.structs.replace(
        history.topology, virtual_routers=history.topology.virtual_routers | {"inside": inside}
    )
    events = tuple(
        msgspec.structs.replace(event, vrid=52)
        if isinstance(event, AdvertSeen) and event.port.endswith(".internal")
        else event
        for event in history.events
    )
    limits = Limits.derive(topology, files)
    return found(replace(history, topology=topology, events=events), replace(step, limits=limits))


def test_half_of_a_sync_group_moves() -> None:
    """And is back within the bound; or stays there."""
    assert violated(failover(synced(), LB1, LB2, "external")) == {}
    story = over(synced(), LB1, LB2, "external")
    wrong = violated(story.served_by(LB2, 1.163, AFTER_S, "customer-1", "customer-2", "customer-3"))
    assert wrong.keys() == {"groups_together"}
    assert wrong["groups_together"].startswith("From +0.360 s external and inside were on different sides for")


def test_the_second_node_returns_late() -> None:
    """It is the preferred one, so that this is the failback, and no node has the VIP meanwhile."""
    story = over(second_preferred(), LB2, LB1, "external").gives_up(LB1, 1.0).takes(LB2, 1.9)
    story.leads(1.903, LB2, *story.topology.vantages).dark(1.0, 1.903).served_by(LB2, 1.903, AFTER_S)
    wrong = violated(story)
    assert wrong.keys() == {"failback_is_an_outage", "no_owner"}
    assert wrong["failback_is_an_outage"].startswith(f"{LB2} took the VIP back at +1.900 s: no owner for 0.900 s")


ORDERS = {
    name: list(permutations(range(len(story().topology.virtual_router().nodes)))) for name, story in SOUND.items()
}


def reordered(topology: Topology, order: tuple[int, ...]) -> Topology:
    """Every router lists its nodes in this order."""
    routers = {
        name: msgspec.structs.replace(router, nodes=tuple(router.nodes[place] for place in order))
        for name, router in topology.virtual_routers.items()
    }
    return msgspec.structs.replace(topology, virtual_routers=routers)


@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_in_which_order_nodes_are_listed_changes_no_verdict(data: st.DataObject) -> None:
    """Priorities say which node is preferred. In the story one of the caches is left behind, at any time."""
    name = data.draw(st.sampled_from(sorted(SOUND)))
    order = data.draw(st.sampled_from(ORDERS[name]))
    story = SOUND[name]()
    customer = data.draw(st.sampled_from(sorted(story.topology.vantages)))
    story.leads(data.draw(st.integers(20, 90)) / 10, data.draw(st.sampled_from([LB1, LB2])), customer)
    history, step = story.judged()
    topology = reordered(history.topology, order)
    routers = {
        router: msgspec.structs.replace(
            limits, vrrp={node: limits.vrrp[node] for node in topology.virtual_routers[router].nodes}
        )
        for router, limits in step.limits.routers.items()
    }
    other = replace(step, limits=msgspec.structs.replace(step.limits, routers=routers))
    before, after = found(history, step), found(replace(history, topology=topology), other)
    assert {name: each.verdict for name, each in after.items()} == {name: each.verdict for name, each in before.items()}


def test_a_claim_is_one_of_its_segment() -> None:
    """The same address on two segments: VRFs have that. A claim inside says nothing of the one outside."""
    story = HistoryBuilder(shape=crossed())
    inside = story.topology.virtual_routers["inside"]
    same = msgspec.structs.replace(inside.vips[0], address=VIP)
    both = story.topology.virtual_routers | {"inside": msgspec.structs.replace(inside, vips=(same,))}
    history = replace(story.build(), topology=msgspec.structs.replace(story.topology, virtual_routers=both))
    outside, within = (router.first for router in history.topology.virtual_routers.values())
    assert {claim.port for claim in history.claims(outside)} == {f"{LB1}.external"}
    assert history.claims(within) == []
    assert {advert.port for advert in history.adverts(("external",), 51)} == {f"{LB1}.external"}
    assert {advert.port for advert in history.adverts(("internal",), 51)} == {f"{LB2}.internal"}
    seen = history.adverts(("external", "internal"), 51)
    assert [advert.t for advert in seen] == sorted(advert.t for advert in seen)
    assert history.takeovers(outside, step_of(history).window) == []


def step_of(history: History) -> Step:
    step = history.step(0, "blip")
    assert step.began_ns == ns(-1.0)
    return step

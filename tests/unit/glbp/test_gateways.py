"""Gateways of a group: election, takeover, preemption, and the timers of a forwarder whose owner is gone."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.agents.network.glbp.gateway import Gateway
from harness.agents.network.glbp.packet import frame
from harness.agents.network.glbp.wire import HELLO, REQUEST, Message, State, encode
from harness.model.glbp import GlbpGateway, GlbpGroup
from harness.model.units import s
from tests.unit.glbp.routers import ADDRESSES, GROUP, Net, hello, net, part

HOSTS = [bytes([2, 0x88, 0, 0, 3, number]) for number in range(1, 9)]


def test_a_settled_group_stays_as_it_is() -> None:
    group = net()
    group.run(60)
    assert group.active() == ["vlan3"]
    assert group.forwards() == {"vlan3": [1], "vlan2": [2]}
    assert {each.message.kind for _, _, each in group.sent} == {HELLO}


@pytest.mark.parametrize(
    "node, left, settled",
    [
        ("vlan3", (), True),  # no earlier process: a lab comes up
        ("vlan3", ("glbp1.1",), True),
        ("vlan2", ("glbp1.2",), True),
        ("vlan2", ("glbp1.1", "glbp1.2"), False),  # it had taken over
        ("vlan3", ("glbp1.2",), False),
    ],
)
def test_what_an_earlier_process_left_says_whether_the_group_was_settled(
    node: str, left: tuple[str, ...], *, settled: bool
) -> None:
    assert Gateway(GROUP, node, ADDRESSES).was_settled(left) is settled


def test_a_group_that_starts_elects_and_numbers_its_gateways() -> None:
    """10 s to listen and 10 s to speak, as HSRP; then each forwarder, and the standby, wait for their hold times."""
    group = net(settled=False)
    group.run(19.9)
    assert group.active() == []
    group.run(0.2)
    assert group.active() == ["vlan3"]
    group.run(21)
    assert group.forwards() == {"vlan3": [1], "vlan2": [2]}
    assert group.gateways["vlan2"].virtual.state == State.STANDBY


def test_takeover_within_hold_time_and_preemption_behind_its_delay() -> None:
    group = net()
    group.run(30)
    group.cut = {"vlan3"}
    group.run(10.1)
    assert group.forwards()["vlan2"] == [1, 2]
    assert group.gateways["vlan2"].virtual.state == State.ACTIVE
    group.gateways["vlan3"] = Gateway(GROUP, "vlan3", ADDRESSES)  # it starts again, and knows nothing
    group.gateways["vlan3"].start(round(group.t * s))
    group.cut = set()
    group.run(29)
    assert group.active() == ["vlan3"], "it preempts as virtual gateway"
    assert group.forwards() == {"vlan3": [], "vlan2": [1, 2]}, "its forwarder only after 30 s"
    group.run(2)
    assert group.forwards() == {"vlan3": [1], "vlan2": [2]}


def test_without_preemption_the_stand_in_keeps_the_forwarder() -> None:
    group = net(replace(GROUP, forwarder_preempt_ns=None))
    _restart(group, "vlan2")
    group.run(120)
    assert group.forwards() == {"vlan3": [1, 2], "vlan2": []}


def test_without_preempt_the_active_virtual_gateway_stays() -> None:
    group = net(replace(GROUP, gateways={"vlan3": GlbpGateway(150), "vlan2": GlbpGateway(120)}))
    _restart(group, "vlan3")
    group.run(120)
    assert group.active() == ["vlan2"]
    assert group.forwards() == {"vlan3": [1], "vlan2": [2]}


def _restart(group: Net, name: str) -> None:
    """It is away for 11 s, longer than the hold time."""
    group.cut = {name}
    group.run(11)
    group.gateways[name].stop()
    assert not group.gateways[name].forwarding
    group.gateways[name].start(round(group.t * s))
    group.cut = set()


def test_a_cut_shorter_than_the_hold_time_changes_nothing() -> None:
    """The last hello may be up to one interval old when the cut begins."""
    group = net()
    group.run(31)
    group.cut = {"vlan3"}
    group.run(6.9)
    group.cut = set()
    group.run(60)
    assert group.active() == ["vlan3"]
    assert not [each for _, name, each in group.sent if name == "vlan2" and each.forwarder == 1]


def test_a_long_cut_gives_two_of_each_and_the_heal_one() -> None:
    group = net()
    group.run(30)
    group.cut = {"vlan3"}
    group.run(15)
    assert sorted(group.active()) == ["vlan2", "vlan3"]
    assert group.forwards() == {"vlan3": [1, 2], "vlan2": [1, 2]}
    group.cut = set()
    group.run(3)
    assert group.active() == ["vlan3"]
    assert group.forwards() == {"vlan3": [1], "vlan2": [2]}


def test_a_forwarder_dies_at_its_timeout() -> None:
    """Hosts that still have its MAC address reach no gateway from then on."""
    group = net(replace(GROUP, redirect_ns=60 * s, timeout_ns=120 * s))
    group.cut = {"vlan3"}
    group.run(70)
    standing_in = group.gateways["vlan2"]
    assert group.forwards()["vlan2"] == [1, 2]
    assert {standing_in.choose(host, 70 * s) for host in HOSTS} == {2}, "redirect has ended"
    group.run(52)
    assert group.forwards()["vlan2"] == [2]


@pytest.mark.parametrize(
    "balancing, weights, expected",
    [
        ("round-robin", (100, 100), {1: 4, 2: 4}),
        ("weighted", (30, 10), {1: 6, 2: 2}),
        ("weighted", (0, 0), {1: 4, 2: 4}),
    ],
)
def test_hosts_are_balanced_as_asked(balancing: str, weights: tuple[int, int], expected: dict[int, int]) -> None:
    gateways = {"vlan3": GlbpGateway(150, weights[0]), "vlan2": GlbpGateway(120, weights[1])}
    group = GlbpGroup("customers", "shared", 1, "10.10.10.1", gateways, balancing)  # type: ignore[arg-type]
    active = net(group).gateways["vlan3"]
    assert Counter(active.choose(host, s) for host in HOSTS) == expected


def test_host_dependent_gives_a_host_the_same_forwarder_again() -> None:
    active = net(replace(GROUP, balancing="host-dependent")).gateways["vlan3"]
    first = {host: active.choose(host, s) for host in HOSTS}
    assert Counter(first.values()) == {1: 4, 2: 4}
    assert {host: active.choose(host, 2 * s) for host in reversed(HOSTS)} == first


def test_messages_that_are_not_for_it() -> None:
    """Of another group, with another virtual address, its own echo, a forwarder that cannot be, or when it is down."""
    gateway = net().gateways["vlan2"]
    rival = Message(HELLO, 2, bytes(6), hello(State.ACTIVE, 255), (part(2, 167),))
    other_ip = Message(HELLO, 1, bytes(6), hello(State.ACTIVE, 255)._replace(ip=bytes(4)))
    beyond = Message(HELLO, 1, bytes(6), None, (part(1, 167)._replace(number=5),))
    gateway.hear("10.10.10.9", rival, s)
    gateway.hear("10.10.10.9", other_ip, s)
    gateway.hear("10.10.10.9", beyond, s)
    gateway.hear(gateway.ip, replace_group(rival), s)
    assert gateway.virtual.state == State.STANDBY
    assert list(gateway.forwarders) == [1, 2]
    assert gateway.forwarding == [2]
    gateway.stop()
    gateway.hear("10.10.10.9", replace_group(rival), s)
    assert not gateway.up
    assert gateway.due() is None
    assert not gateway.forwarding


def replace_group(message: Message) -> Message:
    return message._replace(group=1)


def test_every_message_can_be_sent() -> None:
    group = net(settled=False)
    group.run(60)
    assert {each.message.kind for _, _, each in group.sent} >= {HELLO, REQUEST}
    for _, name, each in group.sent:
        assert len(frame(each.message, ADDRESSES[name][0], ADDRESSES[name][1])) == max(
            60, 42 + len(encode(each.message))
        )


cuts = st.lists(
    st.tuples(st.sampled_from(["vlan3", "vlan2", ""]), st.floats(0.1, 40), st.booleans()), min_size=1, max_size=8
)


@settings(max_examples=40)
@given(cuts)
def test_after_any_cuts_there_is_one_of_each(story: list[tuple[str, float, bool]]) -> None:
    """Cuts and restarts in any order; once all is whole for hold, election and preemption, each has one gateway."""
    group = net()
    for name, lasting, restarts in story:
        group.cut = {name}
        group.run(lasting)
        if name and restarts:
            group.gateways[name].stop()
            group.gateways[name].start(round(group.t * s))
    group.cut = set()
    group.run(60)
    assert len(group.active()) == 1
    assert group.forwards() == {"vlan3": [1], "vlan2": [2]}
    for each in group.gateways.values():
        assert (each.due() or 0) >= group.t * s - 1, "no timer is left in the past"

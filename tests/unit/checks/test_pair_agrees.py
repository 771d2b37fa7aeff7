"""What the balancers say of themselves."""

import dataclasses

import pytest
from msgspec.structs import replace

from harness import checks
from harness.model.events import AdvertSeen, AnyEvent, ServiceChanged, Unwired, VrrpDump, VrrpState
from harness.model.limits import Limits
from harness.model.node import Port
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13, keepalived_conf, ns

ROUTER = ((1, LB1), (2, LB2))


def without(story: HistoryBuilder, kind: type[AnyEvent]) -> HistoryBuilder:
    story.events = [event for event in story.events if not isinstance(event, kind)]
    return story


def test_june_13_looked_healthy() -> None:
    """Asking only the balancers does not notice the outage."""
    assert checks.pair_agrees(*june_13().judged()).holds


def test_failover_agrees() -> None:
    finding = checks.pair_agrees(*carrier_loss().judged())
    assert finding.holds
    assert "0.003 s at most" in finding.sentence


def test_killed_keepalived_leaves_the_address() -> None:
    """keepalived does not notify, the kernel keeps the VIP, the adverts stop."""
    story = HistoryBuilder().mute(LB1, 2.0, 10.0).event(ServiceChanged(ns(2.0), LB1, "keepalived", "down"))
    finding = checks.pair_agrees(*story.judged())
    assert finding.violated
    assert finding.instants[0].what.startswith("lb-ext-1: the VIP was configured, but keepalived did not say MASTER")


def test_frozen_master_sends_no_adverts() -> None:
    for thawed, holds in ((2.7, True), (2.95, False)):  # three adverts must be missing, then 0.5 s
        assert checks.pair_agrees(*HistoryBuilder().mute(LB1, 2.0, thawed).judged()).holds is holds


def test_backup_that_keeps_advertising() -> None:
    story = HistoryBuilder().takes(LB2, 2.0).address(LB2, 3.0, present=False).says(LB2, 3.0, "BACKUP")
    assert checks.pair_agrees(*story.judged()).violated


def test_address_without_the_state() -> None:
    for gone, holds in ((3.4, True), (3.6, False)):
        story = HistoryBuilder().address(LB2, 3.0, present=True).address(LB2, gone, present=False)
        assert checks.pair_agrees(*story.judged()).holds is holds


def test_slow_adverts_are_no_disagreement() -> None:
    """At advert_int 1 a demoted node's last advert stays its last word for a second: not a contradiction."""
    story = HistoryBuilder(advert_int=1.0).drop("trunk.a", 0.0, 5.0).takes(LB2, 3.6).gives_up(LB2, 5.7)
    assert checks.pair_agrees(*story.judged()).holds


def test_farewell_is_no_advert_of_a_master() -> None:
    story = HistoryBuilder().gives_up(LB1, 2.0).takes(LB2, 2.1)
    story.event(story.advert(LB1, 2.0, priority=0))
    assert checks.pair_agrees(*story.judged()).holds


def test_vipset_contradicts_the_kernel() -> None:
    dumped = VrrpDump(ns(4.0), LB1, "external", "MASTER", vip_set=False)
    assert checks.pair_agrees(*HistoryBuilder().event(dumped).judged()).violated
    dumped = VrrpDump(ns(0.4), LB1, "external", "MASTER", vip_set=True)  # a sample of before 0.006 s, read late
    assert checks.pair_agrees(*carrier_loss().event(dumped).judged()).holds


def test_dumps_stand_in_for_notifications() -> None:
    story = without(HistoryBuilder(), VrrpState)
    assert checks.pair_agrees(*story.judged()).inconclusive
    story.event(VrrpDump(ns(-1.5), LB1, "external", "MASTER", vip_set=True))
    story.event(VrrpDump(ns(-1.5), LB2, "external", "BACKUP", vip_set=False))
    assert checks.pair_agrees(*story.judged()).holds


def test_master_that_heard_a_rival_is_a_master() -> None:
    """keepalived notifies this state, too."""
    assert checks.pair_agrees(*HistoryBuilder().says(LB1, 1.0, "MASTER_RX_LOWER_PRI").judged()).holds


def test_dump_read_after_the_end_does_not_count() -> None:
    """Stopped on purpose at 2 s; the dump that was asked for just before is read just after."""
    story = HistoryBuilder().gives_up(LB1, 2.0).event(ServiceChanged(ns(2.01), LB1, "keepalived", "down"))
    story.event(VrrpDump(ns(2.02), LB1, "external", "MASTER", vip_set=True)).takes(LB2, 2.1)
    assert checks.pair_agrees(*story.judged()).holds


def test_dead_node_says_nothing() -> None:
    story = HistoryBuilder().event(Unwired(ns(3.0), LB1)).mute(LB1, 3.0, 10.0).takes(LB2, 3.4)
    finding = checks.pair_agrees(*story.judged())
    assert finding.inconclusive
    assert "keepalived's state was unknown on lb-ext-1" in finding.sentence


@pytest.mark.parametrize("interface, holds", [("lan1", True), ("lan0", False)])
def test_heartbeat_on_a_path_of_its_own(interface: str, *, holds: bool) -> None:
    """Adverts by the second cable only: of a pair that says so, they are its heartbeat; of another, none."""
    story = HistoryBuilder()
    nodes = story.topology.nodes
    second = [Port(node, 1, "internal", "sw-int-a", f"02:78:00:00:00:0{n}", f"10.78.0.{n}/24") for n, node in ROUTER]
    cabled = {port.node: replace(nodes[port.node], ports=(*nodes[port.node].ports, port)) for port in second}
    story.topology = replace(story.topology, nodes=nodes | cabled)
    files = {LB1: keepalived_conf(150, 0.1), LB2: keepalived_conf(100, 0.1)}
    other = {node: text.replace("interface lan0", f"interface {interface}") for node, text in files.items()}
    story.limits = Limits.derive(story.topology, other)
    history, step = story.judged()
    events = [
        replace(e, port=f"{e.port.split('.')[0]}.internal") if isinstance(e, AdvertSeen) else e for e in history.events
    ]
    assert checks.pair_agrees(dataclasses.replace(history, events=tuple(events)), step).holds is holds


def test_sentence_says_what_disagreed() -> None:
    finding = checks.pair_agrees(*HistoryBuilder().says(LB2, 3.0, "MASTER").judged())
    assert finding.violated
    assert finding.sentence == (
        "lb-ext-2: keepalived said MASTER, but no adverts were sent, for 7.000 s from +4.000 s on."
    )


def other_instance(story: HistoryBuilder) -> HistoryBuilder:
    """The usual active/active design: a second instance on the same nodes, the other way round."""
    for node, state in ((LB1, "BACKUP"), (LB2, "MASTER")):
        story.event(VrrpState(ns(-1.9), node, "other", state, 100))
        story.event(VrrpDump(ns(4.0), node, "other", state, vip_set=state == "MASTER"))
    return story


def test_another_instance_on_the_same_nodes() -> None:
    assert checks.pair_agrees(*other_instance(HistoryBuilder()).judged()).holds
    assert checks.pair_agrees(*other_instance(carrier_loss()).judged()).holds
    assert checks.pair_agrees(*other_instance(HistoryBuilder()).says(LB2, 3.0, "MASTER").judged()).violated


def test_adverts_of_the_same_vrid_on_another_segment() -> None:
    """Another pair's, of the same nodes."""
    story = HistoryBuilder()
    adverts = (replace(story.advert(LB2, n / 10), port=f"{LB2}.internal") for n in range(-19, 100))
    history, step = story.judged()
    assert checks.pair_agrees(dataclasses.replace(history, events=in_order(*history.events, *adverts)), step).holds


def in_order(*events: AnyEvent) -> tuple[AnyEvent, ...]:
    return tuple(sorted(events, key=lambda event: event.t))


def test_no_adverts_were_observed() -> None:
    history, step = HistoryBuilder().mute(LB1, -2.0, 11.0).judged()
    assert not history.of(AdvertSeen)
    assert checks.pair_agrees(history, step).inconclusive


def dumped(story: HistoryBuilder, node: str, t: float, state: str) -> HistoryBuilder:
    return story.event(VrrpDump(ns(t), node, "external", state, vip_set=state == "MASTER"))


def restarted(story: HistoryBuilder, *told: tuple[float, str]) -> HistoryBuilder:
    """keepalived of lb-ext-1 ends at 2 s, runs again from 2.2 s on and is master again from 2.6 s on. `told`: dumps."""
    story.gives_up(LB1, 2.0).takes(LB1, 2.6)
    without(story, VrrpState)
    dumped(dumped(story, LB1, -1.5, "MASTER"), LB2, -1.5, "BACKUP")
    for t, state in ((2.0, "down"), (2.2, "up")):
        story.event(ServiceChanged(ns(t), LB1, "keepalived", state))
    for t, state in told:
        dumped(story, LB1, t, state)
    return story


def test_a_process_that_has_not_yet_spoken_says_nothing() -> None:
    """A site without a notify FIFO: a dump is asked for when the process is 1 s old, and is the first word of it."""
    assert checks.pair_agrees(*restarted(HistoryBuilder(), (3.3, "MASTER")).judged()).holds
    assert checks.pair_agrees(*restarted(HistoryBuilder(), (3.3, "BACKUP"), (4.3, "MASTER")).judged()).violated
    finding = checks.pair_agrees(*restarted(HistoryBuilder()).judged())
    assert finding.inconclusive
    assert "keepalived's state was unknown on lb-ext-1" in finding.sentence


def test_a_notification_may_be_read_before_the_process_is_seen_to_run() -> None:
    """The FIFO is read at once, the service is looked at a few times a second."""
    story = HistoryBuilder().gives_up(LB1, 2.0).event(ServiceChanged(ns(2.0), LB1, "keepalived", "down"))
    story.says(LB1, 2.2, "MASTER").event(ServiceChanged(ns(2.3), LB1, "keepalived", "up"))
    assert checks.pair_agrees(*story.judged()).violated


def test_a_process_that_was_stopped_and_goes_on_is_the_same() -> None:
    story = HistoryBuilder()
    for t, state in ((2.0, "stopped"), (2.1, "up")):
        story.event(ServiceChanged(ns(t), LB1, "keepalived", state))
    assert checks.pair_agrees(*story.judged()).holds


def test_a_state_that_the_service_agent_read_late_violates_nothing() -> None:
    """A machine that is busy: the agent reads the FIFO when it may run again, and says so. Adverts are not late."""
    for late, lag, verdict in ((0.7, 300, "holds"), (0.7, 150, "violated"), (1.2, 900, "inconclusive")):
        story = HistoryBuilder().takes(LB2, 3.0).gives_up(LB2, 5.0)
        story.events = [e for e in story.events if not (isinstance(e, VrrpState) and e.t == ns(3.001))]
        story.says(LB2, 3.0 + late, "MASTER").service_lag_ns = lag * ms
        assert checks.pair_agrees(*story.judged()).verdict == verdict, (late, lag)


def test_a_service_agent_later_than_a_disagreement_may_last_proves_nothing_and_hides_nothing() -> None:
    story = carrier_loss()
    story.service_lag_ns = 600 * ms
    finding = checks.pair_agrees(*story.judged())
    assert finding.inconclusive
    assert finding.sentence.startswith("The service agent read up to 0.600 s late")
    assert checks.pair_agrees(*story.says(LB2, 5.0, "MASTER").judged()).violated


def test_a_dump_that_was_read_late_contradicts_nothing() -> None:
    story = HistoryBuilder().gives_up(LB1, 3.0).takes(LB2, 3.1)
    story.event(VrrpDump(ns(3.7), LB1, "external", "MASTER", vip_set=True))
    assert checks.pair_agrees(*story.judged()).violated
    story.service_lag_ns = 300 * ms
    assert checks.pair_agrees(*story.judged()).holds


@pytest.mark.parametrize("later_ns, verdict", [(0, "holds"), (1, "violated")])
def test_half_a_second_is_allowed(later_ns: int, verdict: str) -> None:
    story = HistoryBuilder().address(LB2, 3.0, present=True).address(LB2, 3.5 + later_ns * 1e-9, present=False)
    story.lag_ns = story.service_lag_ns = 0
    assert checks.pair_agrees(*story.judged()).verdict == verdict


def test_the_longest_disagreement_is_told_and_all_are_shown() -> None:
    story = HistoryBuilder().says(LB2, 2.0, "MASTER").says(LB2, 2.7, "BACKUP")
    finding = checks.pair_agrees(*story.says(LB2, 4.0, "MASTER").says(LB2, 5.5, "BACKUP").judged())
    assert finding.sentence.endswith("for 1.500 s from +5.000 s on.")
    assert [instant.t_ns for instant in finding.instants] == [ns(2.0), ns(4.0)]


def test_a_dump_is_told_as_one() -> None:
    """Then no part contradicts another one."""
    finding = checks.pair_agrees(
        *HistoryBuilder().event(VrrpDump(ns(4.0), LB1, "external", "MASTER", vip_set=False)).judged()
    )
    assert finding.sentence.startswith("lb-ext-1: keepalived's dump contradicted the kernel about the VIP, for 1.000 s")


def test_all_parts_agreed_all_the_time() -> None:
    assert checks.pair_agrees(*HistoryBuilder().judged()).sentence == (
        "On lb-ext-1 and lb-ext-2 all parts agreed, but for 0.000 s at most."
    )

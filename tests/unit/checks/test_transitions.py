"""How often mastership may change for one fault."""

import pytest

from harness import checks
from harness.model.events import Marked, Unwired
from harness.model.limits import Limits
from harness.model.ops import (
    Announce,
    AnyOp,
    Drop,
    DropGarp,
    DropTcp,
    DropVrrp,
    Flood,
    FlushNeighbours,
    FolderFilled,
    LinkDown,
    Reboot,
    ServiceReload,
    ServiceRestart,
    Signal,
    SpeakVrrp,
    SqlRoll,
)
from tests.histories import LB1, LB2, VIP, HistoryBuilder, carrier_loss, june_13, keepalived_conf, ns
from tests.shapes import crossed, several_vips, synced


def test_there_and_back_is_allowed() -> None:
    finding = checks.transitions(*carrier_loss().judged())
    assert finding.holds
    assert "lb-ext-2 at +0.360 s, lb-ext-1 at +1.160 s" in finding.sentence


def test_third_change_is_too_many() -> None:
    story = carrier_loss().takes(LB2, 5.0).gives_up(LB2, 5.1)
    assert checks.transitions(*story.judged()).violated


@pytest.mark.parametrize("again_s, holds", [(0.25, False), (0.250_000_001, True), (4.9, True)])
def test_each_disturbance_may_move_it_there_and_back(again_s: float, *, holds: bool) -> None:
    """What begins within a quarter of a second is one."""
    story = carrier_loss().op(LinkDown("lb-ext-1.external"), again_s, again_s + 0.1)
    finding = checks.transitions(*story.takes(LB2, 5.0).gives_up(LB2, 5.1).judged())
    assert finding.holds is holds
    assert ("for each of 2 disturbances" in str(finding.bound)) is holds


def test_a_stranger_on_the_segment_explains_a_change() -> None:
    stranger = SpeakVrrp("gw-2", "external", 51, 200, VIP, 3, 100_000_000)
    story = HistoryBuilder().op(stranger, 0.0, 2.0).gives_up(LB1, 0.1).takes(LB1, 2.4)
    assert checks.transitions(*story.judged()).holds


def test_without_preempt_one_change_is_allowed() -> None:
    for extra, holds in (("", True), ("nopreempt", False)):
        story = HistoryBuilder(extra=extra).op(LinkDown("lb-ext-1.external"), 0.0, 0.8).gives_up(LB1, 0.0)
        story.takes(LB2, 0.36).takes(LB1, 1.2).gives_up(LB2, 1.2)
        assert checks.transitions(*story.judged()).holds is holds


def test_silent_loss_that_no_standby_can_notice() -> None:
    """0.8 s at advert_int 1: shorter than 3.6 s − 1 s. A change then is one too many."""
    quiet = HistoryBuilder(advert_int=1.0).drop("trunk.a", 0.0, 0.8)
    assert checks.transitions(*quiet.judged()).holds
    finding = checks.transitions(*quiet.takes(LB2, 0.7).gives_up(LB2, 0.9).judged())
    assert finding.violated
    assert finding.bound == "0: a silent loss of 0.800 s is shorter than 2.609 s = master-down − advert_int"


def test_silent_loss_that_a_phase_can_reveal() -> None:
    """0.3 s at advert_int 0.1: the standby last heard up to 0.1 s before the loss, and waits 0.361 s."""
    story = HistoryBuilder().op(Signal(LB1, "keepalived"), 0.0, 0.3).takes(LB2, 0.28).gives_up(LB2, 0.4)
    assert checks.transitions(*story.judged()).holds


def checked(top: str) -> HistoryBuilder:
    """At advert_int 1, so that no standby misses an advert within 2.6 s."""
    story = HistoryBuilder(advert_int=1.0)
    files = {node: keepalived_conf(priority, 1.0) + top for node, priority in ((LB1, 150), (LB2, 100))}
    story.limits = Limits.derive(story.topology, files)
    return story


SCRIPT = 'vrrp_script page {{ \n script "/usr/bin/ask" \n interval 1 \n fall {fall} \n }}'
PROCESS = "vrrp_track_process alive { \n process haproxy \n }"


@pytest.mark.parametrize(
    "top, lasting_s, holds",
    [
        ("", 2.4, False),
        (SCRIPT.format(fall=2), 2.4, True),
        (SCRIPT.format(fall=2), 0.9, False),  # two runs that fail are a second apart
        (SCRIPT.format(fall=3), 1.9, False),
        (SCRIPT.format(fall=9), 2.4, False),
        (SCRIPT.format(fall=9), 7.9, False),  # adverts go on, whatever becomes of HAProxy
        (SCRIPT.format(fall=9), 8.0, True),
        (SCRIPT.format(fall=1), 0.1, True),
        (PROCESS, 2.4, False),  # a process that stands still is still there
    ],
)
def test_a_check_may_notice_what_no_advert_shows(top: str, lasting_s: float, *, holds: bool) -> None:
    """HAProxy hangs for less than master-down − advert_int, the check fails, and the VIP goes and comes back."""
    story = checked(top).op(Signal(LB1, "haproxy"), 0.0, lasting_s)
    assert checks.transitions(*story.judged()).holds
    finding = checks.transitions(*story.gives_up(LB1, 2.2).takes(LB2, 2.9).judged())
    assert finding.holds is holds
    assert ("quickest check" in str(finding.bound)) is ("fall" in top and not holds)
    assert ("neither adverts nor a check" in str(finding.bound)) is (top in ("", PROCESS))


HERE = SCRIPT.replace("/usr/bin/ask", "/usr/bin/pidof haproxy")


@pytest.mark.parametrize(
    "top, op, holds",
    [
        (SCRIPT, DropVrrp("trunk.a", "ingress", multicast=False), False),  # no check asks for adverts
        (SCRIPT, Drop("trunk.a", "ingress"), True),  # of a program that is not known it is not known what it asks
        (HERE, Drop("trunk.a", "ingress"), False),
        (HERE, Drop(f"{LB1}.external", "ingress"), False),
        (HERE, DropTcp(f"{LB1}.external", "ingress", opening=True), False),
        (SCRIPT, DropTcp(f"{LB1}.external", "ingress", opening=True), True),
        (HERE, Signal(LB1, "haproxy"), True),
        (HERE, Signal(LB1), True),
        ("bfd_instance peer {{\n neighbor_ip 10.77.0.2 \n}}", Drop("trunk.a", "ingress"), True),
        ("bfd_instance peer {{\n neighbor_ip 10.77.0.2 \n}}", Signal(LB1, "haproxy"), True),
        ("track_file told {{\n file /run/told \n}}", Drop("trunk.a", "ingress"), False),
        ("track_file told {{\n file /run/told \n}}", FolderFilled(LB1, "/run"), True),
    ],
    ids=str,
)
def test_a_check_notices_only_what_reaches_it(top: str, op: AnyOp, *, holds: bool) -> None:
    """1.5 s at advert_int 1: no standby misses that, a check that fails twice a second apart may."""
    story = checked(top.format(fall=2)).op(op, 0.0, 1.5).gives_up(LB1, 1.2).takes(LB2, 1.3)
    assert checks.transitions(*story.judged()).holds is holds


@pytest.mark.parametrize(
    "op", [Signal(LB1, "haproxy"), DropTcp("trunk.a", "ingress", opening=False), FolderFilled(LB1, "/run")], ids=str
)
def test_without_a_check_what_stops_no_advert_explains_nothing(op: AnyOp) -> None:
    """However long it lasts, and if it is never healed."""
    for end in (9.0, None):
        story = HistoryBuilder().op(op, 0.0, end).gives_up(LB1, 4.0).takes(LB2, 4.1)
        assert checks.transitions(*story.judged()).violated


@pytest.mark.parametrize("port, holds", [("external", True), ("internal", False)])
def test_adverts_take_one_of_a_nodes_cables(port: str, *, holds: bool) -> None:
    story = HistoryBuilder(shape=several_vips()).op(DropVrrp(f"{LB1}.{port}", "ingress", multicast=False), 0.0, 3.0)
    assert checks.transitions(*story.takes(LB2, 0.4).judged()).holds is holds


def test_what_cuts_one_router_of_a_sync_group_moves_the_whole_group() -> None:
    """keepalived.conf(5), "VRRP synchronization group": adverts are lost inside, and both VIPs move."""
    story = HistoryBuilder(shape=synced()).drop("trunk-int.a", 0.0, 3.0).takes(LB2, 0.4).takes(LB2, 0.4, "inside")
    assert checks.transitions(*story.judged()).holds
    apart = HistoryBuilder(shape=crossed()).drop("trunk-int.a", 0.0, 3.0).takes(LB2, 0.4)
    assert checks.transitions(*apart.judged()).violated


@pytest.mark.parametrize("ended_s, holds", [(4.5, True), (0.2, False)])
def test_a_failback_may_come_in_the_next_step(ended_s: float, *, holds: bool) -> None:
    """The node takes its VIP back after preempt_delay 3 s: the step that broke it was over by then."""
    story = HistoryBuilder(extra="preempt_delay 3").op(LinkDown(f"{LB1}.external"), 0.0, ended_s)
    story.gives_up(LB1, 0.0).takes(LB2, 0.4).gives_up(LB2, 7.5).takes(LB1, 7.5)
    story.event(Marked(ns(5.0), "step_end", 0, "blip"))
    story.events = [each for each in story.events if not (isinstance(each, Marked) and each.t == ns(10.0))]
    history = (
        story.event(Marked(ns(5.1), "step_begin", 0, "later")).event(Marked(ns(10.0), "step_end", 0, "later")).build()
    )
    assert checks.transitions(history, history.step(0, "blip")).holds
    assert checks.transitions(history, history.step(0, "later")).holds is holds


def test_carrier_loss_is_never_silent() -> None:
    story = HistoryBuilder(advert_int=1.0).op(LinkDown("lb-ext-1.external"), 0.0, 0.8).takes(LB2, 0.7)
    assert checks.transitions(*story.judged()).holds


def test_a_node_that_died_explains_it_for_any_reason() -> None:
    story = HistoryBuilder(advert_int=1.0).event(Unwired(ns(0.1), LB1)).takes(LB2, 3.8).takes(LB1, 4.5)
    assert checks.transitions(*story.judged()).holds
    elsewhere = HistoryBuilder(advert_int=1.0).event(Unwired(ns(0.1), "gw-1")).takes(LB2, 3.8)
    assert checks.transitions(*elsewhere.judged()).violated


def test_mitigation_moves_nothing() -> None:
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).op(Announce("external"), 0.1)
    assert checks.transitions(*story.judged()).holds
    assert checks.transitions(*story.takes(LB2, 0.5).judged()).violated


@pytest.mark.parametrize(
    "op", [Reboot(LB1), ServiceRestart(LB1, "keepalived"), ServiceReload(LB1, "keepalived")], ids=str
)
def test_an_act_on_a_node_of_the_pair_explains_it(op: AnyOp) -> None:
    story = (
        HistoryBuilder(advert_int=1.0).op(op, 0.0).gives_up(LB1, 0.1).takes(LB2, 0.8).takes(LB1, 4.0).gives_up(LB2, 4.0)
    )
    assert checks.transitions(*story.judged()).holds


@pytest.mark.parametrize(
    "op",
    [
        SqlRoll("db-1"),
        Flood("customer-1", "idle", 10, f"{VIP}:80", 0, 100),
        Drop("gw-1.external", "ingress"),
        DropGarp(f"{LB1}.external", "ingress", VIP),
    ],
    ids=str,
)
def test_what_does_not_touch_the_pair_explains_nothing(op: AnyOp) -> None:
    """A slow query on a database, a flood, a customer's own trouble: keepalived hears of none of them."""
    story = HistoryBuilder().op(op, 0.0, 3.0)
    assert checks.transitions(*story.judged()).holds
    finding = checks.transitions(*story.gives_up(LB1, 0.5).takes(LB2, 0.6).judged())
    assert finding.violated
    assert finding.bound == "0: nothing in the step touches the pair"


def test_what_else_was_done_does_not_make_a_loss_loud() -> None:
    """0.8 s of silence at advert_int 1, and a service of a database is restarted: no change is explained."""
    story = HistoryBuilder(advert_int=1.0).drop("trunk.a", 0.0, 0.8).op(ServiceRestart("db-1", "mariadb"), 0.1)
    assert checks.transitions(*story.takes(LB2, 0.7).gives_up(LB2, 0.9).judged()).violated


def test_june_13_changes_once() -> None:
    assert checks.transitions(*june_13().judged()).holds


@pytest.mark.parametrize("earlier_ns, verdict", [(0, "holds"), (1, "violated")])
def test_a_silent_loss_as_long_as_what_a_standby_can_miss(earlier_ns: int, verdict: str) -> None:
    """3 × 1 s + 0.609375 s − 1 s at advert_int 1 and priority 100."""
    story = HistoryBuilder(advert_int=1.0).drop("trunk.a", 0.0, 2.609375 - earlier_ns * 1e-9)
    assert checks.transitions(*story.takes(LB2, 2.5).judged()).verdict == verdict


def test_how_many_changes_are_told() -> None:
    one = checks.transitions(*HistoryBuilder().drop("trunk.a", 0.0, 5.0).takes(LB2, 0.4).judged())
    assert one.sentence == "One change: lb-ext-2 at +0.400 s."
    assert checks.transitions(*carrier_loss().judged()).sentence.startswith("Mastership changed 2 times: ")
    assert checks.transitions(*HistoryBuilder().judged()).sentence == "Mastership never changed."


def test_one_loud_fault_among_silent_ones_explains_a_change() -> None:
    story = HistoryBuilder(advert_int=1.0).drop("trunk.a", 0.0, 0.8).op(LinkDown("lb-ext-1.external"), 0.1, 0.7)
    assert checks.transitions(*story.takes(LB2, 0.5).judged()).holds


def test_a_silent_fault_that_is_never_healed_can_be_noticed() -> None:
    story = HistoryBuilder(advert_int=1.0).drop("trunk.a", 0.0, None).takes(LB2, 3.4)
    assert checks.transitions(*story.judged()).holds


def test_another_node_that_died_hides_none_of_the_pair() -> None:
    """Two ended: one of them is the pair's. Beside a short silent loss, too."""
    story = HistoryBuilder(advert_int=1.0).event(Unwired(ns(0.1), LB1)).event(Unwired(ns(0.2), "gw-1"))
    assert checks.transitions(*story.drop("trunk.a", 0.0, 0.8).takes(LB2, 3.8).judged()).holds

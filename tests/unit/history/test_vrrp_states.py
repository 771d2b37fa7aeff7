"""keepalived's state of one instance on one node: what it said, and that it has none without its process or node."""

from harness.history.vrrp_states import NOT_KNOWN, NOT_RUNNING, vrrp_states
from harness.model.events import ServiceChanged, Unwired
from tests.histories import LB1, LB2, HistoryBuilder, ns


def test_only_what_its_own_keepalived_and_its_own_node_did_counts() -> None:
    story = HistoryBuilder().says(LB2, 1.0, "MASTER").says(LB2, 2.0, "BACKUP", "inside").says(LB1, 3.0, "FAULT")
    story.event(ServiceChanged(ns(4.0), LB2, "keepalived", "down"))
    story.event(ServiceChanged(ns(5.0), LB2, "keepalived", "up", 200)).says(LB2, 6.0, "BACKUP")
    for other in (
        ServiceChanged(ns(7.0), LB2, "haproxy", "down"),
        ServiceChanged(ns(7.1), LB1, "keepalived", "down"),
        Unwired(ns(7.2), LB1),
    ):
        story.event(other)
    found = [*vrrp_states(story.event(Unwired(ns(8.0), LB2)).build(), LB2, "external")]
    assert [(each.t, each.text) for each in found] == [
        (ns(-2.0), "BACKUP"),
        (ns(1.0), "MASTER"),
        (ns(4.0), NOT_RUNNING),
        (ns(6.0), "BACKUP"),
        (ns(8.0), NOT_KNOWN),
    ]
    assert [each.said.state if each.said else None for each in found] == ["BACKUP", "MASTER", None, "BACKUP", None]

"""What the live view knows of the settings that each keepalived goes by."""

from harness.lab.view import View
from harness.model.events import ServiceChanged, VrrpConfigured
from harness.model.running_keepalived import RunningKeepalived
from tests.histories import LB1, lab, running_instance

TOLD = RunningKeepalived(instances=(running_instance(),))
OLD = ServiceChanged(1, LB1, "keepalived", "up", 7)


def test_they_are_known_until_the_process_ends() -> None:
    view = View(lab())
    view.take(OLD)
    view.take(VrrpConfigured(2, LB1, 7, "start", TOLD))
    view.take(ServiceChanged(3, LB1, "keepalived", "stopped", 7))
    view.take(ServiceChanged(3, LB1, "haproxy", "down"))
    assert view.running == {LB1: TOLD}
    view.take(ServiceChanged(4, LB1, "keepalived", "down"))
    assert view.running == {}


def test_a_restarted_keepalived_is_awaited_as_another_process() -> None:
    view = View(lab())
    view.take(OLD)
    assert view.untold({LB1: None}) == [LB1]
    view.take(VrrpConfigured(2, LB1, 7, "start", TOLD))
    assert view.untold({LB1: None}) == []
    assert view.untold({LB1: OLD}) == [LB1]
    view.take(ServiceChanged(4, LB1, "keepalived", "up", 8))
    assert view.untold({LB1: OLD}) == [LB1]
    view.take(VrrpConfigured(5, LB1, 8, "start", TOLD))
    assert view.untold({LB1: OLD}) == []

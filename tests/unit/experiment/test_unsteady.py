"""What keeps a trial from beginning."""

import pytest

from harness.experiment.unsteady import undecided, undrained, unsteady
from harness.lab.view import View
from harness.model.events import ConnectingSample, HaproxySample, OpApplied, ServiceChanged, VrrpState
from harness.model.ops import LinkDown
from harness.model.units import s
from tests.unit.experiment.labs import FIRST, SECOND, TOPOLOGY, led, owned, view_of

PREFERRED = {"external": FIRST}
FRONTEND = HaproxySample(1, "lb-ext-1", "api/FRONTEND", "OPEN", 60, 200, 0, 0, 0, 0)


@pytest.mark.parametrize("preferred", [FIRST, SECOND])
def test_a_pair_rests_on_the_node_of_the_highest_priority(preferred: str) -> None:
    """Whichever of the two that is: a site may give its second node the higher one."""
    assert unsteady(view_of(preferred), {"external": preferred}) == ""
    assert undecided(view_of(preferred), {"external": preferred}) == ""


def test_a_wrong_owner_is_named_with_what_its_keepalived_says() -> None:
    view = view_of(SECOND)
    view.take(VrrpState(view.now, FIRST, "external", "FAULT", 150))
    said = "external is owned by lb-ext-2 instead of lb-ext-1 (keepalived of lb-ext-1: FAULT, lb-ext-2: MASTER)"
    assert unsteady(view, PREFERRED) == said


def test_another_instance_of_a_node_is_not_what_its_pair_is_in() -> None:
    view = view_of(SECOND)
    view.instances = {("external", FIRST): "external", ("external", SECOND): "external"}
    view.take(VrrpState(view.now, FIRST, "external", "FAULT", 150))
    view.take(VrrpState(view.now, FIRST, "VI_OTHER", "MASTER", 150))
    assert unsteady(view, PREFERRED).endswith("(keepalived of lb-ext-1: FAULT, lb-ext-2: MASTER)")
    view.instances = {}
    assert unsteady(view, PREFERRED).endswith(
        "(keepalived of lb-ext-1: FAULT (external), MASTER (VI_OTHER), lb-ext-2: MASTER)"
    )


def test_without_an_owner_no_cache_is_accused() -> None:
    view = view_of(FIRST)
    owned(view, FIRST, present=False)
    view.take(ServiceChanged(view.now, SECOND, "keepalived", "down"))
    said = "external is owned by nobody instead of lb-ext-1 (keepalived of lb-ext-1: BACKUP, lb-ext-2: down)"
    assert unsteady(view, PREFERRED) == said


def test_two_owners_are_both_named() -> None:
    view = view_of(FIRST)
    owned(view, SECOND)
    assert unsteady(view, PREFERRED).startswith("external is owned by lb-ext-1 and lb-ext-2 instead of lb-ext-1 (")


def test_a_cache_that_is_led_elsewhere_is_named_with_the_owner() -> None:
    view = view_of(FIRST)
    led(view, "gw-2", SECOND)
    assert unsteady(view, PREFERRED) == "gw-2 reaches lb-ext-2 (owner: lb-ext-1)"


def test_an_election_is_over_when_another_owner_has_stayed() -> None:
    view = view_of(SECOND)
    assert undecided(view, PREFERRED) == ""
    view.last_transition = view.now - 3 * s
    assert undecided(view, PREFERRED).startswith("external is owned by lb-ext-2 instead of lb-ext-1")
    owned(view, FIRST)
    view.now += 10 * s
    assert "lb-ext-1 and lb-ext-2" in undecided(view, PREFERRED)


def test_a_fault_that_is_active_is_named() -> None:
    view = view_of(FIRST)
    view.take(OpApplied(view.now, 1, 0, LinkDown("gw-2.external"), 1, 1))
    assert unsteady(view, PREFERRED).startswith("a fault is active: ")


@pytest.mark.parametrize(
    "event, reason",
    [
        (ConnectingSample(1, "customer-2", 11), "11 connections of customer-2 have no answer"),
        (FRONTEND, "lb-ext-1 api/FRONTEND is 30% full"),
    ],
)
def test_who_is_left_of_an_earlier_trial_is_waited_for(event: ConnectingSample | HaproxySample, reason: str) -> None:
    view = View(TOPOLOGY)
    assert undrained(view) == ""
    view.take(event)
    assert undrained(view) == reason
    view.take(ConnectingSample(2, "customer-2", 3))
    assert "customer-2 have" not in undrained(view)

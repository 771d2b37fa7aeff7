"""A fault that begins after an event: the grammar, what happens in a lab, and when it is armed."""

import pytest

from harness import faults
from harness.lab import compose
from harness.lab.sequels import Sequels, described, patience_ns
from harness.model import triggers
from harness.model.errors import BadValue, TimedOut, UnknownName
from harness.model.events import AddressChanged, AdvertSeen, AnyEvent, ArpSeen, LinkChanged, ServiceChanged, VrrpState
from harness.model.ops import Plan, Trigger
from harness.model.units import s

TOPOLOGY = compose.topology()
VIP = "10.77.0.100"
STARTED = "started(lb-ext-1, keepalived)"
BLACKHOLE = faults.blackhole("trunk", duration=s)


def garp(port: str, ip: str = VIP, *, inward: bool = True, target: str = VIP) -> ArpSeen:
    return ArpSeen(1, port, inward, "02:77:00:00:00:01", "ff:ff:ff:ff:ff:ff", 1, "02:77:00:00:00:01", ip, target)


EVENTS: list[tuple[str, AnyEvent, list[AnyEvent]]] = [
    (
        STARTED,
        ServiceChanged(1, "lb-ext-1", "keepalived", "up"),
        [
            ServiceChanged(1, "lb-ext-1", "keepalived", "down"),
            ServiceChanged(1, "lb-ext-1", "haproxy", "up"),
            ServiceChanged(1, "lb-ext-2", "keepalived", "up"),
        ],
    ),
    (
        "ended(lb-ext-1, haproxy)",
        ServiceChanged(1, "lb-ext-1", "haproxy", "down"),
        [ServiceChanged(1, "lb-ext-1", "haproxy", "stopped")],
    ),
    (
        "takes(lb-ext-2)",
        AddressChanged(1, "lb-ext-2", VIP, "lan0", present=True),
        [
            AddressChanged(1, "lb-ext-2", VIP, "lan0", present=False),
            AddressChanged(1, "lb-ext-2", "10.77.0.2", "lan0", present=True),
            AddressChanged(1, "lb-ext-1", VIP, "lan0", present=True),
        ],
    ),
    (
        "loses(lb-ext-2)",
        AddressChanged(1, "lb-ext-2", VIP, "lan0", present=False),
        [AddressChanged(1, "lb-ext-2", VIP, "lan0", present=True)],
    ),
    (
        "master(lb-ext-2)",
        VrrpState(1, "lb-ext-2", "VI_1", "MASTER", 100),
        [VrrpState(1, "lb-ext-2", "VI_1", "BACKUP", 100), VrrpState(1, "lb-ext-1", "VI_1", "MASTER", 100)],
    ),
    (
        "advert(lb-ext-1)",
        AdvertSeen(1, "lb-ext-1.external", True, "02:77:00:00:00:01", "10.77.0.1", 51, 100),
        [AdvertSeen(1, "lb-ext-1.external", False, "02:77:00:00:00:02", "10.77.0.2", 51, 100)],
    ),
    (
        "announces(lb-ext-1)",
        garp("lb-ext-1.external"),
        [
            garp("lb-ext-1.external", inward=False),
            garp("lb-ext-1.external", target="10.77.0.11"),
            garp("lb-ext-1.external", "10.77.0.1", target="10.77.0.1"),
            garp("lb-ext-2.external"),
        ],
    ),
    (
        "carrier_lost(lb-ext-1.external)",
        LinkChanged(1, "lb-ext-1", "lan0", up=True, carrier=False),
        [
            LinkChanged(1, "lb-ext-1", "lan0", up=True, carrier=True),
            LinkChanged(1, "lb-ext-1", "lan1", up=True, carrier=False),
        ],
    ),
    (
        "carrier_back( lb-ext-1.external )",
        LinkChanged(1, "lb-ext-1", "lan0", up=True, carrier=True),
        [LinkChanged(1, "lb-ext-2", "lan0", up=True, carrier=True)],
    ),
]
"""A trigger, the event that it names, and events near it."""


@pytest.mark.parametrize("text, event, others", EVENTS)
def test_which_event_it_is(text: str, event: AnyEvent, others: list[AnyEvent]) -> None:
    trigger = triggers.parse(text)
    triggers.expect(trigger, TOPOLOGY)
    assert triggers.meets(trigger, event, TOPOLOGY)
    assert not any(triggers.meets(trigger, other, TOPOLOGY) for other in others)


@pytest.mark.parametrize("text", [text for text, _, _ in EVENTS])
def test_an_event_of_another_kind_is_not_it(text: str) -> None:
    """Every event of a lab is looked at, whatever its fields are."""
    trigger = triggers.parse(text)
    other = {named: event for named, event, _ in EVENTS if named != text}
    assert [named for named, event in other.items() if triggers.meets(trigger, event, TOPOLOGY)] == []


@pytest.mark.parametrize(
    "text, error, words",
    [
        ("started", BadValue, "valid is KIND"),
        ("started(lb-ext-1", BadValue, "valid is KIND"),
        ("started(lb-ext-1, keepalived, x)", BadValue, "valid is KIND"),
        ("__import__('os').system('x')", BadValue, "valid is KIND"),
        ("start(lb-ext-1, keepalived)", UnknownName, "Did you mean 'started'"),
        ("started(lb-ext-1)", BadValue, r"started\(NODE, SERVICE\)"),
        ("takes(lb-ext-2, x)", BadValue, "without a comma"),
        ("started(lb-ext-9, keepalived)", UnknownName, "lb-ext-1"),
        ("carrier_lost(lb-ext-1)", UnknownName, "lb-ext-1.external"),
        ("started(lb-ext-1, nginx)", UnknownName, "keepalived"),
        ("ended(gw-1, keepalived)", UnknownName, "service of gw-1"),
        ("takes(gw-1)", UnknownName, "node of a virtual router"),
        ("master(api-1)", UnknownName, "lb-ext-2"),
        ("advert(customer-3)", UnknownName, "lb-ext-2"),
    ],
)
def test_what_cannot_happen_is_refused(text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        faults.after(text, faults.blackhole("lb-ext-1")).plan(TOPOLOGY)


def test_its_parts_are_leased_and_begin_with_the_event() -> None:
    stopped = faults.stopped("lb-ext-1", "keepalived", duration=2 * s)
    fault = stopped & faults.after(STARTED, BLACKHOLE)
    plan = fault.plan(TOPOLOGY)
    assert fault.targets() == ("lb-ext-1", "trunk")
    assert {part.op.agent for part in plan.parts} == {"service-agent"}
    assert {part.op.agent for part in plan.every_part} == {"service-agent", "network-agent"}
    assert (plan.ends_ns, patience_ns(plan)) == (2 * s, 61 * s)
    assert fault.describe().endswith(f", after {STARTED}")
    assert described(plan.sequels[0]) == f"after {STARTED}, within 60 s"


def test_an_agent_gets_no_sequels() -> None:
    plan = faults.after(STARTED, faults.blackhole("trunk")).plan(TOPOLOGY)
    assert plan.parts == ()
    assert plan.share_of("network-agent") == Plan(())
    assert patience_ns(plan) is None


@pytest.mark.parametrize(
    "fault",
    [
        faults.after(STARTED, BLACKHOLE).then(faults.link_down("gw-1", duration=s)),
        faults.link_down("gw-1", duration=s).then(faults.after(STARTED, BLACKHOLE)),
        faults.after(STARTED, faults.after(STARTED, BLACKHOLE)),
        faults.after(STARTED, BLACKHOLE).aligned("external"),
        faults.after(STARTED, BLACKHOLE.aligned("external")),
        faults.after(STARTED, BLACKHOLE, within=0),
    ],
    ids=["then after", "after then", "twice", "aligned after", "after aligned", "no time"],
)
def test_what_has_no_order_is_refused(fault: faults.Fault) -> None:
    with pytest.raises(BadValue):
        fault.plan(TOPOLOGY)


UP = ServiceChanged(5 * s, "lb-ext-1", "keepalived", "up")


def sequels(within: int = 10 * s) -> Sequels:
    return Sequels(faults.after(STARTED, BLACKHOLE, within).plan(TOPOLOGY), TOPOLOGY, since_ns=4 * s)


def test_it_is_armed_once_at_the_first_event() -> None:
    waiting, armed = sequels(), list[Plan]()

    def arm(plan: Plan) -> int:
        armed.append(plan)
        return 7

    assert waiting.missing == f"{STARTED} has not happened"
    assert list(waiting.arm_due(arm)) == []
    waiting.take(UP)
    assert waiting.due
    ((number, plan),) = waiting.arm_due(arm)
    waiting.take(UP)
    assert list(waiting.arm_due(arm)) == []
    assert (number, armed, waiting.missing, waiting.due) == (7, [plan], "", False)


def test_what_was_before_is_no_event() -> None:
    """A baseline tells what runs already."""
    waiting = sequels()
    waiting.take(ServiceChanged(4 * s - 1, "lb-ext-1", "keepalived", "up"))
    assert not waiting.due


def test_an_event_that_does_not_come_is_told() -> None:
    waiting = sequels(within=10 * s)
    waiting.expect(14 * s)
    with pytest.raises(TimedOut, match=r"after 10 s waiting for started\(lb-ext-1, keepalived\)"):
        waiting.expect(14 * s + 1)
    waiting.take(UP)
    waiting.expect(99 * s)


def test_a_trigger_is_shown_as_it_is_typed() -> None:
    for text in (STARTED, "takes(lb-ext-2)"):
        assert str(triggers.parse(text)) == text
    assert Trigger("takes", "lb-ext-2").what is None

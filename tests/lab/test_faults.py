"""The faults of June 13 on the wire: announcements that are lost or ignored, and faults in phase with the adverts."""

from collections.abc import Iterator
from typing import Final

import pytest

from harness import faults
from harness.bench.bare import BareLab, Events, bare_lab
from harness.lab.agent import AgentClient
from harness.lab.engine import connect
from harness.lab.images import tag
from harness.lab.lab import Lab
from harness.model.errors import AgentError
from harness.model.events import AdvertSeen, AnyEvent, OpApplied
from harness.model.ops import Announce, AnyOp, DropGarp, FlushNeighbours, PinNeighbour, plan
from harness.model.protocol import Act, Arm
from harness.model.units import ms

pytestmark = pytest.mark.lab

VIP: Final = "10.77.0.100"
OWNER, RIVAL = "02:77:00:00:00:01", "02:77:00:00:00:99"
LOST: Final = (
    DropGarp("right.external", "egress", VIP),
    DropGarp("trunk.a", "egress", VIP),
    DropGarp("trunk.b", "ingress", VIP),
    DropGarp("left.external", "ingress", VIP),
)


PHASE: Final = 400 * ms  # of adverts that come once a second


@pytest.fixture(scope="module")
def bare() -> Iterator[BareLab]:
    """left holds the VIP, right is a cache with sticky ARP."""
    client = connect()
    with bare_lab(client, "faults-test", f"failover-harness-agent:{tag()}") as made:
        made.observed_hand()[0].close()
        shell(made, "left", f"ip addr add {VIP}/32 dev lan0")
        yield made
    client.close()


@pytest.fixture
def hand(bare: BareLab) -> Iterator[tuple[AgentClient, Events]]:
    client, events = bare.observed_hand()
    client.lease("test", ("left", "right", "trunk"))
    believe(bare, RIVAL, "stale")
    yield client, events
    client.close()


def shell(bare: BareLab, node: str, command: str) -> str:
    code, output = bare.nodes[node].exec_run(["sh", "-c", command])
    assert isinstance(output, bytes)
    assert code == 0, f"{node}: {command}: {output.decode()}"
    return output.decode()


def believe(bare: BareLab, mac: str, state: str) -> None:
    shell(bare, "right", f"ip neigh replace {VIP} lladdr {mac} nud {state} dev lan0")


def entry(bare: BareLab) -> str:
    """What right knows of the VIP: ``dev lan0 lladdr MAC STATE``."""
    return shell(bare, "right", f"ip neigh show {VIP}")


def announce(hand: tuple[AgentClient, Events]) -> None:
    """Done when the frames have crossed both switches: sending is synchronous on veth cables."""
    hand[0].ask(lambda number: Act(number, Announce("external")))


def hold(hand: tuple[AgentClient, Events], *ops: AnyOp) -> list[OpApplied]:
    client, events = hand
    client.ask(lambda number: Arm(number, number, plan(ops)))
    told = events.wait("applied ops", lambda seen: len([e for e in seen if isinstance(e, OpApplied)]) == len(ops))
    return [event for event in told if isinstance(event, OpApplied)]


@pytest.mark.parametrize("op", LOST, ids=str)
def test_announcements_are_lost_and_a_question_is_answered(
    bare: BareLab, hand: tuple[AgentClient, Events], op: DropGarp
) -> None:
    assert not hold(hand, op)[0].error
    announce(hand)
    assert RIVAL in entry(bare)
    hand[0].ask(lambda number: Act(number, FlushNeighbours("right")))
    shell(bare, "right", f"ping -c 1 -W 1 {VIP}")
    assert OWNER in entry(bare)


def test_other_addresses_are_announced(bare: BareLab, hand: tuple[AgentClient, Events]) -> None:
    hold(hand, DropGarp("right.external", "egress", "10.77.0.101"))
    announce(hand)
    assert OWNER in entry(bare)


def test_announcements_arrive_again_after_the_undo(bare: BareLab, hand: tuple[AgentClient, Events]) -> None:
    hold(hand, *LOST)
    assert hand[0].undo() == ()
    announce(hand)
    assert OWNER in entry(bare)


def test_a_pinned_entry_hears_nothing(bare: BareLab, hand: tuple[AgentClient, Events]) -> None:
    assert not hold(hand, PinNeighbour("right", VIP))[0].error
    announce(hand)
    assert f"{RIVAL} PERMANENT" in entry(bare)
    assert hand[0].undo() == ()
    assert f"{RIVAL} STALE" in entry(bare)
    announce(hand)
    assert OWNER in entry(bare)


def test_what_somebody_else_wrote_meanwhile_stays(bare: BareLab, hand: tuple[AgentClient, Events]) -> None:
    hold(hand, PinNeighbour("right", VIP))
    believe(bare, OWNER, "permanent")
    assert hand[0].undo() == ()
    assert f"{OWNER} PERMANENT" in entry(bare)


def test_what_cannot_be_pinned_is_refused(bare: BareLab, hand: tuple[AgentClient, Events]) -> None:
    believe(bare, RIVAL, "permanent")
    with pytest.raises(AgentError, match="PERMANENT already"):
        hand[0].ask(lambda number: Arm(number, 1, plan([PinNeighbour("right", VIP)])))
    shell(bare, "right", f"ip neigh del {VIP} dev lan0")
    with pytest.raises(AgentError, match="no ARP entry"):
        hand[0].ask(lambda number: Arm(number, 1, plan([PinNeighbour("right", VIP)])))
    assert hand[0].hello().held == ()


def test_a_killed_agent_leaves_nothing_pinned(bare: BareLab, hand: tuple[AgentClient, Events]) -> None:
    """Cables die with their agent, and entries with their cables."""
    hold(hand, PinNeighbour("right", VIP))
    assert bare.agent
    bare.agent.restart(timeout=0)
    bare.observed_hand()[0].close()
    assert "PERMANENT" not in entry(bare)


@pytest.mark.parametrize(
    "fault",
    [faults.blackhole("lb-ext-1.external", duration=50 * ms), faults.freeze("lb-ext-1", duration=50 * ms)],
    ids=["one agent", "two agents"],
)
def test_a_fault_begins_in_phase(lab: str, fault: faults.Fault) -> None:
    """One agent waits for the advert itself; two are told a start that was calculated from the adverts before."""
    events = Events()
    with Lab(lab, events.append) as client:
        client.watch()
        plan = fault.aligned("external", phase=PHASE).plan(client.topology)
        client.lease(fault.targets(), plan)
        client.arm(plan)
        told = events.wait("an advert after the fault", _advert_after_fault)
    effect = min(event.t for event in told if isinstance(event, OpApplied))
    before = max(t for t in _adverts(told) if t < effect)
    after = min(t for t in _adverts(told) if t > effect)
    # Within a quarter of the interval of these two adverts. How exact it is: `make bench`.
    assert abs(effect - before - PHASE) < (after - before) / 4


def _adverts(seen: list[AnyEvent]) -> list[int]:
    return [e.t for e in seen if isinstance(e, AdvertSeen) and e.inward and e.port == "lb-ext-1.external"]


def _advert_after_fault(seen: list[AnyEvent]) -> bool:
    """Whatever the eye has to tell of the time before the fault has been told."""
    effects = [e.t for e in seen if isinstance(e, OpApplied)]
    return bool(effects) and any(t > max(effects) for t in _adverts(seen))
